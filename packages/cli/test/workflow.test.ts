/** From an empty folder to a handler that is tested, served while it changes, and held to a budget. */
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { describe, test } from "node:test";
import { file, folder, hello, shim, zerostart } from "./support/command.ts";
import { freePort } from "../../../scripts/free-port.ts";

describe("init and test", () => {
  for (const template of readdirSync(join(import.meta.dirname, "../templates"))) {
    test(`the template ${template} passes its tests`, async () => {
      const { code, stdout, stderr } = await zerostart(["init", template, "--template", template, "--json"]);
      assert.equal(code, 0, stderr);
      const { files } = JSON.parse(stdout) as { files: string[] };
      const tests = files.filter((name) => name.includes(".test."));
      // By the names of files, and by that of the folder.
      const named = await zerostart(["test", ...tests, "--json"]);
      const result = await zerostart(["test", template]);
      assert.deepEqual(
        (JSON.parse(named.stdout) as { files: { file: string }[] }).files.map((f) => f.file),
        tests,
      );
      assert.equal(result.code, 0, result.stdout + result.stderr);
      assert.match(result.stdout, /^ok 1 - /m);
    });
  }
  test("nothing is overwritten, unknown templates are told", async () => {
    file("taken/handler.ts", "mine");
    const { code, stderr } = await zerostart(["init", "taken"]);
    assert.deepEqual([code, stderr], [2, "handler.ts would be overwritten in taken\n"]);
    assert.equal(readFileSync(join(folder, "taken/handler.ts"), "utf8"), "mine");
    assert.match((await zerostart(["init", "x", "--template", "cobol"])).stderr, /there is no template cobol \(json, page, routes\)/);
  });
  test("a test that fails: exit code 1, its name, reason and place", async () => {
    const failing = file(
      "some.test.ts",
      `test("holds", () => assert.deepEqual({ a: [1, new Map([[1, 2]])] }, { a: [1, new Map([[1, 2]])] }));\ntest("fails", async () => {\n  assert.equal(1, 2);\n});\ntest("rejects", () => assert.rejects(Promise.reject(new TypeError("x")), TypeError));\n`,
    );
    const { code, stdout } = await zerostart(["test", failing, "--json"]);
    assert.equal(code, 1);
    const { passed, failed, files } = JSON.parse(stdout) as { passed: number; failed: number; files: { output: string }[] };
    assert.deepEqual([passed, failed], [2, 1]);
    assert.match(files[0]!.output, /not ok 2 - fails\n.*1 is not 2\n[\s\S]*some\.test\.ts:3:10/);
    const broken = await zerostart(["test", file("broken.test.ts", "throw new Error('outside');\n")]);
    assert.equal(broken.code, 1);
    assert.match(broken.stdout, /outside/);
  });
});

test("dev: restarts at a change, keeps the last one that works, tells each cold start", async () => {
  const source = (text: string) => `import { name } from "./name.ts";\nexport default () => new Response("${text} " + name);\n`;
  const path = file("dev/handler.ts", source("one"));
  file("dev/name.ts", 'export const name = "Ada";\n');
  const port = await freePort();
  const child = spawn(process.execPath, [shim, "dev", path, "--port", String(port), "--json"], { cwd: folder, stdio: ["ignore", "pipe", "ignore"] });
  try {
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const next = async () => JSON.parse((await lines.next()).value as string) as { totalNs?: number; error?: string; phases: { phase: string }[] };
    const answer = async () => (await fetch(`http://127.0.0.1:${port}/`)).text();
    assert.ok((await next()).phases.some(({ phase }) => phase === "first_request"));
    assert.equal(await answer(), "one Ada");
    writeFileSync(path, source("two"));
    assert.ok((await next()).totalNs! > 0);
    assert.equal(await answer(), "two Ada");
    writeFileSync(path, "export default (\n");
    assert.match((await next()).error!, /handler\.ts:2:1: error/);
    assert.equal(await answer(), "two Ada");
    writeFileSync(path, source("three"));
    await next();
    writeFileSync(join(folder, "dev/name.ts"), 'export const name = "Grace";\n');
    await next();
    assert.equal(await answer(), "three Grace");
  } finally {
    child.kill("SIGINT");
  }
  assert.equal(await new Promise((resolve) => child.once("close", resolve)), 0);
});

test("bench --budget: kept and exceeded have their exit codes", async () => {
  const run = (...budgets: string[]) => zerostart(["bench", hello, "--runs", "3", "--warmup", "0", ...budgets.flatMap((budget) => ["--budget", budget])]);
  const kept = await run("p95=30s", "rss=1000MB", "binary=100MiB");
  assert.equal(kept.code, 0, kept.stderr);
  const over = await run("p95=30s", "p50=1ns", "binary=1kB");
  assert.equal(over.code, 4);
  assert.match(over.stderr, /^snapshot: p50 is .*, over the budget p50=1ns\nsnapshot: binary is .* [kM]B, over the budget binary=1kB\n$/m);
  for (const budget of ["p95", "p99=1ms", "p95=2", "p95=2MB", "rss=1ms"]) assert.equal((await run(budget)).code, 2, budget);
});

test("completion: scripts that the shells accept, and that know the commands", async () => {
  const { stdout } = await zerostart(["completion", "bash"]);
  const ask = (...words: string[]) =>
    spawnSync("bash", ["-c", `${stdout}\nCOMP_WORDS=(${words.join(" ")}); COMP_CWORD=${words.length - 1}; _zerostart; echo "\${COMPREPLY[@]}"`], {
      encoding: "utf8",
    });
  assert.equal(ask("zerostart", "be").stdout, "bench\n");
  assert.equal(ask("zerostart", "bench", "--bu").stdout, "--budget\n");
  assert.match((await zerostart(["completion", "fish"])).stdout, /complete -c zerostart -n '__fish_seen_subcommand_from bench' -l budget/);
  assert.equal((await zerostart(["completion", "tcsh"])).code, 2);
});

test("open prints the address", async () => {
  const { stdout } = await zerostart(["open", "--json", "--server", "http://localhost:3000/"]);
  assert.deepEqual(JSON.parse(stdout), { url: "http://localhost:3000/" });
});
