/** What an embedder puts behind a stub: the payload and the image's ranges, each at an offset that the system can map. */
import { launchModes, type LaunchMode } from "@zerostart/protocol/targets.ts";
import type { MemoryImage } from "@zerostart/vm/image.ts";
import type { PackedPieces } from "./cold-parts.ts";
import type { Engine } from "./engine.ts";
import { cacheKey, type ColdPart, contentHash, type Copy, encodePayload, type ImageRange, payloadAt, payloadVersion } from "./payload.ts";
import type { Stub } from "./stub.ts";

type MemoryRange = MemoryImage["ranges"][number];

export interface EmbedInput {
  engine: Engine;
  stub: Stub;
  mode: LaunchMode;
  script: boolean;
  image: MemoryImage;
  /** Bytecode or source; empty for a snapshot. */
  payload: Uint8Array;
  /** File name shown in messages. */
  name: string;
  /** Of the engine's base image. */
  pieces?: PackedPieces | undefined;
}

export interface Content {
  offset: number;
  /** Behind the last byte. */
  end: number;
  payloadOffset: number;
  ranges: ImageRange[];
  /** Packed parts of the image, and memory that the process fills before all else; Linux alone has them. */
  cold?: ColdPart[];
  copies?: Copy[];
  /** Write it all into the artifact. */
  writeTo(artifact: Uint8Array): void;
}

export function align(n: number, to: number): number {
  return Math.ceil(n / to) * to;
}

/** Lay the content out from `offset` on. Everything in it begins at a multiple of `granule`, in the file and in memory. */
export function layOut({ image, payload }: EmbedInput, offset: number, granule: number): Content {
  if (payload.length > 0x7fffffff - payloadAt) throw new RangeError("the payload is too large");
  const pieces: [number, Uint8Array][] = [[offset, payload]];
  let at = offset + align(payload.length, granule);
  const ranges: ImageRange[] = [];
  for (const range of wholeGranules(image, granule)) {
    ranges.push({ start: range.start, fileBytes: range.bytes.length, totalBytes: range.totalBytes, fileOffset: at });
    pieces.push([at, range.bytes]);
    at += range.bytes.length;
  }
  return { offset, end: at, payloadOffset: offset, ranges, writeTo: (artifact) => pieces.forEach(([to, bytes]) => artifact.set(bytes, to)) };
}

/** Write the descriptor into the artifact, whose content is there already. */
export function describe(input: EmbedInput, content: Content, artifact: Uint8Array, artifactBytes: number): void {
  const engineSha256 = Uint8Array.from(Buffer.from(input.engine.version, "hex"));
  const descriptor = encodePayload({
    version: payloadVersion,
    kind: launchModes.find((mode) => mode.name === input.mode)!.payload,
    mode: input.mode,
    script: input.script,
    memoryPages: input.image.memoryPages,
    artifactBytes,
    payloadBytes: input.payload.length,
    payloadOffset: content.payloadOffset,
    contentOffset: content.offset,
    contentHash: contentHash(artifact.subarray(content.offset, artifactBytes)),
    cacheKey: input.mode === "cached" ? cacheKey(engineSha256, input.payload) : new Uint8Array(),
    engineSha256,
    name: input.name,
    ranges: content.ranges,
    cold: content.cold ?? [],
    copies: content.copies ?? [],
  });
  artifact.set(descriptor, input.stub.payloadOffset);
}

/** The image with ranges that begin and end at multiples of `granule`; what lies between two in the same one becomes bytes of the file. */
function wholeGranules(image: MemoryImage, granule: number): MemoryRange[] {
  const spans: { start: number; end: number; from: MemoryRange[] }[] = [];
  for (const range of image.ranges) {
    const start = range.start - (range.start % granule);
    const end = align(range.start + range.bytes.length, granule);
    const last = spans.at(-1);
    if (last && start <= last.end) {
      last.end = Math.max(last.end, end);
      last.from.push(range);
    } else spans.push({ start, end, from: [range] });
  }
  const memoryEnd = image.memoryPages * 65_536;
  return spans.map((span, i) => {
    const bytes = new Uint8Array(span.end - span.start);
    for (const range of span.from) bytes.set(range.bytes, range.start - span.start);
    // Between two ranges there may be a part that is not mapped (cold-parts.ts).
    const last = span.from.at(-1)!;
    const end = Math.min(Math.max(last.start + last.totalBytes, span.end), spans[i + 1]?.start ?? memoryEnd);
    return { start: span.start, bytes, totalBytes: end - span.start };
  });
}
