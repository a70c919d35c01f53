/** The real control plane and the real agent as processes that are killed without a word: what was acknowledged is there once, and nothing stays in between. */
import assert from "node:assert/strict";
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { createTRPCUntypedClient, httpLink } from "@trpc/client";
import type { AnyRouter } from "@trpc/server";
import { compileNative } from "@zerostart/launcher/native.ts";
import { eventually } from "./fixtures/waiting.ts";

const fixtures = join(import.meta.dirname, "fixtures");
let folder: string;
let plane: Plane;
let agent: ChildProcess | undefined;

type Plane = { child: ChildProcess; url: string; port: number; api: ReturnType<typeof createTRPCUntypedClient<AnyRouter>> };

async function startPlane(port = 0, buildMs = 0): Promise<Plane> {
  const child = spawn(
    process.execPath,
    [join(fixtures, "control-plane-process.ts"), join(folder, "plane"), join(folder, "program"), String(port), String(buildMs)],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  const line = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout! }).once("line", resolve);
    child.once("close", (code, signal) => reject(new Error(`the control plane ended: ${signal ?? code}`)));
  });
  const { url, apiToken } = JSON.parse(line) as { url: string; apiToken: string };
  const api = createTRPCUntypedClient<AnyRouter>({ links: [httpLink({ url: `${url}/api/trpc`, headers: { authorization: `Bearer ${apiToken}` } })] });
  return { child, url, port: Number(new URL(url).port), api };
}

/** @param skewMs how far the agent's clock is ahead of everybody else's */
function startAgent(skewMs = 0): ChildProcess {
  const skewed = `const Real = Date; globalThis.Date = class extends Real { constructor(...a) { a.length ? super(...a) : super(Real.now() + ${skewMs}); } static now() { return Real.now() + ${skewMs}; } };`;
  const tokens = ["--token-file", join(folder, "plane/agent-enrolment-token")];
  return spawn(
    process.execPath,
    [
      ...(skewMs === 0 ? [] : ["--import", `data:text/javascript,${encodeURIComponent(skewed)}`]),
      join(import.meta.dirname, "../src/main.ts"),
      "--server",
      plane.url,
      "--data",
      join(folder, "agent"),
      "--name",
      "host-a",
      ...tokens,
    ],
    { stdio: "ignore" },
  );
}

async function kill(child: ChildProcess | undefined): Promise<void> {
  if (!child || child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once("close", resolve));
  child.kill("SIGKILL");
  await gone;
}

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "zerostart-faults-"));
  writeFileSync(join(folder, "program"), readFileSync(await compileNative("agent-test-artifact", [join(fixtures, "artifact.c")])));
  plane = await startPlane();
  agent = startAgent();
});
after(async () => {
  await kill(agent);
  await kill((plane as Plane | undefined)?.child);
  rmSync(folder, { recursive: true, force: true });
});

type Build = { id: string; state: string };
type Deployment = { id: string; state: string; url: string | null; instances: { state: string; pid: number | null }[] };
type Sample = { id: string; measurementId: string | null };
const query = async <T>(procedure: string, input?: object) => (await plane.api.query(procedure, input)) as T;
const mutate = async <T>(procedure: string, input: object) => (await plane.api.mutation(procedure, input)) as T;
const deployment = (deploymentId: string) => query<Deployment>("deployments.get", { deploymentId });
const urlOf = (deploymentId: string) => eventually("it answers", async () => (await deployment(deploymentId)).url);
const measured = async (handlerId: string, measurementId: string) =>
  (await query<{ samples: Sample[] }>("coldStarts.list", { handlerId, limit: 500 })).samples.filter((sample) => sample.measurementId === measurementId);
const text = async (url: string) => (await fetch(url)).text();

async function handler(name: string): Promise<string> {
  const files = [{ path: "index.js", content: "export default () => new Response('')" }];
  return (await mutate<{ handlerId: string }>("handlers.create", { name, files })).handlerId;
}
const startBuild = async (handlerId: string) =>
  (await mutate<{ builds: { buildId: string }[] }>("builds.start", { handlerId, targets: ["x86_64-linux-musl"], modes: ["snapshot"] })).builds[0]!.buildId;
