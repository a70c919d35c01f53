/** What the functions of one file share: tables with interning, and the queue of functions still to be generated. */
import type { FunctionRecord, Template } from "@zerostart/bytecode/model.ts";
import type { FunctionInfo } from "../scope.ts";
import type * as ast from "acorn";

/** What library code names with `$`. */
export interface LibraryTables {
  /** Id, least and most number of arguments, and parameters as text, by name. */
  readonly natives: ReadonlyMap<string, { readonly id: number; readonly min: number; readonly max: number; readonly params: string }>;
  /** Integer constants: `$hook.X` is in group "hook". */
  readonly constants: ReadonlyMap<string, ReadonlyMap<string, number>>;
}

export interface PendingFunction {
  readonly index: number;
  readonly info: FunctionInfo;
  /** null for synthetic functions: initialisers, default constructors. */
  readonly node: ast.Function | null;
  readonly name: string;
  readonly sourceStart: number;
  readonly sourceEnd: number;
  /** Class elements that an initialiser runs. */
  readonly elements?: readonly (ast.PropertyDefinition | ast.StaticBlock)[];
  /** Synthetic function with all its arguments in an array. */
  readonly restParameter?: boolean;
  /** Library code: usable with `new`, has a prototype. */
  readonly constructible?: boolean;
}

export class Unit {
  readonly strings: string[] = [];
  private readonly stringIndices = new Map<string, number>();
  readonly numbers: number[] = [];
  private readonly numberIndices = new Map<number, number>();
  readonly bigints: number[] = [];
  private readonly bigintIndices = new Map<string, number>();
  readonly templates: Template[][] = [];
  readonly regexps: { pattern: number; flags: number }[] = [];
  readonly functions: FunctionRecord[] = [];
  readonly queue: PendingFunction[] = [];
  functionCount = 0;
  readonly source: string;
  readonly library: LibraryTables | null;
  readonly isModule: boolean;
  /** A module that asks for others, which may call its functions before it is evaluated. */
  asksForModules = false;

  /** Top-level names are global. */
  get isScript(): boolean {
    return !this.isModule && this.library === null;
  }

  constructor(source: string, isModule: boolean, library: LibraryTables | null) {
    this.source = source;
    this.isModule = isModule;
    this.library = library;
  }

  string(text: string): number {
    let index = this.stringIndices.get(text);
    if (index === undefined) {
      index = this.strings.length;
      this.strings.push(text);
      this.stringIndices.set(text, index);
    }
    return index;
  }

  /** Map keys do not tell -0 from 0. */
  number(value: number): number {
    if (value === 0 && 1 / value < 0) {
      this.minusZero ??= this.numbers.push(value) - 1;
      return this.minusZero;
    }
    let index = this.numberIndices.get(value);
    if (index === undefined) {
      index = this.numbers.push(value) - 1;
      this.numberIndices.set(value, index);
    }
    return index;
  }
  private minusZero: number | null = null;

  bigint(decimal: string): number {
    let index = this.bigintIndices.get(decimal);
    if (index === undefined) {
      index = this.bigints.push(this.string(decimal)) - 1;
      this.bigintIndices.set(decimal, index);
    }
    return index;
  }

  /** Reserves the index; the function is generated when its turn comes. */
  enqueue(pending: Omit<PendingFunction, "index">): number {
    const index = this.functionCount++;
    this.queue.push({ ...pending, index });
    return index;
  }
}
