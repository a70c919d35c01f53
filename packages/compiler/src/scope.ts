/**
 * Results of scope analysis (analyze.ts), hung on the syntax tree for code generation.
 *
 * A binding lives in a register, or, when a nested function uses it, in a slot of a heap Scope. Not every block gets its own heap
 * Scope: captured bindings move up to the nearest *container*, which is a function's scope or a scope that a loop enters anew.
 */
import type * as ast from "acorn";

export type BindingKind =
  | "var"
  | "let"
  | "const"
  | "class" //  declared class
  | "function"
  | "param"
  | "catch"
  | "import"
  | "self" //  name of a function expression, or of a class inside of its body: read-only
  | "arguments"
  | "this"
  | "new.target"
  | "%home" //  [[HomeObject]] for super
  | "%callee" //  the running function, for super()
  | "private" //  #name of a class
  | "hidden"; //  made by the compiler

export class Binding {
  readonly name: string;
  kind: BindingKind;
  readonly scope: Scope;
  /** A reference at this source offset or after it, in the same activation, finds the binding initialised. */
  initialisedFrom = 0;
  /** The same, but only before this offset: declarations in a `switch` case hold for the rest of that case. */
  initialisedUntil = Infinity;
  captured = false;
  /** Some reference may come before initialisation: the binding must hold HOLE until then. */
  needsHole = false;
  /** Source offsets of assignments, ascending; null for none. Declarations with initialiser are not counted. */
  assignments: number[] | null = null;
  /** No function of the file runs before it is initialised. */
  inertPrefix = false;
  /** Register, once code generation has given one. */
  register = -1;
  /** Slot in `scope.container`, when captured. */
  slot = -1;
  /** Index of the import, for kind "import". */
  importIndex = -1;
  references = 0;
  /** A `var` of the body that takes over a parameter's value on entry. */
  startsWithParameter = false;

  constructor(name: string, kind: BindingKind, scope: Scope) {
    this.name = name;
    this.kind = kind;
    this.scope = scope;
  }

  /** Is there an assignment in source range [from, to)? */
  assignedWithin(from: number, to: number): boolean {
    const list = this.assignments;
    if (list === null || from >= to) return false;
    let low = 0;
    let high = list.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (list[middle]! < from) low = middle + 1;
      else high = middle;
    }
    return low < list.length && list[low]! < to;
  }
}

/** A use of a name, on its way outwards to its declaration. Those of one name are a list, so that a scope hands all of them on at once. */
export class Reference {
  readonly node: ast.Identifier | ast.ThisExpression | ast.MetaProperty | ast.Super | ast.PrivateIdentifier;
  /** Earliest source offset, in the function where the reference has arrived, at which it can be evaluated. */
  position: number;
  crossedFunction = false;
  readonly write: boolean;
  next: Reference | null = null;
  /** Of the first in a list: the last. */
  last: Reference;

  constructor(node: Reference["node"], write: boolean) {
    this.node = node;
    this.position = node.start;
    this.write = write;
    this.last = this;
  }

  /** Puts another list behind the one that begins here. */
  append(list: Reference): void {
    this.last.next = list;
    this.last = list.last;
  }
}

export type ScopeKind = "function" | "body" | "block" | "switch" | "class" | "for";

export class Scope {
  readonly parent: Scope | null;
  readonly fn: FunctionInfo;
  readonly kind: ScopeKind;
  /** Source offset where its declarations are instantiated. */
  readonly start: number;
  readonly bindings = new Map<string, Binding>();
  /** The first reference to each name. */
  readonly references = new Map<string, Reference>();
  /** Loops around it inside of its function. */
  readonly loopDepth: number;
  /** The scope whose heap Scope takes this scope's captured bindings. */
  readonly container: Scope;
  /** Containers only: bindings by slot. */
  captured: Binding[] = [];
  /** Register of the heap Scope while code is generated inside of it. */
  register = -1;
  /** Most registers that its bindings and those of inner blocks need at once. */
  locals = 0;
  /** Function declarations, instantiated on entry. */
  functions: ast.FunctionDeclaration[] | null = null;

  constructor(parent: Scope | null, fn: FunctionInfo, kind: ScopeKind, start: number, loopDepth: number, isContainer: boolean) {
    this.parent = parent;
    this.fn = fn;
    this.kind = kind;
    this.start = start;
    this.loopDepth = loopDepth;
    this.container = isContainer || parent === null ? this : parent.container;
  }

