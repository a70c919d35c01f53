/** Calls, `new`, super calls and tagged templates. A call's window is at the top of the registers: callee, this, arguments. */
import { constantKinds } from "@zerostart/bytecode/layout.ts";
import type * as ast from "acorn";
import type { Template } from "@zerostart/bytecode/model.ts";
import { Label } from "./assembler.ts";
import { getMember, into, operand, getPlace, superPlace } from "./expressions.ts";
import type { Generator } from "./generator.ts";
import { compileLibraryCall } from "./library.ts";
import { appendElements } from "./literals.ts";
import * as op from "./ops.ts";

/** More arguments than this go through an array. */
const MAX_DIRECT_ARGUMENTS = 100;
/** Many arguments stay below this register, so that what computes them has room. */
const LAST_DIRECT = 230;

/** Two registers for callee and this; dst is the first when it is the topmost temporary. */
function callWindow(g: Generator, dst: number): number {
  if (dst === g.top - 1 && g.isTemp(dst)) {
    g.temps(1);
    return dst;
  }
  return g.temps(2);
}

/** Whether every argument is a single value and they fit into a call window at `base`. */
const isDirect = (list: readonly (ast.Expression | ast.SpreadElement)[], base: number): list is readonly ast.Expression[] =>
  list.length <= MAX_DIRECT_ARGUMENTS && (list.length < 8 || base + list.length <= LAST_DIRECT) && list.every((argument) => argument.type !== "SpreadElement");

/** Arguments from register base + 2 on; returns their number, or -1 when R[base + 2] is an array of them. */
function compileArguments(g: Generator, base: number, list: readonly (ast.Expression | ast.SpreadElement)[]): number {
  g.top = base + 2;
  // Arguments are no part of an optional chain around the call.
  const { chain } = g;
  g.chain = null;
  const direct = isDirect(list, base);
  if (direct) {
    for (const argument of list) {
      const register = g.temp();
      into(g, argument, register);
    }
  } else {
    const array = g.temp();
    g.asm.aw(op.NEWARR, array, Math.min(list.length, 0xffff));
    appendElements(g, array, list);
  }
  g.chain = chain;
  return direct ? list.length : -1;
}

export function compileCall(g: Generator, node: ast.CallExpression, dst: number): void {
  const { callee } = node;
  if (callee.type === "Super") {
    compileSuperCall(g, node, callee, dst);
    return;
  }
  if (compileLibraryCall(g, node, dst)) return;
  callInWindow(g, node, callWindow(g, dst), dst);
}

/** A call whose window starts at `base`, the topmost two registers. */
function callInWindow(g: Generator, node: ast.CallExpression, base: number, dst: number): void {
  let callee = node.callee as ast.Expression;
  while (callee.type === "ParenthesizedExpression") callee = callee.expression;
  const hasThis = compileCallee(g, callee, base);
  if (node.optional) g.asm.jumpIf(op.JNULLISH, base, g.chain!.nullish);
  const position = callee.type === "MemberExpression" ? callee.property.start : node.start;
  finishCall(g, base, hasThis, node.arguments, position, dst);
}

function finishCall(g: Generator, base: number, hasThis: boolean, list: readonly (ast.Expression | ast.SpreadElement)[], position: number, dst: number): void {
  const { asm } = g;
  const direct = isDirect(list, base);
  if (!hasThis && !direct) g.loadUndefined(base + 1);
  const count = compileArguments(g, base, list);
  asm.at(position);
  if (count < 0) asm.ab(op.CALLV, dst, base);
  else asm.abc(hasThis ? op.CALL : op.CALLU, dst, base, count);
}

/** The callee in R[base]; true when R[base + 1] received a `this`. */
function compileCallee(g: Generator, callee: ast.Expression, base: number): boolean {
  const { asm } = g;
  if (callee.type === "MemberExpression") {
    if (callee.object.type === "Super") {
      const place = superPlace(g, callee, callee.object, callee.end, true);
      getPlace(g, place, base);
      g.move(base + 1, place.self);
    } else {
      receiver(g, callee.object, base);
      getMember(g, callee, base + 1, base);
    }
    g.top = base + 2;
    return true;
  }
  if (callee.type === "ChainExpression" && callee.expression.type === "MemberExpression") {
    // (a?.b)(): the chain ends at the parenthesis, its `this` stays.
    const saved = g.chain;
    const nullish = new Label();
    const end = new Label();
    g.chain = { nullish };
    compileCallee(g, callee.expression, base);
    g.chain = saved;
    asm.jump(end);
    asm.bind(nullish);
    g.loadUndefined(base);
    g.loadUndefined(base + 1);
    asm.bind(end);
    return true;
  }
  into(g, callee, base);
  return false;
}

