/** Statements. */
import type * as ast from "acorn";
import { CompileError } from "../diagnostics.ts";
import type { Binding, Scope } from "../scope.ts";
import { Label } from "./assembler.ts";
import { compileClass } from "./classes.ts";
import { constantOf, isAnonymousFunction, writesLast } from "./constants.ts";
import { assignableRegister, condition, effect, intoNamed, operand } from "./expressions.ts";
import { declareLexical, hoistFunctions } from "./functions.ts";
import type { FinallyControl, Generator, SwitchTable } from "./generator.ts";
import * as op from "./ops.ts";
import { destructure, destructureExpression } from "./patterns.ts";

/** Fewer cases than this are compared one by one. */
const MIN_TABLE = 4;
const MAX_TABLE_INTEGER = 2 ** 30;

export function statements(g: Generator, list: readonly ast.Statement[]): void {
  for (const node of list) statement(g, node);
}

/** Registers, heap Scope and function declarations of a block. */
/** A block that declares nothing has no scope. */
export function enterBlock(g: Generator, scope: Scope | undefined): void {
  g.blockMarks.push(g.pinned, g.top);
  if (scope) {
    if (scope.materialised) g.newHeapScope(scope, g.temp());
    declareBlock(g, scope);
  }
  g.pinned = g.top;
}

function declareBlock(g: Generator, scope: Scope): void {
  const again = scope.loopDepth > 0 && scope.container !== scope;
  for (const binding of scope.bindings.values()) {
    // A simple catch parameter is the register of the exception.
    if (binding.kind !== "catch") declareLexical(g, binding, scope, again);
    else if (!binding.captured && binding.register < 0) binding.register = g.temp();
  }
  // `var` of a static block
  for (const binding of scope.bindings.values()) {
    if (binding.kind !== "var") continue;
    const mark = g.top;
    const temp = g.temp();
    g.loadUndefined(temp);
    g.store(binding, temp);
    g.top = mark;
  }
  hoistFunctions(g, scope);
}

export function leaveBlock(g: Generator, scope: Scope | undefined): void {
  if (scope?.materialised) g.popHeapScope();
  g.top = g.blockMarks.pop()!;
  g.pinned = g.blockMarks.pop()!;
}

export function statement(g: Generator, node: ast.Statement): void {
  if (g.asm.dead) return;
  const mark = g.top;
  const { floor } = g;
  g.floor = mark;
  g.position = node.start;
  const labels = g.pendingLabels;
  if (labels.length > 0 && node.type !== "LabeledStatement") g.pendingLabels = [];
  switch (node.type) {
    case "ExpressionStatement":
      effect(g, node.expression);
      break;
    case "VariableDeclaration":
      variableDeclaration(g, node);
      break;
    case "FunctionDeclaration":
      blockFunction(g, node);
      break;
    case "ReturnStatement":
      returnStatement(g, node);
      break;
    case "IfStatement":
      labelled(g, labels, () => ifStatement(g, node));
      break;
    case "BlockStatement":
      labelled(g, labels, () => {
        enterBlock(g, node.scope);
        statements(g, node.body);
        leaveBlock(g, node.scope);
      });
      break;
    case "ForStatement":
      forStatement(g, node, labels);
      break;
    case "WhileStatement":
    case "DoWhileStatement":
      whileStatement(g, node, labels);
      break;
    case "ForInStatement":
      forIn(g, node, labels);
      break;
    case "ForOfStatement":
      if (node.await) forAwait(g, node, labels);
      else forOf(g, node, labels);
      break;
    case "ThrowStatement": {
      const value = operand(g, node.argument, node.end);
      g.asm.at(node.start);
      g.asm.a(op.THROW, value);
      break;
    }
    case "TryStatement":
      labelled(g, labels, () => tryStatement(g, node));
      break;
    case "SwitchStatement":
      switchStatement(g, node, labels);
      break;
    case "LabeledStatement":
      g.pendingLabels.push(node.label.name);
      statement(g, node.body);
      g.pendingLabels = [];
      break;
    case "BreakStatement":
    case "ContinueStatement": {
      const target = g.findTarget(node.label ? node.label.name : null, node.type === "ContinueStatement");
      g.leaveTo(target.label, target.depth);
      break;
    }
    case "ClassDeclaration": {
      const binding = node.id.binding;
      const register = g.localRegister(binding);
      const target = register >= 0 ? register : g.temp();
      compileClass(g, node, target, node.id.name);
      if (register < 0) g.initialise(node.id, target);
      break;
    }
    case "DebuggerStatement":
      g.asm.at(node.start);
      g.asm.emit(op.DEBUGGER);
      break;
    case "EmptyStatement":
      break;
    case "WithStatement":
      throw new CompileError("'with' is not supported", node.start);
  }
  g.top = mark;
  g.floor = floor;
}

