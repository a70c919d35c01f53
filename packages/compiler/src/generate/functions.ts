/** Closures, and the code of one function: entry (this, heap Scope, parameters, hoisted declarations), body, end. */
import { functionFlags } from "@zerostart/bytecode/layout.ts";
import type { FunctionRecord, LineEntry } from "@zerostart/bytecode/model.ts";
import type * as ast from "acorn";
import type { CompileOptions } from "../compile.ts";
import { lineAt } from "../diagnostics.ts";
import type { Binding, FunctionInfo, Scope } from "../scope.ts";
import { Label } from "./assembler.ts";
import { initialiserBody } from "./classes.ts";
import { into, intoNamed, operand } from "./expressions.ts";
import { Generator } from "./generator.ts";
import { moduleItems } from "./module.ts";
import * as op from "./ops.ts";
import { destructure } from "./patterns.ts";
import { statements } from "./statements.ts";
import type { PendingFunction, Unit } from "./unit.ts";

/** dst = closure of the function. `source` is what its toString shows: the whole method for methods. */
export function compileClosure(
  g: Generator,
  node: ast.Function,
  dst: number,
  name: string,
  source: { readonly start: number; readonly end: number } = node,
  constructible = false,
): void {
  const { start, end } = source;
  const child = g.child({ info: node.info!, node, name, sourceStart: start, sourceEnd: end, ...(constructible ? { constructible } : {}) });
  g.asm.awb(op.CLOSURE, dst, child, g.scopeRegister);
}

/** Where lines of the source begin, and where what stands there came from. */
export interface Positions {
  readonly starts: readonly number[];
  readonly origin: CompileOptions["origin"];
}

/** Generates every function of the queue, the main one first. */
export function generateAll(unit: Unit, program: ast.Program, positions: Positions | null): void {
  for (let i = 0; i < unit.queue.length; i++) {
    const pending = unit.queue[i]!;
    const g = new Generator(unit, pending);
    functionCode(g, program);
    unit.functions[pending.index] = finish(g, positions);
    // The tree of a finished function is not needed any more.
    unit.queue[i] = undefined as unknown as PendingFunction;
  }
}

function flagsOf(g: Generator): number {
  const { info, pending, unit } = g;
  const f = functionFlags;
  let flags = info.strict ? f.STRICT : 0;
  switch (info.kind) {
    case "arrow":
      flags |= f.ARROW;
      break;
    case "method":
    case "initialiser":
      flags |= f.METHOD;
      break;
    case "getter":
    case "setter":
      flags |= f.METHOD | f.GETTER_SETTER;
      break;
    case "constructor":
      flags |= f.CLASS_CONSTRUCTOR;
      break;
    case "derived":
      flags |= f.CLASS_CONSTRUCTOR | f.DERIVED;
      break;
    case "main":
      if (unit.isModule) flags |= f.MODULE_MAIN;
      break;
    case "function":
      if (unit.library && !pending.constructible) flags |= f.METHOD;
      break;
  }
  if (info.generator) flags |= f.GENERATOR;
  if (info.async) flags |= f.ASYNC;
  if (unit.library) flags |= f.LIBRARY;
  if (argumentsBinding(info)) {
    flags |= f.USES_ARGUMENTS;
    if (!info.strict && info.simpleParameters) flags |= f.MAPPED_ARGUMENTS;
  }
  if (pending.restParameter || pending.node?.params.at(-1)?.type === "RestElement") flags |= f.HAS_REST;
  if (info.simpleParameters) flags |= f.HAS_SIMPLE_PARAMS;
  return flags;
}

function argumentsBinding(info: FunctionInfo): Binding | null {
  const outer = info.scope.bindings.get("arguments");
  if (outer?.kind === "arguments") return outer;
  const inner = info.bodyScope === info.scope ? undefined : info.bodyScope.bindings.get("arguments");
  return inner?.kind === "arguments" ? inner : null;
}

/** Parameters before the first with a default or the rest (`fn.length`). */
function expectedArguments(params: readonly ast.Pattern[]): number {
  const index = params.findIndex((parameter) => parameter.type === "AssignmentPattern" || parameter.type === "RestElement");
  return index < 0 ? params.length : index;
}

