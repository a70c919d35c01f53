/**
 * Source text -> bytecode file: parse, lower TypeScript and JSX to plain JavaScript trees, analyse scopes, generate, encode.
 * Nothing here needs Node: it runs in browsers and on Zerostart's own engine.
 */
import { encode } from "@zerostart/bytecode/encode.ts";
import { fileFlags } from "@zerostart/bytecode/layout.ts";
import type { BytecodeFile, ModuleRecord } from "@zerostart/bytecode/model.ts";
import { analyze, type SourceKind } from "./analyze.ts";
import { CompileError, diagnosticAt, lineStarts, type Diagnostic } from "./diagnostics.ts";
import { generateAll } from "./generate/functions.ts";
import { moduleRecord } from "./generate/module.ts";
import { orderStrings } from "./generate/string-order.ts";
import { Unit, type LibraryTables } from "./generate/unit.ts";
import { lowerJsx } from "./jsx.ts";
import { parse } from "./parse.ts";
import { dropUnusedImports, lowerTypescript } from "./typescript.ts";

export interface CompileOptions {
  /** Shown in errors and stack traces; its extension tells the language: .ts and .mts TypeScript, .tsx with JSX, .jsx, anything else JavaScript. */
  readonly filename: string;
  readonly sourceType: "module" | "script";
  /** The engine's own library: strict TypeScript in one scope, with the `$` forms of docs/engine.md. */
  readonly library?: boolean;
  /** Puts the source into the file, for Function.prototype.toString. */
  readonly keepSource?: boolean;
  /** Leaves the line table out: smaller, but stack traces have no positions. */
  readonly stripLines?: boolean;
  /** The file, line and column (from 1) that a line and column of a bundled source came from: line tables, and so stack traces, name those. */
  readonly origin?: (line: number, column: number) => { readonly file: string; readonly line: number; readonly column: number } | undefined;
  /** What `$` forms may name, for library code. */
  readonly intrinsics?: LibraryTables;
  /** Called at the end of each step, for measurement. */
  readonly onStep?: (step: CompileStep) => void;
}

/** What a compilation goes through, in this order. `parse` includes lowering TypeScript and JSX. */
export type CompileStep = "parse" | "analyze" | "generate" | "encode";

export type CompileResult =
  | { readonly ok: true; readonly bytecode: Uint8Array; readonly warnings: readonly Diagnostic[] }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] };

/** Compiles one file. Errors of the source are returned with their position, never thrown. Same source and options, same bytes. */
export function compileSource(source: string, options: CompileOptions): CompileResult {
  try {
    return { ok: true, bytecode: compileOrThrow(source, options), warnings: [] };
  } catch (error) {
    if (error instanceof CompileError) return { ok: false, diagnostics: [diagnosticAt("error", error.message, options.filename, source, error.offset)] };
    // The parser recurses with the nesting of the source.
    if (error instanceof RangeError) {
      return { ok: false, diagnostics: [diagnosticAt("error", "The source is nested too deeply", options.filename, source, 0)] };
    }
    throw error;
  }
}

function compileOrThrow(source: string, options: CompileOptions): Uint8Array {
  const library = options.library ? (options.intrinsics ?? null) : null;
  if (options.library && !library) throw new Error("library code needs the tables of intrinsics");
  const kind: SourceKind = library ? "library" : options.sourceType;
  // Library files are one strict scope: parsed as a module that has no imports.
  const parsed = parse(source, options.filename, library ? "module" : options.sourceType, library !== null);
  const { program } = parsed;
  if (parsed.typescript) lowerTypescript(program);
  if (parsed.jsx) lowerJsx(program, source);
  options.onStep?.("parse");
  const analysis = analyze(program, kind, options.stripLines);
  if (parsed.typescript) dropUnusedImports(program, analysis.main.scope);
  options.onStep?.("analyze");

  const isModule = kind === "module";
  const unit = new Unit(source, isModule, library);
  const filename = unit.string(options.filename);
  const { main } = analysis;
  const module: ModuleRecord | null = isModule ? moduleRecord(unit, program, main.scope) : null;
  unit.asksForModules = module !== null && module.requests.length > 0;
  main.async = analysis.usesTopLevelAwait;
  unit.enqueue({ info: main, node: null, name: "", sourceStart: 0, sourceEnd: source.length });
  const stripped = options.stripLines === true;
  generateAll(unit, program, stripped ? null : { starts: lineStarts(source), origin: options.origin });
  const file: BytecodeFile = {
    flags: (isModule ? fileFlags.MODULE : 0) | (library ? fileFlags.LIBRARY : 0) | (stripped ? fileFlags.STRIPPED : 0),
    filename,
    mainFunction: 0,
    strings: unit.strings,
    numbers: unit.numbers,
    bigints: unit.bigints,
    functions: unit.functions,
    templates: unit.templates,
    regexps: unit.regexps,
    module,
    source: options.keepSource ? source : null,
  };
  options.onStep?.("generate");
  orderStrings(file);
  const bytecode = encode(file);
  options.onStep?.("encode");
  return bytecode;
}
