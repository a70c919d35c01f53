import assert from "node:assert/strict";
import { createServer, type Server } from "node:net";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { Launcher, listenerFd, readMemory, StartError, type StartMeasurement } from "../src/index.ts";
import { compileNative } from "../src/native.ts";

let server = "";
let launcher: Launcher;
before(async () => {
  server = await compileNative("test-server", [join(import.meta.dirname, "fixtures/server.c")]);
  launcher = await Launcher.open();
});
after(async () => launcher.close());

const measure = (mode: string, options: object = {}): Promise<StartMeasurement> =>
  launcher.measure({ command: [server, mode, "{port}"], trace: true, ...options });
const failure = async (start: Promise<unknown>): Promise<StartError> => {
  const error = await start.then(
    () => assert.fail("it should not have started"),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof StartError, String(error));
  return error;
};
const sum = (m: StartMeasurement) => m.phases.reduce((total, phase) => total + phase.ns, 0);
const isAlive = (pid: number) => readMemory(pid) !== undefined;

describe("a held listening socket", () => {
  const onSocket = (mode: string) => [server, mode, "{port}", String(listenerFd)] as [string, ...string[]];

  test("outlives the processes that serve it, and keeps connections waiting between them", async () => {
    const listener = await launcher.listen();
    assert.ok(listener.port > 0 && listener.inode > 0);
    const first = await launcher.start({ command: onSocket("serve"), listener, trace: true });
    assert.equal(first.port, listener.port);
    await first.stop();
    const waiting = fetch(`http://127.0.0.1:${listener.port}/waited`);
    await new Promise((resolve) => setTimeout(resolve, 20));
    const second = await launcher.start({ command: onSocket("serve"), listener, trace: true });
    assert.equal(await (await waiting).text(), "/waited");
    await second.stop();
    listener.close();
    await assert.rejects(fetch(`http://127.0.0.1:${listener.port}/`));
    assert.match((await failure(launcher.start({ command: onSocket("serve"), listener }))).message, /not held/);
  });

  test("a process that dies on it is told at once, though the connection was taken", async () => {
    const listener = await launcher.listen();
    const began = Date.now();
    const error = await failure(launcher.start({ command: onSocket("die"), listener }));
    assert.match(error.message, /ended before it answered \(exit code 7\)\nit is broken/);
    assert.ok(Date.now() - began < 5_000);
    listener.close();
  });

  test("a port in use is told", async () => {
    const listener = await launcher.listen();
    assert.equal((await failure(launcher.listen({ port: listener.port }))).stage, "port");
    listener.close();
  });
});

test("a start that is watched from another processor may use all of them, and so may the next one", async () => {
  for (let i = 0; i < 3; i++) assert.equal((await measure("processors")).body, String(availableParallelism()));
  const instance = await launcher.start({ command: [server, "processors", "{port}"] });
  assert.equal(instance.measurement.body, String(availableParallelism()));
  await instance.stop();
});

test("of a pool, the time counts from its readiness, phases and memory are those of the process that answered", async () => {
  const m = await measure("pool", { pooled: true });
  assert.deepEqual(
    m.phases.map((p) => p.phase),
    ["pool", "first_request", "other"],
  );
  assert.equal(sum(m), m.totalNs);
  assert.ok((m.preparedNs ?? 0) >= 20_000_000, "the fixture's pool takes its time");
  assert.ok(m.memory.rssBytes > 0);
  assert.match((await failure(measure("die", { pooled: true }))).message, /ended before its pool was ready/);
});

describe("a measured start", () => {
  test("has phases that add up, memory and the response", async () => {
    const m = await measure("serve", { path: "/some/path?x=1" });
    assert.equal(m.status, 200);
    assert.equal(m.body, "/some/path?x=1");
    assert.equal(sum(m), m.totalNs);
    assert.deepEqual(
      m.phases.map((p) => p.phase),
      ["spawn", "listen", "first_request", "other"],
    );
    assert.ok(m.connectedNs > 0 && m.connectedNs < m.totalNs);
    assert.ok(m.memory.rssBytes > 0 && m.memory.rssBytes < 4_000_000);
    assert.ok((m.memory.minorFaults ?? 0) > 0);
    assert.equal(m.stdout, "listening\n");
    assert.equal(m.traceError, undefined);
    assert.equal(isAlive(m.pid), false);
  });

  test("without a trace is all `other`", async () => {
    const m = await measure("serve", { trace: false });
    assert.deepEqual(m.phases, [{ phase: "other", ns: m.totalNs }]);
    assert.equal(m.traceError, undefined);
  });

  test("reads chunked, close-delimited and bodiless answers to their last byte", async () => {
    assert.equal((await measure("chunked")).body, "hello world");
    assert.equal((await measure("close")).body, "until the end");
    const m = await measure("interim");
    assert.deepEqual([m.status, m.body], [204, ""]);
  });

  test("keeps an error status as a result", async () => assert.equal((await measure("fail")).status, 500));

  test("gives a clean environment and no files but the standard ones", async () => {
    const m = await measure("environment", { env: { ZS_ENV_A: "b=c", P: "{port}" } });
    assert.equal(m.body, `ZS_ENV_A=b=c\nP=${m.port}\nZEROSTART_TRACE_FD=3\nfd 0\nfd 1\nfd 2\nfd 3\nfd 4\nfd 5\n`);
  });

  test("rejects a trace that lies or stops short, and keeps the total", async () => {
    for (const mode of ["lie", "stutter"]) {
      const m = await measure(mode);
      assert.ok(m.traceError, mode);
      assert.deepEqual(m.phases, [{ phase: "other", ns: m.totalNs }]);
    }
  });

  test("is not held up by a process that floods its output", async () => {
    const m = await measure("flood");
    assert.equal(m.status, 200);
    assert.equal(m.stdout.length, 8192);
  });
});