const succeeded = (buildId: string) => eventually("it is built", async () => (await query<Build>("builds.get", { buildId })).state === "succeeded");
async function built(handlerId: string): Promise<string> {
  const buildId = await startBuild(handlerId);
  await succeeded(buildId);
  return buildId;
}
const deploy = async (buildId: string, mode: string) =>
  (await mutate<{ deploymentId: string }>("deployments.create", { buildId, env: { MODE: mode } })).deploymentId;

test("the control plane is killed again and again while samples come in: each is there once", async () => {
  const handlerId = await handler("ingestion");
  const buildId = await built(handlerId);
  await eventually("the host is there", async () => (await query<{ online: boolean }[]>("hosts.list")).some((host) => host.online));
  const runs = 60;
  const { measurementId } = await mutate<{ measurementId: string }>("measurements.create", { buildIds: [buildId], runs, warmup: 0 });
  for (let round = 0; round < 2; round++) {
    const before = (await measured(handlerId, measurementId)).length;
    await eventually("some have come", async () => {
      const now = (await measured(handlerId, measurementId)).length;
      return now > before || now === runs;
    });
    await kill(plane.child);
    plane = await startPlane(plane.port);
  }
  await eventually("it is done", async () => (await query<{ state: string }>("measurements.get", { measurementId })).state === "done");
  const samples = await measured(handlerId, measurementId);
  assert.equal(samples.length, runs);
  assert.equal(new Set(samples.map((sample) => sample.id)).size, runs);
});

test("the control plane's disk is full for a while: it still answers, and every start is there once when there is room again", async () => {
  const limit = (bytes: number | "unlimited") => execFileSync("prlimit", ["--pid", String(plane.child.pid), `--fsize=${bytes}:unlimited`]);
  const handlerId = await handler("disk-full");
  const buildId = await built(handlerId);
  const runs = 60;
  const { measurementId } = await mutate<{ measurementId: string }>("measurements.create", { buildIds: [buildId], runs, warmup: 0 });
  // No file may grow beyond a page, as if there were no room for more.
  limit(4_096);
  await assert.rejects(handler("no-room"));
  const before = (await measured(handlerId, measurementId)).length;
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  assert.equal((await measured(handlerId, measurementId)).length, before);
  assert.ok(before < runs);
  limit("unlimited");
  await eventually("it is done", async () => (await query<{ state: string }>("measurements.get", { measurementId })).state === "done");
  const samples = await measured(handlerId, measurementId);
  assert.deepEqual([samples.length, new Set(samples.map((sample) => sample.id)).size], [runs, runs]);
  await handler("no-room");
});

/** Its lease has to run out first; the tests between go on meanwhile. */
let interrupted: string;
test("the control plane is killed during a build", async () => {
  await kill(plane.child);
  plane = await startPlane(plane.port, 3_000);
  interrupted = await startBuild(await handler("build"));
  await eventually("it is being built", async () => (await query<Build>("builds.get", { buildId: interrupted })).state === "running");
  await kill(plane.child);
  plane = await startPlane(plane.port);
});

test("the control plane is killed during a roll-out: the new version serves, the old one is gone, at one address", async () => {
  const handlerId = await handler("roll-out");
  const first = await deploy(await built(handlerId), "one");
  const url = await urlOf(first);
  const second = await deploy(await built(handlerId), "two");
  await kill(plane.child);
  plane = await startPlane(plane.port);
  await eventually("the new one is healthy", async () => (await deployment(second)).instances.some((instance) => instance.state === "healthy"));
  await eventually("the old one is stopped", async () => (await deployment(first)).instances.every((instance) => instance.state === "stopped"));
  assert.equal(await text(url), "two");
  assert.deepEqual([(await deployment(first)).state, (await deployment(second)).state], ["superseded", "active"]);
});

