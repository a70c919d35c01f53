/**
 * Reports wait on disk until the control plane has acknowledged them.
 *
 * Append-only segments of checked lines (`<crc32 hex> <json>\n`) and a cursor file that says up to where everything is
 * acknowledged; a whole acknowledged segment is deleted. If the process dies between an acknowledgement and the cursor's
 * write, records are sent again, and their ids let the control plane store them once.
 * Flush policy: `durable` spools flush to disk before `flush` returns (called a few times a second, so a power cut can cost
 * the last moments only); others leave it to the operating system and lose nothing when the process dies.
 */
import {
  closeSync,
  fdatasyncSync,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { z } from "zod";
import { isNoRoom, readJson, writeFileDurably } from "./files.ts";

const cursorSchema = z.object({ segment: z.number().int(), offset: z.number().int().nonnegative() });
type Position = z.infer<typeof cursorSchema>;
export type Batch<T> = { records: T[]; end: Position };
export type SpoolOptions = {
  durable: boolean;
  /** Bytes kept at most; the oldest segments are dropped beyond it. Absent: nothing is ever dropped. */
  capBytes?: number;
  segmentBytes?: number;
};

export class Spool<T> {
  readonly #folder: string;
  readonly #options: SpoolOptions;
  readonly #segmentBytes: number;
  readonly #segments: number[];
  readonly #parse: (value: unknown) => T;
  #cursor: Position;
  #fd: number;
  /** Of the last segment, which is being written. */
  #size: number;
  /** Of the ones before it. */
  #closedBytes: number;
  #dirty = false;
  /** Lines that were damaged on disk and passed over. */
  damaged = 0;

  /** @param parse checks what was read back; one that throws counts as damaged */
  constructor(folder: string, parse: (value: unknown) => T, options: SpoolOptions) {
    this.#folder = folder;
    this.#options = options;
    this.#parse = parse;
    this.#segmentBytes = options.segmentBytes ?? 1 << 20;
    mkdirSync(folder, { recursive: true });
    this.#segments = readdirSync(folder)
      .flatMap((name) => (/^\d{10}\.log$/.test(name) ? [Number(name.slice(0, 10))] : []))
      .sort((a, b) => a - b);
    const cursor = readJson(this.#cursorPath, cursorSchema);
    const last = Math.max(this.#segments.at(-1) ?? 1, cursor?.segment ?? 1);
    if (this.#segments.at(-1) !== last) this.#segments.push(last);
    // Where the cursor's segment is gone, what follows it is next; without a cursor all is.
    const next = this.#segments.find((segment) => segment >= (cursor?.segment ?? 0)) ?? last;
    this.#cursor = cursor?.segment === next ? cursor : { segment: next, offset: 0 };
    this.#fd = openSync(this.#path(last), "a+", 0o600);
    this.#size = this.#cutTornTail();
    this.#closedBytes = 0;
    for (const segment of this.#segments.filter((segment) => segment < this.#cursor.segment)) this.#remove(segment);
    this.#closedBytes = this.#segments.slice(0, -1).reduce((sum, segment) => sum + statSync(this.#path(segment)).size, 0);
    if (this.#cursor.segment === last && this.#cursor.offset > this.#size) this.#cursor = { segment: last, offset: this.#size };
  }

  get #cursorPath(): string {
    return join(this.#folder, "cursor.json");
  }

  #path(segment: number): string {
    return join(this.#folder, `${String(segment).padStart(10, "0")}.log`);
  }

  /** A line that was being written when the power went has no end: cut it off, or the next record would join it. */
  #cutTornTail(): number {
    const content = readFileSync(this.#path(this.#segments.at(-1)!));
    const whole = content.lastIndexOf(0x0a) + 1;
    if (whole < content.length) {
      ftruncateSync(this.#fd, whole);
      this.damaged++;
    }
    return whole;
  }

  /**
   * @returns records that had to be dropped to stay under the cap
   * @throws the file system's error, for example that the disk is full; nothing of the record is then written
   */
  append(record: T): T[] {
    const json = JSON.stringify(record);
    const line = Buffer.from(`${crc32(json).toString(16).padStart(8, "0")} ${json}\n`);
    if (this.#size > 0 && this.#size + line.length > this.#segmentBytes) this.#rotate();
    try {
      for (let rest = line; rest.length > 0;) rest = rest.subarray(writeSync(this.#fd, rest));
    } catch (error) {
      ftruncateSync(this.#fd, this.#size); // half a line would spoil the next one too
      throw error;
    }
    this.#size += line.length;
    this.#dirty = true;
    return this.#dropBeyondCap();
  }

  #rotate(): void {
    this.flush();
    closeSync(this.#fd);
    const next = this.#segments.at(-1)! + 1;
    this.#segments.push(next);
    this.#fd = openSync(this.#path(next), "a+", 0o600);
    this.#closedBytes += this.#size;
    this.#size = 0;
  }

  #dropBeyondCap(): T[] {
    const cap = this.#options.capBytes;
    if (cap === undefined) return [];
    const dropped: T[] = [];
    while (this.#segments.length > 1 && this.bytes > cap) {
      const oldest = this.#segments[0]!;
      const from = this.#cursor.segment === oldest ? this.#cursor.offset : 0;
      dropped.push(...this.#records(readFileSync(this.#path(oldest)).subarray(from)));
      this.#remove(oldest);
      if (this.#cursor.segment === oldest) this.#moveCursor({ segment: this.#segments[0]!, offset: 0 });
    }
    return dropped;
  }

  /** Bytes on disk, acknowledged ones of the current segments included. */
  get bytes(): number {
    return this.#closedBytes + this.#size;
  }

  /** Never the last one. */
  #remove(segment: number): void {
    const path = this.#path(segment);
    this.#closedBytes -= statSync(path).size;
    rmSync(path, { force: true });
    this.#segments.splice(this.#segments.indexOf(segment), 1);
  }

  /** A cursor that the disk does not take is written with the next move; until then a crash costs a repeated report, which its id undoes. */
  #moveCursor(position: Position): void {
    this.#cursor = position;
    try {
      writeFileDurably(this.#cursorPath, JSON.stringify(position));
    } catch (error) {
      if (!isNoRoom(error)) throw error;
    }
  }

  #records(bytes: Buffer): T[] {
    const records: T[] = [];
    for (const line of bytes.toString("utf8").split("\n")) {
      if (line === "") continue;
      const json = line.slice(9);
      try {
        if (crc32(json) !== Number.parseInt(line.slice(0, 8), 16) || line[8] !== " ") throw new Error("checksum");
        records.push(this.#parse(JSON.parse(json)));
      } catch {
        this.damaged++;
      }
    }
    return records;
  }

  /** The oldest records that are not acknowledged, at least one if there is any, otherwise about `maxBytes` of them; undefined when none is left. */
  next(maxBytes: number): Batch<T> | undefined {
    for (;;) {
      const { segment, offset } = this.#cursor;
      const fd = openSync(this.#path(segment), "r");
      let bytes: Buffer;
      try {
        const available = fstatSync(fd).size - offset;
        let length = Math.min(available, maxBytes);
        for (;;) {
          const chunk = Buffer.alloc(length);
          bytes = chunk.subarray(0, readSync(fd, chunk, 0, length, offset));
          if (bytes.includes(0x0a) || length >= available) break;
          length = Math.min(available, length * 4);
        }
      } finally {
        closeSync(fd);
      }
      const whole = bytes.subarray(0, bytes.lastIndexOf(0x0a) + 1);
      if (whole.length > 0) {
        const records = this.#records(whole);
        const end = { segment, offset: offset + whole.length };
        if (records.length > 0) return { records, end };
        this.acknowledge(end); // nothing but damage
        continue;
      }
      const following = this.#segments.find((other) => other > segment);
      if (following === undefined) return undefined;
      this.#remove(segment);
      this.#moveCursor({ segment: following, offset: 0 });
    }
  }

  /** Everything up to `end` is stored by the control plane. */
  acknowledge(end: Position): void {
    if (end.segment < this.#cursor.segment || (end.segment === this.#cursor.segment && end.offset <= this.#cursor.offset)) return;
    this.#moveCursor(end);
  }

  /** @throws the file system's error; what was appended is then flushed by the next call */
  flush(): void {
    if (this.#dirty && this.#options.durable) fdatasyncSync(this.#fd);
    this.#dirty = false;
  }

  close(): void {
    this.flush();
    closeSync(this.#fd);
  }
}