function finish(g: Generator, positions: Positions | null): FunctionRecord {
  const { pending, info, unit } = g;
  const finished = g.asm.finish();
  const params = pending.node?.params ?? [];
  const nparams = info.kind === "main" ? moduleParameters(unit) : params.length - (params.at(-1)?.type === "RestElement" ? 1 : 0);
  return {
    flags: flagsOf(g),
    name: pending.name === "" ? -1 : unit.string(pending.name),
    nparams,
    length: expectedArguments(params),
    nregs: Math.max(g.registers, nparams),
    code: finished.code,
    moduleScopeSlots: info.kind === "main" && unit.isModule ? info.scope.captured.length : 0,
    constants: g.constants,
    sites: g.sites,
    children: g.children,
    shapes: g.shapes,
    exceptions: finished.exceptions,
    tables: g.tables.map(({ entries }) => entries.map(({ isNumber, key, label }) => ({ isNumber, key, target: finished.resolve(label) }))),
    sourceStart: pending.sourceStart,
    sourceEnd: pending.sourceEnd,
    lines: positions === null ? [] : lineTable(unit, finished.positions, positions),
  };
}

function lineTable(unit: Unit, positions: readonly number[], { starts, origin }: Positions): LineEntry[] {
  const lines: LineEntry[] = [];
  let current = 0;
  for (let i = 0; i < positions.length; i += 2) {
    const offset = positions[i + 1]!;
    // Mostly the same line as before or the next one.
    if (offset < starts[current]! || (current + 1 < starts.length && offset >= starts[current + 1]!)) {
      current++;
      if (current >= starts.length || offset < starts[current]! || (current + 1 < starts.length && offset >= starts[current + 1]!))
        current = lineAt(starts, offset);
    }
    const line = current + 1;
    const column = offset - starts[current]! + 1;
    const from = origin?.(line, column);
    lines.push(
      from ? { pc: positions[i]!, line: from.line, column: from.column, file: unit.string(from.file) } : { pc: positions[i]!, line, column, file: -1 },
    );
  }
  return lines;
}

/** R[0] of a module's main function is its Scope. When it asks for other modules, R[1] is true at link time. */
const moduleParameters = (unit: Unit): number => (unit.isModule ? (unit.asksForModules ? 2 : 1) : 0);

function functionCode(g: Generator, program: ast.Program): void {
  const { info, pending, asm } = g;
  const node = pending.node;
  g.position = pending.sourceStart;
  const params = node?.params ?? [];
  const rest = params.at(-1)?.type === "RestElement" || pending.restParameter === true;
  const plainParams = node && rest ? params.length - 1 : params.length;
  const argumentsObject = argumentsBinding(info);
  if (info.kind === "main") g.temps(moduleParameters(g.unit));
  else g.temps(plainParams + (argumentsObject ? 1 : 0) + (rest ? 1 : 0));
  const argumentsRegister = plainParams;
  const restRegister = plainParams + (argumentsObject ? 1 : 0);
  g.floor = g.top;

  const linked = info.kind === "main" && g.unit.asksForModules;
  if (info.async && !info.generator && !linked) asm.emit(op.INITGEN);
  enterFunctionScope(g);
  if (info.kind === "constructor" && info.classInfo?.hasInstanceElements) initialiseFields(g);
  if (argumentsObject) {
    if (argumentsObject.captured) g.store(argumentsObject, argumentsRegister);
    else argumentsObject.register = argumentsRegister;
  }
  if (info.kind === "main") {
    if (linked) {
      // At link time only what other modules can see is made: it lives in the Scope, the rest in this call's registers.
      const evaluation = new Label();
      asm.jumpIf(op.JF, 1, evaluation);
      const mark = g.top;
      hoistDeclarations(g, info.scope, true);
      hoistFunctions(g, info.scope, true);
      g.top = mark;
      asm.emit(op.RETU);
      asm.bind(evaluation);
      if (info.async) asm.emit(op.INITGEN);
    }
    hoistDeclarations(g, info.scope, linked ? false : undefined);
    if (!g.unit.isModule && !g.unit.library) scriptDeclarations(g);
    hoistFunctions(g, info.scope, linked ? false : undefined);
    moduleItems(g, program);
    if (!asm.dead) asm.emit(op.RETU);
    return;
  }
  if (node === null) {
    if (pending.elements) initialiserBody(g, pending.elements);
    else if (info.kind === "derived") defaultDerivedConstructor(g, restRegister);
    if (!asm.dead) asm.emit(op.RETU);
    return;
  }
  parameters(g, params, restRegister);
  if (info.mapped) asm.ab(op.MAPARGS, argumentsRegister, info.scope.register);
  const body = node.body;
  if (info.bodyScope !== info.scope) enterBodyScope(g);
  hoistDeclarations(g, info.bodyScope);
  hoistFunctions(g, info.bodyScope);
  if (info.generator) asm.emit(op.INITGEN);
  g.floor = g.top;
  if (body.type !== "BlockStatement") {
    const mark = g.top;
    const value = operand(g, body, body.end);
    g.leaveFunction(value);
    g.top = mark;
    return;
  }
  statements(g, body.body);
  if (asm.dead) return;
  if (info.kind !== "derived") asm.emit(op.RETU);
  else {
    const value = g.temp();
    g.loadUndefined(value);
    asm.at(body.end - 1);
    g.emitReturn(value);
  }
}

