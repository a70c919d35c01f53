/** Expressions: values in registers, conditions as jumps, assignments. Calls, literals, classes and patterns have files of their own. */
import { constantKinds, NO_REGISTER } from "@zerostart/bytecode/layout.ts";
import type * as ast from "acorn";
import { CompileError } from "../diagnostics.ts";
import { Label } from "./assembler.ts";
import { compileCall, compileNew, compileTaggedTemplate } from "./calls.ts";
import { compileClass } from "./classes.ts";
import { constantOf, foldBinary, isAnonymousFunction, isArrayIndex, writesLast, type Known } from "./constants.ts";
import { compileClosure } from "./functions.ts";
import type { Generator } from "./generator.ts";
import { compileArray, compileObject } from "./literals.ts";
import * as op from "./ops.ts";
import { destructure } from "./patterns.ts";
import { compileAwait, compileYield } from "./coroutines.ts";
import { libraryConstant } from "./library.ts";

const arithmetic: Readonly<Record<string, number>> = {
  "+": op.ADD,
  "-": op.SUB,
  "*": op.MUL,
  "/": op.DIV,
  "%": op.MOD,
  "**": op.EXP,
  "&": op.BAND,
  "|": op.BOR,
  "^": op.BXOR,
  "<<": op.SHL,
  ">>": op.SHR,
  ">>>": op.USHR,
  "==": op.EQ,
  "!=": op.NE,
  "===": op.SEQ,
  "!==": op.SNE,
  "<": op.LT,
  "<=": op.LE,
  ">": op.GT,
  ">=": op.GE,
  in: op.IN,
  instanceof: op.INSTANCEOF,
};
/** Jumps when the comparison holds, and when it does not. */
const comparisons: Readonly<Record<string, readonly [number, number]>> = {
  "<": [op.JLT, op.JNLT],
  "<=": [op.JLE, op.JNLE],
  ">": [op.JGT, op.JNGT],
  ">=": [op.JGE, op.JNGE],
  "==": [op.JEQ, op.JNE],
  "!=": [op.JNE, op.JEQ],
  "===": [op.JSEQ, op.JSNE],
  "!==": [op.JSNE, op.JSEQ],
};

/** A register with the value: that of the variable when the expression is one that is not assigned before source offset `until`. */
export function operand(g: Generator, node: ast.Expression | ast.PrivateIdentifier | ast.Super, until: number): number {
  if (node.type === "ParenthesizedExpression") return operand(g, node.expression, until);
  if (node.type === "Identifier" || node.type === "ThisExpression") {
    const binding = node.binding;
    const register = g.localRegister(binding);
    if (register >= 0 && !binding!.assignedWithin(node.end, until)) {
      if (node.check) g.checkHole(register, node.type === "Identifier" ? node.name : "this", node.start);
      return register;
    }
  } else if (node.type === "AssignmentExpression" && node.operator === "=" && node.left.type === "Identifier") {
    const { left } = node;
    const register = assignableRegister(g, left);
    if (register >= 0 && writesLast(node.right) && !left.binding!.assignedWithin(node.end, until)) {
      intoNamed(g, node.right, register, left.name);
      return register;
    }
  } else if (node.type === "UpdateExpression" && node.prefix && node.argument.type === "Identifier") {
    const register = assignableRegister(g, node.argument);
    if (register >= 0 && !node.argument.binding!.assignedWithin(node.end, until)) {
      g.asm.at(node.start);
      g.asm.ab(node.operator === "++" ? op.INC : op.DEC, register, register);
      return register;
    }
  }
  const temp = g.temp();
  into(g, node, temp);
  return temp;
}

/** Register of a variable that may be written with no check at all, else -1. */
export function assignableRegister(g: Generator, node: ast.Identifier): number {
  const binding = node.binding;
  if (!binding || node.check || binding.kind === "const" || binding.kind === "self" || binding.kind === "import") return -1;
  return g.localRegister(binding);
}