/** A statement that only a labelled break can leave early. */
function labelled(g: Generator, labels: readonly string[], body: () => void): void {
  if (labels.length === 0) {
    body();
    return;
  }
  const end = new Label();
  g.controls.push({ kind: "jump", labels, breakLabel: end, continueLabel: null, plainBreak: false });
  body();
  g.controls.pop();
  g.asm.bind(end);
}

/** Annex B.3.2.1: reaching the declaration copies the block's function to the `var` of that name. */
function blockFunction(g: Generator, node: ast.FunctionDeclaration): void {
  if (node.outerBinding === undefined) return;
  const inner = g.bindingOperand(node.id.binding!);
  if (node.outerBinding) g.store(node.outerBinding, inner);
  else g.asm.wa(op.SETGLOBAL, g.site(node.id.name), inner);
}

export function variableDeclaration(g: Generator, node: ast.VariableDeclaration): void {
  const isVar = node.kind === "var";
  for (const { id, init, start } of node.declarations) {
    const mark = g.top;
    g.position = start;
    if (!init) {
      if (!isVar) withoutInitialiser(g, id as ast.Identifier);
    } else if (id.type !== "Identifier") destructureExpression(g, id, init, isVar ? "assign" : "init");
    else if (isVar) assignVariable(g, id, init);
    else initialiseVariable(g, id, init);
    g.top = mark;
  }
}

function withoutInitialiser(g: Generator, id: ast.Identifier): void {
  const register = g.localRegister(id.binding);
  if (register >= 0) {
    g.loadUndefined(register);
    return;
  }
  const temp = g.temp();
  g.loadUndefined(temp);
  g.initialise(id, temp);
}

function initialiseVariable(g: Generator, id: ast.Identifier, init: ast.Expression): void {
  const binding = id.binding;
  const register = g.localRegister(binding);
  if (register >= 0 && !binding!.needsHole) {
    g.fresh = register;
    intoNamed(g, init, register, id.name);
    g.fresh = -1;
    return;
  }
  let value: number;
  if (isAnonymousFunction(init)) intoNamed(g, init, (value = g.temp()), id.name);
  else value = operand(g, init, init.end);
  g.initialise(id, value);
}

function assignVariable(g: Generator, id: ast.Identifier, init: ast.Expression): void {
  const register = assignableRegister(g, id);
  if (register >= 0 && writesLast(init)) {
    intoNamed(g, init, register, id.name);
    return;
  }
  let value: number;
  if (isAnonymousFunction(init)) intoNamed(g, init, (value = g.temp()), id.name);
  else value = operand(g, init, init.end);
  g.assign(id, value);
}

function returnStatement(g: Generator, node: ast.ReturnStatement): void {
  const { asm, info } = g;
  const plain = g.controls.every((control) => control.kind === "jump");
  if (!node.argument && plain && info.kind !== "derived") {
    asm.emit(op.RETU);
    return;
  }
  if (node.argument?.type === "ConditionalExpression" && plain && info.kind !== "derived" && !(info.async && info.generator)) {
    returnConditional(g, node.argument);
    return;
  }
  let value: number;
  if (node.argument) {
    value = operand(g, node.argument, node.end);
    if (info.async && info.generator) {
      const awaited = g.temp();
      asm.at(node.start);
      asm.ab(op.AWAIT, awaited, value);
      value = awaited;
    }
  } else g.loadUndefined((value = g.temp()));
  asm.at(node.start);
  g.leaveFunction(value);
}

/** Each branch returns by itself. */
function returnConditional(g: Generator, node: ast.Expression): void {
  const mark = g.top;
  if (node.type === "ConditionalExpression") {
    const otherwise = new Label();
    condition(g, node.test, otherwise, false);
    returnConditional(g, node.consequent);
    g.asm.bind(otherwise);
    returnConditional(g, node.alternate);
  } else g.asm.a(op.RET, operand(g, node, node.end));
  g.top = mark;
}

