/**
 * The one table of target platforms. `runs` says how a build for it can be executed on an x86_64 Linux machine; `has` what a
 * launch mode may ask of it: files at run time, processes that fork.
 */
export const targets = [
  { triple: "x86_64-linux-musl", os: "linux", arch: "x86_64", label: "Linux x86-64 (static)", runs: "native", has: ["files", "fork"], available: true },
  { triple: "aarch64-linux-musl", os: "linux", arch: "aarch64", label: "Linux Arm64 (static)", runs: "qemu-user", has: ["files", "fork"], available: true },
  { triple: "riscv64-linux-musl", os: "linux", arch: "riscv64", label: "Linux RISC-V 64 (static)", runs: "qemu-user", has: ["files", "fork"], available: true },
  {
    triple: "x86_64-linux-gnu",
    os: "linux",
    arch: "x86_64",
    label: "Linux x86-64 (dynamic, control)",
    runs: "native",
    has: ["files", "fork"],
    available: true,
  },
  { triple: "aarch64-macos", os: "macos", arch: "aarch64", label: "macOS Arm64", runs: "no", has: ["files", "fork"], available: true },
  { triple: "x86_64-macos", os: "macos", arch: "x86_64", label: "macOS x86-64", runs: "no", has: ["files", "fork"], available: true },
  { triple: "x86_64-windows", os: "windows", arch: "x86_64", label: "Windows x86-64", runs: "wine", has: ["files"], available: true },
  { triple: "wasm32", os: "any", arch: "wasm32", label: "WebAssembly module", runs: "node", has: [], available: true },
] as const satisfies readonly { has: readonly Ability[]; [fact: string]: unknown }[];
type Ability = "files" | "fork";

export type TargetTriple = (typeof targets)[number]["triple"];
export const targetTriples = targets.map((t) => t.triple) as [TargetTriple, ...TargetTriple[]];

/**
 * The one table of launch modes ("configurations"). `payload` is what the artifact holds; of a `pooled` one the process that
 * is started keeps others ready for work, and a start is timed from the work's arrival. `needs` is what the target must have.
 */
export const launchModes = [
  {
    name: "source",
    payload: "source",
    pooled: false,
    needs: undefined,
    what: "reads the handler's source, compiles it with our compiler on our VM, runs it",
    available: true,
  },
  {
    name: "cached",
    payload: "source",
    pooled: false,
    needs: "files",
    what: "as source, but bytecode comes from an on-disk cache keyed by content hash",
    available: true,
  },
  {
    name: "embedded",
    payload: "embedded",
    pooled: false,
    needs: undefined,
    what: "bytecode inside the binary: no file, no parse, no compile",
    available: true,
  },
  {
    name: "snapshot",
    payload: "snapshot",
    pooled: false,
    needs: undefined,
    what: "the memory image after the handler's top level ran is inside the binary",
    available: true,
  },
  { name: "prefork", payload: "snapshot", pooled: true, needs: "fork", what: "a pool of started processes takes the work", available: true },
  { name: "clone", payload: "snapshot", pooled: true, needs: "fork", what: "an already-restored parent forks copy-on-write per instance", available: true },
] as const;

export type LaunchMode = (typeof launchModes)[number]["name"];
export const launchModeNames = launchModes.map((m) => m.name) as [LaunchMode, ...LaunchMode[]];

/**
 * The one table of other runtimes that experiments compare with, where a host has them and its agent is let run them. A build for them
 * (mode `module`, target `any`) is one JavaScript module that serves by the runtime's own server, the same for all of them.
 */
export const runtimes = [
  { name: "node", label: "Node" },
  { name: "deno", label: "Deno" },
  { name: "bun", label: "Bun" },
] as const;
export type RuntimeName = (typeof runtimes)[number]["name"];
export const runtimeNames = runtimes.map((r) => r.name) as [RuntimeName, ...RuntimeName[]];