/** Only the side effects. */
export function effect(g: Generator, node: ast.Expression): void {
  const mark = g.top;
  switch (node.type) {
    case "AssignmentExpression":
      assignment(g, node, -1);
      break;
    case "UpdateExpression":
      update(g, node, -1);
      break;
    case "SequenceExpression":
      for (const item of node.expressions) effect(g, item);
      break;
    case "ConditionalExpression": {
      const otherwise = new Label();
      const end = new Label();
      condition(g, node.test, otherwise, false);
      effect(g, node.consequent);
      g.asm.jump(end);
      g.asm.bind(otherwise);
      effect(g, node.alternate);
      g.asm.bind(end);
      break;
    }
    case "LogicalExpression": {
      const end = new Label();
      if (node.operator === "??") {
        g.asm.jumpIf(op.JNNULLISH, operand(g, node.left, node.left.end), end);
        g.top = mark;
      } else condition(g, node.left, end, node.operator === "||");
      effect(g, node.right);
      g.asm.bind(end);
      break;
    }
    case "UnaryExpression":
      if (node.operator === "void" || node.operator === "!") effect(g, node.argument);
      else into(g, node, g.temp());
      break;
    case "Identifier": {
      const binding = node.binding;
      if (binding && binding.kind !== "import") {
        if (node.check) g.referenceOperand(node, node.name);
      } else into(g, node, g.temp());
      break;
    }
    case "Literal":
    case "FunctionExpression":
    case "ArrowFunctionExpression":
      break;
    case "ThisExpression":
      if (node.check) g.referenceOperand(node, "this");
      break;
    case "ParenthesizedExpression":
      effect(g, node.expression);
      break;
    default:
      into(g, node, g.temp());
  }
  g.top = mark;
}

/** `into`, giving an anonymous function or class a name. */
export function intoNamed(g: Generator, node: ast.Expression, dst: number, name: string): void {
  if (!isAnonymousFunction(node)) {
    into(g, node, dst);
    return;
  }
  while (node.type === "ParenthesizedExpression") node = node.expression;
  if (node.type === "ClassExpression") compileClass(g, node, dst, name);
  else compileClosure(g, node as ast.FunctionExpression | ast.ArrowFunctionExpression, dst, name);
}

/** The value in dst; temporaries are released. */
export function into(g: Generator, node: ast.Expression | ast.PrivateIdentifier | ast.Super, dst: number): void {
  if (g.isCrowded && g.chain === null && nests(node)) {
    g.spilled(dst, (register) => into(g, node, register));
    return;
  }
  const mark = g.top;
  g.position = node.start;
  const { asm } = g;
  switch (node.type) {
    case "Identifier":
      identifier(g, node, dst);
      break;
    case "Literal":
      literal(g, node, dst);
      break;
    case "MemberExpression":
      member(g, node, dst);
      break;
    case "CallExpression":
      compileCall(g, node, dst);
      break;
    case "NewExpression":
      compileNew(g, node, dst);
      break;
    case "BinaryExpression":
      binary(g, node, dst);
      break;
    case "LogicalExpression":
      logical(g, node, dst);
      break;
    case "ConditionalExpression": {
      const otherwise = new Label();
      const end = new Label();
      condition(g, node.test, otherwise, false);
      into(g, node.consequent, dst);
      asm.jump(end);
      asm.bind(otherwise);
      into(g, node.alternate, dst);
      asm.bind(end);
      break;
    }
    case "AssignmentExpression":
      assignment(g, node, dst);
      break;
    case "UpdateExpression":
      update(g, node, dst);
      break;
    case "UnaryExpression":
      unary(g, node, dst);
      break;
    case "ObjectExpression":
      compileObject(g, node, dst);
      break;
    case "ArrayExpression":
      compileArray(g, node, dst);
      break;
    case "FunctionExpression":
    case "ArrowFunctionExpression":
      compileClosure(g, node, dst, node.type === "FunctionExpression" && node.id ? node.id.name : "");
      break;
    case "ClassExpression":
      compileClass(g, node, dst, node.id?.name ?? "");
      break;
    case "TemplateLiteral":
      templateLiteral(g, node, dst);
      break;
    case "TaggedTemplateExpression":
      compileTaggedTemplate(g, node, dst);
      break;
    case "ThisExpression":
      g.readReference(node, "this", dst);
      break;
    case "SequenceExpression": {
      const last = node.expressions.length - 1;
      for (let i = 0; i < last; i++) effect(g, node.expressions[i]!);
      into(g, node.expressions[last]!, dst);
      break;
    }
    case "ChainExpression":
      chain(g, node, dst);
      break;
    case "MetaProperty":
      if (node.meta.name === "new") g.readReference(node, "new.target", dst);
      else asm.a(op.IMPORTMETA, dst);
      break;
    case "AwaitExpression":
      compileAwait(g, node, dst);
      break;
    case "YieldExpression":
      compileYield(g, node, dst);
      break;
    case "ImportExpression": {
      const source = operand(g, node.source, node.end);
      const options = node.options ? operand(g, node.options, node.end) : NO_REGISTER;
      asm.at(node.start);
      asm.abc(op.DYNIMPORT, dst, source, options);
      break;
    }
    case "ParenthesizedExpression":
      into(g, node.expression, dst);
      break;
    case "PrivateIdentifier":
    case "Super":
      throw new CompileError("Unexpected syntax", node.start);
  }
  g.top = mark;
}

