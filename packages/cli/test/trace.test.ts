/** A traced start: what it says must fit together, name what ran, and say what this host does not permit. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { hotFunctions, startTrace, type StartTrace } from "@zerostart/protocol";
import { folder, hello, zerostart } from "./support/command.ts";

const isOrdered = (times: number[]) => times.every((t, i) => i === 0 || times[i - 1]! <= t);
const missing = (trace: StartTrace) => trace.unavailable.map((u) => u.what);

test("trace: system calls, page faults and a profile of a start, in three formats", async () => {
  const [path, speedscope, chrome] = ["trace.json", "t.speedscope.json", "t.chrome.json"].map((name) => join(folder, name)) as [string, string, string];
  const { code, stdout, stderr } = await zerostart(["trace", hello, "--runs", "5", "--json", path, "--out", speedscope]);
  assert.equal(code, 0, stderr);
  const trace = startTrace.parse(JSON.parse(readFileSync(path, "utf8")));
  const calls = trace.syscalls.map((call) => call.name);
  for (const name of ["execve", "bind", "listen", "seccomp", "accept4", "recvfrom", "sendto"]) assert(calls.includes(name), `${name} is among ${calls}`);
  assert(calls.indexOf("seccomp") < calls.indexOf("accept4"), "no connection is taken before the sandbox");
  assert.match(trace.syscalls.find((call) => call.name === "bind")!.args, /, 127\.0\.0\.1:\d+$/);
  assert(isOrdered(trace.syscalls.map((call) => call.atNs)));
  const { phases, totalNs } = trace.reference;
  assert.deepEqual([phases[0]?.phase, phases.at(-1)?.phase], ["spawn", "first_request"]);
  assert(phases.every((p, i) => p.fromNs <= p.toNs && p.fromNs === (phases[i - 1]?.toNs ?? 0)));
  assert(trace.syscalls.every((call) => call.atNs <= totalNs));
  assert.deepEqual([trace.starts.plain.count, trace.starts.syscalls.count], [20, 3]);
  if (!missing(trace).includes("page faults")) assert(trace.faults.some((fault) => fault.segment.startsWith("linear memory")));
  if (!missing(trace).includes("processor samples")) {
    assert.equal(trace.starts.sampled.count, 5);
    assert.equal(hotFunctions(trace).reduce((sum, f) => sum + f.selfSamples, 0) + phaseOnly(trace), trace.samples.total);
    const profile = JSON.parse(readFileSync(speedscope, "utf8")) as { shared: { frames: unknown[] }; profiles: { samples: number[][]; weights: number[] }[] };
    assert.equal(profile.profiles[0]!.samples.length, profile.profiles[0]!.weights.length);
    assert(profile.profiles[0]!.samples.flat().every((frame) => frame < profile.shared.frames.length));
  }
  assert.match(stdout, /phases, system calls and page faults/);
  const again = await zerostart(["trace", hello, "--runs", "1", "--out", chrome]);
  assert.equal(again.code, 0, again.stderr);
  const { traceEvents } = JSON.parse(readFileSync(chrome, "utf8")) as { traceEvents: { ph: string; name: string }[] };
  assert(traceEvents.some((event) => event.ph === "X" && event.name === "seccomp"));
});

test("trace --prime: what the handler keeps of a request is done before the start; nothing is kept where there is no snapshot", async () => {
  const handler = join(folder, "kept.ts");
  writeFileSync(
    handler,
    `let kept: number | undefined; function work(): number { let n = 0; for (let i = 0; i < 300_000; i++) n += i; return n; }\nexport default () => new Response(String((kept ??= work())));`,
  );
  const profile = async (args: string[]) => {
    const { code, stdout, stderr } = await zerostart(["trace", handler, "--runs", "5", "--json", ...args]);
    assert.equal(code, 0, stderr);
    return startTrace.parse(JSON.parse(stdout));
  };
  const [plain, primed] = [await profile([]), await profile(["--prime", "/"])];
  if (!missing(plain).includes("processor samples"))
    assert.deepEqual(
      [plain, primed].map((trace) => trace.frames.some((frame) => frame.name === "work")),
      [true, false],
    );
  const refused = await zerostart(["trace", handler, "--prime", "/", "--mode", "embedded"]);
  assert.notEqual(refused.code, 0);
  assert.match(refused.stderr, /prim/);
});

const phaseOnly = (trace: StartTrace) => trace.samples.stacks.filter((s) => s.frames.length === 1).reduce((sum, s) => sum + s.count, 0);

for (const mode of ["snapshot", "embedded", "source"]) {
  test(`trace: mode ${mode} names the handler's own functions, the library's, the engine's and the host's`, async () => {
    const handler = join(folder, `busy-${mode}.ts`);
    writeFileSync(
      handler,
      `function countPrimes(limit: number): number { let n = 0; for (let i = 2; i < limit; i++) { let p = true; for (let j = 2; j * j <= i; j++) if (i % j === 0) p = false; if (p) n++; } return n; }
       export default { fetch: () => Response.json({ primes: countPrimes(3000), text: JSON.stringify(Array.from({ length: 3000 }, (_, i) => ({ i }))).length }) };`,
    );
    const { code, stdout, stderr } = await zerostart(["trace", handler, "--mode", mode, "--runs", "20", "--json"]);
    assert.equal(code, 0, stderr);
    const trace = startTrace.parse(JSON.parse(stdout));
    if (missing(trace).includes("processor samples")) return;
    assert(!missing(trace).includes("names of functions"));
    const primes = trace.frames.findIndex((frame) => frame.name === "countPrimes");
    assert.deepEqual([trace.frames[primes]?.kind, trace.frames[primes]?.file], ["handler", `busy-${mode}.ts`]);
    const stack = trace.samples.stacks.find((s) => s.frames.includes(primes))!;
    const names = stack.frames.map((f) => trace.frames[f]!.name);
    assert.equal(names[0], "first_request");
    assert(names.indexOf("fetch") < names.indexOf("countPrimes"), names.join(" > "));
    // Names of the library lie in parts of the image that the process has not unpacked.
    assert(names.indexOf("httpRequest") > 0 && names.indexOf("httpRequest") < names.indexOf("fetch"), names.join(" > "));
    // The compiler, in mode source, is library too, and full of arrow functions.
    assert(mode === "source" || !trace.frames.some(({ kind, name }) => kind === "library" && name === "(anonymous)"));
    const engine = new Set(trace.frames.filter((frame) => frame.kind === "engine").map((frame) => frame.name));
    assert(engine.has("interpreter/run"), [...engine].join());
    assert(
      [...engine].every((name) => !/^f\d+$/.test(name)),
      "no function is shown by its number",
    );
    assert(trace.frames.some((frame) => frame.kind === "host" && frame.name === "host_main"));
  });
}

test("trace: a pooled mode is refused", async () => {
  const { code, stderr } = await zerostart(["trace", hello, "--mode", "clone"]);
  assert.equal(code, 2);
  assert.match(stderr, /trace the mode snapshot/);
});