test("the agent is killed: nothing is left running, and its next life brings everything back at the same address", async () => {
  const handlerId = await handler("agent");
  const id = await deploy(await built(handlerId), "here");
  const url = await urlOf(id);
  const pid = (await deployment(id)).instances.find((instance) => instance.state === "healthy")!.pid!;
  await kill(agent);
  await eventually("its instance is gone", async () => !existsSync(`/proc/${pid}`));
  agent = startAgent();
  await eventually("it answers again", async () => (await text(url).catch(() => "")) === "here");
  await eventually("and that is known", async () => {
    const instance = (await deployment(id)).instances.find((each) => each.state === "healthy");
    return instance && instance.pid !== pid;
  });
});

test("the agent is killed in the middle of a roll-out: the new version serves at the same address, nothing is left of the old one", async () => {
  const handlerId = await handler("agent-roll-out");
  const first = await deploy(await built(handlerId), "one");
  const url = await urlOf(first);
  const old = (await deployment(first)).instances.find((instance) => instance.state === "healthy")!.pid!;
  const second = await deploy(await built(handlerId), "two");
  // As soon as it has begun: whichever of the two is there by then ends with the agent.
  await eventually("it has begun", async () => (await deployment(second)).instances.length > 0);
  await kill(agent);
  await eventually("the old process is gone", async () => !existsSync(`/proc/${old}`));
  agent = startAgent();
  await eventually("the new version answers", async () => (await text(url).catch(() => "")) === "two");
  await eventually("and alone", async () => (await deployment(first)).instances.every((instance) => instance.state === "stopped"));
  assert.deepEqual([(await deployment(first)).state, (await deployment(second)).state], ["superseded", "active"]);
});

for (const [skewMs, what] of [
  [600_000, "ahead"],
  [-600_000, "behind"],
] as const)
  test(`an agent whose clock is ten minutes ${what}: it works, its samples are charted, and the skew is told`, async () => {
    await kill(agent);
    agent = startAgent(skewMs);
    const handlerId = await handler(`skew-${what}`);
    const id = await deploy(await built(handlerId), "skewed");
    assert.equal(await text(await urlOf(id)), "skewed");
    await eventually("the skew is known", async () =>
      (await query<{ clockSkewMs: number | null }[]>("hosts.list")).some((each) => Math.abs((each.clockSkewMs ?? 0) - skewMs) < 60_000),
    );
    const sample = await eventually("its start is charted", async () => {
      const { samples } = await query<{ samples: { startedAtMs: number }[] }>("coldStarts.list", { handlerId });
      return samples[0];
    });
    assert.ok(Math.abs(sample.startedAtMs - Date.now()) < 60_000, "by the control plane's clock, not in the future");
  });

test("the build that was interrupted is taken up again", async () => void (await succeeded(interrupted)));

test("a message that comes twice, late, or from a past life changes nothing", async () => {
  const handlerId = await handler("late");
  const first = await deploy(await built(handlerId), "one");
  await urlOf(first);
  const second = await deploy(await built(handlerId), "two");
  const url = await urlOf(second);
  await eventually("the first is gone", async () => (await deployment(first)).instances.every((instance) => instance.state === "stopped"));
  const { agentToken } = JSON.parse(readFileSync(join(folder, "agent/agent.json"), "utf8")) as { agentToken: string };
  const asAgent = createTRPCUntypedClient<AnyRouter>({
    links: [httpLink({ url: `${plane.url}/api/trpc`, headers: { authorization: `Bearer ${agentToken}` } })],
  });
  const line = {
    id: crypto.randomUUID(),
    deploymentId: first,
    instanceId: "ins_past",
    at: new Date(Date.now() - 3_600_000).toISOString(),
    level: "info",
    source: "handler",
    text: "late words",
  };
  for (let time = 0; time < 2; time++)
    assert.deepEqual(((await asAgent.mutation("agent.report", { logs: [line] })) as { accepted: string[] }).accepted, [line.id]);
  assert.equal(await text(url), "two");
  assert.equal((await deployment(first)).state, "superseded");
  assert.equal((await deployment(second)).state, "active");
});