/** Expressions that keep temporaries while their parts are evaluated. */
function nests(node: ast.Expression | ast.PrivateIdentifier | ast.Super): boolean {
  switch (node.type) {
    case "CallExpression":
    case "NewExpression":
    case "ObjectExpression":
    case "ArrayExpression":
    case "BinaryExpression":
    case "LogicalExpression":
    case "ConditionalExpression":
    case "AssignmentExpression":
    case "UnaryExpression":
    case "TemplateLiteral":
    case "TaggedTemplateExpression":
    case "ClassExpression":
    case "ChainExpression":
    case "AwaitExpression":
    case "YieldExpression":
      return true;
    default:
      return false;
  }
}

function identifier(g: Generator, node: ast.Identifier, dst: number): void {
  if (node.binding) {
    g.readReference(node, node.name, dst);
    return;
  }
  switch (node.name) {
    case "undefined":
      g.loadUndefined(dst);
      return;
    case "NaN":
      g.loadNumber(dst, NaN);
      return;
    case "Infinity":
      g.loadNumber(dst, Infinity);
      return;
  }
  if (libraryConstant(g, node, dst)) return;
  g.asm.at(node.start);
  g.asm.aw(op.GETGLOBAL, dst, g.site(node.name));
}

export function loadKnown(g: Generator, value: Known["value"], dst: number): void {
  switch (typeof value) {
    case "number":
      g.loadNumber(dst, value);
      return;
    case "string":
      g.loadString(dst, value);
      return;
    case "boolean":
      g.asm.a(value ? op.LOADTRUE : op.LOADFALSE, dst);
      return;
    case "undefined":
      g.loadUndefined(dst);
      return;
    default:
      g.asm.a(op.LOADNULL, dst);
  }
}

function literal(g: Generator, node: ast.Literal, dst: number): void {
  if (node.regex) {
    const { unit } = g;
    const index = unit.regexps.push({ pattern: unit.string(node.regex.pattern), flags: unit.string(node.regex.flags) }) - 1;
    g.asm.at(node.start);
    g.asm.aw(op.REGEXP, dst, g.constant(constantKinds.REGEXP, index));
  } else if (typeof node.bigint === "string") {
    g.asm.aw(op.LOADK, dst, g.constant(constantKinds.BIGINT, g.unit.bigint(BigInt(node.bigint.replaceAll("_", "")).toString())));
  } else loadKnown(g, node.value as Known["value"], dst);
}

function templateLiteral(g: Generator, node: ast.TemplateLiteral, dst: number): void {
  const known = constantOf(node);
  if (known) {
    loadKnown(g, known.value, dst);
    return;
  }
  const acc = g.scratch(dst);
  let started = false;
  const append = (register: number): void => {
    g.asm.abc(op.ADD, acc, acc, register);
  };
  node.quasis.forEach((quasi, i) => {
    const mark = g.top;
    const text = quasi.value.cooked ?? "";
    if (text !== "") {
      if (started) {
        const temp = g.temp();
        g.loadString(temp, text);
        append(temp);
      } else g.loadString(acc, text);
      started = true;
    }
    g.top = mark;
    const item = node.expressions[i];
    if (!item) return;
    const known = constantOf(item);
    const target = started ? g.temp() : acc;
    if (known && typeof known.value !== "object") loadKnown(g, String(known.value), target);
    else {
      const value = operand(g, item, item.end);
      g.asm.at(item.start);
      g.asm.ab(op.TOSTR, target, value);
    }
    if (started) append(target);
    started = true;
    g.top = mark;
  });
  g.move(dst, acc);
}

// Binary and logical

