/** A bytecode file in memory; indices are positions in the tables named. The layout on disk is in docs/engine.md. */

export interface Constant {
  /** One of `constantKinds`. */
  kind: number;
  /** Into strings, numbers, bigints, templates or regexps, after the kind. */
  index: number;
}

export interface ExceptionEntry {
  /** Byte offset of the first instruction covered, within the function. */
  readonly start: number;
  readonly length: number;
  readonly handler: number;
  /** Receives the exception. */
  readonly register: number;
}

export interface TableEntry {
  isNumber: boolean;
  /** String index, or an integer in [-2^30, 2^30). */
  key: number;
  /** Byte offset within the function. */
  target: number;
}

export interface LineEntry {
  /** Byte offset within the function of the first instruction at this position. */
  pc: number;
  /** 1-based. */
  line: number;
  column: number;
  /** String index of the source file's name, -1 for the name of the bytecode file's source. */
  file: number;
}

export interface FunctionRecord {
  /** `functionFlags` */
  flags: number;
  /** String index, -1 for none. */
  name: number;
  nparams: number;
  /** `fn.length` */
  length: number;
  nregs: number;
  code: Uint8Array;
  /** Slots of the top-level Scope; 0 unless main function of a module. */
  moduleScopeSlots: number;
  constants: Constant[];
  /** String index of each property site's key. */
  sites: number[];
  /** Function indices, greater than this function's own: the tree has no cycles. */
  children: number[];
  /** String indices of each object-literal shape's keys. */
  shapes: number[][];
  /** Innermost first. */
  exceptions: ExceptionEntry[];
  tables: TableEntry[][];
  /** UTF-16 offsets in the source. */
  sourceStart: number;
  sourceEnd: number;
  /** Ascending by pc; empty when stripped. */
  lines: LineEntry[];
}

export interface Template {
  /** String index, -1 for undefined (an invalid escape). */
  cooked: number;
  raw: number;
}

export interface ImportRecord {
  request: number;
  /** String index, -1 for the namespace object. */
  name: number;
}

export interface ExportRecord {
  /** String index; 0 and unused for `export * from`. */
  name: number;
  /** One of `exportKinds`. */
  kind: number;
  /** LOCAL: module-scope slot; otherwise request index. */
  a: number;
  /** INDIRECT: string index of the imported name; otherwise 0. */
  b: number;
}

export interface ModuleRecord {
  /** String indices of the specifiers. */
  requests: number[];
  imports: ImportRecord[];
  exports: ExportRecord[];
}

export interface BytecodeFile {
  /** `fileFlags` */
  flags: number;
  /** String index, -1 for none. */
  filename: number;
  mainFunction: number;
  strings: string[];
  numbers: number[];
  /** String indices of decimal texts. */
  bigints: number[];
  functions: FunctionRecord[];
  templates: Template[][];
  regexps: { pattern: number; flags: number }[];
  module: ModuleRecord | null;
  source: string | null;
}
