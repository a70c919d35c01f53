/** Top-level items of a program, and the module record: requests, imports, exports. */
import { exportKinds } from "@zerostart/bytecode/layout.ts";
import type { ExportRecord, ModuleRecord } from "@zerostart/bytecode/model.ts";
import type * as ast from "acorn";
import { patternNames } from "../analyze.ts";
import { CompileError } from "../diagnostics.ts";
import type { Binding, Scope } from "../scope.ts";
import { compileClass } from "./classes.ts";
import { isAnonymousFunction } from "./constants.ts";
import { intoNamed, operand } from "./expressions.ts";
import type { Generator } from "./generator.ts";
import { statement } from "./statements.ts";
import type { Unit } from "./unit.ts";

export function moduleItems(g: Generator, program: ast.Program): void {
  g.floor = g.top;
  for (const item of program.body) {
    switch (item.type) {
      case "ImportDeclaration":
      case "ExportAllDeclaration":
        break;
      case "ExportNamedDeclaration":
        if (item.declaration) statement(g, item.declaration);
        break;
      case "ExportDefaultDeclaration":
        exportDefault(g, item);
        break;
      default:
        statement(g, item);
    }
  }
}

function exportDefault(g: Generator, node: ast.ExportDefaultDeclaration): void {
  const { declaration } = node;
  if (declaration.type === "FunctionDeclaration") return;
  if (declaration.type === "ClassDeclaration" && declaration.id) {
    statement(g, declaration as ast.ClassDeclaration);
    return;
  }
  if (g.asm.dead) return;
  const mark = g.top;
  g.floor = mark;
  let value: number;
  if (declaration.type === "ClassDeclaration") compileClass(g, declaration, (value = g.temp()), "default");
  else if (isAnonymousFunction(declaration)) intoNamed(g, declaration, (value = g.temp()), "default");
  else value = operand(g, declaration, declaration.end);
  g.store(g.info.scope.bindings.get("*default*")!, value);
  g.top = mark;
}

const nameOf = (node: ast.Identifier | ast.Literal): string => (node.type === "Identifier" ? node.name : String(node.value));

/** Collects requests and imports (giving import bindings their index) and, once slots are known, exports. */
export function moduleRecord(unit: Unit, program: ast.Program, scope: Scope): ModuleRecord {
  const record: ModuleRecord = { requests: [], imports: [], exports: [] };
  const requestIndices = new Map<string, number>();
  const request = (source: ast.Literal, attributes: readonly ast.ImportAttribute[] | undefined): number => {
    // The TypeScript parser leaves the list out when it is empty.
    for (const { key, value, start } of attributes ?? [])
      if ((key.type === "Identifier" ? key.name : key.value) !== "type" || value.value !== "json")
        throw new CompileError('Only the import attribute type: "json" is supported', start);
    const specifier = String(source.value);
    let index = requestIndices.get(specifier);
    if (index === undefined) {
      index = record.requests.push(unit.string(specifier)) - 1;
      requestIndices.set(specifier, index);
    }
    return index;
  };
  /** What an import binding stands for, for exports that pass it on. */
  const sources = new Map<Binding, { request: number; name: string | null }>();
  for (const item of program.body) {
    if (item.type === "ImportDeclaration") {
      const from = request(item.source, item.attributes);
      for (const specifier of item.specifiers) {
        const binding = specifier.local.binding!;
        const name = specifier.type === "ImportDefaultSpecifier" ? "default" : specifier.type === "ImportSpecifier" ? nameOf(specifier.imported) : null;
        sources.set(binding, { request: from, name });
        binding.importIndex = record.imports.push({ request: from, name: name === null ? -1 : unit.string(name) }) - 1;
      }
    } else if ((item.type === "ExportNamedDeclaration" || item.type === "ExportAllDeclaration") && item.source) request(item.source, item.attributes);
  }

  const exported = (name: string, kind: number, a: number, b = 0): void => {
    const entry: ExportRecord = { name: kind === exportKinds.STAR ? 0 : unit.string(name), kind, a, b };
    record.exports.push(entry);
  };
  const local = (name: string, localName: string, position: number): void => {
    const binding = scope.bindings.get(localName);
    if (!binding) throw new CompileError(`Export '${localName}' is not defined`, position);
    const source = sources.get(binding);
    if (!source) exported(name, exportKinds.LOCAL, binding.slot);
    else if (source.name === null) exported(name, exportKinds.NAMESPACE, source.request);
    else exported(name, exportKinds.INDIRECT, source.request, unit.string(source.name));
  };
  let hasDefault = false;
  let hasHandler = false;
  for (const item of program.body) {
    if (item.type === "ExportAllDeclaration") {
      const from = request(item.source, item.attributes);
      if (item.exported) exported(nameOf(item.exported), exportKinds.NAMESPACE, from);
      else exported("", exportKinds.STAR, from);
    } else if (item.type === "ExportDefaultDeclaration") {
      hasDefault = true;
      const { declaration } = item;
      const named = (declaration.type === "FunctionDeclaration" || declaration.type === "ClassDeclaration") && declaration.id;
      local("default", named ? named.name : "*default*", item.start);
    } else if (item.type === "ExportNamedDeclaration") {
      const { declaration, source } = item;
      if (declaration?.type === "VariableDeclaration") {
        for (const { id, start } of declaration.declarations) for (const name of patternNames(id)) local(name, name, start);
      } else if (declaration) local(declaration.id.name, declaration.id.name, declaration.start);
      for (const specifier of item.specifiers) {
        const name = nameOf(specifier.exported);
        hasDefault ||= name === "default";
        hasHandler ||= name === "handler";
        if (source) exported(name, exportKinds.INDIRECT, request(source, item.attributes), unit.string(nameOf(specifier.local)));
        else local(name, nameOf(specifier.local), specifier.start);
      }
      if (declaration && declaration.type === "FunctionDeclaration" && declaration.id.name === "handler") hasHandler = true;
    }
  }
  // A top-level function named `handler` is the entry point when nothing else is.
  const handler = scope.bindings.get("handler");
  if (!hasDefault && !hasHandler && handler?.kind === "function" && handler.captured) exported("handler", exportKinds.LOCAL, handler.slot);
  return record;
}