describe("a start that fails says at which stage and why", () => {
  test("no such program", async () => {
    const error = await failure(launcher.measure({ command: ["/no/such/program"] }));
    assert.equal(error.stage, "spawn");
    assert.match(error.message, /cannot execute \/no\/such\/program: No such file/);
  });
  test("it dies early", async () => {
    const error = await failure(measure("die"));
    assert.equal(error.stage, "connect");
    assert.deepEqual(error.exit, { code: 7, signal: null });
    assert.match(error.message, /ended before it listened \(exit code 7\)\nit is broken/);
  });
  test("it never listens", async () => {
    const error = await failure(measure("silent", { connectTimeoutMs: 50 }));
    assert.equal(error.stage, "connect");
    assert.match(error.message, /did not listen in time/);
  });
  test("it never answers", async () => {
    const error = await failure(measure("mute", { responseTimeoutMs: 50 }));
    assert.equal(error.stage, "response");
    assert.match(error.message, /no answer came in time/);
  });
  test("it hangs up, stops short, or does not speak HTTP", async () => {
    assert.match((await failure(measure("hangup"))).message, /closed without an answer/);
    assert.match((await failure(measure("short"))).message, /in the middle of the answer/);
    assert.match((await failure(measure("garbage"))).message, /not HTTP/);
  });
  test("the port is taken", async () => {
    const blocker: Server = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => blocker.once("listening", resolve));
    const address = blocker.address();
    assert.ok(address && typeof address === "object");
    const error = await failure(measure("serve", { port: address.port }));
    blocker.close();
    assert.equal(error.stage, "port");
    assert.match(error.message, /in use/);
  });
  test("the working directory is not there", async () => {
    assert.match((await failure(measure("serve", { cwd: "/no/such/folder" }))).message, /cannot enter the working directory/);
  });
  test("malformed requests", async () => {
    assert.equal((await failure(measure("serve", { host: "localhost" }))).stage, "port");
    assert.equal((await failure(measure("serve", { port: 99_999 }))).stage, "request");
    assert.equal((await failure(measure("serve", { path: "/a b" }))).stage, "request");
    assert.equal((await failure(launcher.measure({ command: [server, "a\0b"] }))).stage, "request");
    assert.match((await failure(measure("serve", { path: `/${"x".repeat(5000)}` }))).message, /too long/);
    assert.match((await failure(launcher.measure({ command: [server, ...Array<string>(5000).fill("x")] }))).message, /too many/);
  });
  test("the launcher still works after all that", async () => assert.equal((await measure("serve")).status, 200));
});

describe("a real start", () => {
  test("goes on, sends its output, and ends when told", async () => {
    const instance = await launcher.start({ command: [server, "serve", "{port}"], trace: true });
    const output: string[] = [];
    instance.on("output", ({ stream, data }) => output.push(`${stream} ${data.toString()}`));
    assert.equal(sum(instance.measurement), instance.measurement.totalNs);
    assert.equal(await (await fetch(`http://127.0.0.1:${instance.port}/again`)).text(), "/again");
    assert.deepEqual(await instance.stop(), { code: null, signal: "SIGTERM" });
    assert.deepEqual(await instance.stop(), { code: null, signal: "SIGTERM" });
    assert.deepEqual(output, ["stdout listening\n"]);
    assert.equal(isAlive(instance.pid), false);
  });

  test("is killed when it ignores the request to end", async () => {
    const instance = await launcher.start({ command: [server, "stubborn", "{port}"] });
    assert.deepEqual(await instance.stop(50), { code: null, signal: "SIGKILL" });
  });

  test("is called off while it is waited for, before it listens and after; what was started is gone", async () => {
    for (const mode of ["silent", "mute"]) {
      const off = new AbortController();
      const error = failure(launcher.start({ command: [server, mode, "{port}"], connectTimeoutMs: 60_000, responseTimeoutMs: 60_000 }, off.signal));
      setTimeout(() => off.abort(), 30);
      assert.match((await error).message, /called off/, mode);
    }
    assert.match((await failure(launcher.start({ command: [server, "serve", "{port}"] }, AbortSignal.abort()))).message, /called off/);
    const off = new AbortController();
    const instance = await launcher.start({ command: [server, "serve", "{port}"] }, off.signal);
    off.abort();
    assert.equal(await (await fetch(`http://127.0.0.1:${instance.port}/later`)).text(), "/later", "one that has started goes on");
    await instance.stop();
  });

  test("reports a crash", async () => {
    const instance = await launcher.start({ command: [server, "crash", "{port}"] });
    const exit = new Promise((resolve) => instance.once("exit", resolve));
    await fetch(`http://127.0.0.1:${instance.port}/`).catch(() => {});
    assert.deepEqual(await exit, { code: null, signal: "SIGABRT" });
  });

  test("runs beside others, and all end with the launcher", async () => {
    const second = await Launcher.open();
    const instances = await Promise.all(Array.from({ length: 8 }, () => second.start({ command: [server, "serve", "{port}"] })));
    assert.equal(new Set(instances.map((instance) => instance.port)).size, 8);
    const hung = failure(second.start({ command: [server, "silent"], connectTimeoutMs: 60_000 }));
    await second.close();
    assert.equal((await hung).stage, "connect");
    for (const instance of instances) assert.equal(isAlive(instance.pid), false);
    assert.equal((await failure(second.measure({ command: [server] }))).stage, "launcher");
  });
});