function binary(g: Generator, node: ast.BinaryExpression, dst: number): void {
  if (node.left.type === "PrivateIdentifier") {
    const key = g.referenceOperand(node.left, `#${node.left.name}`);
    const object = operand(g, node.right, node.right.end);
    g.asm.at(node.start);
    g.asm.abc(op.HASPRIV, dst, object, key);
    return;
  }
  // Long chains lean left: go down without recursion, come back up with an accumulator.
  const spine: ast.BinaryExpression[] = [];
  let left: ast.Expression | ast.PrivateIdentifier = node;
  while (left.type === "BinaryExpression" && left.left.type !== "PrivateIdentifier") {
    spine.push(left);
    left = left.left;
  }
  let known = constantOf(left);
  let level = spine.length - 1;
  while (known && level >= 0) {
    const right = constantOf(spine[level]!.right);
    const folded: Known | undefined = right && foldBinary(spine[level]!.operator, known.value, right.value);
    if (!folded) break;
    known = folded;
    level--;
  }
  if (level < 0) {
    loadKnown(g, known!.value, dst);
    return;
  }
  const acc = level > 0 ? g.scratch(dst) : dst;
  let value: number;
  if (known) {
    value = g.scratch(dst);
    loadKnown(g, known.value, value);
  } else if (isPlainRegister(g, left)) value = operand(g, left, spine[level]!.right.end);
  else {
    value = g.scratch(dst);
    into(g, left, value);
  }
  for (; level >= 0; level--) {
    const current = spine[level]!;
    const mark = g.top;
    const target = level === 0 ? dst : acc;
    const { operator } = current;
    const right = constantOf(current.right);
    const small = right && typeof right.value === "number" && Number.isInteger(right.value) && !Object.is(right.value, -0) ? right.value : NaN;
    if ((operator === "+" || operator === "-") && small >= -128 && small <= 127) {
      g.asm.at(current.start);
      g.asm.abc(operator === "+" ? op.ADDI : op.SUBI, target, value, small & 255);
    } else {
      const register = operand(g, current.right, current.right.end);
      g.asm.at(positionOf(current));
      g.asm.abc(arithmetic[operator]!, target, value, register);
    }
    value = target;
    g.top = mark;
  }
}

/** Errors of an operation point at its start: the operands say more than the sign between them. */
const positionOf = (node: ast.BinaryExpression): number => node.start;

function isPlainRegister(g: Generator, node: ast.Expression | ast.PrivateIdentifier): boolean {
  return (node.type === "Identifier" || node.type === "ThisExpression") && g.localRegister(node.binding) >= 0;
}

function logical(g: Generator, node: ast.LogicalExpression, dst: number): void {
  const acc = g.scratch(dst);
  const end = new Label();
  // Equal operators lean left.
  const rights: ast.Expression[] = [];
  let left: ast.Expression = node;
  while (left.type === "LogicalExpression" && left.operator === node.operator) {
    rights.push(left.right);
    left = left.left;
  }
  into(g, left, acc);
  for (let i = rights.length - 1; i >= 0; i--) {
    g.asm.jumpIf(node.operator === "||" ? op.JT : node.operator === "&&" ? op.JF : op.JNNULLISH, acc, end);
    into(g, rights[i]!, acc);
  }
  g.asm.bind(end);
  g.move(dst, acc);
}

const isUndefined = (node: ast.Expression | ast.PrivateIdentifier): boolean =>
  (node.type === "Identifier" && node.name === "undefined" && !node.binding) ||
  (node.type === "UnaryExpression" && node.operator === "void" && node.argument.type === "Literal");
const isNull = (node: ast.Expression | ast.PrivateIdentifier): boolean => node.type === "Literal" && node.value === null && node.raw === "null";

/** Jumps to `label` when the truth of the expression is `when`; falls through otherwise. */
export function condition(g: Generator, node: ast.Expression, label: Label, when: boolean): void {
  const mark = g.top;
  const { asm } = g;
  const known = constantOf(node);
  if (known) {
    if (!!known.value === when) asm.jump(label);
    return;
  }
  switch (node.type) {
    case "ParenthesizedExpression":
      condition(g, node.expression, label, when);
      return;
    case "UnaryExpression":
      if (node.operator === "!") {
        condition(g, node.argument, label, !when);
        return;
      }
      break;
    case "LogicalExpression": {
      if (node.operator === "??") break;
      const rights: ast.Expression[] = [];
      let left: ast.Expression = node;
      while (left.type === "LogicalExpression" && left.operator === node.operator) {
        rights.push(left.right);
        left = left.left;
      }
      rights.push(left);
      const decides = node.operator === "||";
      if (decides === when) {
        for (let i = rights.length - 1; i >= 0; i--) condition(g, rights[i]!, label, when);
      } else {
        const skip = new Label();
        for (let i = rights.length - 1; i > 0; i--) condition(g, rights[i]!, skip, decides);
        condition(g, rights[0]!, label, when);
        asm.bind(skip);
      }
      return;
    }
    case "SequenceExpression": {
      const last = node.expressions.length - 1;
      for (let i = 0; i < last; i++) effect(g, node.expressions[i]!);
      condition(g, node.expressions[last]!, label, when);
      return;
    }
    case "BinaryExpression": {
      const jumps = comparisons[node.operator];
      if (!jumps || node.left.type === "PrivateIdentifier") break;
      const { left, right, operator } = node;
      const equality = operator.length >= 2 && operator[operator.length - 1] === "=" && operator !== "<=" && operator !== ">=";
      if (equality) {
        const strict = operator.length === 3;
        const positive = (operator[0] === "=") === when;
        const special = isUndefined(right) || isNull(right) ? right : isUndefined(left) || isNull(left) ? left : null;
        if (special && (!strict || isUndefined(special))) {
          const register = operand(g, special === right ? left : right, node.end);
          asm.jumpIf(strict ? (positive ? op.JUNDEF : op.JNUNDEF) : positive ? op.JNULLISH : op.JNNULLISH, register, label);
          g.top = mark;
          return;
        }
      }
      const a = operand(g, left, right.end);
      const b = operand(g, right, right.end);
      asm.at(positionOf(node));
      asm.compareJump(jumps[when ? 0 : 1], a, b, label);
      g.top = mark;
      return;
    }
  }
  const register = operand(g, node, node.end);
  asm.jumpIf(when ? op.JT : op.JF, register, label);
  g.top = mark;
}

