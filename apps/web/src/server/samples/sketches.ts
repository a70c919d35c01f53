/** The sketches of one set of starts, one a column, and their stored form: that of the total by itself, as most charts want no other. */
import { Sketch } from "@zerostart/stats";
import { phaseColumns } from "../db/dialect.ts";

/** Columns that have a sketch. */
export const sketchColumns = ["totalNs", ...phaseColumns.map((p) => p.column), "rssBytes", "pssBytes", "privateDirtyBytes", "binaryBytes"];

/** Most phases take no time at all in most starts: their zeros are not stored, but follow from the count. */
const phaseNames = new Set(phaseColumns.map((p) => p.column));

type Bytes = Uint8Array<ArrayBuffer>;

export class SketchSet {
  count = 0;
  readonly #sketches = new Map<string, Sketch>();

  /** Of one column, once all is merged; undefined when no start had it. */
  get(column: string): Sketch | undefined {
    const sketch = this.#sketches.get(column);
    if (sketch && phaseNames.has(column)) sketch.addZeros(this.count - sketch.count);
    return sketch;
  }

  #of(column: string): Sketch {
    let sketch = this.#sketches.get(column);
    if (!sketch) this.#sketches.set(column, (sketch = new Sketch()));
    return sketch;
  }

  add(row: Record<string, unknown>): void {
    this.count++;
    for (const column of sketchColumns) {
      const value = row[column];
      if (typeof value === "number" && !(value === 0 && phaseNames.has(column))) this.#of(column).add(value);
    }
  }

  encodeTotal(): Bytes {
    return this.#of("totalNs").encode();
  }

  /** `<name length> <name> <sketch's length, 4 bytes> <sketch>` each. */
  encodeOthers(): Bytes {
    const parts = [...this.#sketches].flatMap(([column, sketch]) => {
      if (column === "totalNs") return [];
      const bytes = sketch.encode();
      const length = Buffer.alloc(4);
      length.writeUInt32LE(bytes.length);
      return [Buffer.from([column.length]), Buffer.from(column), length, bytes];
    });
    return Uint8Array.from(Buffer.concat(parts));
  }

  /** Adds what was stored; `others` may be left out, and `columns` limits what of it is read. */
  merge(count: number, total: Uint8Array, others?: Uint8Array, columns?: ReadonlySet<string>): void {
    this.count += count;
    this.#of("totalNs").merge(total);
    if (!others) return;
    const bytes = Buffer.from(others.buffer, others.byteOffset, others.byteLength);
    for (let at = 0; at < bytes.length;) {
      const nameEnd = at + 1 + bytes.readUInt8(at);
      const column = bytes.toString("latin1", at + 1, nameEnd);
      const end = nameEnd + 4 + bytes.readUInt32LE(nameEnd);
      if (!columns || columns.has(column)) this.#of(column).merge(bytes.subarray(nameEnd + 4, end));
      at = end;
    }
  }
}