// Conditionals

/** `x === constant` over one local variable: the comparison a switch table can do. */
function tableTest(node: ast.Expression): { binding: Binding; key: string | number } | null {
  if (node.type !== "BinaryExpression" || node.operator !== "===" || node.left.type !== "Identifier" || !node.left.binding || node.left.check) return null;
  const key = tableKey(node.right);
  return key === undefined ? null : { binding: node.left.binding, key };
}

function tableKey(node: ast.Expression): string | number | undefined {
  const known = constantOf(node);
  if (!known) return undefined;
  const { value } = known;
  if (typeof value === "string") return value;
  if (typeof value === "number" && Number.isInteger(value) && !Object.is(value, -0) && value >= -MAX_TABLE_INTEGER && value < MAX_TABLE_INTEGER) return value;
  return undefined;
}

function addEntry(g: Generator, table: SwitchTable, seen: Set<string | number>, key: string | number, label: Label): void {
  if (seen.has(key)) return;
  seen.add(key);
  const isNumber = typeof key === "number";
  table.entries.push({ isNumber, key: isNumber ? key : g.unit.string(key), label });
  g.asm.useInTable(label);
}

function emitSwitch(g: Generator, register: number, table: SwitchTable): void {
  g.asm.aw(op.SWITCH, register, g.tables.push(table) - 1);
}

function ifStatement(g: Generator, node: ast.IfStatement): void {
  const { asm } = g;
  const end = new Label();
  let current: ast.IfStatement = node;
  for (;;) {
    const chain = dispatchChain(current);
    if (chain) {
      const labels = chain.map(() => new Label());
      const table: SwitchTable = { entries: [] };
      const seen = new Set<string | number>();
      const mark = g.top;
      const register = g.bindingOperand(chain[0]!.binding);
      chain.forEach(({ key }, i) => addEntry(g, table, seen, key, labels[i]!));
      emitSwitch(g, register, table);
      g.top = mark;
      const last = chain[chain.length - 1]!.node;
      if (last.alternate && last.alternate.type !== "IfStatement") statement(g, last.alternate);
      else if (last.alternate) ifStatement(g, last.alternate);
      chain.forEach(({ node: item }, i) => {
        asm.jump(end);
        asm.bind(labels[i]!);
        statement(g, item.consequent);
      });
      break;
    }
    const otherwise = new Label();
    condition(g, current.test, otherwise, false);
    statement(g, current.consequent);
    const alternate: ast.Statement | null | undefined = current.alternate;
    if (!alternate) {
      asm.bind(otherwise);
      break;
    }
    asm.jump(end);
    asm.bind(otherwise);
    if (alternate.type !== "IfStatement") {
      statement(g, alternate);
      break;
    }
    current = alternate;
  }
  asm.bind(end);
}

/** if (x === "a") ... else if (x === "b") ...: long enough runs become one look-up. */
function dispatchChain(node: ast.IfStatement): { node: ast.IfStatement; binding: Binding; key: string | number }[] | null {
  const list: { node: ast.IfStatement; binding: Binding; key: string | number }[] = [];
  let current: ast.Statement | null | undefined = node;
  while (current?.type === "IfStatement") {
    const test = tableTest(current.test);
    if (!test || (list.length > 0 && test.binding !== list[0]!.binding)) break;
    list.push({ node: current, ...test });
    current = current.alternate;
  }
  return list.length >= MIN_TABLE ? list : null;
}

function switchStatement(g: Generator, node: ast.SwitchStatement, labels: readonly string[]): void {
  const { asm } = g;
  const { cases } = node;
  const value = operand(g, node.discriminant, node.end);
  const end = new Label();
  enterBlock(g, node.scope!);
  g.floor = g.top;
  const bodies = cases.map(() => new Label());
  const defaultIndex = cases.findIndex(({ test }) => !test);
  const fallback = defaultIndex < 0 ? end : bodies[defaultIndex]!;
  const keys = cases.map(({ test }) => (test ? tableKey(test) : undefined));
  const isTable = cases.length >= MIN_TABLE && cases.every(({ test }, i) => !test || keys[i] !== undefined);
  if (isTable) {
    const table: SwitchTable = { entries: [] };
    const seen = new Set<string | number>();
    keys.forEach((key, i) => {
      if (key !== undefined) addEntry(g, table, seen, key, bodies[i]!);
    });
    emitSwitch(g, value, table);
  } else {
    cases.forEach(({ test }, i) => {
      if (!test) return;
      const mark = g.top;
      const register = operand(g, test, test.end);
      asm.at(test.start);
      asm.compareJump(op.JSEQ, value, register, bodies[i]!);
      g.top = mark;
    });
  }
  asm.jump(fallback);
  g.controls.push({ kind: "jump", labels, breakLabel: end, continueLabel: null, plainBreak: true });
  cases.forEach(({ consequent }, i) => {
    asm.bind(bodies[i]!);
    statements(g, consequent);
  });
  g.controls.pop();
  leaveBlock(g, node.scope!);
  asm.bind(end);
}

