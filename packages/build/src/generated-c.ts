/**
 * Turns what wasm2c 1.0.32 generates into C for the native host: a memory at a constant address (host/wasm-ops.h), no
 * instance pointer, constant tables, no start-up work at all, and several files that compile side by side.
 *
 * wasm2c's output is regular: one function per `static TYPE w2c_NAME(...) {` ... `}`, one operation a line. Every
 * construct that is not known here is an error, never a guess.
 */
import { threadLoops } from "./threaded-code.ts";

export interface EngineC {
  /** File name -> C text. `module.h` is included by the rest. */
  files: Map<string, string>;
  /** Exported functions by their WebAssembly names. */
  exports: string[];
  /** Pages of 64 KiB that the module asks for at first. */
  initialPages: number;
}

/** Functions up to this many characters are defined in the header, so that every file can inline them. */
const inlineLimit = 700;
/** Files are cut at about this many characters: enough of them to use all cores, few enough to share headers cheaply. */
const chunkLimit = 350_000;

interface CFunction {
  name: string;
  prototype: string;
  body: string;
}

export class UnsupportedModuleError extends Error {}

/** @param first functions that are to come before the others, by their places in the module */
export function rewriteGeneratedC(source: string, first: readonly number[] = []): EngineC {
  const typeIds = functionTypeIds(source);
  const inOrder = [...source.matchAll(/^static ([a-z0-9]+ )(w2c_\w+)\(Z_vm_instance_t\* instance(?:,\s)?([^)]*)\) \{\n([\s\S]*?)^\}\n/gm)].map(
    (m): CFunction => {
      const [, type, name, parameters, body] = m as unknown as [string, string, string, string, string];
      // After every eighth parameter it begins a line.
      return { name, prototype: `${type}${name}(${parameters.replaceAll(/\s+/g, " ") || "void"})`, body: rewriteBody(body, name, typeIds) };
    },
  );
  const early = first.map((i) => inOrder[i]).filter((f) => f !== undefined);
  // The small ones side by side: of the largest, the interpreter and the calls of natives, a start runs a small part.
  early.sort((a, b) => a.body.length - b.body.length);
  const functions = [...new Set([...early, ...inOrder])];
  if (functions.length === 0) throw new UnsupportedModuleError("no functions found in the generated C: was it made by another version of wasm2c?");
  const names = new Set(functions.map((f) => f.name));
  for (const declared of source.matchAll(/^static [a-z0-9]+ (w2c_\w+)\(Z_vm_instance_t\*[^{]*\);$/gm)) {
    if (!names.has(declared[1]!)) throw new UnsupportedModuleError(`function ${declared[1]} was not understood`);
  }

  const imports = [...source.matchAll(/\(\*Z_hostZ_(\w+)\)\(instance->Z_host_instance/g)].map((m) => m[1]!);
  const exports: { name: string; type: string; parameters: string; target: string; names: string }[] = [];
  for (const m of source.matchAll(
    /^\/\* export: '([^']+)' \*\/\n([a-z0-9]+) Z_vmZ_\w+\(Z_vm_instance_t\* instance(?:, )?(.*)\) \{\n\s*return (w2c_\w+)\(instance(?:, )?(.*)\);\n\}/gm,
  )) {
    exports.push({ name: m[1]!, type: m[2]!, parameters: m[3] || "void", target: m[4]!, names: m[5]! });
  }
  const initial = /^static void init_globals\(.*\{\n([\s\S]*?)^\}/m.exec(source)?.[1] ?? "";
  const globals = [...initial.matchAll(/^ {2}instance->(w2c_g\d+) = (.*);$/gm)].map((m) => ({ name: m[1]!, value: m[2]! }));
  const globalTypes = new Map([...source.matchAll(/^ {2}(\w+) (w2c_g\d+);$/gm)].map((m) => [m[2]!, m[1]!]));
  for (const g of globals) if (!globalTypes.has(g.name)) throw new UnsupportedModuleError(`type of global ${g.name} not found`);

  const isInline = (f: CFunction) => f.body.length <= inlineLimit;
  const header = [
    '#include "wasm-ops.h"',
    ...importPrototypes(source, new Set(imports)),
    ...tableDeclarations(source),
    ...globals.map((g) => `extern __attribute__((visibility("hidden"))) ${globalTypes.get(g.name)} ${g.name};`),
    ...functions.map((f) => (isInline(f) ? `static inline ${f.prototype};` : `__attribute__((visibility("hidden"))) ${f.prototype};`)),
    ...functions.filter(isInline).map((f) => `static inline ${f.prototype} {\n${f.body}}`),
  ].join("\n");

  // What is exported is small, and run by every start: it comes first.
  const files = new Map([
    ["module.h", `${header}\n`],
    ["module-exports.c", exportsFile(source, exports, globals, globalTypes, typeIds)],
  ]);
  let chunk = "";
  let count = 0;
  const flush = () => {
    if (chunk) files.set(`module-${count++}.c`, `#include "module.h"\n${chunk}`);
    chunk = "";
  };
  for (const f of functions) {
    if (isInline(f)) continue;
    if (chunk.length + f.body.length > chunkLimit) flush();
    chunk += `${f.prototype} {\n${f.body}}\n`;
  }
  flush();
  const pages = /wasm_rt_allocate_memory\(&instance->w2c_memory, (\d+),/.exec(source);
  if (!pages) throw new UnsupportedModuleError("the module has no memory of its own named w2c_memory");
  return { files, exports: exports.map((e) => e.name), initialPages: Number(pages[1]) };
}

/** func_types[i] -> canonical id: equal signatures are one type. */
function functionTypeIds(source: string): Map<string, number> {
  const bySignature = new Map<string, number>();
  const ids = new Map<string, number>();
  for (const m of source.matchAll(/func_types\[(\d+)\] = wasm_rt_register_func_type\((.*)\);/g)) {
    if (!bySignature.has(m[2]!)) bySignature.set(m[2]!, bySignature.size);
    ids.set(m[1]!, bySignature.get(m[2]!)!);
  }
  return ids;
}

function rewriteBody(body: string, name: string, typeIds: Map<string, number>): string {
  const text = body
    .replace(
      /CALL_INDIRECT\(instance->(w2c_T\d+), (\w+ \(\*\))\(void\*(?:, )?([^()]*)\), (\d+), (\w+), instance->\w+\.data\[\w+\]\.module_instance(?:, )?/g,
      (_, table, result, parameters, type, index) =>
        `CALL_INDIRECT(${table}, ${table}_SIZE, ${result}(${parameters || "void"}), ${typeIds.get(type as string)}u, ${index})(`,
    )
    .replace(/\(\*Z_hostZ_(\w+)\)\(instance->Z_host_instance(?:, )?/g, "host_$1(")
    .replace(/&instance->w2c_memory, &instance->w2c_memory, /g, "")
    .replace(/wasm_rt_grow_memory\(&instance->w2c_memory, /g, "memory_grow(")
    .replace(/&instance->w2c_memory, /g, "")
    .replace(/instance->w2c_memory\.pages/g, "memory_pages")
    .replace(/instance->(w2c_g\d+)/g, "$1")
    .replace(/(w2c_\w+)\(instance(?:, )?/g, "$1(");
  const unknown = /.*\b(?:instance\b|wasm_rt_\w+|memory_init|\w+_table_\w+|TRAP).*/.exec(text);
  if (unknown) throw new UnsupportedModuleError(`in ${name}: ${unknown[0].trim()}`);
  return threadLoops(text);
}

function importPrototypes(source: string, used: Set<string>): string[] {
  // The prototypes are in the generated header, which the caller puts in front.
  return [...source.matchAll(/^(\w+) Z_hostZ_(\w+)\(struct Z_host_instance_t\*(?:, )?(.*)\);$/gm)]
    .filter((m) => used.has(m[2]!))
    .map((m) => `${m[1]} host_${m[2]}(${m[3] || "void"});`);
}

function tables(source: string): { name: string; size: number }[] {
  return [...source.matchAll(/wasm_rt_allocate_funcref_table\(&instance->(w2c_T\d+), (\d+), \d+\);/g)].map((m) => ({ name: m[1]!, size: Number(m[2]) }));
}

function tableDeclarations(source: string): string[] {
  return tables(source).map(
    (t) => `#define ${t.name}_SIZE ${t.size}u\nextern __attribute__((visibility("hidden"))) const struct table_entry ${t.name}[${t.size}];`,
  );
}

function exportsFile(
  source: string,
  exports: { name: string; type: string; parameters: string; target: string; names: string }[],
  globals: { name: string; value: string }[],
  globalTypes: Map<string, string>,
  typeIds: Map<string, number>,
): string {
  const lines = ['#include "module.h"', '#include "engine.h"'];
  for (const g of globals) lines.push(`${globalTypes.get(g.name)} ${g.name} = ${g.value};`);
  lines.push("void engine_reset_globals(void) {", ...globals.map((g) => `  ${g.name} = ${g.value};`), "}");
  for (const t of tables(source)) {
    const entries: string[] = [];
    for (const use of source.matchAll(
      new RegExp(`funcref_table_init\\(&instance->${t.name}, (\\w+), \\d+, (\\d+)u, 0, (\\d+), instance, func_types\\);`, "g"),
    )) {
      const segment = new RegExp(`${use[1]}\\[\\] = \\{\\n([\\s\\S]*?)\\};`).exec(source);
      const items = [...(segment?.[1] ?? "").matchAll(/\{(\d+), \(wasm_rt_function_ptr_t\)&(\w+), 0\},/g)];
      if (items.length !== Number(use[3])) throw new UnsupportedModuleError(`elements of table ${t.name} were not understood`);
      items.forEach((item, i) => (entries[Number(use[2]) + i] = `[${Number(use[2]) + i}] = {(wasm_function)${item[2]}, ${typeIds.get(item[1]!)}u}`));
    }
    // An element that is not set has a type that no call asks for.
    for (let i = 0; i < t.size; i++) entries[i] ??= `[${i}] = {0, ~0u}`;
    lines.push(`const struct table_entry ${t.name}[${t.size}] = {`, ...entries.map((e) => `  ${e},`), "};");
  }
  for (const e of exports)
    lines.push(`${e.type} ${e.name}(${e.parameters}) {`, e.type === "void" ? `  ${e.target}(${e.names});` : `  return ${e.target}(${e.names});`, "}");
  const lacks = (name: string) => !exports.some((e) => e.name === name);
  if (lacks("vm_env")) lines.push("void vm_env(u32 at, u32 n) {", "  (void)at;", "  (void)n;", "}");
  for (const name of ["vm_bytecode_ptr", "vm_bytecode_len"]) if (lacks(name)) lines.push(`u32 ${name}(void) {`, "  return 0;", "}");
  return `${lines.join("\n")}\n`;
}
