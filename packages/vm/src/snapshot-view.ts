/// <reference lib="dom" />
/** What the snapshot of a handler holds beside the engine's base image. */
import { type MemoryImage, pageBytes } from "./image.ts";
import { VmInstance, type VmOptions } from "./instance.ts";

/** Heap kinds in words of people who write JavaScript (bytecode/src/kinds.ts has the list of them). */
const groups: [what: string, kinds: string[]][] = [
  [
    "Objects",
    [
      "OBJECT",
      "SLOTS",
      "ARGUMENTS",
      "PROXY",
      "MODULE_NAMESPACE",
      "ACCESSOR",
      "HOST",
      "BOOLEAN",
      "NUMBER",
      "STRING_OBJECT",
      "SYMBOL_OBJECT",
      "BIGINT_OBJECT",
      "DATE",
    ],
  ],
  ["Arrays", ["ARRAY", "ELEMENTS", "SLOW_ELEMENTS"]],
  ["Strings and symbols", ["STRING", "SYMBOL"]],
  ["BigInts", ["BIGINT"]],
  ["Functions and their scopes", ["FUNCTION", "BOUND_FUNCTION", "NATIVE_FUNCTION", "SCOPE"]],
  ["Code", ["CODE", "BYTECODE", "VALUES", "POINTERS", "SITES", "TABLE", "MODULE", "PROGRAM", "WORDS"]],
  ["Hidden classes", ["SHAPE", "PROPTABLE"]],
  ["Maps and sets", ["MAP", "SET", "WEAKMAP", "WEAKSET", "HASH"]],
  ["Regular expressions", ["REGEXP"]],
  ["Buffers", ["ARRAYBUFFER", "TYPEDARRAY", "DATAVIEW", "NATIVE_DATA"]],
  ["Promises and generators", ["PROMISE", "GENERATOR", "ASYNC_GENERATOR", "COROUTINE_FRAME", "ITERATOR"]],
  ["Errors", ["ERROR", "FRAMES"]],
];

export interface SnapshotView {
  /** Of the engine's image, which all handlers share. */
  baseBytes: number;
  /** Pages behind it that the handler added, and those of it that are another one's now. */
  addedBytes: number;
  changedBytes: number;
  /** What lives in the handler's part, largest first. */
  heap: { what: string; cells: number; bytes: number }[];
  /** What the top level asked of the outside, which is the same in every start from now on. */
  used: { random: boolean; time: boolean };
  /** Timers or jobs wait. */
  isPending: boolean;
}

/** Run a handler's top level and look at what it leaves; undefined when it fails. @throws VmStoppedError */
export function viewSnapshot(
  module: WebAssembly.Module,
  base: MemoryImage,
  bytecode: Uint8Array,
  limits: { heapBytes: number; cpuNsPerTurn: bigint },
  options: VmOptions = {},
): SnapshotView | undefined {
  const vm = new VmInstance(module, options);
  vm.resume(base, limits.heapBytes, limits.cpuNsPerTurn);
  if (vm.load(bytecode) !== undefined || vm.evaluate() !== undefined) return undefined;
  const isPending = vm.hasPendingWork();
  const { random, time } = vm.used;
  const census = vm.census();
  const heap = [...groups, ["Other", [...census.keys()].filter((kind) => !groups.some(([, kinds]) => kinds.includes(kind)))] as const]
    .map(([what, kinds]) => {
      const counts = kinds.flatMap((kind) => census.get(kind) ?? []);
      return { what, cells: counts.reduce((n, { cells }) => n + cells, 0), bytes: counts.reduce((n, { bytes }) => n + bytes, 0) };
    })
    .filter(({ cells }) => cells > 0)
    .sort((a, b) => b.bytes - a.bytes);
  return { ...comparePages(base, vm.takeImage()), heap, used: { random, time }, isPending };
}

function comparePages(base: MemoryImage, own: MemoryImage): Pick<SnapshotView, "baseBytes" | "addedBytes" | "changedBytes"> {
  const before = pagesOf(base);
  const last = Math.max(...before.keys());
  let [addedBytes, changedBytes] = [0, 0];
  for (const [at, bytes] of pagesOf(own)) {
    const known = before.get(at);
    if (at > last) addedBytes += bytes.length;
    else if (!known || known.some((byte, i) => byte !== bytes[i])) changedBytes += bytes.length;
  }
  return { baseBytes: before.size * pageBytes, addedBytes, changedBytes };
}

/** Pages that are not empty, by address. */
function pagesOf(image: MemoryImage): Map<number, Uint8Array> {
  const pages = new Map<number, Uint8Array>();
  for (const { start, bytes } of image.ranges)
    for (let at = 0; at < bytes.length; at += pageBytes) {
      const page = bytes.subarray(at, at + pageBytes);
      if (page.some((byte) => byte !== 0)) pages.set(start + at, page);
    }
  return pages;
}
