/** Several instances at one address, canaries, and their number by load: real artifacts, under load, without a lost request. */
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import type { DesiredInstance } from "@zerostart/protocol";
import { Bench } from "./fixtures/bench.ts";
import { ask, Load } from "./fixtures/load.ts";

const bench = new Bench();
before(() => bench.open());
afterEach(() => Load.stopAll());
after(() => bench.close());

const answering = (text: string) => bench.build(`export default () => new Response("${text}")`, "snapshot");
const healthy = (name: string, count: number) =>
  bench.until(`${count} of ${name} are healthy`, () => {
    const all = bench.all(name).filter((i) => i.state === "healthy");
    return all.length === count && bench.all(name).length === count && all;
  });
const gone = (name: string) => bench.until(`${name} is gone`, () => bench.all(name).length > 0 && bench.all(name).every((i) => i.state === "stopped"));
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** A deployment of handler `h`, beside what else is wanted. */
function deployment(name: string, program: Buffer, change: Partial<DesiredInstance> = {}): DesiredInstance {
  return bench.plane.deployment(name, bench.plane.artifact(program), { handlerId: "h", ...change });
}

test("three instances follow three under load, then one: nothing is lost, and each start is its own", async () => {
  const three = { scale: { min: 3, max: 3 } };
  bench.plane.desire([deployment("v1", await answering("v1"), three)]);
  const first = await healthy("v1", 3);
  const { port } = first[0]!;
  assert.deepEqual(new Set(first.map((i) => i.port)), new Set([port]));
  assert.equal(new Set(first.map((i) => i.pid)).size, 3);
  const load = new Load(port, 16);
  bench.plane.desire([deployment("v2", await answering("v2"), three)]);
  await healthy("v2", 3);
  await gone("v1");
  await pause(200);
  bench.plane.desire([deployment("v3", await answering("v3"))]);
  await healthy("v3", 1);
  await gone("v2");
  await pause(200);
  await load.stop();
  assert.deepEqual(load.failures, []);
  assert.deepEqual([...load.seen.keys()].sort(), ["v1", "v2", "v3"]);
  console.log(`# ${load.total} requests over two roll-outs, none lost, ${load.late} late`);
  const starts = [...bench.plane.starts.values()];
  assert.equal(starts.length, 7);
  for (const start of starts)
    assert.ok(
      start.phases.some((phase) => phase.phase === "spawn" && phase.ns > 0),
      JSON.stringify(start.phases),
    );
});

test("a canary gets its share of the connections, is promoted without a restart, and another is taken back", async () => {
  const v3 = bench.plane.desired[0]!;
  const { port } = (await healthy("v3", 1))[0]!;
  const canary = deployment("v4", await answering("v4"), { role: "canary", sharePercent: 20, scale: { min: 2, max: 2 } });
  bench.plane.desire([v3, canary]);
  const instances = await healthy("v4", 2);
  const seen: Record<string, number> = {};
  for (let i = 0; i < 1_000; i++) {
    const body = await ask(port);
    seen[body] = (seen[body] ?? 0) + 1;
  }
  // Five standard deviations of 1,000 draws at 20 %.
  assert.ok(Math.abs((seen["v4"] ?? 0) - 200) < 64, JSON.stringify(seen));

  const load = new Load(port, 16);
  await pause(200);
  const { sharePercent: _, ...rest } = canary;
  const promoted: DesiredInstance = { ...rest, role: "primary" };
  bench.plane.desire([promoted]);
  await gone("v3");
  assert.deepEqual(
    (await healthy("v4", 2)).map((i) => i.pid),
    instances.map((i) => i.pid),
  );
  for (let i = 0; i < 20; i++) assert.equal(await ask(port), "v4");

  bench.plane.desire([promoted, deployment("v5", await answering("v5"), { role: "canary", sharePercent: 50 })]);
  await healthy("v5", 1);
  await bench.until("it is served", () => (load.seen.get("v5") ?? 0) > 100);
  bench.plane.desire([promoted]);
  await gone("v5");
  for (let i = 0; i < 20; i++) assert.equal(await ask(port), "v4");
  await load.stop();
  assert.deepEqual(load.failures, []);
  console.log(`# ${load.total} requests over a promotion and a rollback, none lost, ${load.late} late`);
});

test("one instance of several that crashes is started again, and the others serve meanwhile", async () => {
  const program = await bench.build(
    `export default (request) => { if (new URL(request.url).pathname === "/fill") { const all = []; for (;;) all.push(new Array(1e6).fill(1)); } return new Response("up"); }`,
    "snapshot",
  );
  bench.plane.desire([deployment("up", program, { handlerId: "up", scale: { min: 3, max: 3 } })]);
  const [victim] = await healthy("up", 3);
  const load = new Load(victim!.port, 4);
  process.kill(victim!.pid!, "SIGKILL");
  await bench.until("it is back", () => {
    const now = bench.all("up").find((i) => i.instanceId === victim!.instanceId);
    return now?.state === "healthy" && now.pid !== victim!.pid && now.restarts === 1;
  });
  await load.stop();
  // What the killed process had in hand is lost, and nothing else.
  assert.ok(load.failures.length <= 4, load.failures.join("; "));
  assert.ok(load.total > 10);
});

test("their number follows the load between the bounds", async () => {
  const program = await bench.build(`export default () => { for (const end = Date.now() + 5; Date.now() < end;); return new Response("done"); }`, "snapshot");
  bench.plane.desire([deployment("busy", program, { handlerId: "busy", scale: { min: 1, max: 2 }, idleSeconds: 1 })]);
  const [first] = await healthy("busy", 1);
  const load = new Load(first!.port, 6);
  const two = await healthy("busy", 2);
  await bench.until("both are used", () =>
    two.every((i) => bench.plane.requests.size > 0 && [...bench.plane.requests.values()].some((w) => w.instanceId === i.instanceId && w.byClass[2]! > 5)),
  );
  await load.stop();
  await bench.until("one is left", () => bench.all("busy").filter((i) => i.state !== "stopped").length === 1);
  assert.equal(await ask(first!.port), "done");
  assert.deepEqual(load.failures, []);
});
