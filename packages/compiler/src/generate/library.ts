/** The `$` forms of library code (docs/engine.md, "Natives and intrinsics"). */
import type * as ast from "acorn";
import { CompileError } from "../diagnostics.ts";
import { into } from "./expressions.ts";
import { compileClosure } from "./functions.ts";
import type { Generator } from "./generator.ts";
import { appendElements } from "./literals.ts";
import * as op from "./ops.ts";

/** Payloads of special values (docs/engine.md, "Values"). */
const DONE = 5;
const NOT_HANDLED = 7;

/** A `$` name of the language of the library: not bound by any declaration. */
function dollarName(g: Generator, node: ast.Expression | ast.Super): string | null {
  return g.unit.library && node.type === "Identifier" && node.binding === null && node.name.charCodeAt(0) === 36 ? node.name.slice(1) : null;
}

/** `$hole`, `$done`, `$notHandled`, `$newTarget`, and integers `$native.x`, `$hook.X`, `$kind.X`, ...; false when the node is none of them. */
export function libraryConstant(g: Generator, node: ast.Identifier | ast.MemberExpression, dst: number): boolean {
  if (!g.unit.library) return false;
  if (node.type === "Identifier") {
    const name = dollarName(g, node);
    switch (name) {
      case null:
        return false;
      case "hole":
        g.asm.a(op.LOADHOLE, dst);
        return true;
      case "done":
        g.asm.ab(op.LOADSPECIAL, dst, DONE);
        return true;
      case "notHandled":
        g.asm.ab(op.LOADSPECIAL, dst, NOT_HANDLED);
        return true;
      case "newTarget":
        g.asm.a(op.LOADNEWTARGET, dst);
        return true;
      default:
        throw new CompileError(`Unknown library form '$${name}'`, node.start);
    }
  }
  const group = dollarName(g, node.object);
  if (group === null) return false;
  const table = g.unit.library.constants.get(group);
  if (!table) {
    if (group === "newTarget") return false;
    throw new CompileError(`Unknown library form '$${group}'`, node.start);
  }
  const name = node.property.type === "Identifier" && !node.computed ? node.property.name : "";
  const value = table.get(name);
  if (value === undefined) throw new CompileError(`'$${group}' has no '${name}'`, node.property.start);
  g.loadNumber(dst, value);
  return true;
}

/** Library calls: forms of the compiler and natives; false when the callee is none. */
export function compileLibraryCall(g: Generator, node: ast.CallExpression, dst: number): boolean {
  if (!g.unit.library) return false;
  const name = dollarName(g, node.callee);
  if (name === null) return false;
  const { asm } = g;
  const list = node.arguments;
  const plain = (count: number): ast.Expression[] => {
    if (list.length !== count) throw new CompileError(`'$${name}' takes ${count} arguments, not ${list.length}`, node.start);
    return list.map(single);
  };
  const single = (argument: ast.Expression | ast.SpreadElement): ast.Expression => {
    if (argument.type === "SpreadElement") throw new CompileError(`'$${name}' takes no spread argument`, argument.start);
    return argument;
  };
  /** Arguments in consecutive registers; the first register. */
  const window = (items: readonly ast.Expression[]): number => {
    const base = g.top;
    for (const item of items) into(g, item, g.temp());
    return base;
  };
  switch (name) {
    case "call": {
      if (list.length < 2) throw new CompileError("'$call' takes a function and this", node.start);
      const base = window(list.slice(0, 2).map(single));
      const rest = list.slice(2);
      if (rest.some((argument) => argument.type === "SpreadElement")) {
        const array = g.temp();
        asm.aw(op.NEWARR, array, rest.length);
        appendElements(g, array, rest);
        asm.at(node.start);
        asm.ab(op.CALLV, dst, base);
      } else {
        window(rest.map(single));
        asm.at(node.start);
        asm.abc(op.CALL, dst, base, rest.length);
      }
      return true;
    }
    case "apply":
    case "construct": {
      const base = window(plain(3));
      asm.at(node.start);
      asm.ab(name === "apply" ? op.CALLV : op.NEWV, dst, base);
      return true;
    }
    case "resume": {
      const base = window(plain(3));
      asm.at(node.start);
      asm.abcd(op.RESUME, dst, base, base + 1, base + 2);
      return true;
    }
    case "constructor": {
      const [fn] = plain(1);
      if (fn?.type !== "FunctionExpression") throw new CompileError("'$constructor' takes a function expression", node.start);
      compileClosure(g, fn, dst, fn.id?.name ?? "", fn, true);
      return true;
    }
  }
  const native = g.unit.library.natives.get(name);
  if (!native) throw new CompileError(`Unknown native '$${name}'`, node.start);
  if (list.length < native.min || list.length > native.max)
    throw new CompileError(`'$${name}' takes ${native.params || "nothing"}; here are ${list.length} arguments`, node.start);
  const base = window(list.map(single));
  // An empty window still names a register.
  if (list.length === 0 && base >= g.registers) {
    g.temp();
    g.top = base;
  }
  asm.at(node.start);
  asm.awbc(op.INTRINSIC, dst, native.id, base, list.length);
  return true;
}
