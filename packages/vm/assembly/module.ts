/**
 * Modules: linking and evaluation of the loaded files (ECMA-262, 16.2.1). All files are there before the first is evaluated; requests find each other by file name.
 *
 * MODULE cell: +4 BYTECODE, +8 top-level Scope, +12 namespace object, +16 status, +20 imports VALUES cell, +24 export names (array), +28 next MODULE, +32 import.meta object,
 * +36 requests POINTERS cell, +40 export cells VALUES (pairs scope, slot), +44 0, +48 state of evaluation (lib/module.ts)
 */
import { Value, UNDEFINED, HOLE, EXCEPTION, fromInt, fromObject, fromString, fromInternal, isString, isInt, asInt, isInternal, isObject, ptrOf } from "./value";
import { allocate, initValueAt, newValues, setValueAt, storePtr, valueAt, valuesCount, storeValue } from "./heap";
import { KIND_MODULE, KIND_MODULE_NAMESPACE, KIND_OBJECT, KIND_SCOPE } from "./generated/kinds";
import { EXPORT_INDIRECT, EXPORT_LOCAL, EXPORT_NAMESPACE, EXPORT_STAR, SECTION_MODULE, FN_ASYNC } from "./generated/layout";
import { HOOK_DYNAMIC_IMPORT } from "./generated/hooks";
import { modules, nativeSlot, setExceptionValue, setModules, wellKnownSymbol, SYMBOL_TO_STRING_TAG } from "./state";
import { codeFile, codeModuleSlots, codeParams, codeFlags, cursor, cursorFailed, fileFunction, fileMain, fileModule, fileName, fileString, newPointers, pointerAt, sectionEnd, sectionLength, sectionStart, seek, setFileModule, setPointerAt, varint } from "./code";
import { newScope, scopeCount, scopeSlot, newClosure } from "./function";
import { addProperty, newArray, newObject, newObjectOfKind, preventExtensions } from "./object";
import { appendElement, arrayLength, getIndex } from "./elements";
import { ATTRS_DATA } from "./shape";
import { charAt, compareStrings, flatten, fromAscii, internString, strLength, substring } from "./string";
import { sbFinish, sbPush8, sbPush16, sbPushLiteral, sbPushRange, sbPushString, sbReset } from "./stringbuilder";
import { name, N_DEFAULT, N_URL } from "./names";
import { ERR_SYNTAX, ERR_TYPE, ERR_REFERENCE, throwWithString, throwSyntaxError } from "./errors";
import { hook3 } from "./call";

export const MODULE_LOADED: i32 = 0, MODULE_LINKED: i32 = 1, MODULE_EVALUATING: i32 = 2, MODULE_EVALUATED: i32 = 3;

@inline export function moduleFile(m: usize): usize { return load<u32>(m, 4); }
@inline export function moduleScope(m: usize): usize { return load<u32>(m, 8); }
@inline export function moduleNamespaceOf(m: usize): usize { return load<u32>(m, 12); }
@inline export function moduleStatus(m: usize): i32 { return load<i32>(m, 16); }
@inline export function setModuleStatus(m: usize, s: i32): void { store<i32>(m, s, 16); }
@inline function moduleImports(m: usize): usize { return load<u32>(m, 20); }
@inline export function moduleNext(m: usize): usize { return load<u32>(m, 28); }
@inline export function moduleRequests(m: usize): usize { return load<u32>(m, 36); }

/** Record of a module file: its Scope exists at once, so that cycles find their bindings. 0 with an error when malformed. */
export function newModule(file: usize): usize {
  const main = fileFunction(file, fileMain(file));
  if (!main) return 0;
  const m = allocate(56, KIND_MODULE);
  store<u32>(m, <u32>file, 4);
  const slots = codeModuleSlots(main);
  const scope = newScope(slots, 0);
  for (let i: u32 = 0; i < slots; i++) store<u64>(scopeSlot(scope, i), HOLE);
  store<u32>(m, <u32>scope, 8);
  store<u64>(m, UNDEFINED, 48);
  store<u32>(m, <u32>modules(), 28);
  setModules(m);
  setFileModule(file, m);
  return m;
}

