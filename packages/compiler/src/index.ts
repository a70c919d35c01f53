/** The compiler with the engine's own tables for library code; `compile.ts` alone is all that handlers need. */
import { hooks } from "@zerostart/bytecode/hooks.ts";
import { intrinsics } from "@zerostart/bytecode/intrinsics/index.ts";
import { kinds, prototypes } from "@zerostart/bytecode/kinds.ts";
import { opcodes } from "@zerostart/bytecode/opcodes.ts";
import { compileSource, type CompileOptions, type CompileResult } from "./compile.ts";
import type { LibraryTables } from "./generate/unit.ts";

export type { CompileOptions, CompileResult } from "./compile.ts";
export type { Diagnostic } from "./diagnostics.ts";
export type { LibraryTables } from "./generate/unit.ts";

const byPosition = (names: readonly string[]): ReadonlyMap<string, number> => new Map(names.map((name, i) => [name, i]));

/** What `$` forms can name, from the tables of packages/bytecode. */
export const libraryTables: LibraryTables = {
  natives: new Map(
    intrinsics.map(({ name, params }, id) => {
      const list = params === "" ? [] : params.split(",").map((parameter) => parameter.trim());
      const variadic = list.at(-1)?.startsWith("...") === true;
      return [name, { id, min: variadic ? list.length - 1 : list.length, max: variadic ? 200 : list.length, params }];
    }),
  ),
  constants: new Map([
    ["native", byPosition(intrinsics.map(({ name }) => name))],
    ["hook", byPosition(hooks.map(({ name }) => name))],
    ["opcode", byPosition(opcodes.map(({ name }) => name))],
    ["kind", byPosition(kinds.map(({ name }) => name))],
    ["proto", byPosition(prototypes.map((name) => name.split(":")[0]!))],
  ]),
};

/** Compiles one file to bytecode; see CompileOptions. Errors of the source are returned with code frames, never thrown. */
export function compile(source: string, options: CompileOptions): CompileResult {
  return compileSource(source, options.library && !options.intrinsics ? { ...options, intrinsics: libraryTables } : options);
}
