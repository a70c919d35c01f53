/** Runs seeds [from, end) and reports now and then. */
import { parentPort, workerData } from "node:worker_threads";
import { decodeImage } from "../../src/index.ts";
import { Comparer } from "../../test/differential/compare.ts";
import { BytecodeFuzzer } from "../../test/fuzz/bytecode.ts";

export interface FuzzInput {
  readonly kind: "bytecode" | "programs";
  readonly wasm: Uint8Array;
  readonly image: Uint8Array;
  readonly from: number;
  readonly end: number;
}
export interface FuzzMessage {
  /** The next seed. */
  readonly at: number;
  readonly broken: readonly string[];
  /** How many ended how. */
  readonly fates: Readonly<Record<string, number>>;
}

const { kind, wasm, image, from, end } = workerData as FuzzInput;
const module = new WebAssembly.Module(wasm as Uint8Array<ArrayBuffer>);
const step = 20;

/** How a seed ended; throws when it failed. */
function runner(): (seed: number) => string {
  if (kind === "bytecode") {
    const fuzzer = new BytecodeFuzzer(module, decodeImage(image));
    return (seed) => fuzzer.run(seed);
  }
  const comparer = new Comparer(module, decodeImage(image));
  return (seed) => {
    const { result, message } = comparer.compare(seed);
    if (result === "differs") throw new Error(message);
    return result;
  };
}

const run = runner();
for (let seed = from; seed < end;) {
  const broken: string[] = [];
  const fates: Record<string, number> = {};
  const stop = Math.min(end, seed + step);
  for (; seed < stop; seed++) {
    try {
      const fate = run(seed);
      fates[fate] = (fates[fate] ?? 0) + 1;
    } catch (error) {
      broken.push(`seed ${seed}: ${(error as Error).message}`);
    }
  }
  parentPort?.postMessage({ at: seed, broken, fates } satisfies FuzzMessage);
}
