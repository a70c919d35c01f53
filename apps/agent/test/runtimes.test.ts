/** Other runtimes, as they are installed: told to the control plane, measured beside a program of ours, and used for nothing else. */
import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { arch, tmpdir } from "node:os";
import { createRequire } from "node:module";
import { delimiter, dirname, join } from "node:path";
import { after, test } from "node:test";
import { moduleArtifact } from "@zerostart/build";
import { parseRuntimeNames, runtimeNames, type ArtifactRef, type RuntimeName } from "@zerostart/protocol";
import { findRuntimes } from "../src/runtimes.ts";
import { Bench } from "./fixtures/bench.ts";

const require = createRequire(import.meta.url);
const scratch = mkdtempSync(join(tmpdir(), "zerostart-runtimes-"));
after(() => rmSync(scratch, { recursive: true, force: true }));

/** Folders of the runtimes' programs: the Node of this test, the others as the benchmarks' packages bring them. */
const folders = [dirname(process.execPath)];
for (const [name, folder] of [
  [`@deno/linux-${arch()}-glibc`, "."],
  [`@oven/bun-linux-${arch()}`, "bin"],
] as const) {
  try {
    folders.push(join(dirname(require.resolve(`${name}/package.json`)), folder));
  } catch {
    // not for this processor, or left out when installed
  }
}
const path = folders.join(delimiter);
const complaints: string[] = [];
const runtimes = await findRuntimes(runtimeNames, path, (text) => complaints.push(text));
const names = runtimes.map((r) => r.name);

const source = `
type Answer = { runtime: string; text: string };
export default {
  async fetch(request: Request): Promise<Response> {
    const runtime = "Deno" in globalThis ? "deno" : "Bun" in globalThis ? "bun" : "node";
    if (new URL(request.url).pathname === "/fail") throw new Error("as asked");
    return Response.json({ runtime, text: await request.text() } satisfies Answer);
  },
};`;
const moduleOf = async (bench: Bench): Promise<ArtifactRef> => {
  const { bytes } = await moduleArtifact({ files: { "h.ts": source }, entry: "h.ts", name: "h" });
  return bench.plane.artifact(Buffer.from(bytes), { mode: "module", target: "any" });
};

async function withAgent(work: (bench: Bench) => Promise<void>): Promise<void> {
  const bench = new Bench();
  try {
    await bench.open({ runtimes });
    await work(bench);
  } finally {
    await bench.close();
  }
}

test("what is allowed and on PATH is found with its version; what is not is complained of", async () => {
  assert.ok(names.includes("node"));
  assert.equal(runtimes[0]!.version, process.versions.node);
  assert.equal(complaints.length, runtimeNames.length - runtimes.length);
  const said: string[] = [];
  writeFileSync(join(scratch, "deno"), "#!/bin/sh\necho deno 99.0.0\n");
  chmodSync(join(scratch, "deno"), 0o755);
  assert.deepEqual(await findRuntimes(["deno", "bun"], [scratch, "relative"].join(delimiter), (text) => said.push(text)), []);
  assert.match(said.sort().join("\n"), /--runtimes: .*deno is a script, not deno itself.*\n.*bun is not on PATH/);
  if (names.includes("deno")) {
    const [deno] = await findRuntimes(["deno"], [scratch, ...folders].join(delimiter), assert.fail);
    assert.equal(deno?.program, runtimes.find((r) => r.name === "deno")?.program, "a script before the program is passed over");
  }
  assert.deepEqual(parseRuntimeNames("bun, node"), ["node", "bun"]);
  assert.throws(() => parseRuntimeNames("node,python"), /"python" is no runtime: node, deno, bun/);
});

test("each runtime serves the same module in a measurement, beside a program of ours", () =>
  withAgent(async (bench) => {
    const own = bench.plane.artifact(await bench.build("export default () => Response.json({})", "snapshot"));
    const module = await moduleOf(bench);
    const variants = [{ artifactId: own.artifactId, knobs: {} }, ...names.map((runtime) => ({ artifactId: module.artifactId, knobs: { runtime } }))];
    await bench.until("the runtimes were told", () => bench.plane.runtimes?.length === names.length);
    assert.deepEqual(
      bench.plane.runtimes,
      runtimes.map(({ name, version }) => ({ name, version })),
    );
    bench.plane.desire([], [{ measurementId: "m", artifacts: [own, module], variants, runs: 2, warmup: 1, path: "/" }]);
    const result = await bench.until("it ended", () => [...bench.plane.results.values()][0]);
    assert.equal(result.error, undefined);
    const starts = [...bench.plane.starts.values()];
    assert.equal(starts.length, 2 * variants.length);
    for (const [i, runtime] of runtimes.entries()) {
      const ofRuntime = starts.filter((s) => s.variant === i + 1);
      assert.equal(ofRuntime.length, 2);
      for (const { executor, mode, target, phases, totalNs, memory, binaryBytes } of ofRuntime) {
        assert.deepEqual([executor, mode, target], [runtime.name, "module", "any"]);
        assert.deepEqual(phases, [{ phase: "other", ns: totalNs }], "nothing of it is seen from outside");
        assert.ok(memory.rssBytes > 1_000_000 && (memory.pssBytes ?? 0) > 0);
        assert.equal(binaryBytes, module.sizeBytes + runtime.programBytes, "what is needed to run it");
      }
    }
    assert.ok(
      starts.filter((s) => s.variant === 0).every((s) => s.executor === "native" && s.phases.length > 1),
      "ours tell their phases",
    );
    assert.equal(existsSync(join(bench.folder, "modules")), false, "nothing of the order is left");
  }));

test("a module is measured by an allowed runtime that is there, and never deployed", () =>
  withAgent(async (bench) => {
    const module = await moduleOf(bench);
    const ask = async (measurementId: string, runtime: RuntimeName | undefined, route = "/") => {
      const knobs = runtime === undefined ? {} : { runtime };
      bench.plane.desire(bench.plane.desired, [
        { measurementId, artifacts: [module], variants: [{ artifactId: module.artifactId, knobs }], runs: 1, warmup: 0, path: route },
      ]);
      return (await bench.until("it ended", () => [...bench.plane.results.values()].find((r) => r.measurementId === measurementId))).error;
    };
    assert.match((await ask("none", undefined)) ?? "", /measured in an experiment, which says by which/);
    assert.match((await ask("fails", "node", "/fail")) ?? "", /node answers GET \/fail with 500/);
    assert.equal(bench.plane.starts.size, 0);
    bench.plane.desire([bench.plane.deployment("module", module)], []);
    const reason = await bench.until("it is refused", () => bench.find("module")?.reason);
    assert.match(reason, /neither deployed nor traced/);
    assert.equal(bench.plane.starts.size, 0);
  }));

test("an agent that was not told to runs none", async () => {
  const bench = new Bench();
  try {
    await bench.open();
    const module = await moduleOf(bench);
    const variants = [{ artifactId: module.artifactId, knobs: { runtime: "node" as const } }];
    bench.plane.desire([], [{ measurementId: "m", artifacts: [module], variants, runs: 1, warmup: 0, path: "/" }]);
    const result = await bench.until("it ended", () => [...bench.plane.results.values()][0]);
    assert.match(result.error ?? "", /this host's agent does not run Node: start it with --runtimes node/);
    assert.deepEqual(bench.plane.runtimes, []);
    assert.deepEqual(existsSync(join(bench.folder, "artifacts")) ? readdirSync(join(bench.folder, "artifacts")) : [], [], "it was not even fetched");
  } finally {
    await bench.close();
  }
});