/** Heap Scope of the function, and the values that its frame has: this, callee, new.target, home object. */
function enterFunctionScope(g: Generator): void {
  const { info, asm, unit, pending } = g;
  const { scope } = info;
  const isMain = info.kind === "main";
  const self = info.isArrow ? undefined : scope.bindings.get("this");
  const thisBinding = self?.kind === "this" ? self : null;
  if (thisBinding && !isMain && !info.strict && info.kind !== "derived") asm.emit(op.COERCETHIS);
  if (isMain && unit.isModule) g.pushHeapScope(scope, 0);
  else if (scope.captured.length > 0) g.newHeapScope(scope, g.temp());
  if (thisBinding && info.kind === "derived") {
    // HOLE until super() has returned; slots of a new Scope hold HOLE already.
    if (!thisBinding.captured) give(g, thisBinding, op.LOADHOLE);
  } else if (thisBinding) give(g, thisBinding, isMain && (unit.isModule || unit.library) ? op.LOADUNDEF : op.LOADTHIS);
  if (info.isArrow) return;
  for (const [name, opcode] of frameValues) {
    const binding = scope.bindings.get(name);
    if (binding) give(g, binding, opcode);
  }
  const name = pending.node?.type === "FunctionExpression" ? pending.node.id?.name : undefined;
  const named = name === undefined ? undefined : scope.bindings.get(name);
  if (named?.kind === "self") give(g, named, op.LOADCALLEE);
}

const frameValues = [
  ["new.target", op.LOADNEWTARGET],
  ["%home", op.LOADHOME],
  ["%callee", op.LOADCALLEE],
] as const;

/** A binding's first value: what `opcode` loads. */
function give(g: Generator, binding: Binding, opcode: number): void {
  if (!binding.captured) {
    binding.register = g.temp();
    g.asm.a(opcode, binding.register);
    return;
  }
  const mark = g.top;
  const temp = g.temp();
  g.asm.a(opcode, temp);
  g.store(binding, temp);
  g.top = mark;
}

function initialiseFields(g: Generator): void {
  const mark = g.top;
  const self = g.temps(2);
  g.asm.a(op.LOADTHIS, self);
  g.asm.a(op.LOADCALLEE, self + 1);
  g.asm.at(g.pending.sourceStart);
  g.asm.ab(op.INITFIELDS, self, self + 1);
  g.top = mark;
}

/** `constructor(...args) { super(...args); }`, without looking at Array.prototype's iterator (ECMA-262 15.7.14). */
function defaultDerivedConstructor(g: Generator, restRegister: number): void {
  const { asm } = g;
  // Below the call's window: a call leaves nothing above its base as it was.
  const self = g.temp();
  const callee = g.temp();
  const base = g.temps(3);
  asm.a(op.LOADCALLEE, callee);
  asm.at(g.pending.sourceStart);
  asm.ab(op.GETPROTO, base, callee);
  asm.a(op.LOADNEWTARGET, base + 1);
  g.move(base + 2, restRegister);
  asm.ab(op.NEWV, self, base);
  if (g.info.classInfo!.hasInstanceElements) asm.ab(op.INITFIELDS, self, callee);
  asm.ab(op.RETD, self, self);
}

function parameters(g: Generator, params: readonly ast.Pattern[], restRegister: number): void {
  const { info, asm } = g;
  const { scope } = info;
  if (info.simpleParameters) {
    (params as readonly ast.Identifier[]).forEach(({ name }, i) => {
      const binding = scope.bindings.get(name)!;
      if (binding.kind !== "param" && binding.kind !== "function") return;
      // The last of equal names wins.
      if (binding.captured) g.store(binding, i);
      else binding.register = i;
    });
    return;
  }
  // Registers for the names in patterns, and for those that can be seen before they have a value.
  const direct = new Map<Binding, number>();
  params.forEach((parameter, i) => {
    const target = parameter.type === "AssignmentPattern" ? parameter.left : parameter.type === "RestElement" ? parameter.argument : parameter;
    if (target.type !== "Identifier") return;
    const binding = scope.bindings.get(target.name)!;
    if (!binding.captured && !binding.needsHole) direct.set(binding, parameter.type === "RestElement" ? restRegister : i);
  });
  for (const binding of scope.bindings.values()) {
    if (binding.kind !== "param" || binding.captured) continue;
    binding.register = direct.get(binding) ?? g.temp();
    if (binding.needsHole) asm.a(op.LOADHOLE, binding.register);
  }
  g.floor = g.top;
  params.forEach((parameter, i) => {
    const mark = g.top;
    let target = parameter;
    let value = i;
    if (target.type === "RestElement") {
      target = target.argument;
      value = restRegister;
    } else if (target.type === "AssignmentPattern") {
      const given = new Label();
      asm.jumpIf(op.JNUNDEF, value, given);
      if (target.left.type === "Identifier") intoNamed(g, target.right, value, target.left.name);
      else into(g, target.right, value);
      asm.bind(given);
      target = target.left;
    }
    destructure(g, target, value, "init");
    g.top = mark;
  });
}

