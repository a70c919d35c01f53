/** Runs files of packages/vm/lib in Node: types stripped, one scope, with the given intrinsics standing in for natives. */
import { readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";

/** Returns the named functions of the library files. */
export function loadLibrary<T>(files: readonly string[], names: readonly string[], intrinsics: Record<string, unknown>): T {
  const text = files.map((f) => stripTypeScriptTypes(readFileSync(new URL(`../../lib/${f}`, import.meta.url), "utf8"), { mode: "strip" })).join("\n");
  const keys = Object.keys(intrinsics);
  const make = new Function(...keys, `"use strict";\n${text}\nreturn { ${names.join(", ")} };`) as (...values: unknown[]) => T;
  return make(...keys.map((k) => intrinsics[k]));
}
