/** Compiles a small AssemblyScript entry for a test of pure algorithms, and instantiates it. */
import asc from "assemblyscript/asc";
import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** Room for the fixed addresses of assembly/state.ts, as the engine has it. */
const memoryMap = ["--initialMemory", "512", "--memoryBase", String(0xa02000)];
const here = dirname(fileURLToPath(import.meta.url));

export interface Compiled {
  readonly exports: Record<string, CallableFunction>;
  readonly memory: WebAssembly.Memory;
}

/** `source` is AssemblyScript that imports from "../../assembly/..."; `imports` are its host functions. */
export async function compileAssembly(source: string, imports: WebAssembly.Imports = {}): Promise<Compiled> {
  const entry = "test/natives/entry.ts";
  let binary: Uint8Array | undefined;
  const root = resolve(here, "../..");
  const { error, stderr } = await asc.main([entry, "-O3", "--noAssert", "--runtime", "stub", ...memoryMap, "--outFile", "out.wasm", "--baseDir", root], {
    readFile: (name: string, base: string) => {
      if (name.endsWith(entry)) return source;
      try {
        return readFileSync(resolve(base, name), "utf8");
      } catch {
        return null;
      }
    },
    writeFile: (_name: string, contents: string | Uint8Array) => {
      if (typeof contents !== "string") binary = contents;
    },
    listFiles: () => null,
  });
  if (error || !binary) throw new Error(`${error?.message}\n${stderr.toString()}`);
  const instance = await WebAssembly.instantiate(await WebAssembly.compile(binary as BufferSource), {
    env: { abort: () => undefined },
    host: hostDefaults,
    ...imports,
  });
  const memory = instance.exports["memory"] as WebAssembly.Memory;
  return { exports: instance.exports as unknown as Record<string, CallableFunction>, memory };
}

/** Host functions of the engine that natives may reach; none of them matters to an algorithm under test. */
const hostDefaults: Record<string, CallableFunction> = {
  clock: () => 0n,
  time: () => 0,
  random: () => undefined,
  log: () => undefined,
  write: () => 0,
  close: () => undefined,
  connect: () => -4,
  phase: () => undefined,
  fatal: () => {
    throw new Error("fatal");
  },
};

/** Deterministic pseudo-random 32-bit integers (xorshift). */
export function randomSource(seed: number): () => number {
  let x = seed | 1;
  return () => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return x >>> 0;
  };
}

/** Doubles of every size: random bits, near integers, decimal-looking, subnormal, powers of two and ten with their neighbours. */
export function* doubles(count: number, seed: number): Generator<number> {
  const next = randomSource(seed);
  const view = new DataView(new ArrayBuffer(8));
  for (let e = -1074; e <= 1023; e++) {
    const x = 2 ** e;
    view.setFloat64(0, x);
    const bits = view.getBigUint64(0);
    yield x;
    view.setBigUint64(0, bits + 1n);
    yield view.getFloat64(0);
    view.setBigUint64(0, bits - 1n);
    yield view.getFloat64(0);
  }
  for (let e = -323; e <= 308; e++) yield Number(`1e${e}`);
  for (let i = 0; i < count; i++) {
    switch (i % 5) {
      case 0:
      case 1:
        view.setUint32(0, next());
        view.setUint32(4, next());
        if (Number.isFinite(view.getFloat64(0))) yield view.getFloat64(0);
        break;
      case 2:
        yield next() / 2 ** (next() % 64);
        break;
      case 3:
        yield (next() % 1e6) / 10 ** (next() % 10);
        break;
      default:
        yield (next() * 2 ** 21 + (next() >>> 11)) * 10 ** ((next() % 40) - 20);
    }
  }
}
