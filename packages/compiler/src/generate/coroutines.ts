/** await, yield and yield*. */
import type * as ast from "acorn";
import { Label } from "./assembler.ts";
import { into, operand } from "./expressions.ts";
import type { Generator } from "./generator.ts";
import * as op from "./ops.ts";

export function compileAwait(g: Generator, node: ast.AwaitExpression, dst: number): void {
  const value = operand(g, node.argument, node.end);
  g.asm.at(node.start);
  g.asm.ab(op.AWAIT, dst, value);
}

/** After YIELD: R[resumed + 1] tells whether return() was called; then the function returns R[resumed] through its finally blocks. */
function returnWhenAsked(g: Generator, resumed: number): void {
  const next = new Label();
  g.asm.jumpIf(op.JF, resumed + 1, next);
  if (g.info.async) g.asm.ab(op.AWAIT, resumed, resumed);
  g.leaveFunction(resumed);
  g.asm.bind(next);
}

export function compileYield(g: Generator, node: ast.YieldExpression, dst: number): void {
  const { asm } = g;
  if (node.delegate) {
    yieldDelegate(g, node, dst);
    return;
  }
  const resumed = g.temps(2);
  if (node.argument) into(g, node.argument, resumed);
  else g.loadUndefined(resumed);
  asm.at(node.start);
  if (g.info.async) asm.ab(op.AWAIT, resumed, resumed);
  asm.ab(op.YIELD, resumed, resumed);
  returnWhenAsked(g, resumed);
  g.move(dst, resumed);
}

/** ECMA-262 15.5.5, `yield* AssignmentExpression`. The inner iterator's results are unwrapped and yielded anew. */
function yieldDelegate(g: Generator, node: ast.YieldExpression, dst: number): void {
  const { asm } = g;
  const isAsync = g.info.async;
  const base = g.temps(2);
  const call = g.temps(3); // callee, this, argument; the result lands in `call`
  const value = g.temp();
  const resumed = g.temps(2);
  const exception = g.temp();
  into(g, node.argument!, value);
  asm.at(node.start);
  asm.ab(isAsync ? op.GETASYNCITER : op.GETSYNCITER, base, value);
  const next = new Label();
  const result = new Label();
  const suspend = new Label();
  const thrown = new Label();
  const done = new Label();
  g.loadUndefined(resumed);
  asm.bindLoop(next, !asm.dead);
  g.move(call, base + 1);
  g.move(call + 1, base);
  g.move(call + 2, resumed);
  asm.abc(op.CALL, call, call, 1);
  asm.bind(result);
  result.uses++;
  if (isAsync) asm.ab(op.AWAIT, call, call);
  asm.ab(op.ITERRESULT, value, call);
  asm.jumpIf(op.JDONE, value, done);
  asm.bind(suspend);
  const region = asm.openRegion(thrown, exception);
  asm.ab(op.YIELD, resumed, value);
  if (isAsync) {
    const wanted = new Label();
    asm.jumpIf(op.JF, resumed + 1, wanted);
    asm.ab(op.AWAIT, resumed, resumed);
    asm.bind(wanted);
  }
  asm.closeRegion(region);
  asm.jumpIf(op.JF, resumed + 1, next);

  // return(): hand it to the inner iterator.
  const noReturn = new Label();
  const returned = new Label();
  asm.abw(op.GETPROP, call, base, g.site("return"));
  asm.jumpIf(op.JNULLISH, call, noReturn);
  g.move(call + 1, base);
  g.move(call + 2, resumed);
  asm.abc(op.CALL, call, call, 1);
  if (isAsync) asm.ab(op.AWAIT, call, call);
  asm.ab(op.ITERRESULT, value, call);
  const finished = new Label();
  asm.jumpIf(op.JDONE, value, finished);
  asm.jump(suspend);
  asm.bind(finished);
  asm.abw(op.GETPROP, resumed, call, g.site("value"));
  if (isAsync) asm.ab(op.AWAIT, resumed, resumed);
  asm.jump(returned);
  asm.bind(noReturn);
  if (isAsync) asm.ab(op.AWAIT, resumed, resumed);
  asm.bind(returned);
  g.leaveFunction(resumed);

  // throw(): the same, but an inner iterator without throw() is closed and the protocol is violated.
  asm.bind(thrown);
  const noThrow = new Label();
  asm.abw(op.GETPROP, call, base, g.site("throw"));
  asm.jumpIf(op.JNULLISH, call, noThrow);
  g.move(call + 1, base);
  g.move(call + 2, exception);
  asm.abc(op.CALL, call, call, 1);
  asm.jump(result);
  asm.bind(noThrow);
  g.closeIterator(base, isAsync);
  g.throwError("TypeError", "The iterator does not provide a 'throw' method");

  asm.bind(done);
  asm.abw(op.GETPROP, dst, call, g.site("value"));
}
