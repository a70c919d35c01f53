/** A new version under load, with real artifacts: no connection is dropped, no request lost. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { after, afterEach, before, test } from "node:test";
import { launchModes } from "@zerostart/protocol";
import { Bench } from "./fixtures/bench.ts";
import { ask, Load } from "./fixtures/load.ts";

const bench = new Bench();
before(() => bench.open());
afterEach(() => Load.stopAll());
after(() => bench.close());

/** A soak: ZEROSTART_HAND_OVERS=50. */
const handOvers = Number(process.env.ZEROSTART_HAND_OVERS ?? 3);

test("versions follow each other under load without a lost request", async () => {
  const versions = Array.from({ length: handOvers + 1 }, (_, i) => `v${i + 1}`);
  const artifacts: Buffer[] = [];
  for (const version of versions) artifacts.push(await bench.build(`export default () => new Response("${version}")`, "snapshot"));
  const deploy = (i: number) => bench.deploy(versions[i]!, artifacts[i]!, "snapshot", { handlerId: "h" });
  const port = await deploy(0);

  const load = new Load(port, 16);
  for (let i = 1; i < versions.length; i++) {
    assert.equal(await deploy(i), port, "its URL stays");
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  await load.stop();
  assert.deepEqual(load.failures, []);
  assert.deepEqual([...load.seen.keys()], versions, "each version served, one after the other");
  console.log(`# ${load.total} requests over ${handOvers} hand-overs, none lost, ${load.late} late`);
  // Each start was measured as what it is: the first answer came from the process that was started.
  for (const start of bench.plane.starts.values()) assert.ok(start.phases.some((phase) => phase.phase === "spawn" && phase.ns > 0));
});

test("every launch mode is deployed, answers and reports its start", async () => {
  for (const { name: mode, pooled } of launchModes) {
    const handlerId = `mode-${mode}`;
    const port = await bench.deploy(handlerId, await bench.build(`export default () => new Response("${mode}")`, mode), mode, { handlerId });
    assert.equal(await ask(port, false), mode);
    const sample = await bench.until("it is reported", () =>
      [...bench.plane.starts.values()].find((start) => start.deploymentId === `deployment-${handlerId}`),
    );
    const names = sample.phases.map((phase) => phase.phase);
    assert.ok(names.includes(pooled ? "pool" : "spawn") && names.includes("first_request"), `${mode}: ${names.join()}`);
  }
});

test(
  "an Arm artifact is deployed and answers under the emulator",
  { skip: !existsSync("/usr/bin/qemu-aarch64-static") && "qemu-aarch64-static is not installed" },
  async () => {
    const program = await bench.build(`export default () => new Response("arm")`, "snapshot", "aarch64-linux-musl");
    const port = await bench.deploy("arm", program, "snapshot");
    assert.equal(await ask(port, false), "arm");
    await bench.until("reported as emulated", () => [...bench.plane.starts.values()].some((start) => start.executor === "qemu-user"));
  },
);

test("scaled to zero it has no process, and the first connection starts one, which is reported", async () => {
  const port = await bench.deploy("nap", await bench.build(`let n = 0; export default () => new Response(String(++n))`, "snapshot"), "snapshot", {
    idleSeconds: 1,
  });
  const starts = () => [...bench.plane.starts.values()].filter((start) => start.deploymentId === "deployment-nap").length;
  const { pid } = bench.find("nap")!;
  await bench.until("it is idle", () => bench.find("nap")?.state === "idle");
  assert.equal(existsSync(`/proc/${pid}`), false);
  assert.ok(["1", "2"].includes(await ask(port, false)), "a new process, which has answered at most the agent's own request before");
  await bench.until("the start was reported", () => starts() === 2);
  await bench.until("it is healthy", () => bench.find("nap")?.state === "healthy");
});
