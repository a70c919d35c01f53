/**
 * Generated programs print the same in Node and on our VM. `ZEROSTART_PROGRAMS=N` runs more of them, `ZEROSTART_FIRST=S` from seed S on; `ZEROSTART_GC_STRESS=young`
 * or `all` runs them with a collection at every safe point (slow: some tens of programs).
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";
import { after, describe, test } from "node:test";
import { compile } from "@zerostart/compiler";
import { decodeImage, runBytecode } from "../src/index.ts";
import { generateProgram } from "./differential/generate.ts";

const built = path.join(import.meta.dirname, "../build");
const module = new WebAssembly.Module(readFileSync(path.join(built, "vm.wasm")));
const image = decodeImage(readFileSync(path.join(built, "base.image")));
const count = Number(process.env["ZEROSTART_PROGRAMS"] ?? 3000);
const start = Number(process.env["ZEROSTART_FIRST"] ?? 1);
const stress = process.env["ZEROSTART_GC_STRESS"];
const gcStress = stress === "young" || stress === "all" ? stress : undefined;
const batch = 100;

// Node's side runs beside ours, in a process of its own: a program that is cut off there must not take the test's own bookkeeping with it.
const reference = spawn(process.execPath, [path.join(import.meta.dirname, "differential/reference.ts"), String(start), String(count)], {
  stdio: ["ignore", "pipe", "inherit"],
});
const expected = createInterface({ input: reference.stdout })[Symbol.asyncIterator]();
after(() => reference.kill());

/** A module rather than a script for every other seed: top-level bindings are globals in the one and slots in the other. */
const sourceType = (seed: number) => (seed % 2 === 0 ? "module" : "script");

describe("generated programs", () => {
  for (let first = start; first < start + count; first += batch) {
    test(`seeds ${first} to ${first + batch - 1}`, async () => {
      let compared = 0;
      const differing: number[] = [];
      for (let seed = first; seed < Math.min(first + batch, start + count); seed++) {
        const program = generateProgram(seed);
        const line = await expected.next();
        assert.ok(!line.done, "Node's side ended");
        const reference = JSON.parse(line.value) as string | null;
        if (reference === null) continue;
        const compiled = compile(program, { filename: `seed-${seed}.js`, sourceType: sourceType(seed), keepSource: true });
        assert.ok(compiled.ok, `seed ${seed} does not compile`);
        const { stdout, error } = await runBytecode(module, image, compiled.bytecode, { gcStress, cpuMs: gcStress ? 300_000 : 10_000 });
        if (stdout !== reference || error !== undefined) {
          differing.push(seed);
          console.log(`seed ${seed}: ${error ?? firstDifference(stdout, reference)}`);
        }
        compared++;
      }
      assert.deepEqual(differing, [], "these seeds print something else");
      assert.ok(compared > Math.min(batch, start + count - first) * 0.95, `only ${compared} programs ended in Node`);
    });
  }
});

function firstDifference(ours: string, reference: string): string {
  const a = ours.split("\n");
  const b = reference.split("\n");
  const line = b.findIndex((text, i) => text !== a[i]);
  return `line ${line}: ${a[line]?.slice(0, 300)}\n  in Node: ${b[line]?.slice(0, 300)}`;
}
