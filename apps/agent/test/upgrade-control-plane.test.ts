/** The whole way of an upgrade: the real control plane holds a newer file, the command line orders it, the agent on the host becomes it. */
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { bundleAgent } from "../scripts/bundle.ts";
import { startControlPlane } from "./fixtures/real-control-plane.ts";

type Host = { name: string; agent: { sha256: string | null; state: string; reason: string | null } };
const cli = join(import.meta.dirname, "../../../packages/cli/src/main.ts");

test("hosts upgrade: ordered, verified, taken, seen; an agent from sources is left alone", async () => {
  const folder = mkdtempSync(join(tmpdir(), "zerostart-upgrade-plane-"));
  const installed = await bundleAgent(join(folder, "installed.mjs"));
  const newer = join(folder, "newer.mjs");
  writeFileSync(newer, readFileSync(installed));
  const plane = await startControlPlane(join(folder, "plane"), Buffer.from("no program"), 0, 0, { agentFile: newer });
  const env = { PATH: process.env["PATH"]!, ZEROSTART_ENROLMENT_TOKEN: plane.enrolmentToken() };
  const agents = [
    spawn(process.execPath, [installed, "--server", plane.url, "--data", join(folder, "a"), "--name", "a"], { env, stdio: "ignore" }),
    spawn(process.execPath, [join(import.meta.dirname, "../src/main.ts"), "--server", plane.url, "--data", join(folder, "b"), "--name", "b"], {
      env: { ...env, ...(process.env["ZEROSTART_CACHE"] && { ZEROSTART_CACHE: process.env["ZEROSTART_CACHE"] }) },
      stdio: "ignore",
    }),
  ];
  try {
    const host = async (name: string) => ((await plane.api.query("hosts.list")) as Host[]).find((each) => each.name === name);
    const until = async (what: string, look: () => Promise<boolean>) => {
      for (const deadline = Date.now() + 60_000; !(await look()); await new Promise((resolve) => setTimeout(resolve, 50)))
        assert.ok(Date.now() < deadline, `did not happen: ${what}: ${JSON.stringify(await plane.api.query("hosts.list"))}`);
    };
    const zerostart = (...args: string[]) =>
      new Promise<{ code: number; out: string }>((resolve) => {
        const options = { env: { ...process.env, ZEROSTART_SERVER: plane.url, ZEROSTART_TOKEN: plane.apiToken } };
        execFile(process.execPath, [cli, ...args], options, (error, stdout, stderr) => resolve({ code: error ? Number(error.code) : 0, out: stdout + stderr }));
      });
    await until("both are the newest, or fixed", async () => (await host("a"))?.agent.state === "newest" && (await host("b"))?.agent.state === "fixed");
    const nothing = await zerostart("hosts", "upgrade", "--all");
    assert.deepEqual([nothing.code, /every agent that can be upgraded is the newest one/.test(nothing.out)], [0, true], nothing.out);
    // The control plane comes to hold a newer one, without a restart.
    writeFileSync(newer, `${readFileSync(installed, "utf8")}\n// newer\n`);
    const sha256 = createHash("sha256").update(readFileSync(newer)).digest("hex");
    await until("it is offered", async () => (await host("a"))?.agent.state === "upgradable");
    const fixed = await zerostart("hosts", "upgrade", "b");
    assert.deepEqual([fixed.code, /runs from sources/.test(fixed.out)], [1, true], fixed.out);
    const upgraded = await zerostart("hosts", "upgrade", "--all");
    assert.deepEqual([upgraded.code, upgraded.out], [0, "a: upgraded\n"]);
    assert.equal((await host("a"))?.agent.sha256, sha256);
    assert.match((await zerostart("hosts", "list")).out, /^a +online +\S+ [0-9a-f]{12} \(newest\)$/m);
    // Who is no agent has no use for the file; and one that asks for another gets none.
    for (const [authorization, status] of [
      ["", 401],
      [`Bearer ${plane.apiToken}`, 401],
    ] as const)
      assert.equal((await fetch(`${plane.url}/api/agent/${sha256}`, { headers: { authorization } })).status, status);
  } finally {
    for (const agent of agents) {
      const gone = new Promise((resolve) => agent.once("close", resolve));
      agent.kill("SIGTERM");
      await gone;
    }
    await plane.stop();
    rmSync(folder, { recursive: true, force: true });
  }
});
