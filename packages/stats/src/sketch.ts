/**
 * A mergeable sketch of a distribution: DDSketch (Masson, Rim, Lee: "DDSketch: A Fast and Fully-Mergeable Quantile Sketch with
 * Relative-Error Guarantees", VLDB 2019) by @datadog/sketches-js, with a compact form for storage. Every quantile is within 1 % of a
 * value of that rank, however many sketches were merged; count, sum, min and max are exact. Values are not negative.
 */
import { DDSketch } from "@datadog/sketches-js";

const relativeAccuracy = 0.01;

const doubleBytes = new Uint8Array(8);
const doubleView = new DataView(doubleBytes.buffer);

/** Little-endian base 128, as in protobuf; whole numbers up to 2^53. */
class Writer {
  readonly #bytes: number[] = [];
  varint(value: number): void {
    while (value >= 0x80) {
      this.#bytes.push((value % 0x80) | 0x80);
      value = Math.floor(value / 0x80);
    }
    this.#bytes.push(value);
  }
  double(value: number): void {
    doubleView.setFloat64(0, value, true);
    for (let i = 0; i < 8; i++) this.#bytes.push(doubleBytes[i] as number);
  }
  bytes(): Uint8Array<ArrayBuffer> {
    return Uint8Array.from(this.#bytes);
  }
}

class Reader {
  readonly #view: DataView;
  #at = 0;
  constructor(bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }
  varint(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 0x80) {
      const byte = this.#view.getUint8(this.#at++);
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  }
  get hasMore(): boolean {
    return this.#at < this.#view.byteLength;
  }
  double(): number {
    this.#at += 8;
    return this.#view.getFloat64(this.#at - 8, true);
  }
}

const zigzag = (value: number) => (value < 0 ? -2 * value - 1 : 2 * value);
const unzigzag = (value: number) => (value % 2 === 1 ? -(value + 1) / 2 : value / 2);

export class Sketch {
  readonly #inner = new DDSketch({ relativeAccuracy });

  get count(): number {
    return this.#inner.count;
  }
  get sum(): number {
    return this.#inner.sum;
  }
  /** Infinity when empty. */
  get min(): number {
    return this.#inner.min;
  }
  /** -Infinity when empty. */
  get max(): number {
    return this.#inner.max;
  }

  /** @param value not negative */
  add(value: number): void {
    this.#inner.accept(value);
  }

  /** As so many times add(0). */
  addZeros(count: number): void {
    if (count > 0) this.#inner.accept(0, count);
  }

  /** The value at p (0 to 1); 0 when empty. */
  quantile(p: number): number {
    if (this.count === 0) return 0;
    if (p <= 0) return this.min;
    if (p >= 1) return this.max;
    return Math.min(this.max, Math.max(this.min, this.#inner.getValueAtQuantile(p)));
  }

  /** Counts by value, ascending: `low` to `high` is the bin's range. */
  bins(): { low: number; high: number; count: number }[] {
    const { zeroCount, mapping } = this.#inner;
    const half = (1 + relativeAccuracy) / (1 - relativeAccuracy);
    const bins = zeroCount > 0 ? [{ low: 0, high: 0, count: zeroCount }] : [];
    this.#each((key, count) => {
      // The mapping's value of a bin is 2·gamma^key/(gamma+1), between its edges gamma^(key-1) and gamma^key.
      const high = (mapping.value(key) * (half + 1)) / 2;
      bins.push({ low: Math.max(high / half, this.min), high: Math.min(high, this.max), count });
    });
    return bins;
  }

  #each(visit: (key: number, count: number) => void): void {
    const { store } = this.#inner;
    if (store.count === 0) return;
    for (let key = store.minKey; key <= store.maxKey; key++) {
      const count = store.bins[key - store.offset] ?? 0;
      if (count > 0) visit(key, count);
    }
  }

  /** For storage; see merge. */
  encode(): Uint8Array<ArrayBuffer> {
    const writer = new Writer();
    const { zeroCount, min, max, sum } = this.#inner;
    writer.varint(zeroCount);
    for (const value of [min, max, sum]) writer.double(value);
    let last = 0;
    this.#each((key, count) => {
      writer.varint(zigzag(key - last));
      writer.varint(count);
      last = key;
    });
    return writer.bytes();
  }

  /** Adds what another sketch has seen, from its stored form. */
  merge(encoded: Uint8Array): void {
    const reader = new Reader(encoded);
    const inner = this.#inner;
    const zeros = reader.varint();
    inner.zeroCount += zeros;
    inner.count += zeros;
    inner.min = Math.min(inner.min, reader.double());
    inner.max = Math.max(inner.max, reader.double());
    inner.sum += reader.double();
    for (let key = 0; reader.hasMore;) {
      key += unzigzag(reader.varint());
      const count = reader.varint();
      inner.store.add(key, count);
      inner.count += count;
    }
  }
}
