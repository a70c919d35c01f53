/** From a compiled handler to the file that is deployed, and back: what such a file says about itself. */
import { sectionsOf, usesGlobal } from "@zerostart/bytecode";
import { primeProblem } from "@zerostart/protocol/prime.ts";
import { launchModes, modeProblem, targetTriples, type LaunchMode, type TargetTriple } from "@zerostart/protocol/targets.ts";
import { sha256 } from "./cache.ts";
import type { CompileResult, Diagnostic } from "./compile.ts";
import { programFacts } from "./program.ts";
import { PackedPieces } from "./cold-parts.ts";
import { embed } from "./embed.ts";
import { type Engine, loadEngine } from "./engine.ts";
import type { MemoryImage } from "@zerostart/vm/image.ts";
import { contentHash, decodePayload, findPayload } from "./payload.ts";
import { buildPortable, inspectPortable, isPortable } from "./portable.ts";
import { buildWasm, inspectWasm, isWasm } from "./wasm.ts";
import { takeSnapshot } from "./snapshot.ts";
import { fetchStub, type StubProvider } from "./remote-stub.ts";
import { getStub, type Stub } from "./stub.ts";
import { findToolchain, type Toolchain } from "./toolchain.ts";

export interface BuildInput {
  compiled: CompileResult;
  /** File name shown in messages. */
  name: string;
  mode: LaunchMode;
  target: TargetTriple;
  /** Build the portable artifact even where a native one can be had. */
  portable?: boolean;
  /** A script runs once and exits (mode `embedded` or `source`); a handler serves. */
  kind?: "handler" | "script";
  /** Without symbols, unless false. */
  strip?: boolean;
  /** With TLS for https in `fetch`; unless given, when the handler uses `fetch`. */
  tls?: boolean | undefined;
  /**
   * Paths that the handler is asked for when its snapshot is made, one after the other, after its top level: what it keeps of that (caches, counters, what its libraries put off until
   * a first request) is in the snapshot. For modes with one alone.
   */
  prime?: string[] | undefined;
  /** CPU time that the top level, and each of these requests, may take when a snapshot is made, 5000 unless given. */
  initCpuMs?: number;
  engine?: Engine;
  /** Who builds the stubs instead of this machine's toolchain. */
  stubs?: StubProvider | undefined;
  onLog?: (line: string) => void;
  signal?: AbortSignal;
}
export interface Artifact {
  bytes: Uint8Array;
  sha256: string;
  sizeBytes: number;
  target: TargetTriple;
  mode: LaunchMode;
  /** Of the stub; empty for a portable artifact. */
  stubSha256: string;
  engineVersion: string;
  dynamicDependencies: string[];
  /** What runs it: the operating system, Node, or a program that loads the module. */
  executor: "native" | "portable" | "module";
  /** How long the top level took at build time (snapshot). */
  handlerInitMs?: number;
  /** Of the stub's functions (gzipped ProgramSymbols), for profiles; absent where they are not known. */
  symbols?: Uint8Array | undefined;
  warnings: string[];
}

/** A build that cannot be done, for a reason that the person can act on. `diagnostics` when the handler is the reason. */
export class BuildError extends Error {
  readonly diagnostics: Diagnostic[];
  constructor(message: string, diagnostics: Diagnostic[] = []) {
    super(message);
    this.name = "BuildError";
    this.diagnostics = diagnostics;
  }
}

/**
 * Build one artifact. Rejects with BuildError for what the person can mend (a top level that throws, a target that cannot
 * be built), with `signal`'s reason when aborted.
 */
export async function buildArtifact(input: BuildInput): Promise<Artifact> {
  for await (const artifact of buildArtifacts(input, [input.target])) return artifact;
  throw new BuildError("No target was given");
}

/**
 * Build an artifact for each target, in order. What is the same for all, the snapshot above all, is made once. Rejects as
 * buildArtifact does, before anything is built when a target cannot be.
 */
