/** A host that does what an attacker wants (fixtures/breach) cannot open a file, start a process or reach what it was not given, in any launch mode. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { LaunchMode } from "@zerostart/protocol";
import { embed } from "../src/embed.ts";
import { compileHandler, loadEngine } from "../src/index.ts";
import { takeSnapshot } from "../src/snapshot.ts";
import { getStub } from "../src/stub.ts";
import { bodies, Client, get, runToEnd, serve } from "./helpers/server.ts";
import { nativeTarget, writeExecutable } from "./helpers/toy.ts";

const handler = `
let count = 0;
export default (request) => {
  const { pathname } = new URL(request.url);
  if (pathname.startsWith("/breach/")) console.log("breach " + pathname.slice(8));
  if (pathname === "/overflow") { const a = []; for (;;) a.push(new Array(1000).fill(a)); }
  return new Response("answer " + ++count);
};`;

/** What kills the process. With --sandbox off each of these does something, which shows that the test would notice. */
const refused = [
  ...["open", "open-same-name", "open-to-write", "openat2", "unlink", "execve", "execveat", "fork", "thread", "socket", "unix-socket", "connect"],
  ...["executable-memory", "memory-elsewhere", "unprotect", "unmap-elsewhere", "ptrace", "kill", "memfd", "io_uring"],
  ...(process.arch === "x64" ? ["32-bit"] : []),
];

let directory: string;
const programs = {} as Record<LaunchMode, string>;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), "zerostart-sandbox-"));
  const engine = await loadEngine();
  const stub = await getStub(engine, nativeTarget, {
    extra: { files: [fileURLToPath(new URL("fixtures/breach/breach.c", import.meta.url))], linkFlags: ["-Wl,--wrap=host_log"] },
  });
  const compiled = await compileHandler({ files: { "handler.js": handler }, entry: "handler.js" });
  const snapshot = await takeSnapshot(engine, compiled.bytecode!);
  assert(snapshot.ok);
  const common = { engine, script: false, stub, name: "handler.js" };
  const source = new TextEncoder().encode(`handler.js\0${compiled.bundledSource!}`);
  for (const mode of ["snapshot", "prefork", "clone"] as const)
    programs[mode] = await writeExecutable(directory, mode, embed({ ...common, mode, image: snapshot.image, payload: new Uint8Array() }));
  programs.embedded = await writeExecutable(
    directory,
    "embedded",
    embed({ ...common, mode: "embedded", image: engine.baseImage, payload: compiled.bytecode! }),
  );
  for (const mode of ["source", "cached"] as const)
    programs[mode] = await writeExecutable(directory, mode, embed({ ...common, mode, image: engine.sourceImage!, payload: source }));
});
after(() => rm(directory, { recursive: true, force: true }));

const ask = async (port: number, path: string) => bodies(await new Client(port).send(get(path, "Connection: close\r\n")).end())[0];

describe("alone", () => {
  for (const name of refused)
    test(`${name} ends the process`, async () => {
      const server = await serve([programs.snapshot], ["--sandbox", "required"]);
      assert.equal(await ask(server.port, "/"), "answer 1");
      assert.equal(await ask(server.port, `/breach/${name}`), undefined);
      await server.exited;
      assert.equal(server.child.signalCode, "SIGSYS");
      assert.match(server.stderr(), new RegExp(`tries ${name}\n$`));
    });

  test("without the sandbox the same host opens files and starts processes", async () => {
    const server = await serve([programs.snapshot], ["--sandbox", "off"]);
    for (const name of ["open", "fork", "socket", "executable-memory"]) {
      await ask(server.port, `/breach/${name}`);
      assert.match(server.stderr(), new RegExp(`did ${name}: \\d+\n`));
    }
    await ask(server.port, "/breach/execve");
    assert.equal(await server.exited, 0, "it has become another program");
  });

  test("a place that the rules and the resolver would read differently is none", async () => {
    const server = await serve([programs.snapshot], ["--allow-fetch", "*.wild.test"]);
    await ask(server.port, "/breach/hidden-name");
    assert.match(server.stderr(), /did hidden-name: -2\n/);
    assert.equal(await server.stop(), 0);
  });

  test("after the first answer its own program cannot be opened either", async (t) => {
    const server = await serve([programs.snapshot], ["--verbose"]);
    assert.equal(await ask(server.port, "/"), "answer 1");
    await new Promise((resolve) => setTimeout(resolve, 200));
    await ask(server.port, "/breach/own-program");
    if (server.stderr().includes("no Landlock")) t.skip("this kernel has no Landlock");
    else assert.match(server.stderr(), /did own-program: -13\n/);
    assert.equal(await server.stop(), 0);
  });

  test("a request that breaks the VM is survived, and SIGTERM drains", async () => {
    const server = await serve([programs.snapshot], ["--heap-mb", "16"]);
    await ask(server.port, "/overflow");
    assert.match((await ask(server.port, "/"))!, /^answer \d$/);
    assert.equal(await server.stop(), 0, server.stderr());
  });
});

for (const mode of ["embedded", "source", "cached", "prefork", "clone"] as const)
  test(`${mode}: no file, no process, and the next request is served where others are left to do it`, async () => {
    const pooled = mode === "prefork" || mode === "clone";
    for (const name of ["open", "fork", "execve"]) {
      const server = await serve([programs[mode]], ["--sandbox", "required", ...(mode === "cached" ? ["--cache", join(directory, "cache")] : [])]);
      assert.match((await ask(server.port, "/"))!, /^answer/);
      assert.equal(await ask(server.port, `/breach/${name}`), undefined);
      if (pooled) assert.match((await ask(server.port, "/"))!, /^answer/);
      const code = await (pooled ? server.stop() : server.exited);
      assert.deepEqual([code, server.child.signalCode], pooled ? [0, null] : [null, "SIGSYS"]);
      assert.match(server.stderr(), new RegExp(`tries ${name}\n`));
      assert.doesNotMatch(server.stderr(), /did /);
    }
  });

test("a Unix socket's file is removed at the end", async () => {
  const path = join(directory, "socket");
  const child = spawn(programs.snapshot, ["--unix", path, "--sandbox", "required"], { stdio: ["ignore", "ignore", "pipe"] });
  const exited = once(child, "exit");
  try {
    // The file is there with bind, and refuses connections until listen.
    const ask = () => text(connect(path).end(get("/", "Connection: close\r\n")));
    let answer;
    while (child.exitCode === null && !(answer = await ask().catch(() => undefined))) await new Promise((resolve) => setTimeout(resolve, 5));
    assert.match(answer ?? "", /answer 1$/);
    child.kill("SIGTERM");
    assert.deepEqual(await exited, [0, null]);
    assert(!existsSync(path));
  } finally {
    child.kill("SIGKILL");
  }
});

test("a wrong setting is refused", async () => {
  const ended = await runToEnd([programs.snapshot, "--port", "0", "--sandbox", "maybe"]);
  assert.equal(ended.code, 2);
  assert.match(ended.stderr, /--sandbox is on, off or required, not maybe/);
});
