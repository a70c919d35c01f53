/**
 * The descriptor that the embedder writes into a stub: `struct payload` of packages/vm/host/host.h, byte for byte.
 * Little-endian on every target.
 */
import { createHash } from "node:crypto";
import { payloadLayout } from "@zerostart/protocol/payload-layout.ts";
import { launchModes, type LaunchMode } from "@zerostart/protocol/targets.ts";

const { rangesAt, maxRanges, coldAt, maxCold } = payloadLayout;
export const payloadVersion = payloadLayout.version;
export const payloadBytes = 16 + 16 + 8 + 4 + 4 + 8 + 8 + 8 + 24 + 32 + 64 + 16 * 24 + 8 + 4 * 24 + 2 * 24 + 8;
/** Where bytecode or source lies in linear memory. */
export const payloadAt = 0x70000000;
export const { memoryBase } = payloadLayout;
const copiesAt = coldAt + 8 + maxCold * 24;
const maxCopies = 2;
const nameBytes = 64;
const magic = Uint8Array.from(Buffer.from(payloadLayout.magic, "latin1"));

export const payloadKinds = ["none", "snapshot", "embedded", "source"] as const;
export type PayloadKind = (typeof payloadKinds)[number];

/** How a launch mode is written down: what is in the file, and what is done with it. `struct payload`'s kind and flags. */
const modeFlags = { snapshot: 0, embedded: 0, source: 0, cached: 2, prefork: 4, clone: 8 } as const satisfies Record<LaunchMode, number>;
const scriptFlag = 1;
const cacheKeyBytes = 24;

export interface ImageRange {
  /** Offset in linear memory, page aligned. */
  start: number;
  fileBytes: number;
  /** With the zero bytes that follow. */
  totalBytes: number;
  fileOffset: number;
}

/** `struct cold_part`. */
export interface ColdPart {
  start: number;
  bytes: number;
  /** Address of the packed pieces. */
  packed: number;
  packedBytes: number;
}

/** `struct copy`: done by the process before anything else. */
export interface Copy {
  to: number;
  from: number;
  bytes: number;
}

export interface Payload {
  version: number;
  kind: PayloadKind;
  /** Absent in a stub without a handler. */
  mode: LaunchMode | undefined;
  /** Runs once and exits instead of serving. */
  script: boolean;
  memoryPages: number;
  artifactBytes: number;
  payloadBytes: number;
  payloadOffset: number;
  /** Everything behind the stub, and its contentHash. */
  contentOffset: number;
  contentHash: bigint;
  /** Of the source in the file (cacheKey), zeros without one. */
  cacheKey: Uint8Array;
  engineSha256: Uint8Array;
  name: string;
  ranges: ImageRange[];
  cold: ColdPart[];
  copies: Copy[];
}

export class DamagedArtifactError extends Error {}

/** The mixing function of host/engine.c over 64-bit words. */
function checksum(bytes: Uint8Array): bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset, payloadBytes);
  let hash = 0x5a5354n;
  for (let i = 0; i < payloadBytes / 8 - 1; i++) {
    hash = BigInt.asUintN(64, (hash ^ view.getBigUint64(i * 8, true)) * 0x9e3779b97f4a7c15n);
    hash ^= hash >> 29n;
  }
  return hash;
}

/** The hash of host/verify.c: finds damage, proves nothing. */
export function contentHash(bytes: Uint8Array): bigint {
  const words = new Uint32Array(Math.ceil(bytes.length / 8) * 2);
  new Uint8Array(words.buffer).set(bytes);
  let a = 0x5a45524f;
  let b = 0x53544152;
  for (let i = 0; i < words.length; i += 2) {
    a = Math.imul(a ^ words[i]!, 0x85ebca6b);
    a ^= a >>> 15;
    b = Math.imul(b ^ words[i + 1]!, 0xc2b2ae35);
    b ^= b >>> 13;
  }
  return (BigInt(b >>> 0) << 32n) | BigInt(a >>> 0);
}

export function encodePayload(payload: Payload): Uint8Array {
  if (payload.ranges.length > maxRanges) throw new RangeError(`an image has at most ${maxRanges} ranges`);
  const out = new Uint8Array(payloadBytes);
  const view = new DataView(out.buffer);
  out.set(magic, 0);
  view.setUint32(16, payload.version, true);
  view.setUint32(20, payloadKinds.indexOf(payload.kind), true);
  view.setUint32(24, (payload.script ? scriptFlag : 0) | (payload.mode ? modeFlags[payload.mode] : 0), true);
  view.setUint32(28, payload.memoryPages, true);
  view.setBigUint64(32, BigInt(payload.artifactBytes), true);
  view.setUint32(40, payload.payloadBytes, true);
  view.setUint32(44, payload.ranges.length, true);
  view.setBigUint64(48, BigInt(payload.payloadOffset), true);
  view.setBigUint64(56, BigInt(payload.contentOffset), true);
  view.setBigUint64(64, payload.contentHash, true);
  out.set(payload.cacheKey, 72);
  out.set(payload.engineSha256, 96);
  out.set(truncateUtf8(payload.name, nameBytes - 1), 128);
  payload.ranges.forEach((range, i) => {
    const at = rangesAt + i * 24;
    view.setUint32(at, range.start, true);
    view.setUint32(at + 4, range.fileBytes, true);
    view.setUint32(at + 8, range.totalBytes, true);
    view.setBigUint64(at + 16, BigInt(range.fileOffset), true);
  });
  view.setUint32(coldAt, payload.cold.length, true);
  payload.cold.forEach((part, i) => {
    const at = coldAt + 8 + i * 24;
    view.setUint32(at, part.start, true);
    view.setUint32(at + 4, part.bytes, true);
    view.setBigUint64(at + 8, BigInt(part.packed), true);
    view.setBigUint64(at + 16, BigInt(part.packedBytes), true);
  });
  view.setUint32(coldAt + 4, payload.copies.length, true);
  payload.copies.forEach((copy, i) => {
    const at = copiesAt + i * 24;
    view.setBigUint64(at, BigInt(copy.to), true);
    view.setBigUint64(at + 8, BigInt(copy.from), true);
    view.setBigUint64(at + 16, BigInt(copy.bytes), true);
  });
  view.setBigUint64(payloadBytes - 8, checksum(out), true);
  return out;
}