export async function* buildArtifacts(input: Omit<BuildInput, "target">, wanted: TargetTriple[]): AsyncGenerator<Artifact, void, undefined> {
  const { mode } = input;
  const kind = launchModes.find((m) => m.name === mode)?.payload;
  if (!kind) throw new BuildError(`Launch mode ${mode} is not known: use ${launchModes.map((m) => m.name).join(", ")}`);
  if (!input.compiled.ok || !input.compiled.bytecode) throw new BuildError("The handler does not compile", input.compiled.diagnostics);
  if (input.kind === "script" && kind === "snapshot") throw new BuildError("A script has no snapshot: its top level is all there is to run");
  const refused = primeProblem(input.prime ?? [], mode);
  if (refused !== undefined) throw new BuildError(refused);
  for (const target of wanted) {
    if (!targetTriples.includes(target)) throw new BuildError(`Target ${target} is not known: use ${targetTriples.join(", ")}`);
    const problem = modeProblem(mode, target);
    if (problem) throw new BuildError(problem);
  }
  // Looking for compilers starts programs: meanwhile the top level runs.
  const toolchain = wanted.every((target) => target === "wasm32") || input.stubs || input.portable ? undefined : findToolchain();
  toolchain?.catch(() => undefined);
  const engine = input.engine ?? (await loadEngine());
  // The next stub is got while the top level runs, and while an artifact is put together.
  const ended = new AbortController();
  const signal = AbortSignal.any([ended.signal, ...(input.signal ? [input.signal] : [])]);
  const getNext = async (target: TargetTriple | undefined) =>
    target === undefined || target === "wasm32" ? undefined : stubFor({ ...input, target, signal }, engine, kind, await toolchain);
  let next = getNext(wanted[0]);
  try {
    next.catch(() => undefined);
    const [content, pieces] = await Promise.all([contentFor(kind, input, engine), PackedPieces.of(engine.baseImage, engine.version)]);
    for (const [i, target] of wanted.entries()) {
      const stub = await next;
      input.signal?.throwIfAborted();
      next = getNext(wanted[i + 1]);
      next.catch(() => undefined);
      const common = { engine, script: input.kind === "script", image: content.image, payload: content.payload, name: input.name, pieces };
      const [bytes, executor] =
        target === "wasm32"
          ? ([buildWasm({ ...common, kind }), "module"] as const)
          : stub
            ? ([embed({ ...common, mode, stub }), "native"] as const)
            : ([await buildPortable({ ...common, kind }), "portable"] as const);
      yield artifactOf({ ...input, target }, engine, content, bytes, executor, stub);
    }
  } finally {
    ended.abort();
    await next.catch(() => undefined);
  }
}

/** Undefined where the portable artifact is all that can be had, or wanted. */
async function stubFor(input: BuildInput, engine: Engine, kind: PayloadKind, toolchain: Toolchain | undefined): Promise<Stub | undefined> {
  const { mode, target, strip, onLog, signal } = input;
  const tls = input.tls ?? (input.kind !== "script" && usesGlobal(input.compiled.bytecode!, "fetch"));
  if (input.stubs) return fetchStub(engine, target, input.stubs, { strip, tls, onLog, signal });
  const portable = input.portable || !toolchain || toolchain.portableOnly || !toolchain.compilers.some((c) => c.targets.includes(target));
  if (!portable) return getStub(engine, target, { strip, tls, onLog, signal });
  if (mode !== kind) throw new BuildError(`Launch mode ${mode} needs a native artifact${input.portable ? "" : `, and no toolchain for ${target} is here`}`);
  if (!input.portable) onLog?.(`No toolchain for ${target}: building the portable artifact, which needs Node to run`);
  return undefined;
}

function artifactOf(input: BuildInput, engine: Engine, content: Content, bytes: Uint8Array, executor: Artifact["executor"], stub: Stub | undefined): Artifact {
  const { name, target, mode } = input;
  input.onLog?.(`Built ${name} for ${target}, mode ${mode}: ${bytes.length} bytes`);
  return {
    bytes,
    sha256: sha256(bytes),
    sizeBytes: bytes.length,
    target,
    mode,
    stubSha256: stub?.sha256 ?? "",
    symbols: stub?.symbols,
    engineVersion: engine.version,
    dynamicDependencies: executor === "native" ? programFacts(bytes).neededLibraries : [],
    executor,
    handlerInitMs: content.initMs,
    warnings: content.warnings,
  };
}

type PayloadKind = (typeof launchModes)[number]["payload"];
type Content = { image: MemoryImage; payload: Uint8Array; initMs?: number; warnings: string[] };

/** Name, NUL, text: the compiler inside the artifact must know which language it reads. After the name, on a line of its own, what a bundle was made of. */
export function sourcePayload({ bundledName, bundledSource, originMap }: CompileResult, name: string): Uint8Array {
  return new TextEncoder().encode(`${bundledName ?? name}${originMap ? `\n${originMap()}` : ""}\0${bundledSource}`);
}

/** What the launch mode puts into the file: which image, and which payload beside it. */
async function contentFor(kind: PayloadKind, input: Omit<BuildInput, "target">, engine: Engine): Promise<Content> {
  const bytecode = input.compiled.bytecode!;
  if (kind === "embedded") return { image: engine.baseImage, payload: bytecode, warnings: [] };
  if (kind === "source") {
    if (!engine.sourceImage) throw new BuildError(`This engine was built without the compiler in its image, which launch mode ${input.mode} needs`);
    if (input.compiled.bundledSource === undefined) throw new BuildError(`Launch mode ${input.mode} needs the handler's source, and only bytecode was given`);
    return {
      image: engine.sourceImage,
      payload: sourcePayload(input.compiled, input.name),
      warnings: [],
    };
  }
  input.onLog?.("Running the top level to take the snapshot");
  const snapshot = await takeSnapshot(engine, bytecode, { cpuMs: input.initCpuMs, prime: input.prime, signal: input.signal });
  for (const record of snapshot.records) input.onLog?.(`[${record.level}] ${record.text}`);
  if (!snapshot.ok) {
    const message = input.compiled.mapStack?.(snapshot.message) ?? snapshot.message;
    const { primed } = snapshot;
    const [what, code] = primed === undefined ? [message, "handler-init"] : [`GET ${primed}, with which it is primed, ${message}`, "prime"];
    throw new BuildError(primed === undefined ? `The handler's top level failed: ${message}` : what, [
      { severity: "error", message: what, file: input.name, line: 0, column: 0, codeFrame: "", code },
    ]);
  }
  const warnings: string[] = [];
  if (snapshot.pending) warnings.push("The top level left timers or unfinished work behind: they go on when an instance starts");
  if (snapshot.used.random) warnings.push("The top level uses random numbers: every instance starts with the same ones");
  if (snapshot.used.time) warnings.push("The top level reads the clock: every instance starts with the time of the build");
  for (const { path, status } of snapshot.primed) {
    input.onLog?.(`Primed with GET ${path}, answered ${status}`);
    if (status >= 400) warnings.push(`GET ${path}, with which it is primed, was answered ${status}`);
  }
  if (snapshot.used.randomPriming) warnings.push("A request with which it is primed uses random numbers: what is kept of them is the same in every instance");
  for (const warning of warnings) input.onLog?.(`Warning: ${warning}`);
  return { image: snapshot.image, payload: new Uint8Array(), initMs: snapshot.initMs, warnings };
}