// Loops

function loop(g: Generator, labels: readonly string[], breakLabel: Label, continueLabel: Label, body: () => void): void {
  g.controls.push({ kind: "jump", labels, breakLabel, continueLabel, plainBreak: true });
  body();
  g.controls.pop();
}

function whileStatement(g: Generator, node: ast.WhileStatement | ast.DoWhileStatement, labels: readonly string[]): void {
  const { asm } = g;
  const head = new Label();
  const test = new Label();
  const end = new Label();
  const known = constantOf(node.test);
  if (node.type === "WhileStatement") {
    if (known && !known.value) return;
    if (!known) asm.jump(test);
  }
  asm.bindLoop(head, true);
  loop(g, labels, end, test, () => statement(g, node.body));
  asm.bind(test);
  condition(g, node.test, head, true);
  asm.bind(end);
}

function forStatement(g: Generator, node: ast.ForStatement, labels: readonly string[]): void {
  const { asm } = g;
  const { init, test, update, scope } = node;
  if (scope) enterBlock(g, scope);
  g.floor = g.top;
  if (init?.type === "VariableDeclaration") variableDeclaration(g, init);
  else if (init) effect(g, init);
  const copies = scope?.materialised === true && init?.type === "VariableDeclaration" && init.kind === "let";
  if (copies && node.capturedInInit) asm.ab(op.COPYSCOPE, scope.register, scope.register);
  if (!asm.dead) {
    const head = new Label();
    const next = new Label();
    const check = new Label();
    const end = new Label();
    const known = test ? constantOf(test) : { value: true };
    if (!known) asm.jump(check);
    if (!known || known.value) {
      asm.bindLoop(head, true);
      loop(g, labels, end, next, () => statement(g, node.body));
      asm.bind(next);
      if (copies) asm.ab(op.COPYSCOPE, scope.register, scope.register);
      if (update) effect(g, update);
      asm.bind(check);
      if (test) condition(g, test, head, true);
      else asm.jump(head);
      asm.bind(end);
    }
  }
  if (scope) leaveBlock(g, scope);
}

/** What for-in and for-of do with each value. */
function bindEach(g: Generator, node: ast.ForInStatement | ast.ForOfStatement, value: number): void {
  const { left } = node;
  const mark = g.top;
  if (left.type === "VariableDeclaration") destructureEach(g, left.declarations[0]!.id, value, left.kind === "var" ? "assign" : "init");
  else destructureEach(g, left, value, "assign");
  g.top = mark;
}

function destructureEach(g: Generator, pattern: ast.Pattern, value: number, mode: "init" | "assign"): void {
  if (pattern.type === "Identifier" && mode === "init" && g.localRegister(pattern.binding) === value) return;
  destructure(g, pattern, value, mode);
}

/** The variable's own register when each value can go there directly. */
function eachRegister(g: Generator, node: ast.ForInStatement | ast.ForOfStatement): number {
  const { left } = node;
  if (left.type === "VariableDeclaration" && left.kind !== "var") {
    const { id } = left.declarations[0]!;
    const register = id.type === "Identifier" ? g.localRegister(id.binding) : -1;
    if (register >= 0) return register;
  }
  return g.temp();
}

