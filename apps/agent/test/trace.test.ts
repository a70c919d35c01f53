/** A start is traced on order: a real program of ours, under the real control plane; what cannot be traced says why; nothing is lost or told twice. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { gunzipSync } from "node:zlib";
import { startTrace, type StartTrace } from "@zerostart/protocol";
import { packTrace } from "../src/trace.ts";
import { JoinedAgent, startControlPlane, type RealControlPlane } from "./fixtures/real-control-plane.ts";
import { eventually } from "./fixtures/waiting.ts";

const source = `
  function countPrimes(limit) { let n = 0; for (let i = 2; i < limit; i++) { let p = true; for (let j = 2; j * j <= i; j++) if (i % j === 0) p = false; if (p) n++; } return n; }
  export default { fetch: () => Response.json({ primes: countPrimes(5000) }) };`;

type Built = { bytes: Uint8Array; symbols?: Uint8Array; stubSha256: string };
type Trace = { id: string; state: string; error: string | null; progress: { done: number; of: number }; summary: { samples: number; syscalls: number } | null };

let folder: string;
let plane: RealControlPlane;
let agent: JoinedAgent;
let built: Built;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "zerostart-agent-trace-"));
  // By a computed path: the agent knows nothing of how programs are built.
  const pipeline = (await import(join(import.meta.dirname, "../../../packages/build/src/index.ts"))) as Record<string, (input: object) => Promise<unknown>>;
  const compiled = await pipeline["compileHandler"]!({ files: { "index.js": source }, entry: "index.js" });
  const target = process.arch === "arm64" ? "aarch64-linux-musl" : "x86_64-linux-musl";
  built = (await pipeline["buildArtifact"]!({ compiled, name: "primes", mode: "snapshot", target })) as Built;
  plane = await startControlPlane(join(folder, "plane"), Buffer.from(built.bytes), 0, 0, {}, { symbols: built.symbols });
  agent = await JoinedAgent.start(plane, join(folder, "agent"));
});
after(async () => {
  await agent.stop();
  await plane.stop();
  rmSync(folder, { recursive: true, force: true });
});

const query = async <T>(procedure: string, input?: object) => (await plane.api.query(procedure, input)) as T;
const mutate = async <T>(procedure: string, input: object) => (await plane.api.mutation(procedure, input)) as T;

async function buildOf(name: string, mode: string): Promise<string> {
  const { handlerId } = await mutate<{ handlerId: string }>("handlers.create", { name, files: [{ path: "index.js", content: source }] });
  const { builds } = await mutate<{ builds: { buildId: string }[] }>("builds.start", { handlerId, targets: ["x86_64-linux-musl"], modes: [mode] });
  await eventually("it is built", async () => (await query<{ state: string }>("builds.get", { buildId: builds[0]!.buildId })).state === "succeeded");
  return builds[0]!.buildId;
}
const ended = (traceId: string) =>
  eventually("the trace ends", async () => {
    const trace = await query<Trace>("traces.get", { traceId });
    return trace.state !== "queued" && trace.state !== "running" && trace;
  });

test("a trace on order names the handler's functions, and is kept once", async () => {
  const buildId = await buildOf("primes", "snapshot");
  const { traceId } = await mutate<{ traceId: string }>("traces.create", { buildId, runs: 20 });
  const done = await ended(traceId);
  assert.deepEqual([done.state, done.error], ["done", null]);
  const trace = startTrace.parse(await query("traces.read", { traceId }));
  assert.equal(trace.subject.handler, "primes");
  assert.equal(trace.host.name, "host-a");
  assert(trace.syscalls.some((call) => call.name === "accept4") || trace.unavailable.some((u) => u.what === "system calls"));
  assert(!trace.unavailable.some((u) => u.what === "names of functions"), "the symbols came with the order");
  if (!trace.unavailable.some((u) => u.what === "processor samples")) {
    assert(trace.frames.some((frame) => frame.kind === "handler" && frame.name === "countPrimes"));
    assert(trace.frames.some((frame) => frame.kind === "engine" && frame.name === "interpreter/run"));
    assert.equal(done.summary?.samples, trace.samples.total);
  }
  assert.doesNotMatch(JSON.stringify(trace), /zsa_|ZS_ENV|ZEROSTART_TRACE_FD/, "neither tokens nor the environment are recorded");
  const { traces } = await query<{ traces: Trace[] }>("traces.list", { buildId });
  assert.deepEqual(
    traces.map((t) => t.id),
    [traceId],
  );
});

test("what cannot be traced is refused when it is ordered", async () => {
  const pooled = await buildOf("pooled", "clone");
  await assert.rejects(mutate("traces.create", { buildId: pooled }), /fork of a running process/);
  await assert.rejects(mutate("traces.create", { buildId: "bld_none" }), /does not exist/);
});

test("ordered while the agent is away: it is traced when it is back; cancelled meanwhile: it is not", async () => {
  const buildId = await buildOf("later", "snapshot");
  await agent.stop();
  const first = await mutate<{ traceId: string }>("traces.create", { buildId, runs: 10 });
  const second = await mutate<{ traceId: string }>("traces.create", { buildId, runs: 10 });
  await mutate("traces.cancel", { traceId: first.traceId });
  agent = await JoinedAgent.start(plane, join(folder, "agent"));
  assert.equal((await ended(second.traceId)).state, "done");
  assert.equal((await query<Trace>("traces.get", { traceId: first.traceId })).state, "cancelled");
  assert.deepEqual(Object.values(JSON.parse(readFileSync(join(folder, "agent/traces.json"), "utf8")) as Record<string, string>), ["ended"]);
});

test("one that is too long loses its rarest stacks and says so", () => {
  const stacks = Array.from({ length: 5_000 }, (_, i) => ({ frames: [0, (i * 7_919) % 1_000, (i * 104_729) % 1_000], count: 1 + (i % 50) }));
  const trace = {
    version: 2,
    recordedAt: new Date(0).toISOString(),
    subject: { handler: "h", mode: "snapshot", target: "x86_64-linux-musl", path: "/" },
    host: { name: "h", kernel: "", cpuModel: "", arch: "x64" },
    frames: Array.from({ length: 1_000 }, (_, i) => ({ name: `f${i}`, kind: "host" })),
    starts: Object.fromEntries(["plain", "syscalls", "watched", "sampled"].map((kind) => [kind, { count: 1, minNs: 1, medianNs: 1 }])),
    reference: { totalNs: 1, phases: [] },
    syscalls: [],
    faults: [],
    samples: {
      intervalNs: 1,
      total: stacks.reduce((sum, s) => sum + s.count, 0),
      stacks,
      timeline: [
        [0, 4_999],
        [1, 49],
      ],
    },
    unavailable: [],
  } as unknown as StartTrace;
  const whole = packTrace(trace);
  assert.deepEqual(JSON.parse(gunzipSync(Buffer.from(whole, "base64")).toString()), trace);
  const limit = Math.floor(whole.length / 3);
  const packed = packTrace(trace, limit);
  assert(packed.length <= limit);
  const kept = startTrace.parse(JSON.parse(gunzipSync(Buffer.from(packed, "base64")).toString()));
  assert(kept.samples.stacks.length > 0 && kept.samples.stacks.length < 5_000);
  assert.equal(kept.samples.stacks[0]!.count, 50, "the most frequent ones stay");
  assert(kept.samples.timeline.every(([, stack]) => stack < kept.samples.stacks.length));
  assert.match(kept.unavailable[0]!.why, /rarest of 5000 stacks were left out/);
});