export interface ArtifactInfo {
  format: "elf" | "macho" | "pe" | "portable" | "wasm" | "unknown";
  machine?: string;
  /** No interpreter, no needed library. */
  isStatic?: boolean;
  interpreter?: string;
  neededLibraries: string[];
  sizeBytes: number;
  sha256: string;
  mode?: LaunchMode;
  script?: boolean;
  name?: string;
  engineVersion?: string;
  /** Whether the content still has the digest recorded at build time. */
  intact?: boolean;
  /** What the file is made of, in order; sizes in bytes. */
  parts: { name: string; sizeBytes: number }[];
  /** Sections of the embedded bytecode. */
  bytecodeSections: { name: string; sizeBytes: number }[];
  problems: string[];
}

/** Everything a binary says about itself. Never throws: what is wrong with it is in `problems`. */
export function inspectArtifact(bytes: Uint8Array): ArtifactInfo {
  const info: ArtifactInfo = {
    format: "unknown",
    neededLibraries: [],
    sizeBytes: bytes.length,
    sha256: sha256(bytes),
    parts: [],
    bytecodeSections: [],
    problems: [],
  };
  try {
    if (isPortable(bytes)) return { ...info, ...inspectPortable(bytes) };
    if (isWasm(bytes)) return { ...info, ...inspectWasm(bytes) };
    const program = programFacts(bytes);
    Object.assign(info, program, { isStatic: !program.interpreter && program.neededLibraries.length === 0 });
    const at = findPayload(bytes);
    if (at < 0) return { ...info, problems: ["it holds no handler: not built by Zerostart, or cut off"] };
    const payload = decodePayload(bytes, at);
    Object.assign(info, { mode: payload.mode, script: payload.script, name: payload.name, engineVersion: Buffer.from(payload.engineSha256).toString("hex") });
    if (payload.kind === "none") return { ...info, parts: [{ name: "stub", sizeBytes: bytes.length }] };
    info.parts.push({ name: "stub", sizeBytes: payload.contentOffset });
    if (payload.payloadBytes) info.parts.push({ name: payload.kind === "source" ? "source" : "bytecode", sizeBytes: payload.payloadBytes });
    if (payload.payloadOffset > payload.contentOffset)
      info.parts.push({ name: "state and packed parts of the image", sizeBytes: payload.payloadOffset - payload.contentOffset });
    for (const range of payload.ranges) info.parts.push({ name: `image at ${range.start}`, sizeBytes: range.fileBytes });
    // A Mach-O file goes on behind the content, up to its signature, which says the rest.
    const hasLength = program.format === "macho" ? bytes.length > payload.artifactBytes : bytes.length === payload.artifactBytes;
    info.intact =
      hasLength && program.damage === undefined && contentHash(bytes.subarray(payload.contentOffset, payload.artifactBytes)) === payload.contentHash;
    if (program.format === "macho") info.parts.push({ name: "link information and signature", sizeBytes: Math.max(0, bytes.length - payload.artifactBytes) });
    if (!info.intact)
      info.problems.push(
        hasLength
          ? (program.damage ?? "its content is not what was built: the checksum differs")
          : `it has ${bytes.length} bytes, but ${payload.artifactBytes} were built`,
      );
    if (payload.kind === "embedded" && info.intact)
      info.bytecodeSections = bytecodeSections(bytes.slice(payload.payloadOffset, payload.payloadOffset + payload.payloadBytes));
  } catch (error) {
    info.problems.push(error instanceof Error ? error.message : String(error));
  }
  return info;
}

/** Name and size of each section of a bytecode file; none when it is malformed. */
export function bytecodeSections(bytecode: Uint8Array): { name: string; sizeBytes: number }[] {
  try {
    return [...sectionsOf(bytecode)].map(([name, section]) => ({ name: name.toLowerCase(), sizeBytes: section.end - section.offset }));
  } catch {
    return [];
  }
}
