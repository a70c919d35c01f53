/** Classes. Fields, private methods and static blocks run in initialiser functions, one for instances and one for the class. */
import type * as ast from "acorn";
import { NO_REGISTER } from "@zerostart/bytecode/layout.ts";
import { FunctionInfo, Scope, type ClassInfo } from "../scope.ts";
import { isAnonymousFunction, isArrayIndex, staticKey } from "./constants.ts";
import { into, intoNamed, operand } from "./expressions.ts";
import { compileClosure } from "./functions.ts";
import type { Generator } from "./generator.ts";
import { GETTER, METHOD, SETTER, accessorName, isPrimitiveKey, loadKey, namedByKey } from "./literals.ts";
import * as op from "./ops.ts";
import { enterBlock, leaveBlock, statements } from "./statements.ts";

const methodKind = (kind: ast.MethodDefinition["kind"]): number => (kind === "get" ? GETTER : kind === "set" ? SETTER : METHOD);

/** dst = the class. `nameKey` is the register of a property key that names an anonymous class. */
export function compileClass(g: Generator, node: ast.Class, dst: number, name: string, nameKey = -1): void {
  const { asm } = g;
  const info = node.info!;
  const mark = g.top;
  const base = g.temps(2); // constructor, prototype
  const { scope } = info;
  enterBlock(g, scope);
  for (const binding of scope.bindings.values()) {
    if (binding.kind !== "private") continue;
    const temp = g.temp();
    const register = g.localRegister(binding);
    asm.aw(op.NEWPRIV, register >= 0 ? register : temp, g.string(binding.name));
    if (register < 0) g.store(binding, temp);
    g.top = temp;
  }
  let heritage = NO_REGISTER;
  if (node.superClass) heritage = operand(g, node.superClass, node.superClass.end);
  const members = node.body.body;
  const constructor = members.find((member): member is ast.MethodDefinition => member.type === "MethodDefinition" && member.kind === "constructor");
  const child = constructor
    ? g.child({ info: constructor.value.info!, node: constructor.value, name, sourceStart: node.start, sourceEnd: node.end })
    : g.child(defaultConstructor(g, info, node, name));
  asm.at(node.superClass?.start ?? node.start);
  asm.awbc(op.CLASS, base, child, heritage, g.scopeRegister);
  if (nameKey >= 0) asm.abc(op.SETNAME, base, nameKey, 0);

  for (const member of members) {
    const inner = g.top;
    if (member.type === "MethodDefinition" && member !== constructor) method(g, info, member, base);
    else if (member.type === "PropertyDefinition" && member.computed) {
      const key = g.temp();
      into(g, member.key, key);
      if (!isPrimitiveKey(member.key)) {
        asm.at(member.key.start);
        asm.ab(op.TOKEY, key, key);
      }
      g.store(info.keyBindings.get(member)!, key);
    }
    g.top = inner;
  }

  if (info.prototype) g.store(info.prototype, base + 1);
  if (info.constructorBinding) g.store(info.constructorBinding, base);
  const className = node.id ? scope.bindings.get(node.id.name) : undefined;
  if (className && (className.references > 0 || className.captured)) g.store(className, base);
  if (info.instanceInitialiser) {
    const fn = g.temp();
    initialiser(
      g,
      info.instanceInitialiser,
      node,
      fn,
      members.filter((m): m is ast.PropertyDefinition => m.type === "PropertyDefinition" && !m.static),
    );
    asm.ab(op.SETFIELDS, base, fn);
  }
  if (info.staticInitialiser) {
    const call = g.temps(2);
    const elements = members.filter(
      (m): m is ast.PropertyDefinition | ast.StaticBlock => m.type === "StaticBlock" || (m.type === "PropertyDefinition" && m.static),
    );
    initialiser(g, info.staticInitialiser, node, call, elements);
    g.move(call + 1, base);
    asm.at(node.start);
    asm.abc(op.CALL, call, call, 0);
  }
  leaveBlock(g, scope);
  g.move(dst, base);
  g.top = mark;
}

/** A constructor that the source does not spell out. */
function defaultConstructor(g: Generator, classInfo: ClassInfo, node: ast.Class, name: string) {
  const info = new FunctionInfo(classInfo.derived ? "derived" : "constructor", g.info, true, false, false);
  info.classInfo = classInfo;
  info.scope = info.bodyScope = new Scope(classInfo.scope, info, "function", node.start, 0, true);
  return { info, node: null, name, sourceStart: node.start, sourceEnd: node.end, restParameter: classInfo.derived };
}