/** Module that request `i` of a linked module found; 0 when there is none. */
function requestAt(m: usize, i: u32): usize {
  const requests = moduleRequests(m);
  return requests && i < load<u32>(requests, 4) ? pointerAt(requests, i) : 0;
}

// Reading the MODULE section: requests, imports, exports, in this order.
function seekRequests(m: usize): u32 {
  const f = moduleFile(m);
  seek(sectionStart(f, SECTION_MODULE), sectionEnd(f, SECTION_MODULE));
  return sectionLength(f, SECTION_MODULE) ? varint() : 0;
}
function seekImports(m: usize): u32 {
  const n = seekRequests(m);
  if (!sectionLength(moduleFile(m), SECTION_MODULE)) return 0;
  for (let i: u32 = 0; i < n && !cursorFailed(); i++) varint();
  return varint();
}
function seekExports(m: usize): u32 {
  const n = seekImports(m);
  if (!sectionLength(moduleFile(m), SECTION_MODULE)) return 0;
  for (let i: u32 = 0; i < n && !cursorFailed(); i++) { varint(); varint(); }
  return varint();
}

export function notFound(specifier: usize): Value {
  sbReset();
  sbPushLiteral("Cannot find module '");
  sbPushString(specifier);
  sbPush8(39);
  return throwWithString(ERR_TYPE, sbFinish());
}

/** Interned name of what `specifier` means in a file called `referrer`: relative ones are joined and their dots resolved. */
function resolveName(specifier: usize, referrer: usize): usize {
  flatten(specifier);
  if (strLength(specifier) < 2 || charAt(specifier, 0) != 46) return internString(specifier);
  flatten(referrer);
  let end = strLength(referrer);
  while (end > 0 && charAt(referrer, end - 1) != 47) end--;
  let at = 0;
  const length = strLength(specifier);
  while (at < length) {
    let next = at;
    while (next < length && charAt(specifier, next) != 47) next++;
    const dots = next - at;
    if (dots == 1 && charAt(specifier, at) == 46) at = next + 1;
    else if (dots == 2 && charAt(specifier, at) == 46 && charAt(specifier, at + 1) == 46) {
      if (end > 0) end--;
      while (end > 0 && charAt(referrer, end - 1) != 47) end--;
      at = next + 1;
    } else break;
  }
  sbReset();
  sbPushRange(referrer, 0, end);
  sbPushRange(specifier, min(at, length), length);
  return internString(sbFinish());
}
/** Loaded module by name, 0 when there is none. */
export function findModule(specifier: usize, referrer: usize): usize {
  const wanted = resolveName(specifier, referrer);
  for (let m = modules(); m; m = moduleNext(m)) if (internString(fileName(moduleFile(m))) == wanted) return m;
  return 0;
}

// A resolved binding is left in native slots 92 and 93: the module whose scope holds it, its slot; slot -1: the module's namespace.
@inline function foundModule(): usize { return load<u32>(nativeSlot(92)); }
@inline function foundSlot(): i32 { return load<i32>(nativeSlot(93)); }
function setFound(m: usize, slot: i32): void { store<u32>(nativeSlot(92), <u32>m); store<i32>(nativeSlot(93), slot); }

