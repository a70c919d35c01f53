/**
 * Generated programs print the same in Node and on our VM. `npm run conformance -- --programs N` runs many more of them; `ZEROSTART_PROGRAMS=N` more here,
 * `ZEROSTART_FIRST=S` from seed S on; `ZEROSTART_GC_STRESS=young`, `all` or `slices` runs them with a collection at every safe point (slow).
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, test } from "node:test";
import { decodeImage, gcStresses } from "../src/index.ts";
import { Comparer } from "./differential/compare.ts";

const built = path.join(import.meta.dirname, "../build");
const module = new WebAssembly.Module(readFileSync(path.join(built, "vm.wasm")));
const image = decodeImage(readFileSync(path.join(built, "base.image")));
const count = Number(process.env["ZEROSTART_PROGRAMS"] ?? 3000);
const start = Number(process.env["ZEROSTART_FIRST"] ?? 1);
const comparer = new Comparer(
  module,
  image,
  gcStresses.find((how) => how === process.env["ZEROSTART_GC_STRESS"]),
);
const batch = 100;

describe("generated programs", () => {
  for (let first = start; first < start + count; first += batch) {
    test(`seeds ${first} to ${first + batch - 1}`, () => {
      const end = Math.min(first + batch, start + count);
      const differing: string[] = [];
      let skipped = 0;
      for (let seed = first; seed < end; seed++) {
        const { result, message } = comparer.compare(seed);
        if (result === "skipped") skipped++;
        if (result === "differs") differing.push(`seed ${seed}: ${message}`);
      }
      assert.deepEqual(differing, []);
      assert.ok(skipped <= (end - first) * 0.05, `${skipped} programs did not end in Node`);
    });
  }
});