/** The object of a method call in R[base + 1]. Calls in it use the same window, so that a long chain of calls needs no more registers. */
function receiver(g: Generator, node: ast.Expression, base: number): void {
  if (node.type === "CallExpression" && node.callee.type !== "Super" && !g.unit.library) {
    g.position = node.start;
    callInWindow(g, node, base, base + 1);
  } else if (node.type === "MemberExpression" && node.object.type !== "Super" && !g.unit.library) {
    receiver(g, node.object, base);
    getMember(g, node, base + 1, base + 1);
  } else into(g, node, base + 1);
  g.top = base + 2;
}

export function compileNew(g: Generator, node: ast.NewExpression, dst: number): void {
  const base = callWindow(g, dst);
  into(g, node.callee, base);
  g.move(base + 1, base);
  const count = compileArguments(g, base, node.arguments);
  g.asm.at(node.start);
  if (count < 0) g.asm.ab(op.NEWV, dst, base);
  else g.asm.abc(op.NEW, dst, base, count);
}

function compileSuperCall(g: Generator, node: ast.CallExpression, callee: ast.Super, dst: number): void {
  const { asm } = g;
  const base = g.temps(2);
  const constructor = g.referenceOperand(callee, "super");
  asm.at(node.start);
  asm.ab(op.GETPROTO, base, constructor);
  g.readReference(callee.targetReference!, "new.target", base + 1);
  const count = compileArguments(g, base, node.arguments);
  asm.at(node.start);
  if (count < 0) asm.ab(op.NEWV, base, base);
  else asm.abc(op.NEW, base, base, count);
  g.top = base + 1;
  bindThis(g, callee, base, node);
  g.move(dst, base);
}

/** What super() does with its result: bind `this`, which must not be bound yet, and run the field initialisers. */
function bindThis(g: Generator, callee: ast.Super, value: number, node: ast.Node): void {
  const { asm } = g;
  const info = callee.constructorInfo!;
  const binding = callee.thisReference!.binding!;
  const mark = g.top;
  const surelyFirst = info === g.info && info.superCalls === 1 && node.end <= info.superCalledFrom;
  if (!surelyFirst) {
    const unbound = new Label();
    const hole = g.temp();
    asm.a(op.LOADHOLE, hole);
    asm.compareJump(op.JSEQ, g.bindingOperand(binding), hole, unbound);
    asm.at(node.start);
    g.throwError("ReferenceError", "Super constructor may only be called once");
    asm.bind(unbound);
  }
  g.top = mark;
  g.store(binding, value);
  if (info.classInfo?.hasInstanceElements) {
    asm.at(node.start);
    asm.ab(op.INITFIELDS, value, g.referenceOperand(callee, "super"));
  }
  g.top = mark;
}

export function compileTaggedTemplate(g: Generator, node: ast.TaggedTemplateExpression, dst: number): void {
  const { unit } = g;
  const base = g.temps(2);
  let tag = node.tag;
  while (tag.type === "ParenthesizedExpression") tag = tag.expression;
  const hasThis = compileCallee(g, tag, base);
  g.top = base + 2;
  const parts: Template[] = node.quasi.quasis.map(({ value }) => ({
    cooked: typeof value.cooked === "string" ? unit.string(value.cooked) : -1,
    raw: unit.string(value.raw),
  }));
  const index = unit.templates.push(parts) - 1;
  const template = g.temp();
  g.asm.aw(op.TEMPLATE, template, g.constant(constantKinds.TEMPLATE, index));
  const items = node.quasi.expressions;
  if (items.length < MAX_DIRECT_ARGUMENTS) {
    for (const item of items) into(g, item, g.temp());
    g.asm.at(node.start);
    g.asm.abc(hasThis ? op.CALL : op.CALLU, dst, base, items.length + 1);
    return;
  }
  if (!hasThis) g.loadUndefined(base + 1);
  const first = g.temp();
  g.move(first, template);
  g.asm.aw(op.NEWARR, template, items.length + 1);
  g.asm.ab(op.APPEND, template, first);
  for (const item of items) {
    const mark = g.top;
    g.asm.ab(op.APPEND, template, operand(g, item, item.end));
    g.top = mark;
  }
  g.asm.at(node.start);
  g.asm.ab(op.CALLV, dst, base);
}