const FOUND_NONE: i32 = 0, FOUND_ONE: i32 = 1, FOUND_AMBIGUOUS: i32 = 2;
/** ResolveExport (16.2.1.6.3). `seen`: pairs of module and name on the way here, which a cycle would ask for again; 0 for none. */
function resolveExport(m: usize, exportName: usize, seen: usize): i32 {
  if (seen) {
    for (let i: u32 = 0, n = arrayLength(seen); i < n; i += 2) if (ptrOf(getIndex(seen, i)) == m && ptrOf(getIndex(seen, i + 1)) == exportName) return FOUND_NONE;
    appendElement(seen, fromInternal(m));
    appendElement(seen, fromString(exportName));
  }
  const f = moduleFile(m);
  const n = seekExports(m);
  let at = cursor();
  for (let i: u32 = 0; i < n; i++) {
    seek(at, sectionEnd(f, SECTION_MODULE));
    const nameIndex = varint(), kind = varint(), a = varint();
    const b = kind == EXPORT_INDIRECT || kind == EXPORT_STAR ? varint() : 0;
    at = cursor();
    if (kind == EXPORT_STAR || fileString(f, nameIndex) != exportName) continue;
    if (kind == EXPORT_LOCAL) {
      if (a >= scopeCount(moduleScope(m))) return FOUND_NONE;
      setFound(m, a);
      return FOUND_ONE;
    }
    const target = requestAt(m, a);
    if (!target) return FOUND_NONE;
    if (kind == EXPORT_NAMESPACE) { setFound(target, -1); return FOUND_ONE; }
    return resolveExport(target, fileString(f, b), seen ? seen : newSeen(m, exportName));
  }
  if (exportName == name(N_DEFAULT)) return FOUND_NONE;
  let result = FOUND_NONE, module: usize = 0, slot: i32 = 0;
  const count = seekExports(m);
  at = cursor();
  for (let i: u32 = 0; i < count; i++) {
    seek(at, sectionEnd(f, SECTION_MODULE));
    varint();
    const kind = varint(), a = varint();
    if (kind == EXPORT_INDIRECT || kind == EXPORT_STAR) varint();
    at = cursor();
    if (kind != EXPORT_STAR) continue;
    if (!seen) seen = newSeen(m, exportName);
    const from = requestAt(m, a);
    if (!from) continue;
    const r = resolveExport(from, exportName, seen);
    if (r == FOUND_AMBIGUOUS) return r;
    if (r == FOUND_ONE) {
      if (result == FOUND_ONE && (module != foundModule() || slot != foundSlot())) return FOUND_AMBIGUOUS;
      result = r;
      module = foundModule();
      slot = foundSlot();
    }
  }
  if (result == FOUND_ONE) setFound(module, slot);
  return result;
}

function newSeen(m: usize, exportName: usize): usize {
  const seen = newArray(8);
  appendElement(seen, fromInternal(m));
  appendElement(seen, fromString(exportName));
  return seen;
}