// Unary

function unary(g: Generator, node: ast.UnaryExpression, dst: number): void {
  const { asm } = g;
  const { operator, argument } = node;
  const known = constantOf(node);
  if (known) {
    loadKnown(g, known.value, dst);
    return;
  }
  switch (operator) {
    case "void":
      effect(g, argument);
      g.loadUndefined(dst);
      return;
    case "delete":
      compileDelete(g, argument, dst);
      return;
    case "typeof":
      if (argument.type === "Identifier" && argument.binding === null && argument.name !== "undefined" && !libraryConstant(g, argument, dst)) {
        const value = g.scratch(dst);
        asm.at(argument.start);
        asm.aw(op.GETGLOBALT, value, g.site(argument.name));
        asm.ab(op.TYPEOF, dst, value);
        return;
      }
      asm.ab(op.TYPEOF, dst, operand(g, argument, argument.end));
      return;
    case "!": {
      if (argument.type === "BinaryExpression" || argument.type === "LogicalExpression") {
        asmBoolean(g, argument, dst, false);
        return;
      }
      asm.ab(op.NOT, dst, operand(g, argument, argument.end));
      return;
    }
    default: {
      const value = operand(g, argument, argument.end);
      asm.at(node.start);
      asm.ab(operator === "-" ? op.NEG : operator === "+" ? op.PLUS : op.BNOT, dst, value);
    }
  }
}

/** dst = (truth of node is `when`) */
function asmBoolean(g: Generator, node: ast.Expression, dst: number, when: boolean): void {
  const otherwise = new Label();
  const end = new Label();
  condition(g, node, otherwise, !when);
  g.asm.a(op.LOADTRUE, dst);
  g.asm.jump(end);
  g.asm.bind(otherwise);
  g.asm.a(op.LOADFALSE, dst);
  g.asm.bind(end);
}

function compileDelete(g: Generator, node: ast.Expression, dst: number): void {
  const { asm } = g;
  if (node.type === "ParenthesizedExpression") return compileDelete(g, node.expression, dst);
  if (node.type === "ChainExpression") {
    const nullish = new Label();
    const end = new Label();
    const saved = g.chain;
    g.chain = { nullish };
    compileDelete(g, node.expression, dst);
    g.chain = saved;
    asm.jump(end);
    asm.bind(nullish);
    asm.a(op.LOADTRUE, dst);
    asm.bind(end);
    return;
  }
  if (node.type === "Identifier") {
    if (node.binding !== null) {
      asm.a(op.LOADFALSE, dst);
      return;
    }
    const global = g.temp();
    asm.at(node.start);
    asm.aw(op.GETGLOBAL, global, g.site("globalThis"));
    asm.abw(op.DELPROP, dst, global, g.string(node.name));
    return;
  }
  if (node.type !== "MemberExpression") {
    effect(g, node);
    asm.a(op.LOADTRUE, dst);
    return;
  }
  if (node.object.type === "Super") {
    g.referenceOperand(node.object.thisReference!, "this");
    if (node.computed) effect(g, node.property as ast.Expression);
    g.throwError("ReferenceError", "Unsupported reference to 'super'");
    return;
  }
  const object = operand(g, node.object, node.end);
  if (node.optional) asm.jumpIf(op.JNULLISH, object, g.chain!.nullish);
  const name = propertyName(node);
  if (name !== undefined) {
    asm.at(node.property.start);
    asm.abw(op.DELPROP, dst, object, g.string(name));
  } else {
    const key = operand(g, node.property, node.property.end);
    asm.at(node.property.start);
    asm.abc(op.DELELEM, dst, object, key);
  }
}