/** The object to go over, evaluated with the loop's variables in their dead zone; then their scope is set up. */
function eachHead(g: Generator, node: ast.ForInStatement | ast.ForOfStatement, start: (value: number) => void): void {
  const { scope, left } = node;
  if (left.type === "VariableDeclaration" && left.kind === "var" && left.declarations[0]!.init) variableDeclaration(g, left);
  g.blockMarks.push(g.top);
  const early = scope?.materialised === true && (node.capturedInHead === true || scope.captured.some(({ needsHole }) => needsHole));
  if (scope) {
    if (scope.materialised) {
      const register = g.temp();
      // The head sees the variables too, never initialised.
      if (early) g.newHeapScope(scope, register);
      else scope.register = register;
    }
    declareBlock(g, scope);
  }
  g.floor = g.top;
  const mark = g.top;
  start(operand(g, node.right, node.right.end));
  g.top = mark;
  if (early) g.popHeapScope();
}

function enterIteration(g: Generator, scope: Scope | undefined): void {
  if (scope?.materialised) g.newHeapScope(scope, scope.register);
}

function leaveIteration(g: Generator, scope: Scope | undefined): void {
  if (scope?.materialised) g.popHeapScope();
}

function forIn(g: Generator, node: ast.ForInStatement, labels: readonly string[]): void {
  const { asm } = g;
  const base = g.temps(2);
  eachHead(g, node, (value) => {
    asm.at(node.right.start);
    asm.ab(op.FORIN, base, value);
  });
  if (!asm.dead) {
    const head = new Label();
    const next = new Label();
    const end = new Label();
    const value = eachRegister(g, node);
    asm.jump(next);
    asm.bindLoop(head, true);
    enterIteration(g, node.scope);
    g.floor = g.top;
    bindEach(g, node, value);
    loop(g, labels, end, next, () => statement(g, node.body));
    leaveIteration(g, node.scope);
    asm.bind(next);
    asm.at(node.right.start);
    asm.ab(op.FORINNEXT, value, base);
    asm.jumpIf(op.JNDONE, value, head);
    asm.bind(end);
  }
  g.top = g.blockMarks.pop()!;
  g.pinned = g.blockMarks.pop()!;
}

function forOf(g: Generator, node: ast.ForOfStatement, labels: readonly string[]): void {
  const { asm } = g;
  const base = g.temps(2);
  const exception = g.temp();
  eachHead(g, node, (value) => {
    asm.at(node.right.start);
    asm.ab(op.GETITER, base, value);
  });
  if (!asm.dead) {
    const head = new Label();
    const next = new Label();
    const end = new Label();
    const failed = new Label();
    const value = eachRegister(g, node);
    asm.jump(next);
    // break leaves through the iterator, continue stays inside of it.
    g.controls.push({ kind: "jump", labels, breakLabel: end, continueLabel: null, plainBreak: true });
    const region = asm.openRegion(failed, exception);
    g.controls.push({ kind: "iterator", base, async: false, region });
    g.controls.push({ kind: "jump", labels, breakLabel: null, continueLabel: next, plainBreak: false });
    asm.bindLoop(head, true);
    enterIteration(g, node.scope);
    g.floor = g.top;
    bindEach(g, node, value);
    statement(g, node.body);
    leaveIteration(g, node.scope);
    g.controls.length -= 3;
    asm.bind(next);
    asm.at(node.right.start);
    asm.ab(op.ITERNEXT, value, base);
    asm.closeRegion(region);
    asm.jumpIf(op.JNDONE, value, head);
    asm.jump(end);
    asm.bind(failed);
    asm.a(op.ITERCLOSEQ, base);
    asm.a(op.THROW, exception);
    asm.bind(end);
  }
  g.top = g.blockMarks.pop()!;
  g.pinned = g.blockMarks.pop()!;
}