/** Resolve the requests and imports of a module and of those it needs. False with an error pending: then none of them is linked, and the next try begins anew. */
export function linkModule(m: usize): bool {
  // Every request is known before any name is looked for: names are found through modules further on.
  const graph = newArray(4);
  let linked = findRequests(m, graph);
  for (let i: u32 = 0; linked && i < arrayLength(graph); i++) linked = resolveImports(ptrOf(getIndex(graph, i)));
  if (linked) return true;
  for (let other = modules(); other; other = moduleNext(other))
    if (moduleStatus(other) == MODULE_LINKED && load<u64>(other, 48) == UNDEFINED) setModuleStatus(other, MODULE_LOADED);
  return false;
}
function findRequests(m: usize, graph: usize): bool {
  if (moduleStatus(m) != MODULE_LOADED) return true;
  const f = moduleFile(m);
  const requestCount = seekRequests(m);
  if (requestCount > 65535) { throwSyntaxError("Malformed bytecode"); return false; }
  const requests = newPointers(requestCount);
  storePtr(m, m + 36, requests);
  setModuleStatus(m, MODULE_LINKED);
  let at = cursor();
  for (let i: u32 = 0; i < requestCount; i++) {
    seek(at, sectionEnd(f, SECTION_MODULE));
    const specifier = fileString(f, varint2(f, at));
    seek(at, sectionEnd(f, SECTION_MODULE));
    varint();
    at = cursor();
    if (!specifier) return false;
    const target = findModule(specifier, fileName(f));
    if (!target) { notFound(specifier); return false; }
    setPointerAt(requests, i, target);
  }
  for (let i: u32 = 0; i < requestCount; i++) if (!findRequests(pointerAt(requests, i), graph)) return false;
  return appendElement(graph, fromInternal(m));
}
function unresolved(m: usize, wanted: usize, found: i32): bool {
  sbReset();
  sbPushLiteral("The requested module '");
  sbPushString(fileName(moduleFile(m)));
  sbPushLiteral(found == FOUND_AMBIGUOUS ? "' contains conflicting star exports for name '" : "' does not provide an export named '");
  sbPushString(wanted);
  sbPush8(39);
  throwWithString(ERR_SYNTAX, sbFinish());
  return false;
}
/** 16.2.1.6.4 InitializeEnvironment, the part on names: what is passed on must be there, and imports get their Scope and slot. */
function resolveImports(m: usize): bool {
  const f = moduleFile(m), requests = moduleRequests(m), requestCount = <u32>load<u32>(requests, 4);
  const exportCount = seekExports(m);
  let at = cursor();
  for (let i: u32 = 0; i < exportCount; i++) {
    seek(at, sectionEnd(f, SECTION_MODULE));
    const nameIndex = varint(), kind = varint(), request = varint(), nameThere = kind == EXPORT_INDIRECT || kind == EXPORT_STAR ? varint() : 0;
    at = cursor();
    if (cursorFailed() || (kind != EXPORT_LOCAL && request >= requestCount)) { throwSyntaxError("Malformed bytecode"); return false; }
    if (kind != EXPORT_INDIRECT) continue;
    const exported = fileString(f, nameIndex), wanted = fileString(f, nameThere);
    if (!exported || !wanted) return false;
    const found = resolveExport(m, exported, 0);
    if (found != FOUND_ONE) return unresolved(pointerAt(requests, request), wanted, found);
  }
  const importCount = seekImports(m);
  if (importCount > 65535) { throwSyntaxError("Malformed bytecode"); return false; }
  const imports = newValues(<i32>importCount * 2);
  for (let i = 0; i < <i32>importCount * 2; i++) initValueAt(imports, i, UNDEFINED);
  storePtr(m, m + 20, imports);
  at = cursor();
  for (let i: u32 = 0; i < importCount; i++) {
    seek(at, sectionEnd(f, SECTION_MODULE));
    const request = varint(), nameIndex = varint();
    at = cursor();
    if (cursorFailed() || request >= requestCount) { throwSyntaxError("Malformed bytecode"); return false; }
    const target = pointerAt(requests, request);
    if (nameIndex == 0) { setValueAt(imports, i * 2, fromObject(namespaceOf(target))); setValueAt(imports, i * 2 + 1, fromInt(-1)); continue; }
    const wanted = fileString(f, nameIndex - 1);
    if (!wanted) return false;
    const found = resolveExport(target, wanted, 0);
    if (found != FOUND_ONE) return unresolved(target, wanted, found);
    if (foundSlot() < 0) { setValueAt(imports, i * 2, fromObject(namespaceOf(foundModule()))); setValueAt(imports, i * 2 + 1, fromInt(-1)); }
    else { setValueAt(imports, i * 2, fromInternal(moduleScope(foundModule()))); setValueAt(imports, i * 2 + 1, fromInt(foundSlot())); }
  }
  return true;
}
function varint2(f: usize, at: usize): u32 { seek(at, sectionEnd(f, SECTION_MODULE)); return varint(); }

