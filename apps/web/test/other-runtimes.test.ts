/** Node, Deno and Bun in an experiment, with the agent's part played by the test: where a host says that it has them, and nowhere else. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { HostRuntime } from "@zerostart/protocol";
import { ChildPipeline } from "../src/features/builds/server/pipeline.ts";
import { builtHandler, eventually, sampleOf, startServer, type TestServer } from "./support/harness.ts";

let server: TestServer;
before(async () => {
  server = await startServer();
});
after(() => server.stop());

const target = "x86_64-linux-musl" as const;
const snapshot = { mode: "snapshot", target } as const;
const on = (runtime: "node" | "deno" | "bun") => ({ mode: "module", target: "any", knobs: { runtime } }) as const;
const installed: HostRuntime[] = [
  { name: "node", version: "24.21.0" },
  { name: "bun", version: "1.4.5" },
];
const sync = (runtimes?: HostRuntime[]) => ({
  protocolVersion: 1 as const,
  revision: 0,
  waitMs: 0,
  agentTimeMs: Date.now(),
  instances: [],
  ...(runtimes && { runtimes }),
});

test("a runtime is a variant where the host has it: built once, measured in turns, compared, and good for nothing else", async () => {
  const { api } = await server.person("deployer", "elsewhere");
  const agent = await server.agent("elsewhere");
  const { hostId } = agent;
  const { handlerId } = await builtHandler(api, "elsewhere");
  const create = (...variants: (({ knobs?: object } & ReturnType<typeof on>) | typeof snapshot)[]) =>
    api.experiments.create.mutate({ handlerId, hostIds: [hostId], runs: 8, variants });
  await assert.rejects(create(snapshot, on("node")), /Host "host-a" does not run Node: start its agent with --runtimes node/);
  await agent.api.agent.sync.mutate(sync(installed));
  assert.deepEqual((await api.hosts.list.query())[0]?.runtimes, installed);
  await assert.rejects(create(snapshot, on("deno")), /does not run Deno/);
  const { experimentId } = await create(snapshot, on("node"), on("bun"));
  const running = await eventually("the order is there", async () => {
    const e = await api.experiments.get.query({ experimentId });
    return e.state === "running" && e;
  });
  assert.deepEqual(
    running.variants.map((v) => v.label),
    ["snapshot", "Node", "Bun"],
  );
  const [, node, bun] = running.variants;
  assert.equal(node?.buildId, bun?.buildId, "one module for all of them");

  const { measurements } = await agent.api.agent.sync.mutate(sync(installed));
  const order = measurements[0]!;
  assert.deepEqual(
    order.variants?.map((v) => v.knobs),
    [{}, { runtime: "node" }, { runtime: "bun" }],
  );
  const starts = order.variants!.flatMap(({ artifactId, knobs }, variant) => {
    const ref = order.artifacts.find((a) => a.artifactId === artifactId)!;
    return Array.from({ length: 8 }, (_, i) => {
      const ns = [400_000, 60_000_000, 20_000_000][variant]! + ((i * 7919) % 31) * 1_000;
      const about = { measurementId: order.measurementId, variant, ...(knobs.runtime && { executor: knobs.runtime, phases: [{ phase: "other", ns }] }) };
      return sampleOf({ id: ref.buildId, mode: ref.mode, target: ref.target, artifact: { id: artifactId } }, ns, about);
    });
  });
  const { accepted, rejected } = await agent.api.agent.report.mutate({ starts });
  assert.deepEqual([accepted.length, rejected], [24, []]);
  await agent.api.agent.report.mutate({ measurements: [{ id: crypto.randomUUID(), measurementId: order.measurementId, status: "done" }] });
  const done = await eventually("it is done", async () => {
    const e = await api.experiments.get.query({ experimentId });
    return e.state === "done" && e;
  });
  const results = done.results[0]!.variants;
  const comparisons = results.map((v) => v.metrics.find((m) => m.metric === "total")?.comparison);
  assert.deepEqual(
    comparisons.map((c) => c?.verdict),
    [undefined, "higher", "higher"],
  );
  assert.deepEqual(
    results[1]!.phases.map((p) => p.phase),
    ["other"],
  );
  // Their starts are a view of their own.
  const { executors } = await api.coldStarts.facets.query({ handlerId });
  assert.deepEqual(executors.map((e) => [e.value, e.count]).sort(), [
    ["bun", 8],
    ["native", 8],
    ["node", 8],
  ]);
  assert.equal((await api.coldStarts.summary.query({ handlerId, executor: "node" }))?.total.count, 8);

  const buildId = node!.buildId;
  const only = /Node, Deno and Bun, which experiments compare with: that is all/;
  await assert.rejects(api.deployments.create.mutate({ buildId, hostId }), only);
  await assert.rejects(api.deployments.create.mutate({ buildId, labels: {} }), only);
  await assert.rejects(api.measurements.create.mutate({ buildIds: [buildId] }), only);
  await assert.rejects(api.traces.create.mutate({ buildId }), only);
  // A newer version's is compared with nothing by itself.
  const version = await api.handlers.upload.mutate({ handlerId, files: [{ path: "index.ts", content: "export default () => new Response('new')" }] });
  const again = await api.experiments.create.mutate({ handlerId, hostIds: [hostId], variants: [on("node"), on("bun")] });
  const next = await eventually("its build is there", async () => {
    const e = await api.experiments.get.query({ experimentId: again.experimentId });
    return e.state === "running" && e;
  });
  assert.equal(next.variants[0]?.versionId, version.versionId);
  assert.equal((await api.builds.get.query({ buildId: next.variants[0]!.buildId })).check, null);
});

test("what makes no sense of a runtime is refused", async () => {
  const { api } = await server.person("deployer", "nonsense");
  const agent = await server.agent("nonsense");
  await agent.api.agent.sync.mutate(sync(installed));
  const { handlerId } = await builtHandler(api, "nonsense");
  const create = (variant: object) => api.experiments.create.mutate({ handlerId, hostIds: [agent.hostId], variants: [snapshot, variant as typeof snapshot] });
  for (const variant of [
    { mode: "module", target: "any" },
    { mode: "module", target, knobs: { runtime: "node" } },
    { mode: "snapshot", target: "any" },
    { mode: "snapshot", target, knobs: { runtime: "node" } },
  ])
    await assert.rejects(create(variant), /the mode module, the target any and the knob runtime/);
  await assert.rejects(create({ ...on("node"), symbols: true }), /none of our settings/);
  await assert.rejects(create({ mode: "module", target: "any", knobs: { runtime: "node", heapMb: 16 } }), /none of our settings/);
  await assert.rejects(api.builds.start.mutate({ handlerId, targets: [target], modes: ["module" as "snapshot"] }), /Invalid option/);
});

test("an agent that does not know of modules is not told of them: the experiment says so", async () => {
  const { api } = await server.person("deployer", "old");
  const agent = await server.agent("old");
  await agent.api.agent.sync.mutate(sync(installed));
  const { handlerId, builds } = await builtHandler(api, "old");
  const { experimentId } = await api.experiments.create.mutate({ handlerId, hostIds: [agent.hostId], variants: [snapshot, on("node")] });
  await eventually("the order is there", async () => (await api.experiments.get.query({ experimentId })).state === "running");
  await api.measurements.create.mutate({ buildIds: [builds[0]!.id] });
  // The agent of before took its place.
  const { measurements } = await agent.api.agent.sync.mutate(sync());
  assert.deepEqual(
    measurements.flatMap((m) => m.artifacts.map((a) => a.mode)),
    ["snapshot"],
    "what it knows it is told",
  );
  const failed = await eventually("it has failed", async () => {
    const e = await api.experiments.get.query({ experimentId });
    return e.state === "failed" && e;
  });
  assert.match(failed.error ?? "", /host-a: This host's agent is too old to run other runtimes/);
});

test("the pipeline itself makes the module, and says at which place it cannot", async () => {
  const pipeline = new ChildPipeline();
  try {
    const build = (entry: string, text: string) =>
      pipeline.build(
        { files: { [entry]: text }, entry, name: "h", mode: "module", target: "any", symbols: false, prime: [] },
        { onLog: () => {}, signal: new AbortController().signal },
      );
    const { check, artifact } = await build("h.ts", "export default (request: Request) => new Response(request.url)");
    assert.deepEqual([check.ok, check.sections, artifact?.executor], [true, [], "runtime"]);
    assert.match(Buffer.from(artifact!.bytes).toString(), /Deno\.serve[\s\S]*Bun\.serve/);
    const jsx = await build("h.tsx", "export default () =>\n  <p>hello</p>;");
    assert.equal(jsx.artifact, undefined);
    assert.match(`${jsx.check.diagnostics[0]?.line} ${jsx.check.diagnostics[0]?.message}`, /^2 JSX that renders to HTML by itself/);
  } finally {
    await pipeline.close();
  }
});