/** Where the descriptor lies in an artifact or stub: its section, or else its magic. -1 when there is none. */
export function findPayload(bytes: Uint8Array): number {
  const at = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).indexOf(magic);
  return at >= 0 && at + payloadBytes <= bytes.length ? at : -1;
}

export function decodePayload(bytes: Uint8Array, at: number): Payload {
  const own = bytes.slice(at, at + payloadBytes);
  const view = new DataView(own.buffer);
  const kind = payloadKinds[view.getUint32(20, true)];
  const version = view.getUint32(16, true);
  if (version !== payloadVersion) throw new DamagedArtifactError(`payload version ${version} is not known here`);
  if (!kind) throw new DamagedArtifactError("the payload's kind is not known");
  if (kind !== "none" && view.getBigUint64(payloadBytes - 8, true) !== checksum(own))
    throw new DamagedArtifactError("the payload header does not match its checksum");
  const count = view.getUint32(44, true);
  if (count > maxRanges) throw new DamagedArtifactError("the payload has too many ranges");
  const [coldCount, copyCount] = [view.getUint32(coldAt, true), view.getUint32(coldAt + 4, true)];
  if (coldCount > maxCold || copyCount > maxCopies) throw new DamagedArtifactError("the payload has too many cold parts");
  const name = own.subarray(128, 128 + nameBytes);
  return {
    version,
    kind,
    mode: modeOf(kind, view.getUint32(24, true)),
    script: (view.getUint32(24, true) & scriptFlag) !== 0,
    memoryPages: view.getUint32(28, true),
    artifactBytes: Number(view.getBigUint64(32, true)),
    payloadBytes: view.getUint32(40, true),
    payloadOffset: Number(view.getBigUint64(48, true)),
    contentOffset: Number(view.getBigUint64(56, true)),
    contentHash: view.getBigUint64(64, true),
    cacheKey: own.slice(72, 72 + cacheKeyBytes),
    engineSha256: own.slice(96, 128),
    name: new TextDecoder().decode(name.subarray(0, name.indexOf(0))),
    ranges: Array.from({ length: count }, (_, i) => ({
      start: view.getUint32(192 + i * 24, true),
      fileBytes: view.getUint32(196 + i * 24, true),
      totalBytes: view.getUint32(200 + i * 24, true),
      fileOffset: Number(view.getBigUint64(208 + i * 24, true)),
    })),
    cold: Array.from({ length: coldCount }, (_, i) => ({
      start: view.getUint32(coldAt + 8 + i * 24, true),
      bytes: view.getUint32(coldAt + 12 + i * 24, true),
      packed: Number(view.getBigUint64(coldAt + 16 + i * 24, true)),
      packedBytes: Number(view.getBigUint64(coldAt + 24 + i * 24, true)),
    })),
    copies: Array.from({ length: copyCount }, (_, i) => ({
      to: Number(view.getBigUint64(copiesAt + i * 24, true)),
      from: Number(view.getBigUint64(copiesAt + 8 + i * 24, true)),
      bytes: Number(view.getBigUint64(copiesAt + 16 + i * 24, true)),
    })),
  };
}

function modeOf(kind: PayloadKind, flags: number): LaunchMode | undefined {
  return launchModes.find((mode) => mode.payload === kind && modeFlags[mode.name] === (flags & ~scriptFlag))?.name;
}

/** The name of a source's bytecode in the cache of launch mode `cached`: make_cache_key of host/engine.c. */
export function cacheKey(engineSha256: Uint8Array, payload: Uint8Array): Uint8Array {
  return Uint8Array.from(createHash("sha256").update(engineSha256).update(payload).digest().subarray(0, cacheKeyBytes));
}

function truncateUtf8(text: string, max: number): Uint8Array {
  const bytes = new TextEncoder().encode(text);
  if (bytes.length <= max) return bytes;
  let end = max;
  while (end > 0 && (bytes[end]! & 0xc0) === 0x80) end--;
  return bytes.subarray(0, end);
}