// Property access

/** The name of a property that a site can have; array indices and computed keys go through registers. */
export function propertyName(node: ast.MemberExpression): string | undefined {
  const { property } = node;
  if (!node.computed) return property.type === "Identifier" ? property.name : undefined;
  const known = constantOf(property);
  return known && typeof known.value === "string" && !isArrayIndex(known.value) ? known.value : undefined;
}

export function emitGet(g: Generator, dst: number, object: number, name: string): void {
  g.asm.abw(name === "length" ? op.GETLEN : op.GETPROP, dst, object, g.site(name));
}

/** dst = node.object.property, the object being in a register already. */
export function getMember(g: Generator, node: ast.MemberExpression, object: number, dst: number): void {
  const { asm } = g;
  if (node.optional) asm.jumpIf(op.JNULLISH, object, g.chain!.nullish);
  const { property } = node;
  if (property.type === "PrivateIdentifier") {
    const key = g.referenceOperand(property, `#${property.name}`);
    asm.at(property.start);
    asm.abc(op.GETPRIV, dst, object, key);
    return;
  }
  const name = propertyName(node);
  if (name !== undefined) {
    asm.at(property.start);
    emitGet(g, dst, object, name);
    return;
  }
  const key = operand(g, property, property.end);
  asm.at(property.start);
  asm.abc(op.GETELEM, dst, object, key);
}

function member(g: Generator, node: ast.MemberExpression, dst: number): void {
  if (node.object.type === "Super") {
    getPlace(g, superPlace(g, node, node.object, node.end, true), dst);
    return;
  }
  if (libraryConstant(g, node, dst)) return;
  let object: number;
  if (isPlainRegister(g, node.object)) object = operand(g, node.object, node.end);
  else {
    object = g.scratch(dst);
    into(g, node.object, object);
  }
  getMember(g, node, object, dst);
}

function chain(g: Generator, node: ast.ChainExpression, dst: number): void {
  const acc = g.scratch(dst);
  const nullish = new Label();
  const end = new Label();
  const saved = g.chain;
  g.chain = { nullish };
  into(g, node.expression, acc);
  g.chain = saved;
  g.asm.jump(end);
  g.asm.bind(nullish);
  g.loadUndefined(acc);
  g.asm.bind(end);
  g.move(dst, acc);
}

// Assignment

/** An assignable place whose object and key have been evaluated. */
export type Place =
  | { readonly kind: "name"; readonly node: ast.Identifier; readonly checked: boolean }
  | { readonly kind: "property"; readonly object: number; readonly name: string; readonly position: number }
  | { readonly kind: "element"; readonly object: number; readonly key: number; readonly position: number }
  | { readonly kind: "private"; readonly object: number; readonly key: number; readonly position: number }
  | SuperPlace;

/** `super.x`: where the look-up starts, and its receiver. Until `isKey`, the key is yet to be converted. */
interface SuperPlace {
  readonly kind: "super";
  readonly start: number;
  readonly self: number;
  readonly key: number;
  readonly isKey: boolean;
  readonly position: number;
}
/** ECMA-262 13.3.7: `this`, the key's expression and the prototype of the home object, in this order; the key is converted after them, when it is used first. */
export function superPlace(g: Generator, node: ast.MemberExpression, object: ast.Super, until: number, used: boolean): SuperPlace {
  const position = node.property.start;
  const self = g.referenceOperand(object.thisReference!, "this");
  let key: number;
  let isKey = true;
  if (node.computed) {
    key = operand(g, node.property, until);
    const known = constantOf(node.property);
    isKey = known !== undefined && (typeof known.value === "string" || typeof known.value === "number");
  } else g.loadString((key = g.temp()), (node.property as ast.Identifier).name);
  const start = g.temp();
  g.asm.at(position);
  g.asm.ab(op.GETPROTO, start, g.referenceOperand(object, "super"));
  if (isKey || !used) return { kind: "super", start, self, key, isKey, position };
  return { kind: "super", start, self, key: convertedKey(g, key), isKey: true, position };
}
function convertedKey(g: Generator, value: number): number {
  const key = g.temp();
  g.asm.ab(op.TOKEY, key, value);
  return key;
}

