/** What the scripts say to a person who uses them wrongly; that they work is shown by every other test and by e2e. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";

const scripts = join(import.meta.dirname, "..");

function run(script: string, ...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [join(scripts, script), ...args], (error, stdout, stderr) => resolve({ code: error ? Number(error.code) : 0, stdout, stderr }));
  });
}

test("start: help, and mistakes with exit code 2", async () => {
  const help = await run("start.mjs", "--help");
  assert.equal(help.code, 0);
  for (const option of ["--port", "--data", "--no-agent"]) assert.match(help.stdout, new RegExp(option));
  for (const args of [["--port", "http"], ["--port", "0"], ["--port", "65536"], ["--frob"], ["extra"]]) {
    const { code, stderr } = await run("start.mjs", ...args);
    assert.equal(code, 2, args.join(" "));
    assert.match(stderr, /usage: npm start/);
  }
});

test("start: a port in use is told before anything is built", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const address = server.address();
  assert.ok(address && typeof address === "object");
  const { code, stderr } = await run("start.mjs", "--port", String(address.port));
  server.close();
  assert.equal(code, 1);
  assert.equal(stderr, `zerostart: port ${address.port} is in use; end what uses it or choose another with --port\n`);
});

test("test: a suite that is not there is an error", async () => {
  const { code, stderr } = await run("test.ts", "--only", "nonsense");
  assert.equal(code, 2);
  assert.match(stderr, /no such suite: nonsense/);
});

test("bootstrap: the exit code is the script's", async () => {
  assert.equal((await run("bootstrap.mjs")).code, 1);
  assert.equal((await run("bootstrap.mjs", "scripts/test.ts", "--only", "nonsense")).code, 2);
});
