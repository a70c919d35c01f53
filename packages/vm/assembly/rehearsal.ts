/**
 * What a snapshot takes over from a rehearsed first request (packages/vm/src/rehearsal.ts). Build time only. Nothing of it can be seen by the program: which functions were
 * prepared, and which patterns compiled.
 */
import { EXCEPTION, UNDEFINED, Value, fromString, isString, ptrOf } from "./value";
import { modules, setBump, setBumpLimit, setExceptionValue, setOverBump, setOverLimit, setPlan, hook } from "./state";
import { HOOK_HTTP_REQUEST, HOOK_REGEXP_PATTERNS } from "./generated/hooks";
import { codeFile, fileFunction, fileFunctions, isPrepared, pointerAt, prepare } from "./code";
import { closureCode } from "./function";
import { prepareImage } from "./gc";
import { moduleFile, moduleNext } from "./module";
import { beginTurn, callHook, setErrorText } from "./run";
import { fromUtf8 } from "./string";

/** Follow a placement plan from now on (heap.ts). */
export function vm_plan(plan: usize, bytes: usize): void {
  setPlan(plan, plan + bytes);
  setBump(0);
  setBumpLimit(0);
  setOverBump(0);
  setOverLimit(0);
}
/** Make the heap what it is in an image, with nothing prepared ahead. */
export function vm_settle(): void { prepareImage(); }

// A byte for each function: of the library's file, then of those of the modules.

@inline function libraryFile(): usize { return codeFile(closureCode(ptrOf(hook(HOOK_HTTP_REQUEST)))); }
@inline function functionCount(f: usize): u32 { return load<u32>(fileFunctions(f), 4); }

/** Write which functions are prepared to `at`, which has `room` bytes; how many bytes that is. */
export function vm_prepared(at: usize, room: u32): u32 {
  let n: u32 = 0;
  for (let m: usize = 0, f = libraryFile(); true; f = moduleFile(m)) {
    const functions = fileFunctions(f), count = functionCount(f);
    for (let i: u32 = 0; i < count && n < room; i++, n++) {
      const c = pointerAt(functions, i);
      store<u8>(at + n, c != 0 && isPrepared(c) ? 1 : 0);
    }
    m = m ? moduleNext(m) : modules();
    if (!m) break;
  }
  return n;
}
/** Prepare those functions of which `at` says so. */
export function vm_prepare(at: usize, bytes: u32): void {
  let n: u32 = 0;
  for (let m: usize = 0, f = libraryFile(); true; f = moduleFile(m)) {
    const count = functionCount(f);
    for (let i: u32 = 0; i < count && n < bytes; i++, n++) {
      if (!load<u8>(at + n)) continue;
      const c = fileFunction(f, i);
      if (!c || (!isPrepared(c) && !prepare(c))) setExceptionValue(UNDEFINED);
    }
    m = m ? moduleNext(m) : modules();
    if (!m) return;
  }
}
/** The patterns compiled so far as text for the host (vm_error_ptr); with such a text, compile those too. 0 when that worked. */
export function vm_patterns(text: usize, length: i32): i32 {
  beginTurn();
  const given: Value = length ? fromString(fromUtf8(text, length)) : UNDEFINED;
  const result = callHook(HOOK_REGEXP_PATTERNS, 1, given, UNDEFINED);
  if (result == EXCEPTION) { setExceptionValue(UNDEFINED); return 1; }
  if (isString(result)) setErrorText(ptrOf(result));
  return 0;
}
