/** Array and object literals. Leading static keys of an object literal form a shape, so that the object is made in one step. */
import type * as ast from "acorn";
import { constantOf, isAnonymousFunction, isArrayIndex, staticKey } from "./constants.ts";
import { into, intoNamed, loadKnown, operand } from "./expressions.ts";
import { compileClosure } from "./functions.ts";
import { EMPTY_SHAPE } from "@zerostart/bytecode/layout.ts";
import type { Generator } from "./generator.ts";
import * as op from "./ops.ts";
import { compileClass } from "./classes.ts";

/** INITSLOT has one byte for the slot. */
const MAX_SHAPE = 255;
export const METHOD = 0;
export const GETTER = 1;
export const SETTER = 2;
export const ENUMERABLE = 4;

export function compileArray(g: Generator, node: ast.ArrayExpression, dst: number): void {
  const array = g.scratch(dst);
  g.asm.aw(op.NEWARR, array, Math.min(node.elements.length, 0xffff));
  appendElements(g, array, node.elements);
  g.move(dst, array);
}

export function appendElements(g: Generator, array: number, elements: readonly (ast.Expression | ast.SpreadElement | null)[]): void {
  for (const element of elements) {
    const mark = g.top;
    if (element === null) g.asm.a(op.APPENDHOLE, array);
    else if (element.type === "SpreadElement") {
      const iterable = operand(g, element.argument, element.end);
      g.asm.at(element.argument.start);
      g.asm.ab(op.SPREAD, array, iterable);
    } else g.asm.ab(op.APPEND, array, operand(g, element, element.end));
    g.top = mark;
  }
}

/** `super` is used in the method or its arrow functions. */
export const usesHome = (fn: ast.Function): boolean => fn.info!.scope.bindings.has("%home");

const isMethod = (property: ast.Property): boolean => property.method || property.kind !== "init";

function isShapeProperty(property: ast.Property | ast.SpreadElement): property is ast.Property {
  if (property.type === "SpreadElement" || property.kind !== "init") return false;
  if (property.method && usesHome(property.value as ast.FunctionExpression)) return false;
  const key = staticKey(property);
  return key !== undefined && !isArrayIndex(key) && !isProto(property, key);
}

/** `__proto__: value` sets the prototype; shorthand, computed and method forms do not. */
const isProto = (property: ast.Property, key: string): boolean => key === "__proto__" && !property.computed && !property.shorthand && !property.method;

export function compileObject(g: Generator, node: ast.ObjectExpression, dst: number): void {
  const { asm } = g;
  const object = g.scratch(dst);
  const { properties } = node;
  const slots = new Map<string, number>();
  let leading = 0;
  for (; leading < properties.length; leading++) {
    const property = properties[leading]!;
    if (!isShapeProperty(property)) break;
    const key = staticKey(property)!;
    if (!slots.has(key)) {
      if (slots.size === MAX_SHAPE) break;
      slots.set(key, slots.size);
    }
  }
  asm.aw(op.NEWOBJ, object, slots.size === 0 ? EMPTY_SHAPE : g.shape([...slots.keys()].map((key) => g.unit.string(key))));
  properties.forEach((property, i) => {
    const mark = g.top;
    if (property.type === "SpreadElement") {
      const source = operand(g, property.argument, property.end);
      asm.at(property.argument.start);
      asm.ab(op.COPYPROPS, object, source);
    } else if (i < leading) {
      const key = staticKey(property)!;
      asm.abc(op.INITSLOT, object, slots.get(key)!, propertyValue(g, property, key));
    } else compileProperty(g, object, property);
    g.top = mark;
  });
  g.move(dst, object);
}

/** The value of a data property or method in a register. */
function propertyValue(g: Generator, property: ast.Property, name: string): number {
  const { value } = property;
  if (property.method) {
    const fn = g.temp();
    compileClosure(g, value as ast.FunctionExpression, fn, name, property);
    return fn;
  }
  if (!isAnonymousFunction(value)) return operand(g, value, value.end);
  const fn = g.temp();
  intoNamed(g, value, fn, name);
  return fn;
}

function compileProperty(g: Generator, object: number, property: ast.Property): void {
  const { asm } = g;
  const key = staticKey(property);
  if (key !== undefined && isProto(property, key) && property.kind === "init") {
    const prototype = operand(g, property.value, property.value.end);
    asm.ab(op.SETPROTO, object, prototype);
    return;
  }
  if (key !== undefined && !isMethod(property) && !isArrayIndex(key)) {
    const value = propertyValue(g, property, key);
    asm.at(property.start);
    asm.awb(op.INITPROP, object, g.site(key), value);
    return;
  }
  const keyRegister = g.temp();
  if (key !== undefined) loadKey(g, key, keyRegister);
  else {
    into(g, property.key, keyRegister);
    if (!isPrimitiveKey(property.key)) {
      asm.at(property.key.start);
      asm.ab(op.TOKEY, keyRegister, keyRegister);
    }
  }
  if (isMethod(property)) {
    const fn = g.temp();
    compileClosure(g, property.value as ast.FunctionExpression, fn, key === undefined ? "" : accessorName(property.kind, key), property);
    const kind = property.kind === "get" ? GETTER : property.kind === "set" ? SETTER : METHOD;
    asm.at(property.start);
    asm.abcd(op.DEFMETHOD, object, keyRegister, fn, kind | ENUMERABLE);
    return;
  }
  const value = namedByKey(g, property.value, keyRegister, key);
  asm.at(property.start);
  asm.abc(op.DEFELEM, object, keyRegister, value);
}

export const accessorName = (kind: string, name: string): string => (kind === "get" || kind === "set" ? `${kind} ${name}` : name);

export function loadKey(g: Generator, key: string, dst: number): void {
  if (isArrayIndex(key)) loadKnown(g, Number(key), dst);
  else g.loadString(dst, key);
}

export function isPrimitiveKey(node: ast.Expression | ast.PrivateIdentifier): boolean {
  const known = constantOf(node);
  return known !== undefined && (typeof known.value === "string" || typeof known.value === "number");
}

/** The value in a register; an anonymous function or class gets its name from a key known at run time. */
export function namedByKey(g: Generator, value: ast.Expression, key: number, name: string | undefined): number {
  if (!isAnonymousFunction(value)) return operand(g, value, value.end);
  while (value.type === "ParenthesizedExpression") value = value.expression;
  const fn = g.temp();
  if (name !== undefined) intoNamed(g, value, fn, name);
  else if (value.type === "ClassExpression") compileClass(g, value, fn, "", key);
  else {
    into(g, value, fn);
    g.asm.abc(op.SETNAME, fn, key, 0);
  }
  return fn;
}
