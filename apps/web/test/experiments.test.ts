/** An experiment from its question to its answer, with the agent's part played by the test. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { settingsOf } from "../src/features/experiments/helpers/settings.ts";
import { titleOf } from "../src/features/experiments/helpers/variants.ts";
import { builtHandler, eventually, sampleOf, startServer, type TestServer } from "./support/harness.ts";

let server: TestServer;
before(async () => {
  server = await startServer();
});
after(() => server.stop());

const sync = (revision: number) => ({ protocolVersion: 1 as const, revision, waitMs: 0, agentTimeMs: Date.now(), instances: [] });
const target = "x86_64-linux-musl" as const;

test("missing builds are made, variants are measured in turns, the answer tells a difference from noise", async () => {
  const { api, cookie: _ } = await server.person("deployer", "exp");
  const agent = await server.agent("exp");
  const { handlerId, builds } = await builtHandler(api, "asked", { modes: ["embedded"] });
  const { experimentId } = await api.experiments.create.mutate({
    handlerId,
    hostIds: [agent.hostId],
    runs: 30,
    variants: [
      { mode: "embedded", target },
      { mode: "snapshot", target },
      { mode: "embedded", target, knobs: { heapMb: 16 } },
    ],
  });
  const running = await eventually("the order is there", async () => {
    const e = await api.experiments.get.query({ experimentId });
    return e.state === "running" && e;
  });
  assert.equal(running.variants[0]?.buildId, builds[0]?.id, "a build that is there is used again");
  assert.deepEqual(
    running.variants.map((v) => v.label),
    ["embedded, defaults", "snapshot, defaults", "embedded, heap 16 MB"],
  );
  const { measurements } = await agent.api.agent.sync.mutate(sync(0));
  const [order] = measurements;
  assert.equal(order?.variants?.length, 3);
  assert.equal(order?.artifacts.length, 2);
  assert.deepEqual(order?.variants?.[2]?.knobs, { heapMb: 16 });

  const nsOf = [1_000_000, 600_000, 1_000_000];
  const starts = order!.variants!.flatMap(({ artifactId }, variant) => {
    const ref = order!.artifacts.find((a) => a.artifactId === artifactId)!;
    return Array.from({ length: 30 }, (_, i) =>
      sampleOf(
        { id: ref.buildId, mode: ref.mode, target: ref.target, artifact: { id: artifactId } },
        nsOf[variant]! + ((i * 7919 + variant * 37) % 31) * 1_000,
        {
          measurementId: order!.measurementId,
          variant,
        },
      ),
    );
  });
  await agent.api.agent.report.mutate({ starts });
  const half = await api.experiments.get.query({ experimentId });
  assert.equal(half.samplesDone, 90);
  await agent.api.agent.report.mutate({ measurements: [{ id: crypto.randomUUID(), measurementId: order!.measurementId, status: "done" }] });
  const done = await eventually("the experiment is done", async () => {
    const e = await api.experiments.get.query({ experimentId });
    return e.state === "done" && e;
  });
  const verdicts = done.results[0]?.variants.map((v) => v.metrics.find((m) => m.metric === "total")?.comparison?.verdict ?? null);
  assert.deepEqual(verdicts, [null, "lower", "not-significant"]);
  assert.deepEqual(
    (await api.experiments.list.query({})).experiments.map((e) => e.id),
    [experimentId],
  );
});

test("a variant with symbols is a build of its own, named by that, and asked for again as it was", async () => {
  const { api } = await server.person("deployer", "symbols");
  const agent = await server.agent("symbols");
  const { handlerId, builds } = await builtHandler(api, "named", { modes: ["embedded"] });
  const variants = [
    { mode: "embedded", target },
    { mode: "embedded", target, symbols: true },
  ] as const;
  const ask = async () => {
    const { experimentId } = await api.experiments.create.mutate({ handlerId, hostIds: [agent.hostId], variants: [...variants] });
    return eventually("the order is there", async () => {
      const e = await api.experiments.get.query({ experimentId });
      return e.state === "running" && e;
    });
  };
  const first = await ask();
  assert.deepEqual(
    first.variants.map((v) => [v.label, v.symbols]),
    [
      ["stripped", false],
      ["with symbols", true],
    ],
  );
  assert.equal(first.variants[0]?.buildId, builds[0]?.id, "the stripped build is the one that was there");
  const buildId = first.variants[1]!.buildId;
  const kept = await api.builds.get.query({ buildId });
  assert.equal(kept.symbols, true);
  assert.notEqual(kept.artifact?.sha256, builds[0]?.artifact?.sha256);
  assert.match((await server.app.db.buildLog.findMany({ where: { buildId } })).map((l) => l.text).join("\n"), /embedded, with symbols/);
  const { measurements } = await agent.api.agent.sync.mutate(sync(0));
  assert.deepEqual(
    measurements[0]?.variants?.map((v) => v.artifactId),
    [builds[0]?.artifact?.id, kept.artifact?.id],
  );
  assert.deepEqual(
    (await ask()).variants.map((v) => v.buildId),
    first.variants.map((v) => v.buildId),
    "both builds are used again",
  );
});

test("a primed variant is a build of its own, named by that, and asked for again as it was", async () => {
  const { api } = await server.person("deployer", "primed");
  const agent = await server.agent("primed");
  const { handlerId, builds } = await builtHandler(api, "primed", { modes: ["snapshot"] });
  const ask = async (...primes: string[][]) => {
    const variants = primes.map((prime) => ({ mode: "snapshot" as const, target, prime }));
    const { experimentId } = await api.experiments.create.mutate({ handlerId, hostIds: [agent.hostId], variants });
    return (await api.experiments.get.query({ experimentId })).variants;
  };
  const first = await ask([], ["/", "/api?a=%20b"]);
  assert.deepEqual(
    first.map(({ label, prime }) => [label, prime]),
    [
      ["not primed", []],
      ["primed", ["/", "/api?a=%20b"]],
    ],
  );
  assert.equal(first[0]?.buildId, builds[0]?.id, "the build that is not primed is the one that was there");
  const buildId = first[1]!.buildId;
  const primed = await eventually("it is built", async () => {
    const build = await api.builds.get.query({ buildId });
    return build.artifact !== null && build;
  });
  assert.deepEqual(primed.prime, ["/", "/api?a=%20b"]);
  assert.notEqual(primed.artifact?.sha256, builds[0]?.artifact?.sha256);
  // The order of the paths is another question.
  const second = await ask(["/", "/api?a=%20b"], ["/api?a=%20b", "/"]);
  assert.deepEqual(
    second.map(({ label }) => label),
    ["primed with / /api?a=%20b", "primed with /api?a=%20b /"],
  );
  assert.equal(second[0]?.buildId, buildId);
  await assert.rejects(
    api.experiments.create.mutate({
      handlerId,
      hostIds: [agent.hostId],
      variants: [
        { mode: "snapshot", target },
        { mode: "embedded", target, prime: ["/"] },
      ],
    }),
    /embedded has no snapshot/,
  );
  await assert.rejects(ask([], ["/\r\nX: y"]), /written as in a request/);
  await assert.rejects(ask([], Array<string>(17).fill("/")), /at most 16 paths/);
});

test("an experiment that cannot be is refused; one that is called off stops; one whose build fails says why", async () => {
  const { api } = await server.person("deployer", "exp2");
  const agent = await server.agent("exp2");
  const { handlerId } = await builtHandler(api, "odd");
  const ask = (variants: Parameters<typeof api.experiments.create.mutate>[0]["variants"], hostIds = [agent.hostId], id = handlerId) =>
    api.experiments.create.mutate({ handlerId: id, hostIds, variants });
  await assert.rejects(ask([{ mode: "embedded", target }]), /at least two variants/);
  await assert.rejects(
    ask([
      { mode: "embedded", target },
      { mode: "embedded", target },
    ]),
    /are the same/,
  );
  const pair = [
    { mode: "embedded", target },
    { mode: "snapshot", target },
  ] as const;
  await assert.rejects(ask([...pair], ["hst_nowhere"]), /does not exist/);
  const elsewhere = await server.agent("exp3");
  await assert.rejects(ask([...pair], [elsewhere.hostId]), /does not exist/);

  const { experimentId } = await ask([...pair]);
  const { measurements } = await eventually("the order is out", async () => {
    const state = await agent.api.agent.sync.mutate(sync(0));
    return state.measurements.length === 1 && state;
  });
  await api.experiments.cancel.mutate({ experimentId });
  assert.deepEqual((await agent.api.agent.sync.mutate(sync(0))).measurements, []);
  await agent.api.agent.report.mutate({ measurements: [{ id: crypto.randomUUID(), measurementId: measurements[0]!.measurementId, status: "done" }] });
  assert.equal((await api.experiments.get.query({ experimentId })).state, "cancelled");
  await assert.rejects(api.experiments.cancel.mutate({ experimentId }), /cancelled already/);

  const bad = await server.app.db.handler.create({ data: { id: "hnd_bad", projectId: await server.project("exp2"), name: "bad" } });
  const content = await server.app.objects.put(Buffer.from("syntax error"));
  await server.app.db.handlerVersion.create({
    data: {
      id: "ver_bad",
      projectId: bad.projectId,
      handlerId: bad.id,
      number: 1,
      entry: "index.ts",
      files: [{ path: "index.ts", sha256: content, sizeBytes: 12 }],
      digest: "d",
      sourceBytes: 12,
      createdBy: "test",
    },
  });
  const failing = await ask([...pair], [agent.hostId], "hnd_bad");
  const failed = await eventually("it fails", async () => {
    const e = await api.experiments.get.query(failing);
    return e.state === "failed" && e;
  });
  // The two are built side by side: the one that fails first ends it.
  assert.match(failed.error ?? "", /"(embedded|snapshot)" could not be built: Unexpected token/);
});

test("a host that is away is told of while an experiment waits for it; one that is removed ends its part", async () => {
  const { api } = await server.person("deployer", "away");
  const admin = await server.person("admin", "away");
  const [stays, leaves] = [await server.agent("away", "stays"), await server.agent("away", "leaves")];
  const { handlerId } = await builtHandler(api, "waits", { modes: ["embedded", "snapshot"] });
  const variants = [
    { mode: "embedded", target },
    { mode: "snapshot", target },
  ] as const;
  const hostIds = [stays.hostId, leaves.hostId];
  const { experimentId } = await api.experiments.create.mutate({ handlerId, hostIds, variants: [...variants] });
  const { measurements } = await eventually("the order is out", async () => {
    const state = await stays.api.agent.sync.mutate(sync(0));
    return state.measurements.length === 1 && state;
  });
  await leaves.api.agent.sync.mutate(sync(0));
  await server.app.db.host.update({ where: { id: leaves.hostId }, data: { lastSeenAt: new Date(Date.now() - 600_000) } });
  const waiting = await api.experiments.get.query({ experimentId });
  assert.deepEqual(
    waiting.hosts.map((h) => [h.name, h.online, h.orderState]),
    [
      ["stays", true, "queued"],
      ["leaves", false, "queued"],
    ],
  );
  await stays.api.agent.report.mutate({ measurements: [{ id: crypto.randomUUID(), measurementId: measurements[0]!.measurementId, status: "done" }] });
  await admin.api.hosts.remove.mutate({ hostId: leaves.hostId });
  const failed = await eventually("it has ended", async () => {
    const e = await api.experiments.get.query({ experimentId });
    return e.state === "failed" && e;
  });
  assert.equal(failed.error, "leaves: The host was removed.");
  assert.deepEqual(
    failed.hosts.map((h) => h.orderState),
    ["done", "failed"],
  );
});

test("an experiment without a name is called by its variants, one with many by the first", () => {
  assert.equal(titleOf(["embedded", "snapshot"]), "embedded or snapshot");
  assert.equal(
    titleOf(["snapshot, primed, huge pages", "snapshot, not primed, huge pages", "clone, not primed, huge pages"]),
    "snapshot, primed, huge pages or 2 others",
  );
  assert.equal(titleOf(["x".repeat(100), "y"]), `${"x".repeat(79)}… or 1 other`);
});

test("the choices behind an experiment are found again, for one who changes them", () => {
  const of = (mode: string, knobs: object, symbols = false, prime: string[] = []) => {
    return { versionId: "v1", mode, target: mode === "module" ? "any" : target, symbols, prime, knobs };
  };
  const variants = [
    of("snapshot", { heapMb: 64 }),
    of("snapshot", { heapMb: 16 }, true, ["/", "/a"]),
    of("prefork", { heapMb: 16, pool: 4, sandbox: false, pages: "huge", affinity: "any" }),
    of("module", { runtime: "node" }),
    of("module", { runtime: "bun" }),
  ];
  assert.deepEqual(settingsOf({ runs: 40, warmup: 0, path: "/a", hosts: [{ id: "h" }], variants }), {
    modes: ["snapshot", "prefork"],
    runtimes: ["node", "bun"],
    withSymbols: true,
    prime: "/ /a",
    targets: [target],
    versionIds: ["v1"],
    heap: "64, 16",
    pool: "4",
    prewarm: "",
    pages: ["lazy", "huge"],
    affinities: ["any"],
    withoutSandbox: true,
    hostIds: ["h"],
    form: { name: "", runs: "40", warmup: "0", path: "/a" },
  });
});
