/**
 * Runs mutated bytecode as a host does: load, evaluate, a request, timers. What it may do: be refused with a message, throw, meet a limit. What it may not: trap,
 * end the engine, not come back, or change the library's own code.
 */
import { verify } from "@zerostart/bytecode";
import { type MemoryImage, type VmInstance } from "../../src/index.ts";
import { Realms } from "../../scripts/conformance/realms.ts";
import { bytecodeCorpus } from "./corpus.ts";
import { Mutator } from "./mutate.ts";

const request = new TextEncoder().encode(
  "POST /s?x=1 HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nbodyGET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
);
/** Mutants that share a realm, one after the other: quicker, and damage to the heap shows later too. */
const perRealm = 20;
const heapBytes = 24 << 20;

export type Fate = "refused" | "threw" | "limit" | "ran";

export class BytecodeFuzzer {
  private readonly realms: Realms;
  private readonly image: MemoryImage;
  private readonly mutator = new Mutator(bytecodeCorpus(12));
  private vm: VmInstance | undefined;
  private left = 0;
  /** Where the library's own bytecode lies in memory, and its bytes. */
  private readonly library: { readonly at: number; readonly bytes: Uint8Array };
  readonly fates: Record<Fate, number> = { refused: 0, threw: 0, limit: 0, ran: 0 };

  constructor(module: WebAssembly.Module, image: MemoryImage) {
    this.image = image;
    this.realms = new Realms(module, { heapBytes, cpuNs: 100_000_000n });
    this.library = libraryOf(image);
  }

  mutant(seed: number): Uint8Array {
    return this.mutator.mutant(seed);
  }

  /** Runs the mutant of a seed; throws when it did what it may not. */
  run(seed: number): Fate {
    const bytes = this.mutant(seed);
    if (seed % 8 === 0) verify(bytes); // never throws
    try {
      if (this.left === 0) this.newRealm(seed);
      this.left--;
      const fate = this.fateOf(bytes, seed);
      this.fates[fate]++;
      if (this.left === 0) this.examine();
      return fate;
    } catch (error) {
      this.realms.giveUp();
      this.left = 0;
      throw error;
    }
  }

  /** Ends the realm and looks at what is left of it. */
  finish(): void {
    if (this.left > 0) this.examine();
    this.left = 0;
  }

  private newRealm(seed: number): void {
    this.vm = this.realms.next(this.image);
    this.left = perRealm;
    // Some realms collect at every safe point, to meet what a mutant broke at once.
    if (seed % 499 === 0) this.vm.exports.vm_gc_stress(1);
  }

  private fateOf(bytes: Uint8Array, seed: number): Fate {
    const vm = this.vm!;
    const { exports } = vm;
    vm.records.length = 0;
    const at = exports.vm_alloc(bytes.length) >>> 0;
    if (at === 0) {
      this.left = 0;
      return "limit";
    }
    new Uint8Array(exports.memory.buffer, at, bytes.length).set(bytes);
    const refused = exports.vm_load(at, bytes.length);
    exports.vm_free(at);
    const failed = refused || exports.vm_eval();
    if (failed) {
      const message = messageOf(vm);
      if (message === "") throw new Error("it failed without a message");
      // A realm whose heap is full gives no more than this answer.
      if (/limit/.test(message)) this.left = 0;
      if (refused) return "refused";
      return /limit exceeded|heap limit|Out of memory/.test(message) ? "limit" : /Malformed/.test(message) ? "refused" : "threw";
    }
    if (seed % 4 === 0) serve(vm);
    for (let turn = 0; turn < 3 && exports.vm_poll() === 0n; turn++);
    exports.vm_unload();
    return "ran";
  }

  /** Damage that has not trapped yet: a whole collection walks the heap; the library's code must be what it was. */
  private examine(): void {
    const { exports } = this.vm!;
    exports.vm_gc_stress(0);
    exports.vm_image_prepare();
    const { at, bytes } = this.library;
    if (Buffer.compare(new Uint8Array(exports.memory.buffer, at, bytes.length), bytes) !== 0) throw new Error("the library's code was overwritten");
    if (new Uint8Array(exports.memory.buffer, 0, 65536).some((byte) => byte !== 0)) throw new Error("something was written at address 0");
  }
}

function messageOf({ exports }: VmInstance): string {
  return new TextDecoder().decode(new Uint8Array(exports.memory.buffer, exports.vm_error_ptr() >>> 0, exports.vm_error_len()));
}

/** Two requests on one connection, if there is a handler that takes them. */
function serve({ exports }: VmInstance): void {
  const connection = 1;
  if (exports.http_open(connection) < 0) return;
  for (let at = 0; at < request.length;) {
    const room = Math.min(exports.http_buffer_size(connection), request.length - at);
    if (room <= 0) break;
    new Uint8Array(exports.memory.buffer, exports.http_buffer(connection) >>> 0, room).set(request.subarray(at, at + room));
    exports.http_receive(connection, room);
    at += room;
  }
  exports.vm_poll();
  exports.http_closed(connection);
}

function libraryOf(image: MemoryImage): { at: number; bytes: Uint8Array } {
  for (const { start, bytes } of image.ranges) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    for (
      let i = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).indexOf("ZSBC");
      i >= 0;
      i = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).indexOf("ZSBC", i + 1)
    ) {
      const length = view.getUint32(i + 8, true);
      if (length > 100_000 && i + length <= bytes.length) return { at: start + i, bytes: bytes.slice(i, i + length) };
    }
  }
  throw new Error("the library's bytecode is not in the image");
}
