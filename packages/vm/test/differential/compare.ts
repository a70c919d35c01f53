/** A generated program on our VM and in Node, both in this thread: nothing is started for a program, which makes some hundred programs a second. */
import vm from "node:vm";
import { compile } from "@zerostart/compiler";
import type { GcStress, MemoryImage } from "../../src/index.ts";
import { Realms } from "../../scripts/conformance/realms.ts";
import { generateProgram } from "./generate.ts";

/** A module rather than a script for every other seed: top-level bindings are globals in the one and slots in the other. */
const sourceType = (seed: number) => (seed % 2 === 0 ? "module" : "script");

/** Processor time of this thread: on a machine that is busy with something else no program is slow. */
function threadCpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

export interface Comparison {
  readonly result: "same" | "skipped" | "differs";
  /** What differs first, or why Node did not end. */
  readonly message: string;
}

export class Comparer {
  private readonly realms: Realms;
  private readonly image: MemoryImage;
  private readonly gcStress: GcStress | undefined;
  private output = "";
  /** One realm for all programs: making one costs more than running a program, and no program changes what it shares with the next. */
  private readonly context = vm.createContext({ console: { log: (text: string) => (this.output += `${text}\n`) } }, { microtaskMode: "afterEvaluate" });

  /** `gcStress`: see VmInstance.stressCollector. */
  constructor(module: WebAssembly.Module, image: MemoryImage, gcStress?: GcStress) {
    this.image = image;
    this.gcStress = gcStress;
    this.realms = new Realms(module, { heapBytes: 256 << 20, cpuNs: gcStress ? 300_000_000_000n : 10_000_000_000n, clock: threadCpuMs });
  }

  /** What the program prints in Node; null when it has an early error, undefined when it takes too long (its strings grow without end). Node's limit counts time by the clock: a program that it stopped short is run again. */
  private inNode(program: string): string | null | undefined {
    for (let timeout = 10_000; ; timeout *= 2) {
      this.output = "";
      const begun = threadCpuMs();
      try {
        vm.runInContext(`(() => {${program}})()`, this.context, { timeout });
        return this.output;
      } catch (error) {
        // Of the context's own kind.
        if ((error as Error).name === "SyntaxError") return null;
        if ((error as NodeJS.ErrnoException).code !== "ERR_SCRIPT_EXECUTION_TIMEOUT" || threadCpuMs() - begun > 5_000) return undefined;
      }
    }
  }

  compare(seed: number): Comparison {
    const program = generateProgram(seed);
    const expected = this.inNode(program);
    if (expected === undefined) return { result: "skipped", message: "does not end in Node" };
    const compiled = compile(program, { filename: `seed-${seed}.js`, sourceType: sourceType(seed), keepSource: true });
    if (expected === null) return compiled.ok ? { result: "differs", message: "compiles, and is a SyntaxError in Node" } : { result: "same", message: "" };
    if (!compiled.ok) return { result: "differs", message: `does not compile: ${compiled.diagnostics[0]?.message}` };
    const { output, error } = this.onOurs(compiled.bytecode);
    if (error === undefined && output === expected) return { result: "same", message: "" };
    return { result: "differs", message: error ?? firstDifference(output, expected) };
  }

  private onOurs(bytecode: Uint8Array): { output: string; error: string | undefined } {
    try {
      const ours = this.realms.next(this.image);
      if (this.gcStress) ours.stressCollector(this.gcStress);
      let error = ours.load(bytecode) ?? ours.evaluate();
      for (let turn = 0; error === undefined && ours.poll() === 0n && turn < 100; turn++) error = undefined;
      return { output: ours.records.map((r) => `${r.text}\n`).join(""), error };
    } catch (stopped) {
      this.realms.giveUp();
      return { output: "", error: `the engine stopped: ${(stopped as Error).message}` };
    }
  }
}

function firstDifference(ours: string, expected: string): string {
  const a = ours.split("\n");
  const b = expected.split("\n");
  const line = b.findIndex((text, i) => text !== a[i]);
  return `line ${line}: ${a[line]?.slice(0, 300)}\n  in Node: ${b[line]?.slice(0, 300)}`;
}