/** Evaluates object and key; local variables among them must not be assigned before `until`. */
export function preparePlace(g: Generator, node: ast.Identifier | ast.MemberExpression, until: number, twice = false): Place {
  // Reading it first makes the check for initialisation.
  if (node.type === "Identifier") return { kind: "name", node, checked: twice };
  const position = node.property.start;
  if (node.object.type === "Super") {
    return superPlace(g, node, node.object, until, twice);
  }
  const object = operand(g, node.object, until);
  if (node.property.type === "PrivateIdentifier")
    return { kind: "private", object, key: g.referenceOperand(node.property, `#${node.property.name}`), position };
  const name = propertyName(node);
  if (name !== undefined) return { kind: "property", object, name, position };
  let key = operand(g, node.property, until);
  // Read and written: the key is converted once.
  if (twice && !isNumeric(node.property)) {
    const converted = g.temp();
    g.asm.at(position);
    g.asm.abc(op.ELEMKEY, converted, object, key);
    key = converted;
  }
  return { kind: "element", object, key, position };
}

function isNumeric(node: ast.Expression | ast.PrivateIdentifier): boolean {
  if (node.type === "Literal") return typeof node.value === "number";
  return (
    node.type === "UpdateExpression" || (node.type === "BinaryExpression" && ["-", "*", "/", "%", "&", "|", "^", "<<", ">>", ">>>"].includes(node.operator))
  );
}

export function getPlace(g: Generator, place: Place, dst: number): void {
  const { asm } = g;
  if (place.kind === "name") {
    identifier(g, place.node, dst);
    return;
  }
  asm.at(place.position);
  switch (place.kind) {
    case "property":
      emitGet(g, dst, place.object, place.name);
      return;
    case "element":
      asm.abc(op.GETELEM, dst, place.object, place.key);
      return;
    case "private":
      asm.abc(op.GETPRIV, dst, place.object, place.key);
      return;
    case "super":
      asm.abcd(op.GETSUPER, dst, place.start, place.key, place.self);
  }
}

export function setPlace(g: Generator, place: Place, src: number): void {
  const { asm } = g;
  if (place.kind === "name") {
    g.assign(place.node, src, place.checked);
    return;
  }
  asm.at(place.position);
  switch (place.kind) {
    case "property":
      asm.awb(op.SETPROP, place.object, g.site(place.name), src);
      return;
    case "element":
      asm.abc(op.SETELEM, place.object, place.key, src);
      return;
    case "private":
      asm.abc(op.SETPRIV, place.object, place.key, src);
      return;
    case "super":
      asm.abcd(op.SETSUPER, place.start, place.isKey ? place.key : convertedKey(g, place.key), place.self, src);
  }
}

/** dst -1: the value is not needed. */
function assignment(g: Generator, node: ast.AssignmentExpression, dst: number): void {
  const { operator, right } = node;
  let left = node.left as ast.Pattern | ast.ParenthesizedExpression;
  while (left.type === "ParenthesizedExpression") left = left.expression as ast.Pattern;
  if (operator !== "=") {
    if (left.type !== "Identifier" && left.type !== "MemberExpression") throw new CompileError("Invalid assignment target", left.start);
    if (operator === "||=" || operator === "&&=" || operator === "??=") logicalAssignment(g, left, operator, right, dst);
    else compoundAssignment(g, node, left, dst);
    return;
  }
  if (left.type === "Identifier") {
    const register = assignableRegister(g, left);
    // A name in parentheses names no function.
    const name = left.start === node.start ? left.name : "";
    if (register >= 0) {
      if (writesLast(right) || right.type === "Literal") {
        intoNamed(g, right, register, name);
        if (dst >= 0) g.move(dst, register);
      } else {
        const value = dst >= 0 && g.isTemp(dst) ? dst : g.temp();
        intoNamed(g, right, value, name);
        g.move(register, value);
        if (dst >= 0) g.move(dst, value);
      }
      return;
    }
    const value = valueOperand(g, right, name, dst);
    g.assign(left, value);
    if (dst >= 0) g.move(dst, value);
    return;
  }
  if (left.type === "MemberExpression") {
    const place = preparePlace(g, left, node.end);
    const value = valueOperand(g, right, "", dst);
    setPlace(g, place, value);
    if (dst >= 0) g.move(dst, value);
    return;
  }
  let value = operand(g, right, node.end);
  // A variable that the pattern itself assigns must be read before.
  if (right.type === "Identifier" && right.binding?.assignedWithin(left.start, left.end) && g.localRegister(right.binding) === value) {
    const copy = g.temp();
    g.move(copy, value);
    value = copy;
  }
  destructure(g, left, value, "assign");
  if (dst >= 0) g.move(dst, value);
}

