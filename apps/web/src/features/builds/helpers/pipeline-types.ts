/** What the build pipeline (packages/build) takes and gives; its contract is in docs/architecture.md. */
import type { ListedFunction } from "@zerostart/bytecode/disassemble.ts";
import type { ArtifactMode, ArtifactTarget, LaunchMode, StubKind, TargetTriple } from "@zerostart/protocol";

export type Diagnostic = {
  severity: "error" | "warning";
  message: string;
  file: string;
  line: number;
  column: number;
  codeFrame: string;
  code?: string | undefined;
};

export type SourceFiles = Record<string, Uint8Array | string>;

export const buildStates = ["queued", "running", "succeeded", "failed", "cancelled"] as const;

/** What the browser and the CLI need of a compile check. */
export type CheckResult = {
  ok: boolean;
  diagnostics: Diagnostic[];
  sourceBytes: number;
  bytecodeBytes: number;
  sections: { name: string; sizeBytes: number }[];
};

export type BuiltArtifact = {
  bytes: Uint8Array;
  sha256: string;
  sizeBytes: number;
  stubSha256: string;
  engineVersion: string;
  dynamicDependencies: string[];
  /** "module": a WebAssembly module; "runtime": Node, Deno or Bun. */
  executor: "native" | "portable" | "module" | "runtime";
  handlerInitMs?: number | undefined;
  /** Names of its stub's functions, for profiles. */
  symbols?: Uint8Array | undefined;
};

export type BuildOutcome = { check: CheckResult; artifact?: BuiltArtifact | undefined };

export type ToolchainStatus = {
  compilers: { name: string; path: string; version: string; targets: TargetTriple[] }[];
  wasm2c: { path: string; version?: string | undefined } | null;
  portableOnly: boolean;
  missing: { what: string; why: string; install: string }[];
};

export type BuildRequest = {
  files: SourceFiles;
  entry: string;
  name: string;
  mode: ArtifactMode;
  target: ArtifactTarget;
  /** The program keeps its symbol table. */
  symbols: boolean;
  /** Paths that it is asked for when its snapshot is made. */
  prime: string[];
};
/** What is built for Node, Deno and Bun is there to be compared with, in experiments that say by which of them. */
export const isForOtherRuntimes = ({ mode }: { mode: string }): boolean => mode === ("module" satisfies ArtifactMode);
export const otherRuntimesRefusal = "This build is for Node, Deno and Bun, which experiments compare with: that is all it can be used for.";

/** Of an artifact that is there, or for Lambda of the sources. */
export type PackageRequest = { name: string; target: TargetTriple; mode: LaunchMode } & (
  { packaging: "oci" | "systemd" | "esm"; bytes: Uint8Array } | { packaging: "lambda"; files: SourceFiles; entry: string }
);

export type StubBuildRequest = StubKind;
/** `identity` says what it was made from. */
export type BuiltStub = { bytes: Uint8Array; identity: string };

export type Binding = { name: string; kind: string };
/**
 * When it compiles: bytecode, its instructions for people, and the same handler made to write its top level's bindings to the
 * console (build/src/telling.ts).
 */
export type CompileOutcome = {
  check: CheckResult;
  compiled?: { bytecode: Uint8Array; functions: ListedFunction[]; telling: { bytecode: Uint8Array; bindings: Binding[] } | undefined };
};

/** Runs outside the server's process, so that a bad handler can neither stall nor stop it. */
export type Pipeline = {
  check(input: { files: SourceFiles; entry: string }, signal?: AbortSignal): Promise<CheckResult>;
  compile(input: { files: SourceFiles; entry: string }, signal?: AbortSignal): Promise<CompileOutcome>;
  /** Without an artifact, the diagnostics of `check` say why. Throws AppError when it cannot work at all. */
  build(request: BuildRequest, options: { onLog: (line: string) => void; signal: AbortSignal }): Promise<BuildOutcome>;
  toolchain(): Promise<ToolchainStatus>;
  /** Throws AppError when it cannot be built here. */
  stub(request: StubBuildRequest): Promise<BuiltStub>;
  /** Bytes of the package. Throws AppError when it cannot be made. */
  package(request: PackageRequest): Promise<Uint8Array>;
  close(): Promise<void>;
};