function initialiser(g: Generator, info: FunctionInfo, node: ast.Class, dst: number, elements: readonly (ast.PropertyDefinition | ast.StaticBlock)[]): void {
  const child = g.child({ info, node: null, name: "", sourceStart: node.start, sourceEnd: node.end, elements });
  g.asm.awb(op.CLOSURE, dst, child, g.scopeRegister);
}

/** What toString shows of a method: `static` is not part of its MethodDefinition (ECMA-262, 15.7). */
function sourceOf(g: Generator, member: ast.MethodDefinition): { start: number; end: number } {
  if (!member.static) return member;
  const blanks = /(?:\s|\/\*[^]*?\*\/|\/\/.*)*/y;
  blanks.lastIndex = member.start + "static".length;
  blanks.test(g.unit.source);
  return { start: blanks.lastIndex, end: member.end };
}

function method(g: Generator, info: ClassInfo, member: ast.MethodDefinition, base: number): void {
  const { asm } = g;
  const fn = g.temp();
  const kind = methodKind(member.kind);
  if (member.key.type === "PrivateIdentifier") {
    compileClosure(g, member.value, fn, accessorName(member.kind, `#${member.key.name}`), sourceOf(g, member));
    if (!member.static) {
      g.store(info.methodBindings.get(member)!, fn);
      return;
    }
    const key = g.bindingOperand(member.key.binding!);
    asm.at(member.start);
    asm.abcd(op.DEFPRIVM, base, key, fn, kind);
    return;
  }
  const target = member.static ? base : base + 1;
  const key = g.temp();
  const name = staticKey(member);
  if (name !== undefined) loadKey(g, name, key);
  else {
    into(g, member.key, key);
    if (!isPrimitiveKey(member.key)) {
      asm.at(member.key.start);
      asm.ab(op.TOKEY, key, key);
    }
  }
  compileClosure(g, member.value, fn, name === undefined ? "" : accessorName(member.kind, name), sourceOf(g, member));
  asm.at(member.start);
  asm.abcd(op.DEFMETHOD, target, key, fn, kind);
}

/** Body of an initialiser: private methods first, then fields and static blocks in order. */
export function initialiserBody(g: Generator, elements: readonly (ast.PropertyDefinition | ast.StaticBlock)[]): void {
  const { asm, info } = g;
  const classInfo = info.classInfo!;
  const self = g.bindingOperand(info.scope.bindings.get("this")!);
  g.floor = g.top;
  if (classInfo.instanceInitialiser === info) {
    for (const [member, binding] of classInfo.methodBindings) {
      const mark = g.top;
      const { key, kind } = member as ast.MethodDefinition;
      const keyRegister = g.bindingOperand((key as ast.PrivateIdentifier).binding!);
      asm.at(member.start);
      asm.abcd(op.DEFPRIVM, self, keyRegister, g.bindingOperand(binding), methodKind(kind));
      g.top = mark;
    }
  }
  for (const element of elements) {
    const mark = g.top;
    g.floor = g.top;
    if (element.type === "StaticBlock") {
      enterBlock(g, element.scope!);
      statements(g, element.body);
      leaveBlock(g, element.scope!);
    } else field(g, classInfo, element, self);
    g.top = mark;
  }
}

function field(g: Generator, info: ClassInfo, element: ast.PropertyDefinition, self: number): void {
  const { asm } = g;
  const { value, key } = element;
  if (key.type === "PrivateIdentifier") {
    const keyRegister = g.bindingOperand(key.binding!);
    const register = fieldValue(g, value, `#${key.name}`);
    asm.at(element.start);
    asm.abc(op.DEFPRIV, self, keyRegister, register);
    return;
  }
  const name = element.computed ? undefined : staticKey(element);
  if (name !== undefined && !isArrayIndex(name)) {
    const register = fieldValue(g, value, name);
    asm.at(element.start);
    asm.awb(op.INITPROP, self, g.site(name), register);
    return;
  }
  const keyRegister = g.temp();
  if (name !== undefined) loadKey(g, name, keyRegister);
  else g.load(info.keyBindings.get(element)!, keyRegister);
  let register: number;
  if (value) register = namedByKey(g, value, keyRegister, name);
  else g.loadUndefined((register = g.temp()));
  asm.at(element.start);
  asm.abc(op.DEFELEM, self, keyRegister, register);
}

function fieldValue(g: Generator, value: ast.Expression | null | undefined, name: string): number {
  if (value && !isAnonymousFunction(value)) return operand(g, value, value.end);
  const register = g.temp();
  if (value) intoNamed(g, value, register, name);
  else g.loadUndefined(register);
  return register;
}
