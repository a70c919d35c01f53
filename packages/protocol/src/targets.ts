/** The one table of target platforms. `runs` says how a build for it can be executed on an x86_64 Linux machine. */
export const targets = [
  { triple: "x86_64-linux-musl", os: "linux", arch: "x86_64", label: "Linux x86-64 (static)", runs: "native", available: true },
  { triple: "aarch64-linux-musl", os: "linux", arch: "aarch64", label: "Linux Arm64 (static)", runs: "qemu-user", available: true },
  { triple: "riscv64-linux-musl", os: "linux", arch: "riscv64", label: "Linux RISC-V 64 (static)", runs: "qemu-user", available: false },
  { triple: "x86_64-linux-gnu", os: "linux", arch: "x86_64", label: "Linux x86-64 (dynamic, control)", runs: "native", available: false },
  { triple: "aarch64-macos", os: "macos", arch: "aarch64", label: "macOS Arm64", runs: "no", available: false },
  { triple: "x86_64-macos", os: "macos", arch: "x86_64", label: "macOS x86-64", runs: "no", available: false },
  { triple: "x86_64-windows", os: "windows", arch: "x86_64", label: "Windows x86-64", runs: "no", available: false },
  { triple: "wasm32", os: "any", arch: "wasm32", label: "WebAssembly module", runs: "node", available: false },
] as const;

export type TargetTriple = (typeof targets)[number]["triple"];
export const targetTriples = targets.map((t) => t.triple) as [TargetTriple, ...TargetTriple[]];

/** The one table of launch modes ("configurations"). */
export const launchModes = [
  { name: "source", what: "reads the handler's source, compiles it with our compiler on our VM, runs it", available: true },
  { name: "cached", what: "as source, but bytecode comes from an on-disk cache keyed by content hash", available: false },
  { name: "embedded", what: "bytecode inside the binary: no file, no parse, no compile", available: true },
  { name: "snapshot", what: "the memory image after the handler's top level ran is inside the binary", available: true },
  { name: "prefork", what: "a pool of started processes takes the work", available: false },
  { name: "clone", what: "an already-restored parent forks copy-on-write per instance", available: false },
] as const;

export type LaunchMode = (typeof launchModes)[number]["name"];
export const launchModeNames = launchModes.map((m) => m.name) as [LaunchMode, ...LaunchMode[]];
