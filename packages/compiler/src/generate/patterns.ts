/** Destructuring: binding patterns and assignment patterns. Array patterns close their iterator on the way out. */
import type * as ast from "acorn";
import { Label } from "./assembler.ts";
import { constantOf, isArrayIndex, staticKey } from "./constants.ts";
import { assignableRegister, emitGet, intoNamed, into, operand, preparePlace, setPlace, type Place } from "./expressions.ts";
import type { Generator } from "./generator.ts";
import { loadKey } from "./literals.ts";
import * as op from "./ops.ts";

/** "init": first value of let, const, class, parameters; "assign": ordinary assignment, also of `var`. */
export type Mode = "init" | "assign";

/** Distributes the value of a register over a pattern. The register is not written. */
export function destructure(g: Generator, pattern: ast.Pattern, value: number, mode: Mode): void {
  const mark = g.top;
  switch (pattern.type) {
    case "Identifier":
      if (mode === "init") g.initialise(pattern, value);
      else g.assign(pattern, value);
      break;
    case "MemberExpression":
      setPlace(g, preparePlace(g, pattern, pattern.end), value);
      break;
    case "ObjectPattern":
      objectPattern(g, pattern, value, mode);
      break;
    case "ArrayPattern":
      arrayPattern(g, pattern, value, mode);
      break;
    case "AssignmentPattern": {
      const temp = g.temp();
      g.move(temp, value);
      withDefault(g, temp, pattern.right, pattern.left);
      destructure(g, pattern.left, temp, mode);
      break;
    }
    case "RestElement":
      destructure(g, pattern.argument, value, mode);
      break;
  }
  g.top = mark;
}

/** When the register holds undefined, the default takes its place. */
function withDefault(g: Generator, register: number, value: ast.Expression, target: ast.Pattern): void {
  const given = new Label();
  g.asm.jumpIf(op.JNUNDEF, register, given);
  if (target.type === "Identifier") intoNamed(g, value, register, target.name);
  else into(g, value, register);
  g.asm.bind(given);
}

/** One element: evaluates the target's place first, then `fetch` gives the value, then the default, then the store. */
function element(g: Generator, pattern: ast.Pattern, mode: Mode, fetch: (dst: number) => void): void {
  const mark = g.top;
  const target = pattern.type === "AssignmentPattern" ? pattern.left : pattern;
  const initial = pattern.type === "AssignmentPattern" ? pattern.right : null;
  let place: Place | null = null;
  let register = -1;
  if (target.type === "MemberExpression") place = preparePlace(g, target, pattern.end);
  else if (target.type === "Identifier") {
    const binding = target.binding;
    // A fresh variable that nobody can read yet takes the value directly.
    if (mode === "init") register = binding && !binding.needsHole ? g.localRegister(binding) : -1;
    else if (initial === null) register = assignableRegister(g, target);
  }
  const value = register >= 0 ? register : g.temp();
  fetch(value);
  if (initial) withDefault(g, value, initial, target);
  if (place) setPlace(g, place, value);
  else if (register < 0) destructure(g, target, value, mode);
  g.top = mark;
}

function objectPattern(g: Generator, pattern: ast.ObjectPattern, value: number, mode: Mode): void {
  const { asm } = g;
  const { properties } = pattern;
  const last = properties.at(-1);
  const rest = last?.type === "RestElement" ? last : null;
  const first = properties[0];
  if (!first || first === rest || (first.type === "Property" && staticKey(first) === undefined)) {
    asm.at(pattern.start);
    asm.a(op.REQOBJ, value);
  }
  const named = (rest ? properties.slice(0, -1) : properties) as ast.AssignmentProperty[];
  // Rest needs the keys again, in consecutive registers.
  const keys = rest ? g.temps(named.length) : -1;
  named.forEach((property, i) => {
    const mark = g.top;
    const key = staticKey(property);
    let keyRegister = rest ? keys + i : -1;
    if (key === undefined) {
      if (keyRegister < 0) keyRegister = g.temp();
      into(g, property.key, keyRegister);
      if (constantOf(property.key) === undefined) {
        asm.at(property.key.start);
        asm.ab(op.TOKEY, keyRegister, keyRegister);
      }
    }
    element(g, property.value, mode, (dst) => {
      asm.at(property.start);
      if (key !== undefined && !isArrayIndex(key)) emitGet(g, dst, value, key);
      else {
        if (key !== undefined) {
          if (keyRegister < 0) keyRegister = g.temp();
          loadKey(g, key, keyRegister);
        }
        asm.abc(op.GETELEM, dst, value, keyRegister);
      }
    });
    g.top = mark;
  });
  if (!rest) return;
  element(g, rest.argument, mode, (dst) => {
    named.forEach((property, i) => {
      const key = staticKey(property);
      if (key !== undefined) loadKey(g, key, keys + i);
    });
    asm.at(rest.start);
    asm.abcd(op.COPYREST, dst, value, keys, named.length);
  });
}

function arrayPattern(g: Generator, pattern: ast.ArrayPattern, value: number, mode: Mode): void {
  const { asm } = g;
  const base = g.temps(2);
  const exception = g.temp();
  asm.at(pattern.start);
  asm.ab(op.GETITER, base, value);
  if (asm.dead) return;
  const failed = new Label();
  const region = asm.openRegion(failed, exception);
  g.controls.push({ kind: "iterator", base, async: false, region });
  const { pinned } = g;
  g.pinned = g.top;
  for (const item of pattern.elements) {
    if (item === null) {
      const mark = g.top;
      asm.at(pattern.start);
      asm.ab(op.ITERVALUE, g.temp(), base);
      g.top = mark;
    } else if (item.type === "RestElement") {
      element(g, item.argument, mode, (dst) => {
        const array = g.scratch(dst);
        const next = g.temp();
        const loop = new Label();
        const end = new Label();
        asm.aw(op.NEWARR, array, 0);
        asm.bindLoop(loop, !asm.dead);
        asm.at(item.start);
        asm.ab(op.ITERNEXT, next, base);
        asm.jumpIf(op.JDONE, next, end);
        asm.ab(op.APPEND, array, next);
        asm.jump(loop);
        asm.bind(end);
        g.move(dst, array);
      });
    } else {
      element(g, item, mode, (dst) => {
        asm.at(item.start);
        asm.ab(op.ITERVALUE, dst, base);
      });
    }
  }
  g.pinned = pinned;
  g.controls.pop();
  asm.closeRegion(region);
  asm.at(pattern.start);
  asm.a(op.ITERCLOSE, base);
  const end = new Label();
  asm.jump(end);
  asm.bind(failed);
  asm.a(op.ITERCLOSEQ, base);
  asm.a(op.THROW, exception);
  asm.bind(end);
}

/** A pattern's value from an expression, which local variables of the pattern must not change. */
export function destructureExpression(g: Generator, pattern: ast.Pattern, init: ast.Expression, mode: Mode): void {
  const mark = g.top;
  let value = operand(g, init, init.end);
  if (init.type === "Identifier" && g.localRegister(init.binding) === value && init.binding!.assignedWithin(pattern.start, pattern.end)) {
    const copy = g.temp();
    g.move(copy, value);
    value = copy;
  }
  destructure(g, pattern, value, mode);
  g.top = mark;
}