function forAwait(g: Generator, node: ast.ForOfStatement, labels: readonly string[]): void {
  const { asm } = g;
  const base = g.temps(2);
  const exception = g.temp();
  eachHead(g, node, (value) => {
    asm.at(node.right.start);
    asm.ab(op.GETASYNCITER, base, value);
  });
  if (!asm.dead) {
    const head = new Label();
    const next = new Label();
    const end = new Label();
    const failed = new Label();
    const rethrow = new Label();
    const value = eachRegister(g, node);
    asm.jump(next);
    asm.bindLoop(head, true);
    g.controls.push({ kind: "jump", labels, breakLabel: end, continueLabel: null, plainBreak: true });
    const region = asm.openRegion(failed, exception);
    g.controls.push({ kind: "iterator", base, async: true, region });
    g.controls.push({ kind: "jump", labels, breakLabel: null, continueLabel: next, plainBreak: false });
    enterIteration(g, node.scope);
    g.floor = g.top;
    bindEach(g, node, value);
    statement(g, node.body);
    leaveIteration(g, node.scope);
    g.controls.length -= 3;
    asm.closeRegion(region);
    asm.bind(next);
    // Errors of next() and of its promise do not close the iterator.
    const call = g.temps(2);
    g.move(call, base + 1);
    g.move(call + 1, base);
    asm.at(node.right.start);
    asm.abc(op.CALL, call, call, 0);
    asm.ab(op.AWAIT, call, call);
    asm.ab(op.ITERRESULT, value, call);
    asm.jumpIf(op.JNDONE, value, head);
    asm.jump(end);
    // An error of the body goes on, whatever closing the iterator does.
    asm.bind(failed);
    const quiet = asm.openRegion(rethrow, call);
    asm.abw(op.GETPROP, call, base, g.site("return"));
    asm.jumpIf(op.JNULLISH, call, rethrow);
    g.move(call + 1, base);
    asm.abc(op.CALL, call, call, 0);
    asm.ab(op.AWAIT, call, call);
    asm.closeRegion(quiet);
    asm.bind(rethrow);
    asm.a(op.THROW, exception);
    asm.bind(end);
  }
  g.top = g.blockMarks.pop()!;
  g.pinned = g.blockMarks.pop()!;
}

// try

function tryStatement(g: Generator, node: ast.TryStatement): void {
  const { asm } = g;
  if (!node.finalizer) {
    tryCatch(g, node);
    return;
  }
  const how = g.temp();
  const value = g.temp();
  const entry = new Label();
  const thrown = new Label();
  const region = asm.openRegion(thrown, value);
  const control: FinallyControl = { kind: "finally", region, how, value, entry, routes: [] };
  g.controls.push(control);
  if (node.handler) tryCatch(g, node);
  else statement(g, node.block);
  g.controls.pop();
  asm.closeRegion(region);
  const completes = !asm.dead;
  if (completes) {
    g.loadInteger(how, 0);
    asm.jump(entry);
  }
  asm.bind(thrown);
  const catches = !asm.dead;
  g.loadInteger(how, 1);
  asm.bind(entry);
  statement(g, node.finalizer);
  if (asm.dead) return;
  const end = new Label();
  const rethrow = new Label();
  const labels = control.routes.map(() => new Label());
  if (completes || control.routes.length > 0) {
    const table: SwitchTable = { entries: [] };
    if (catches) table.entries.push({ isNumber: true, key: 1, label: rethrow });
    labels.forEach((label, i) => table.entries.push({ isNumber: true, key: i + 2, label }));
    for (const { label } of table.entries) asm.useInTable(label);
    emitSwitch(g, how, table);
    if (completes) asm.jump(end);
    asm.bind(rethrow);
  }
  asm.a(op.THROW, value);
  control.routes.forEach((target, i) => {
    asm.bind(labels[i]!);
    if (target === null) g.leaveFunction(value);
    else g.leaveTo(target, depthOf(g, target));
  });
  if (completes) asm.bind(end);
}

/** Control stack depth just inside of the statement that a label belongs to. */
function depthOf(g: Generator, target: Label): number {
  for (let i = g.controls.length - 1; i >= 0; i--) {
    const control = g.controls[i]!;
    if (control.kind === "jump" && (control.breakLabel === target || control.continueLabel === target)) return i + 1;
  }
  throw new Error("a jump target is not on the control stack");
}

function tryCatch(g: Generator, node: ast.TryStatement): void {
  const { asm } = g;
  const handler = node.handler!;
  const exception = g.temp();
  const caught = new Label();
  const end = new Label();
  const region = asm.openRegion(caught, exception);
  g.controls.push({ kind: "catch", region });
  statement(g, node.block);
  g.controls.pop();
  asm.closeRegion(region);
  asm.jump(end);
  asm.bind(caught);
  if (!asm.dead) {
    const scope = handler.scope!;
    const { param } = handler;
    if (param?.type === "Identifier" && param.binding && !param.binding.captured) param.binding.register = exception;
    enterBlock(g, scope);
    g.floor = g.top;
    if (param) destructure(g, param, exception, "init");
    statement(g, handler.body);
    leaveBlock(g, scope);
  }
  asm.bind(end);
}