  /** Is there a heap Scope for it at run time? */
  get materialised(): boolean {
    return this.container === this && this.captured.length > 0;
  }
}

/** The scope, or the nearest one around it, that has a heap Scope at run time. */
export function nearestMaterialised(scope: Scope | null): Scope | null {
  while (scope !== null && !scope.materialised) scope = scope.parent;
  return scope;
}

export type FunctionKind = "main" | "function" | "arrow" | "method" | "getter" | "setter" | "constructor" | "derived" | "initialiser";

export class FunctionInfo {
  readonly kind: FunctionKind;
  readonly parent: FunctionInfo | null;
  readonly strict: boolean;
  async: boolean;
  readonly generator: boolean;
  /** Of parameters, and of the body unless `bodyScope` is another. */
  scope!: Scope;
  /** Where `var` declarations go. */
  bodyScope!: Scope;
  simpleParameters = true;
  parameterCount = 0;
  /** Class whose constructor or initialiser this is. */
  classInfo: ClassInfo | null = null;
  /** Hidden binding of the class scope that `super` uses in initialisers and private methods; null: the function has a home object itself. */
  homeName: "%prototype" | "%constructor" | null = null;
  /** Mapped arguments that somebody can observe: parameters live in slots 0.. of the heap Scope. */
  mapped = false;
  writesArguments = false;
  /** Sloppy-mode function declarations in blocks (ECMA-262 Annex B.3.2). */
  blockFunctions: { node: ast.FunctionDeclaration; scope: Scope }[] | null = null;
  /** Offset after the last super() call that surely has run, for functions of kind "derived". */
  superCalledFrom = -1;
  /** super() calls in it and in its arrow functions. */
  superCalls = 0;

  constructor(kind: FunctionKind, parent: FunctionInfo | null, strict: boolean, async: boolean, generator: boolean) {
    this.kind = kind;
    this.parent = parent;
    this.strict = strict;
    this.async = async;
    this.generator = generator;
  }

  get isArrow(): boolean {
    return this.kind === "arrow";
  }
}

export interface ClassInfo {
  readonly node: ast.Class;
  readonly scope: Scope;
  readonly derived: boolean;
  /** Instances have fields or private methods. */
  hasInstanceElements: boolean;
  /** Runs instance fields; static fields and blocks. */
  instanceInitialiser: FunctionInfo | null;
  staticInitialiser: FunctionInfo | null;
  /** Hidden bindings: computed field keys by element, private methods and accessors, and the objects that `super` needs in initialisers. */
  readonly keyBindings: Map<ast.AnyNode, Binding>;
  readonly methodBindings: Map<ast.AnyNode, Binding>;
  prototype: Binding | null;
  constructorBinding: Binding | null;
}

declare module "acorn" {
  interface Identifier {
    /** null: a global; undefined: not a reference. */
    binding?: Binding | null;
    /** Needs a check for initialisation. */
    check?: boolean;
  }
  interface ThisExpression {
    binding?: Binding | null;
    check?: boolean;
  }
  interface MetaProperty {
    binding?: Binding | null;
    check?: boolean;
  }
  interface Super {
    /** Of the home object for `super.x`, of the running constructor for `super()`. */
    binding?: Binding | null;
    check?: boolean;
    thisReference?: ThisExpression;
    /** new.target, for `super()` */
    targetReference?: MetaProperty;
    /** The constructor that runs: its class says whether fields must be initialised after `super()`. */
    constructorInfo?: FunctionInfo;
  }
  interface PrivateIdentifier {
    binding?: Binding | null;
    check?: boolean;
  }
  interface Function {
    info?: FunctionInfo;
  }
  interface FunctionDeclaration {
    /** The `var` that also gets a block-level function's value (Annex B.3.2). */
    outerBinding?: Binding | null;
  }
  interface Class {
    info?: ClassInfo;
  }
  interface BlockStatement {
    scope?: Scope;
  }
  interface StaticBlock {
    scope?: Scope;
  }
  interface ForStatement {
    scope?: Scope;
    /** A closure in the initialiser captured a loop variable. */
    capturedInInit?: boolean;
  }
  interface ForInStatement {
    scope?: Scope;
    capturedInHead?: boolean;
  }
  interface ForOfStatement {
    scope?: Scope;
    capturedInHead?: boolean;
  }
  interface SwitchStatement {
    scope?: Scope;
  }
  interface CatchClause {
    scope?: Scope;
  }
}
