/** The order of a file's strings: those that are named most come first, because a small index takes one byte. */
import { constantKinds, exportKinds } from "@zerostart/bytecode/layout.ts";
import type { BytecodeFile } from "@zerostart/bytecode/model.ts";

/** Indices below it take one byte anyway. */
const SMALL = 128;

/** Numbers the strings anew, by falling number of places that name them; equals stay in the order of their first use. Changes the file in place. */
export function orderStrings(file: BytecodeFile): void {
  const { strings, functions } = file;
  if (strings.length <= SMALL) return;
  const uses = new Uint32Array(strings.length);
  for (const { sites, constants, shapes } of functions) {
    for (const site of sites) uses[site]!++;
    for (const { kind, index } of constants) if (kind === constantKinds.STRING) uses[index]!++;
    for (const shape of shapes) for (const key of shape) uses[key]!++;
  }
  const order = strings.map((_, i) => i).sort((a, b) => uses[b]! - uses[a]! || a - b);
  const moved = new Uint32Array(strings.length);
  order.forEach((old, i) => (moved[old] = i));
  const all = (list: number[]): void => list.forEach((index, i) => (list[i] = moved[index]!));
  /** Of an index that -1 stands for none in. */
  const optional = (index: number): number => (index < 0 ? index : moved[index]!);

  file.strings = order.map((old) => strings[old]!);
  file.filename = optional(file.filename);
  all(file.bigints);
  for (const fn of functions) {
    fn.name = optional(fn.name);
    all(fn.sites);
    for (const constant of fn.constants) if (constant.kind === constantKinds.STRING) constant.index = moved[constant.index]!;
    fn.shapes.forEach(all);
    for (const table of fn.tables) for (const entry of table) if (!entry.isNumber) entry.key = moved[entry.key]!;
    for (const line of fn.lines) if (line.file >= 0) line.file = moved[line.file]!;
  }
  for (const template of file.templates)
    for (const part of template) {
      part.cooked = optional(part.cooked);
      part.raw = moved[part.raw]!;
    }
  for (const regexp of file.regexps) {
    regexp.pattern = moved[regexp.pattern]!;
    regexp.flags = moved[regexp.flags]!;
  }
  const { module } = file;
  if (!module) return;
  all(module.requests);
  for (const item of module.imports) item.name = optional(item.name);
  for (const item of module.exports) {
    // That of `export * from` is not one.
    if (item.kind !== exportKinds.STAR) item.name = moved[item.name]!;
    if (item.kind === exportKinds.INDIRECT) item.b = moved[item.b]!;
  }
}