/** The right side in a register: dst itself when it can be, a variable's, or a temporary. */
function valueOperand(g: Generator, right: ast.Expression, name: string, dst: number): number {
  if (name === "" && !(dst >= 0 && g.isTemp(dst))) return operand(g, right, right.end);
  if (name !== "" && !isAnonymousFunction(right) && dst < 0) return operand(g, right, right.end);
  const value = dst >= 0 && g.isTemp(dst) ? dst : g.temp();
  if (name === "") into(g, right, value);
  else intoNamed(g, right, value, name);
  return value;
}

function compoundAssignment(g: Generator, node: ast.AssignmentExpression, left: ast.Identifier | ast.MemberExpression, dst: number): void {
  const operator = node.operator.slice(0, -1) as ast.BinaryOperator;
  const { right } = node;
  const { asm } = g;
  const register = left.type === "Identifier" ? assignableRegister(g, left) : -1;
  const place = preparePlace(g, left, node.end, true);
  let current: number;
  if (register >= 0 && !(left as ast.Identifier).binding!.assignedWithin(left.end, node.end)) current = register;
  else {
    current = g.temp();
    getPlace(g, place, current);
  }
  const known = constantOf(right);
  const small = known && typeof known.value === "number" && Number.isInteger(known.value) && !Object.is(known.value, -0) ? known.value : NaN;
  const result = register >= 0 ? register : dst >= 0 && g.isTemp(dst) ? dst : g.temp();
  if ((operator === "+" || operator === "-") && small >= -128 && small <= 127) {
    asm.at(node.start);
    asm.abc(operator === "+" ? op.ADDI : op.SUBI, result, current, small & 255);
  } else {
    const value = operand(g, right, right.end);
    asm.at(node.start);
    asm.abc(arithmetic[operator]!, result, current, value);
  }
  if (register < 0) setPlace(g, place, result);
  if (dst >= 0) g.move(dst, result);
}

function logicalAssignment(
  g: Generator,
  left: ast.Identifier | ast.MemberExpression,
  operator: "||=" | "&&=" | "??=",
  right: ast.Expression,
  dst: number,
): void {
  const end = new Label();
  const register = left.type === "Identifier" ? assignableRegister(g, left) : -1;
  const skip = operator === "||=" ? op.JT : operator === "&&=" ? op.JF : op.JNNULLISH;
  if (register >= 0 && (writesLast(right) || constantOf(right))) {
    g.asm.jumpIf(skip, register, end);
    intoNamed(g, right, register, (left as ast.Identifier).name);
    g.asm.bind(end);
    if (dst >= 0) g.move(dst, register);
    return;
  }
  const place = preparePlace(g, left, right.end, true);
  const value = dst >= 0 && g.isTemp(dst) ? dst : g.temp();
  getPlace(g, place, value);
  g.asm.jumpIf(skip, value, end);
  if (left.type === "Identifier") intoNamed(g, right, value, left.name);
  else into(g, right, value);
  setPlace(g, place, value);
  g.asm.bind(end);
  if (dst >= 0) g.move(dst, value);
}

function update(g: Generator, node: ast.UpdateExpression, dst: number): void {
  const { asm } = g;
  const code = node.operator === "++" ? op.INC : op.DEC;
  let argument = node.argument as ast.Expression;
  while (argument.type === "ParenthesizedExpression") argument = argument.expression;
  const target = argument as ast.Identifier | ast.MemberExpression;
  const register = target.type === "Identifier" ? assignableRegister(g, target) : -1;
  if (register >= 0) {
    asm.at(node.start);
    if (dst < 0) asm.ab(code, register, register);
    else if (node.prefix) {
      asm.ab(code, register, register);
      g.move(dst, register);
    } else {
      // dst may be the variable itself: x = x++
      const old = dst === register ? g.temp() : dst;
      asm.ab(op.TONUMERIC, old, register);
      asm.ab(code, register, old);
      g.move(dst, old);
    }
    return;
  }
  const place = preparePlace(g, target, node.end, true);
  const value = g.temp();
  getPlace(g, place, value);
  asm.at(node.start);
  if (dst < 0 || node.prefix) {
    asm.ab(code, value, value);
    setPlace(g, place, value);
    if (dst >= 0) g.move(dst, value);
    return;
  }
  const old = g.isTemp(dst) ? dst : g.temp();
  asm.ab(op.TONUMERIC, old, value);
  asm.ab(code, value, old);
  setPlace(g, place, value);
  g.move(dst, old);
}
