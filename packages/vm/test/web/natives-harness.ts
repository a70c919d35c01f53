/** Calls the Web natives in WebAssembly (assembly/http/testing/natives.ts) with JavaScript values. */
import { compileAssembly } from "../http/harness.ts";

type Fn = (...args: (number | bigint)[]) => number | bigint;
export type Plain = null | undefined | boolean | number | string | Uint8Array | Plain[];

const UNDEFINED = 0xfffa000000000000n;
const INT = 0xfff90000n;

/** A native failed with an exception. */
export class NativeError extends Error {}

export class Natives {
  private exports!: Record<string, Fn>;
  private memory!: WebAssembly.Memory;
  private readonly module: WebAssembly.Module;
  /** What host.random gives next. */
  random = (bytes: Uint8Array): void => {
    bytes.fill(0);
  };
  clock = 0n;

  static async compile(): Promise<Natives> {
    return new Natives(await compileAssembly("assembly/http/testing/natives.ts", ["--initialMemory", "256"]));
  }

  constructor(module: WebAssembly.Module) {
    this.module = module;
    this.reset();
  }

  /** A new instance: nothing is ever collected in one. */
  reset(): void {
    const instance = new WebAssembly.Instance(this.module, {
      host: {
        clock: () => this.clock,
        time: () => 0,
        log: () => undefined,
        phase: () => undefined,
        write: () => -2,
        close: () => undefined,
        connect: () => -4,
        random: (at: number, n: number) => this.random(new Uint8Array(this.memory.buffer, at, n)),
        fatal: () => {
          throw new Error("fatal");
        },
      },
    });
    this.exports = instance.exports as unknown as Record<string, Fn>;
    this.memory = instance.exports["memory"] as WebAssembly.Memory;
    this.fn("boot")();
  }

  fn(name: string): Fn {
    const f = this.exports[name];
    if (!f) throw new Error(`no export ${name}`);
    return f;
  }

  private value(v: Plain): bigint {
    if (v === undefined) return UNDEFINED;
    if (v === null) return UNDEFINED + 1n;
    if (typeof v === "boolean") return UNDEFINED + (v ? 3n : 2n);
    if (typeof v === "number") return (INT << 32n) | BigInt(v >>> 0);
    if (typeof v === "string") {
      const units = new Uint16Array(this.memory.buffer, this.fn("input")() as number, v.length);
      for (let i = 0; i < v.length; i++) units[i] = v.charCodeAt(i);
      return this.unsigned(this.fn("makeString")(v.length));
    }
    if (v instanceof Uint8Array) {
      const bytes = this.unsigned(this.fn("makeBytes")(v.length));
      new Uint8Array(this.memory.buffer, this.fn("dataOf")(bytes) as number, v.length).set(v);
      return bytes;
    }
    const list = this.unsigned(this.fn("makeArray")());
    for (const item of v) this.fn("push")(list, this.value(item));
    return list;
  }

  private unsigned(v: number | bigint): bigint {
    return BigInt.asUintN(64, BigInt(v));
  }

  private plain(v: bigint): Plain {
    switch (v) {
      case UNDEFINED:
        return undefined;
      case UNDEFINED + 1n:
        return null;
      case UNDEFINED + 2n:
        return false;
      case UNDEFINED + 3n:
        return true;
      case UNDEFINED + 6n:
        throw new NativeError("exception");
    }
    if (v >> 32n === INT) return Number(BigInt.asIntN(32, v));
    if (this.fn("isText")(v)) {
      let text = "";
      const n = this.fn("textLength")(v) as number;
      for (let i = 0; i < n; i++) text += String.fromCharCode(this.fn("textUnit")(v, i) as number);
      return text;
    }
    if (this.fn("isBytes")(v)) return new Uint8Array(this.memory.buffer, this.fn("bytesAt")(v) as number, this.fn("bytesLength")(v) as number).slice();
    const n = this.fn("listLength")(v) as number;
    return Array.from({ length: n }, (_, i) => this.plain(this.unsigned(this.fn("listItem")(v, i))));
  }

  call(name: string, ...args: Plain[]): Plain {
    const values = args.map((a) => this.value(a));
    const at = this.fn("arguments_")() as number;
    new BigUint64Array(this.memory.buffer, at, values.length).set(values);
    return this.plain(this.unsigned(this.fn(name)(at, values.length)));
  }
}

/** A small deterministic generator: random(n) is 0..n-1. */
export function randomSource(seed: number): (n: number) => number {
  let state = seed >>> 0;
  return (n) => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) >>> 0;
    let x = state;
    x = Math.imul(x ^ (x >>> 12), 0x297a2d39) >>> 0;
    return Math.floor((((x ^ (x >>> 15)) >>> 0) / 2 ** 32) * n);
  };
}
