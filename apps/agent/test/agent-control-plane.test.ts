/** The agent against the real control plane: server, database, tokens, signatures and long poll are the product's own. */
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { compileNative } from "@zerostart/launcher/native.ts";
import { JoinedAgent, startControlPlane, type RealControlPlane } from "./fixtures/real-control-plane.ts";
import { eventually } from "./fixtures/waiting.ts";

let folder: string;
let program: Buffer;
let plane: RealControlPlane;
let agent: JoinedAgent;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "zerostart-agent-plane-"));
  program = readFileSync(await compileNative("agent-test-artifact", [join(import.meta.dirname, "fixtures/artifact.c")]));
  plane = await startControlPlane(join(folder, "plane"), program);
  agent = await JoinedAgent.start(plane, join(folder, "agent"));
});
after(async () => {
  await agent.stop();
  await plane.stop();
  rmSync(folder, { recursive: true, force: true });
});

type Build = { id: string; state: string; artifact: { sha256: string } | null };
type Deployment = { url: string | null; instances: { state: string; reason: string | null; restarts: number; pid: number | null }[] };
type Sample = { kind: string; totalNs: number; measurementId: string | null };

const query = async <T>(procedure: string, input?: object) => (await plane.api.query(procedure, input)) as T;
const mutate = async <T>(procedure: string, input: object) => (await plane.api.mutation(procedure, input)) as T;
const deployment = (deploymentId: string) => query<Deployment>("deployments.get", { deploymentId });
const urlOf = (deploymentId: string) => eventually("it answers", async () => (await deployment(deploymentId)).url ?? undefined);
const samples = async (handlerId: string) => (await query<{ samples: Sample[] }>("coldStarts.list", { handlerId, limit: 500 })).samples;

async function built(name: string): Promise<{ handlerId: string; build: Build }> {
  const { handlerId } = await mutate<{ handlerId: string }>("handlers.create", {
    name,
    files: [{ path: "index.js", content: "export default () => new Response('')" }],
  });
  return { handlerId, build: await rebuilt(handlerId) };
}
async function rebuilt(handlerId: string): Promise<Build> {
  const { builds } = await mutate<{ builds: { buildId: string }[] }>("builds.start", { handlerId, targets: ["x86_64-linux-musl"], modes: ["snapshot"] });
  return eventually("it is built", async () => {
    const build = await query<Build>("builds.get", { buildId: builds[0]!.buildId });
    return build.state === "succeeded" && build;
  });
}
const deploy = async (build: Build, env: Record<string, string>, more: object = {}) =>
  (await mutate<{ deploymentId: string }>("deployments.create", { buildId: build.id, env, ...more })).deploymentId;
/** The command line of the process that serves. */
const commandOf = async (deploymentId: string) => {
  const { instances } = await deployment(deploymentId);
  return readFileSync(`/proc/${instances.find((instance) => instance.state === "healthy")!.pid}/cmdline`, "utf8").split("\0");
};
const text = async (url: string) => (await fetch(url)).text();

test("the host joins with what it can run", async () => {
  type Host = { name: string; online: boolean; executors: { executor: string }[] };
  const host = await eventually("it is online", async () => (await query<Host[]>("hosts.list")).find((each) => each.online));
  assert.equal(host.name, "host-a");
  assert.ok(host.executors.some((each) => each.executor === "native"));
});

test("deploy, answer, crash, recover, roll over, measure, survive the control plane's absence, stop", async () => {
  const { handlerId, build } = await built("walk");
  const first = await deploy(build, { MODE: "one" });
  const url = await urlOf(first);
  assert.equal(await text(url), "one");
  await eventually("its start is charted", async () => (await samples(handlerId)).length === 1);

  // It crashes: the agent brings it back and says so.
  await text(`${url}crash`).catch(() => {});
  await eventually("it is back", async () => (await deployment(first)).instances.some((instance) => instance.restarts === 1 && instance.state === "healthy"));

  // The next build takes over at the same address; where it may fetch from is asked of the program.
  await assert.rejects(deploy(build, {}, { allowFetch: ["http://example.com/"] }), /not a place/);
  const second = await deploy(await rebuilt(handlerId), { MODE: "two" }, { allowFetch: ["api.example.com", "*.example.org:8443"] });
  assert.equal(await urlOf(second), url);
  assert.match((await commandOf(second)).join(" "), /--allow-fetch api\.example\.com,\*\.example\.org:8443 /);
  assert.equal(await text(url), "two");
  await eventually("the first is gone", async () => (await deployment(first)).instances.every((instance) => instance.state === "stopped"));

  // A measurement of both builds.
  const { measurementId } = await mutate<{ measurementId: string }>("measurements.create", { buildIds: [build.id], runs: 5, warmup: 1 });
  await eventually("it is measured", async () => (await query<{ state: string }>("measurements.get", { measurementId })).state === "done");
  assert.equal((await samples(handlerId)).filter((sample) => sample.measurementId === measurementId).length, 5);

  // The control plane goes away and comes back: the handler served all along, and the crash meanwhile is not lost.
  const before = (await samples(handlerId)).length;
  const { port } = plane;
  await plane.stop();
  await text(`${url}crash`).catch(() => {});
  await eventually("it is back without a control plane", async () => (await text(url).catch(() => "")) === "two");
  plane = await startControlPlane(join(folder, "plane"), program, port);
  await eventually("the start meanwhile is charted, once", async () => (await samples(handlerId)).length === before + 1);

  await mutate("deployments.stop", { deploymentId: second });
  await eventually("it is stopped", async () => (await deployment(second)).instances.every((instance) => instance.state === "stopped"));
  await assert.rejects(text(url));
});

test("a tampered artifact is refused with its reason, and the others keep serving", async () => {
  const good = await deploy((await built("good")).build, { MODE: "good" });
  const url = await urlOf(good);
  const { build } = await built("bad");
  const sha256 = build.artifact!.sha256;
  const objects = join(folder, "plane/objects");
  const file = readdirSync(objects, { recursive: true, encoding: "utf8" }).find((name) => name.replaceAll("/", "") === sha256);
  const bytes = readFileSync(join(objects, file!));
  bytes[bytes.length - 1]! ^= 1;
  writeFileSync(join(objects, file!), bytes);
  const bad = await deploy(build, {});
  const instance = await eventually("it is told", async () => (await deployment(bad)).instances.find((each) => each.state === "unhealthy"));
  assert.match(instance.reason ?? "", /tampered with or damaged/);
  assert.equal(await text(url), "good");
  await mutate("deployments.stop", { deploymentId: bad });
});

test("the agent's own restart: instances come back at their address, nothing is counted twice", async () => {
  const { handlerId, build } = await built("restart");
  const id = await deploy(build, { MODE: "again" });
  const url = await urlOf(id);
  await eventually("charted", async () => (await samples(handlerId)).length === 1);
  await agent.stop();
  agent = await JoinedAgent.start(plane, join(folder, "agent"));
  await eventually("it answers again", async () => (await text(url).catch(() => "")) === "again");
  await eventually("the second start is charted", async () => (await samples(handlerId)).length === 2);
  assert.equal((await query<unknown[]>("hosts.list")).length, 1, "it is the same host");
});