/** The body of a function whose parameters have expressions has variables of its own; those named like a parameter start with its value. */
function enterBodyScope(g: Generator): void {
  const { scope, bodyScope } = g.info;
  for (const binding of bodyScope.bindings.values()) {
    if (binding.kind !== "var") continue;
    const parameter = scope.bindings.get(binding.name);
    if (parameter?.kind !== "param" && parameter?.kind !== "arguments") continue;
    if (!binding.captured) binding.register = g.temp();
    const mark = g.top;
    g.store(binding, g.bindingOperand(parameter));
    g.top = mark;
    binding.startsWithParameter = true;
  }
}

/** Registers and first values of the variables of a function's top level; `captured`: only of those that are, or are not. */
export function hoistDeclarations(g: Generator, scope: Scope, captured?: boolean): void {
  let undefinedRegister = -1;
  const vars: Binding[] = [];
  for (const binding of scope.bindings.values()) {
    if (captured !== undefined && binding.captured !== captured) continue;
    switch (binding.kind) {
      case "var":
        if (!binding.startsWithParameter) vars.push(binding);
        break;
      case "let":
      case "const":
      case "class":
      case "function":
        declareLexical(g, binding, scope, false);
        break;
    }
  }
  if (g.unit.isModule || g.unit.library || g.info.kind !== "main") {
    for (const binding of vars) {
      // Fresh registers hold undefined, slots of heap Scopes do not.
      if (!binding.captured) binding.register = g.temp();
      else {
        if (undefinedRegister < 0) {
          undefinedRegister = g.temp();
          g.loadUndefined(undefinedRegister);
        }
        g.store(binding, undefinedRegister);
      }
    }
  }
}

/** Register for a block-scoped binding; HOLE where a use may come before the value. `again`: the slot may hold an older value. */
export function declareLexical(g: Generator, binding: Binding, scope: Scope, again: boolean): void {
  if ((g.unit.isScript && scope.parent === null) || (binding.kind === "self" && binding.references === 0)) return;
  if (!binding.captured) {
    if (binding.register >= 0 && binding.kind === "function" && scope === g.info.scope) return;
    binding.register = g.temp();
    if (binding.needsHole) g.asm.a(op.LOADHOLE, binding.register);
  } else if (binding.needsHole && again) {
    const mark = g.top;
    const hole = g.temp();
    g.asm.a(op.LOADHOLE, hole);
    g.store(binding, hole);
    g.top = mark;
  }
}

/** Function declarations get their closures when their block is entered; of equal names the last wins. */
export function hoistFunctions(g: Generator, scope: Scope, captured?: boolean): void {
  const list = scope.functions;
  if (!list) return;
  const last = new Map<string, ast.FunctionDeclaration>();
  for (const node of list) last.set(node.id?.name ?? "*default*", node);
  for (const [name, node] of last) {
    const mark = g.top;
    const binding = scope.bindings.get(name);
    if (captured !== undefined && binding?.captured !== captured) continue;
    const register = binding ? g.localRegister(binding) : -1;
    const isGlobal = g.unit.isScript && scope.parent === null;
    const target = register >= 0 && !isGlobal ? register : g.temp();
    compileClosure(g, node, target, name === "*default*" ? "default" : name);
    if (isGlobal) g.asm.wa(op.DECLFN, g.string(name), target);
    else g.store(binding!, target);
    g.top = mark;
  }
}

/** Global declarations of a script (ECMA-262 16.1.7). */
function scriptDeclarations(g: Generator): void {
  const functions = new Set((g.info.scope.functions ?? []).map((node) => node.id.name));
  g.asm.at(0);
  for (const binding of g.info.scope.bindings.values()) {
    if (binding.kind === "let" || binding.kind === "const" || binding.kind === "class")
      g.asm.wa(op.DECLLEX, g.string(binding.name), binding.kind === "const" ? 1 : 0);
  }
  for (const binding of g.info.scope.bindings.values()) {
    if (binding.kind === "var" && !functions.has(binding.name)) g.asm.w(op.DECLVAR, g.string(binding.name));
  }
}