/** Names that a module exports, into an array of strings (16.2.1.6.2 GetExportedNames). */
function collectNames(m: usize, list: usize, depth: i32, seen: usize): void {
  for (let i: u32 = 0; i < arrayLength(seen); i++) if (ptrOf(getIndex(seen, i)) == m) return;
  appendElement(seen, fromInternal(m));
  const f = moduleFile(m), n = seekExports(m);
  let at = cursor();
  for (let i: u32 = 0; i < n; i++) {
    seek(at, sectionEnd(f, SECTION_MODULE));
    const nameIndex = varint(), kind = varint(), a = varint();
    if (kind == EXPORT_INDIRECT || kind == EXPORT_STAR) varint();
    at = cursor();
    if (kind == EXPORT_STAR) { if (requestAt(m, a)) collectNames(requestAt(m, a), list, depth + 1, seen); continue; }
    const s = fileString(f, nameIndex);
    if (!s) { setExceptionValue(UNDEFINED); continue; }
    if (depth > 0 && s == name(N_DEFAULT)) continue;
    let known = false;
    for (let j: u32 = 0; j < arrayLength(list); j++) if (ptrOf(getIndex(list, j)) == s) { known = true; break; }
    if (!known) appendElement(list, fromString(s));
  }
}
/** Sorted array of the export names that resolve. */
export function exportNames(m: usize): usize {
  const all = newArray(8);
  collectNames(m, all, 0, newArray(4));
  const out = newArray(arrayLength(all));
  for (let i: u32 = 0; i < arrayLength(all); i++) {
    const s = ptrOf(getIndex(all, i));
    if (resolveExport(m, s, 0) != FOUND_ONE) continue;
    appendElement(out, fromString(s));
    // insertion sort by code units
    const e = load<u32>(out, 12) + 8;
    for (let j = <i32>arrayLength(out) - 1; j > 0; j--) {
      const a = load<u64>(e + (<usize>(j - 1) << 3)), b = load<u64>(e + (<usize>j << 3));
      if (compareStrings(ptrOf(a), ptrOf(b)) <= 0) break;
      store<u64>(e + (<usize>(j - 1) << 3), b);
      store<u64>(e + (<usize>j << 3), a);
    }
  }
  return out;
}
/** Value of an export: HOLE in its dead zone, UNDEFINED with state "none" (-1 slot) when there is no such export. */
export function exportValue(m: usize, exportName: usize): Value {
  if (resolveExport(m, internString(exportName), 0) != FOUND_ONE) return UNDEFINED;
  if (foundSlot() < 0) return fromObject(namespaceOf(foundModule()));
  return load<u64>(scopeSlot(moduleScope(foundModule()), foundSlot()));
}
export function hasExport(m: usize, exportName: usize): bool { return resolveExport(m, internString(exportName), 0) == FOUND_ONE; }

/** The namespace object of a module, made once. */
export function namespaceOf(m: usize): usize {
  const known = moduleNamespaceOf(m);
  if (known) return known;
  const ns = newObjectOfKind(KIND_MODULE_NAMESPACE, 0);
  storePtr(ns, ns + 16, m);
  storePtr(m, m + 12, ns);
  addProperty(ns, wellKnownSymbol(SYMBOL_TO_STRING_TAG), fromString(fromAscii("Module")), 0);
  preventExtensions(ns);
  return ns;
}

/** LDIMPORT. */
export function loadImport(code: usize, index: u32): Value {
  const m = fileModule(codeFile(code));
  const imports = m ? moduleImports(m) : 0;
  if (!imports || <i32>index * 2 >= valuesCount(imports)) return throwSyntaxError("Malformed bytecode");
  const holder = valueAt(imports, index * 2), slot = asInt(valueAt(imports, index * 2 + 1));
  if (slot < 0) return holder;
  const v = load<u64>(scopeSlot(ptrOf(holder), slot));
  if (v != HOLE) return v;
  return throwWithString(ERR_REFERENCE, holeText());
}
function holeText(): usize {
  sbReset();
  sbPushLiteral("Cannot access an imported binding before initialization");
  return sbFinish();
}
export function dynamicImport(code: usize, specifier: Value, options: Value): Value {
  return hook3(HOOK_DYNAMIC_IMPORT, specifier, fromString(fileName(codeFile(code))), options);
}
/** Bits of moduleFlags. */
export const MODULE_ASYNC: i32 = 1, MODULE_LINK_PHASE: i32 = 2;
export function moduleFlagsOf(m: usize): i32 {
  const main = fileFunction(moduleFile(m), fileMain(moduleFile(m)));
  if (!main) return 0;
  return (codeFlags(main) & FN_ASYNC ? MODULE_ASYNC : 0) | (codeParams(main) > 1 ? MODULE_LINK_PHASE : 0);
}
/** import.meta: { url } */
export function importMeta(code: usize): Value {
  const m = fileModule(codeFile(code));
  if (!m) return throwSyntaxError("Malformed bytecode");
  let meta = <usize>load<u32>(m, 32);
  if (!meta) {
    meta = newObject(0);
    sbReset();
    sbPushLiteral("file:///");
    sbPushString(fileName(moduleFile(m)));
    addProperty(meta, name(N_URL), fromString(sbFinish()), ATTRS_DATA);
    storePtr(m, m + 32, meta);
  }
  return fromObject(meta);
}
