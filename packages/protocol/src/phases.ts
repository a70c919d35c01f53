/**
 * The one table of start-up phases. Every start is a list of (phase, nanoseconds) from one monotonic clock
 * (CLOCK_MONOTONIC on Linux); they add up to `totalNs`, the time an outside observer measures from just before
 * the process is spawned to the last byte of the first response. What no phase claims is `other`.
 * The order here is the order in which phases happen and in which charts stack them.
 */
export const phases = [
  { name: "spawn", label: "Spawn", what: "fork/exec until the binary's first instruction", shrink: "smaller binary, fewer mappings, no dynamic linker" },
  { name: "link", label: "Dynamic link", what: "the dynamic linker's work; 0 in a static binary", shrink: "link statically" },
  { name: "vm_init", label: "VM init", what: "reserving linear memory, restoring the realm's base image", shrink: "map the image lazily, dirty fewer pages" },
  { name: "io_init", label: "I/O init", what: "event loop and signal set-up", shrink: "fewer system calls before listen" },
  { name: "parse", label: "Parse", what: "source text to syntax tree", shrink: "launch mode embedded or cached" },
  { name: "compile", label: "Compile", what: "syntax tree to bytecode", shrink: "launch mode embedded or cached" },
  { name: "cache", label: "Cache look-up", what: "finding and reading the bytecode cache", shrink: "launch mode embedded" },
  { name: "load", label: "Load", what: "loading bytecode, or mapping the snapshot", shrink: "launch mode snapshot; a smaller handler" },
  { name: "handler_init", label: "Handler init", what: "the handler's top-level evaluation", shrink: "launch mode snapshot; less work at top level" },
  { name: "pool", label: "Pool", what: "waiting for or handing over to a pool process", shrink: "a larger pool; clone" },
  { name: "listen", label: "Listen", what: "socket, bind, listen, and the sandbox around what follows", shrink: "an inherited listening socket; no sandbox" },
  {
    name: "first_request",
    label: "First request",
    what: "accept, parse, run the handler, write the response",
    shrink: "faster handler code; warm inline caches",
  },
  {
    name: "other",
    label: "Other",
    what: "what the outside observer measured and no phase claims: scheduling, the observer's connect; all of a start in Node, Deno or Bun, which tell nothing of theirs",
    shrink: "a quieter host",
  },
] as const;

export type PhaseName = (typeof phases)[number]["name"];
export const phaseNames = phases.map((p) => p.name) as [PhaseName, ...PhaseName[]];
