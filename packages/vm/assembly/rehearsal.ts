/**
 * What a snapshot takes over from a rehearsed first request (packages/vm/src/rehearsal.ts). Build time only. Nothing of it can be seen by the program: which functions were
 * prepared, and which patterns compiled.
 */
import { EXCEPTION, UNDEFINED, Value, fromString, isString, ptrOf } from "./value";
import { modules, setBump, setBumpLimit, setExceptionValue, setOverBump, setOverLimit, setPlan, hook } from "./state";
import { HOOK_HTTP_REQUEST, HOOK_REGEXP_PATTERNS } from "./generated/hooks";
import { codeFile, codeInstanceSlots, fileFunction, fileFunctions, fileString, fileStrings, isPrepared, linkChildren, pointerAt, prepare, setCodeInstanceSlots } from "./code";
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

// A byte for each function and each string: of the library's file, then of those of the modules.

/** Of a function: its CODE cell is there; it is prepared. Above bit 2 how many slots instances have that it constructs. */
const MADE: u8 = 1, PREPARED: u8 = 2, STATE_BITS: u8 = 2;

@inline export function libraryFile(): usize { return codeFile(closureCode(ptrOf(hook(HOOK_HTTP_REQUEST)))); }
@inline function countOf(pointers: usize): u32 { return load<u32>(pointers, 4); }

/** Write what was made of the files so far to `at`, which has `room` bytes; how many bytes that is. */
export function vm_prepared(at: usize, room: u32): u32 {
  let n: u32 = 0;
  for (let m: usize = 0, f = libraryFile(); true; f = moduleFile(m)) {
    const functions = fileFunctions(f), strings = fileStrings(f);
    for (let i: u32 = 0; i < countOf(functions) && n < room; i++, n++) {
      const c = pointerAt(functions, i);
      store<u8>(at + n, !c ? 0 : (isPrepared(c) ? PREPARED : MADE) | <u8>(codeInstanceSlots(c) << STATE_BITS));
    }
    for (let i: u32 = 0; i < countOf(strings) && n < room; i++, n++) store<u8>(at + n, pointerAt(strings, i) ? MADE : 0);
    m = m ? moduleNext(m) : modules();
    if (!m) break;
  }
  return n;
}
/** Make that of the files which `at` says. */
export function vm_prepare(at: usize, bytes: u32): void {
  let n: u32 = 0;
  for (let m: usize = 0, f = libraryFile(); true; f = moduleFile(m)) {
    const functions = fileFunctions(f), strings = fileStrings(f);
    for (let i: u32 = 0; i < countOf(functions) && n < bytes; i++, n++) {
      const what = load<u8>(at + n);
      if (!what) continue;
      const c = fileFunction(f, i);
      if (!c || ((what & PREPARED) != 0 && !isPrepared(c) && !prepare(c))) setExceptionValue(UNDEFINED);
      else setCodeInstanceSlots(c, what >>> STATE_BITS);
    }
    for (let i: u32 = 0; i < countOf(strings) && n < bytes; i++, n++) if (load<u8>(at + n) && !fileString(f, i)) setExceptionValue(UNDEFINED);
    linkChildren(f);
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
