/** The agent as one file, alone in a folder: it joins, runs a deployment, and lets it finish before it ends. */
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { buildArtifact, compileHandler } from "@zerostart/build";
import { bundleAgent } from "../scripts/bundle.ts";
import { ControlPlaneDouble } from "./fixtures/control-plane.ts";

const plane = new ControlPlaneDouble();
const folder = mkdtempSync(join(tmpdir(), "zerostart-bundle-"));
before(() => plane.start());
after(async () => {
  await plane.stop();
  rmSync(folder, { recursive: true, force: true });
});

test("one file is enough, and it drains before it stops", async () => {
  const file = await bundleAgent(join(folder, "zerostart-agent.mjs"));
  const temporary = mkdtempSync(join(folder, "tmp-"));
  const env = { PATH: process.env["PATH"]!, TMPDIR: temporary, ZEROSTART_ENROLMENT_TOKEN: plane.enrolmentToken };
  const child = spawn(process.execPath, [file, "--server", plane.url, "--data", join(folder, "data")], {
    cwd: folder,
    env,
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  child.stderr.on("data", (data: Buffer) => (said += data.toString()));
  const exit = new Promise<number | null>((resolve) => child.once("close", resolve));
  try {
    const source = `export default async () => { await new Promise((resolve) => setTimeout(resolve, 700)); return new Response("finished"); }`;
    const compiled = await compileHandler({ files: { "h.js": source }, entry: "h.js" });
    const target = process.arch === "arm64" ? "aarch64-linux-musl" : "x86_64-linux-musl";
    const artifact = await buildArtifact({ compiled, name: "h.js", mode: "snapshot", target });
    plane.desire([plane.deployment("one", plane.artifact(Buffer.from(artifact.bytes), { target }))]);
    for (const deadline = Date.now() + 30_000; plane.instances[0]?.state !== "healthy"; await new Promise((r) => setTimeout(r, 20)))
      assert.ok(Date.now() < deadline, said);
    const { port, pid } = plane.instances[0];
    const answer = new Promise<string>((resolve, reject) => {
      request({ host: "127.0.0.1", port, agent: false }, (response) => {
        let body = "";
        response.on("data", (data: Buffer) => (body += data.toString())).on("end", () => resolve(body));
      })
        .on("error", reject)
        .end();
    });
    await new Promise((r) => setTimeout(r, 200));
    child.kill("SIGTERM");
    assert.equal(await answer, "finished");
    assert.equal(await exit, 0, said);
    assert.equal(existsSync(`/proc/${pid}`), false);
    assert.deepEqual(readdirSync(temporary), [], "the launcher that it unpacked is gone");
  } finally {
    child.kill("SIGKILL");
  }
});

test("what is installed with it names what there is", () => {
  const install = (name: string) => readFileSync(join(import.meta.dirname, "../install", name), "utf8");
  const main = readFileSync(join(import.meta.dirname, "../src/main.ts"), "utf8");
  for (const text of [install("zerostart-agent.service"), install("Containerfile")]) {
    for (const [option] of text.matchAll(/--(?:data|token-file|server|listen|front)\b/g)) assert.ok(main.includes(`"${option} <`), option);
    for (const [variable] of text.matchAll(/ZEROSTART_[A-Z_]+/g)) assert.ok(main.includes(variable), variable);
  }
});

test("systemd finds nothing wrong with the unit", async () => {
  const unit = join(import.meta.dirname, "../install/zerostart-agent.service");
  const { stdout, stderr } = await promisify(execFile)("systemd-analyze", ["verify", "--man=no", unit]);
  // It reads other units of this machine as well, and warns of theirs.
  assert.deepEqual(
    (stdout + stderr).split("\n").filter((line) => line.includes("zerostart-agent")),
    [],
  );
});
