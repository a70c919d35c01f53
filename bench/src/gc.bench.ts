/**
 * `npm run bench -- gc`: the collector's pauses with much alive. A program keeps a heap of the given size, replaces parts of it, and makes short-lived
 * garbage besides; the engine counts how long each collection took. Runs in Node's WebAssembly, which is a little slower than the native engine.
 */
import { writeFile } from "node:fs/promises";
import { compileHandler, loadEngine } from "@zerostart/build";
import { VmInstance } from "@zerostart/vm/instance.ts";
import { Command } from "commander";

/** As packages/vm/assembly/gc-pauses.ts lays them out. */
const buckets = 112;
/** Upper bound of a bucket, microseconds. */
function bucketEndUs(i: number): number {
  const at = (n: number) => (n < 8 ? n : (4 + (n % 4)) * 2 ** (Math.floor(n / 4) - 1));
  return at(i + 1) * 1.024;
}

const program = (liveMiB: number, turns: number) => `
  var live = [], seed = 42;
  function make(i) { return { id: i, name: "n" + i, tags: [i, i + 1], next: null }; }
  for (var i = 0; i < ${Math.round(liveMiB * 2550)}; i++) live.push(make(i));
  for (var i = 0; i < ${turns}; i++) {
    var o = make(i);
    if ((i & 15) === 0) { seed = (seed * 1309 + 13849) & 65535; live[(seed * 7 + i) % live.length] = o; }
  }`;

export const command = new Command("gc")
  .description("pauses of the garbage collector with a large live heap")
  .option("--live <MiB>", "objects kept alive", "32")
  .option("--turns <n>", "objects made after that", "3000000")
  .option("--json <file>", "write the result as JSON")
  .action(async (options: { live: string; turns: string; json?: string }) => {
    const engine = await loadEngine();
    const compiled = await compileHandler({ files: { "gc.js": program(Number(options.live), Number(options.turns)) }, entry: "gc.js", kind: "script" });
    if (!compiled.bytecode) throw new Error("the program does not compile");
    const vm = new VmInstance(engine.module);
    vm.resume(engine.baseImage, 1 << 30, 0n);
    const failed = vm.load(compiled.bytecode);
    const at = vm.exports.vm_gc_observe() >>> 0;
    const begun = performance.now();
    const message = failed ?? vm.evaluate();
    const totalMs = performance.now() - begun;
    if (message !== undefined) throw new Error(message);
    const counts = new Uint32Array(vm.exports.memory.buffer, at, buckets + 3);
    const [collections, full, liveBytes] = counts.subarray(buckets) as unknown as [number, number, number];
    const percentileMs = (share: number) => {
      let seen = 0;
      for (let i = 0; i < buckets; i++) if ((seen += counts[i] as number) >= share * collections) return bucketEndUs(i) / 1000;
      return Infinity;
    };
    const result = {
      collections,
      full,
      liveMiB: liveBytes / 2 ** 20,
      totalMs,
      pauseMsP50: percentileMs(0.5),
      pauseMsP99: percentileMs(0.99),
      pauseMsMax: percentileMs(1),
    };
    console.log(`${collections} collections (${full} full), ${result.liveMiB.toFixed(1)} MiB alive at the end, ${(totalMs / 1000).toFixed(1)} s`);
    console.log(`pause: p50 ${result.pauseMsP50.toFixed(2)} ms, p99 ${result.pauseMsP99.toFixed(2)} ms, longest ${result.pauseMsMax.toFixed(2)} ms`);
    if (options.json !== undefined) await writeFile(options.json, JSON.stringify(result, null, 2) + "\n");
  });
