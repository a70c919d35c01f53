/** The launcher for machines without a C compiler does what the native one does, but for pools. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Launcher, listenerFd, readMemory, StartError } from "../src/index.ts";
import { compileNative } from "../src/native.ts";

let server = "";
let launcher: Launcher;
const open = () => Launcher.open([process.execPath, join(import.meta.dirname, "../src/portable-launcher.ts")]);
before(async () => {
  server = await compileNative("test-server", [join(import.meta.dirname, "fixtures/server.c")]);
  launcher = await open();
});
after(() => launcher.close());

test("a measured start: phases that add up, memory, the response; the process is gone", async () => {
  const start = await launcher.measure({ command: [server, "serve", "{port}"], trace: true, path: "/here" });
  assert.equal(start.status, 200);
  assert.equal(
    start.phases.reduce((total, phase) => total + phase.ns, 0),
    start.totalNs,
  );
  assert.ok(start.phases.some((phase) => phase.phase === "listen" && phase.ns > 0));
  assert.ok(start.memory.rssBytes > 0 && start.connectedNs < start.totalNs);
  assert.equal(readMemory(start.pid), undefined);
});

test("failures say at which stage and why", async () => {
  const failure = async (options: Parameters<Launcher["measure"]>[0]) => {
    const error = await launcher.measure(options).then(
      () => assert.fail("it should not have started"),
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof StartError);
    return [error.stage, error.message] as const;
  };
  assert.match((await failure({ command: ["/no/such/program"] })).join(), /^spawn,cannot execute \/no\/such\/program/);
  assert.match((await failure({ command: [server, "serve", "{port}"], cwd: "/no/such" })).join(), /^spawn,cannot enter the working directory/);
  assert.match((await failure({ command: ["/bin/false"] })).join(), /^connect,the process ended before it listened \(exit code 1\)/);
  assert.match((await failure({ command: [server, "serve", "{port}"], pooled: true, trace: true })).join(), /^request,pools .* C compiler/);
});

test("a start is called off while it is waited for", async () => {
  const off = new AbortController();
  const started = launcher.start({ command: [server, "mute", "{port}"], responseTimeoutMs: 60_000 }, off.signal);
  setTimeout(() => off.abort(), 200);
  await assert.rejects(started, StartError);
});

test("a held socket outlives its processes; output, end and what is left running are told", async () => {
  const listener = await launcher.listen();
  const command: [string, ...string[]] = [server, "serve", "{port}", String(listenerFd)];
  const first = await launcher.start({ command, listener, trace: true });
  assert.equal(first.port, listener.port);
  let output = "";
  first.on("output", ({ data }) => (output += data.toString()));
  assert.deepEqual(await first.stop(), { code: null, signal: "SIGTERM" });
  assert.match(output, /listening/);
  const waiting = fetch(`http://127.0.0.1:${listener.port}/waited`);
  const other = await open();
  await assert.rejects(other.listen({ port: listener.port }), /the port is in use/);
  const second = await launcher.start({ command, listener, trace: true });
  assert.equal((await waiting).status, 200);
  const third = await other.start({ command: [server, "serve", "{port}"], trace: true });
  await other.close();
  assert.equal(readMemory(third.pid), undefined, "everything ends with its launcher");
  await second.stop();
  listener.close();
});

test("is chosen where no compiler is found", async () => {
  const cache = mkdtempSync(join(tmpdir(), "zerostart-launcher-"));
  const script = `import { launcherCommand } from ${JSON.stringify(join(import.meta.dirname, "../src/index.ts"))}; console.log((await launcherCommand()).join(" "))`;
  const env = { PATH: cache, ZEROSTART_CACHE: cache };
  const output = await new Promise<string>((resolve) =>
    execFile(process.execPath, ["--input-type=module", "-e", script], { env }, (_error, stdout) => resolve(stdout)),
  );
  rmSync(cache, { recursive: true });
  assert.match(output, /node \S*portable-launcher\.ts\n$/);
});