/** "node,deno,bun" as names. @throws RangeError that says what is wrong */
export function parseRuntimeNames(text: string): RuntimeName[] {
  const names = text.split(",").map((name) => name.trim());
  const unknown = names.find((name) => !runtimes.some((r) => r.name === name));
  if (unknown !== undefined) throw new RangeError(`"${unknown}" is no runtime: ${runtimeNames.join(", ")} are known, with commas between them`);
  return runtimeNames.filter((name) => names.includes(name));
}

/** How what is built starts: in a launch mode of ours, or as a module by another runtime. */
export type ArtifactMode = LaunchMode | "module";
export const artifactModeNames = [...launchModeNames, "module"] as [ArtifactMode, ...ArtifactMode[]];
/** What it is built for; "any": wherever the runtime is. */
export type ArtifactTarget = TargetTriple | "any";
export const artifactTargetNames = [...targetTriples, "any"] as [ArtifactTarget, ...ArtifactTarget[]];

/** Whether a start in this mode is timed from the work's arrival at a pool that is ready. */
export function isPooled(mode: ArtifactMode): boolean {
  return launchModes.some((entry) => entry.name === mode && entry.pooled);
}

/** Why a launch mode cannot be had on a target, for people; undefined when it can. */
export function modeProblem(mode: LaunchMode, target: TargetTriple): string | undefined {
  const { needs } = launchModes.find((entry) => entry.name === mode)!;
  const { has, label } = targets.find((entry) => entry.triple === target)!;
  if (!needs || (has as readonly Ability[]).includes(needs)) return undefined;
  return needs === "fork" ? `Launch mode ${mode} forks processes, which ${label} cannot do` : `Launch mode ${mode} keeps files, which ${label} has not`;
}

/**
 * How a start gets its memory: page by page as it is touched, the image's pages at once, in huge pages, or kept from being paged out. Linux has them all,
 * a pool no locked ones.
 */
export const pageKinds = ["lazy", "populated", "huge", "locked"] as const;
export type PageKind = (typeof pageKinds)[number];

/** Where the first of a pool's processes that wait does so: on the processor that connections come in on, or on any. */
export const affinities = ["near", "any"] as const;
export type Affinity = (typeof affinities)[number];

/** Which stub of a target: with symbols or stripped, with TLS (for handlers that fetch) or without. */
export interface StubKind {
  target: TargetTriple;
  symbols: boolean;
  tls: boolean;
}

/** What a control plane signs, SHA-256 first, when it gives a stub: this one, for this target, made from this. `sha256` is hexadecimal. */
export function stubStatement(stub: StubKind & { identity: string; sha256: string }): string {
  return `zerostart stub\n${stub.target}\n${stub.identity}\n${stub.symbols ? "symbols" : "stripped"}${stub.tls ? " tls" : ""}\n${stub.sha256}\n`;
}

/** What an artifact for Linux, or a module, can be wrapped into. `arches`: of the targets that it can be made for. */
export const packagings = [
  { name: "oci", label: "Container image", extension: "tar", arches: ["x86_64", "aarch64", "riscv64"], what: "for docker load, podman and skopeo (OCI)" },
  {
    name: "systemd",
    label: "systemd units",
    extension: "tar",
    arches: ["x86_64", "aarch64", "riscv64"],
    what: "the program, a socket and a service, to unpack at /",
  },
  { name: "lambda", label: "AWS Lambda", extension: "zip", arches: ["x86_64", "aarch64"], what: "a function for the runtime provided.al2023" },
  { name: "esm", label: "ES module", extension: "tar", arches: ["wasm32"], what: "the module with its loader, for Node, Deno, Bun and browsers" },
] as const;
export type Packaging = (typeof packagings)[number]["name"];

/** The packagings that there are for a target. */
export function packagingsFor(triple: ArtifactTarget): (typeof packagings)[number][] {
  const target = targets.find((entry) => entry.triple === triple);
  if (!target || triple.endsWith("-gnu") || (target.os !== "linux" && target.os !== "any")) return [];
  return packagings.filter(({ arches }) => (arches as readonly string[]).includes(target.arch));
}
