/** The engine's exports (docs/architecture.md, "the VM's WebAssembly interface"). */
import { Value, UNDEFINED, EXCEPTION, fromInt, fromInternal, fromObject, fromString, isObject, ptrOf } from "./value";
import { BLOCK_PAGES, kindOf, rawAlloc, rawFree, MAX_HEAP, heapBytes } from "./heap";
import { KIND_PROMISE, KIND_TYPEDARRAY } from "./generated/kinds";
import { FILE_FLAG_MODULE } from "./generated/layout";
import { HOOK_COMPILE, HOOK_EVALUATE_MODULE, HOOK_HTTP_CLOSED, HOOK_HTTP_REQUEST, HOOK_HTTP_WRITABLE, HOOK_REGISTER_HANDLER, HOOK_TIMER } from "./generated/hooks";
import { FRAMES_START, REGISTERS_START, START_SHAPES, SHAPE_CACHE, heapEnd, heapStart, closeLibrary, setDeadline, setGcPauses, errorLen, errorPtr, gcFlags, globalObject, hook, mainModule, randomState, setCpuLimit, setGcFlags, setHeapCap, setMainModule, setModules, setErrorLen, rootSlot, STACK_END, STACK_START, setExceptionValue, cpuLimit, setFuel } from "./state";
import { modules } from "./state";
import { boot } from "./realm";
import { GC_STRESS, STRESS_ALWAYS, STRESS_CHECK, STRESS_FULL, STRESS_SLICES, collect, prepareImage } from "./gc";
import { takeCensus } from "./gc-check";
import { beginTurn, callFunction, callHook, callPrepared, hasJobs, isTerminated, reportException, resetStacks, runJobs, setErrorText } from "./run";
import { fileBytes, fileFlags, fileFunction, fileMain, loadFile } from "./code";
import { prepareMade } from "./code";
import { newClosure } from "./function";
import { linkModule, moduleFile, moduleFlagsOf, moduleNext, moduleRequests, moduleScope, moduleStatus, namespaceOf, newModule, setModuleStatus, MODULE_EVALUATED, MODULE_EVALUATING, MODULE_LINKED } from "./module";
import { fromUtf8 } from "./string";
import { typedArrayData, typedArrayByteLengthOf } from "./natives/typedarray";
import { hostClock, hostLog, hostPhase } from "./host";
import { timersFreeze, timersNext, timersTake } from "./natives/webtimer";
import { bytesData, newBytes } from "./natives/webbytes";
import { timersPending } from "./natives/webtimer";
import { setEnvironment } from "./natives/webhttp";
import { HOOK_NET_EVENT } from "./generated/hooks";
import { clientAt, closeClient, closeIdleClients } from "./http/client";
import * as http from "./http/server";
import { Event, connOfHandle, handleOf, hasReady, httpLeave, httpRelease, httpReset, sharedBlock, SHARED_SIZE, popEvent, setDateFresh, setMaxBody, inFlight } from "./http/state";
import { fromAscii } from "./string";
import { PAUSES_BYTES } from "./gc-pauses";

/** Slot of the natives' traced Values that holds the last loaded file (63). */
const LOADED: i32 = 63;
const PHASE_PARSE: i32 = 4, PHASE_COMPILE: i32 = 5;
const LEVEL_UNCAUGHT: i32 = 4;

export function vm_stack_start(): usize { return STACK_START; }
/** Addresses in pages that a first request writes, one after the other as `i` counts up, and then 0: for a process that waits for one. As things are after vm_resume. */
export function vm_start_page(i: i32): usize {
  // A connection's input and answer; then blocks for cells, and for those that their holes are too small for.
  const shared = heapEnd(), block = BLOCK_PAGES << 12, first = (shared + <usize>SHARED_SIZE + block) & ~(block - 1), heap = (heapStart() + block - 1) & ~(block - 1);
  switch (i) {
    case 0: return FRAMES_START;
    case 1: return REGISTERS_START;
    case 2: return START_SHAPES;
    case 3: return SHAPE_CACHE;
    case 4: return heap; // cells that every start writes (scripts/layout.ts)
    case 5: return heap + block;
    case 6: return shared;
    case 7: return first;
    case 8: return first + block;
    default: return 0;
  }
}
export function vm_stack_end(): usize { return STACK_END; }
export function vm_boot(plan: usize, planBytes: usize): void { boot(plan, planBytes); }

export { vm_adopt, vm_describe, vm_watch } from "./rehearsal-caches";
export { vm_patterns, vm_plan, vm_prepare, vm_prepared, vm_settle } from "./rehearsal";

export function vm_resume(heapLimitBytes: i32): void {
  setHeapCap(heapLimitBytes <= 0 ? MAX_HEAP : min<u32>(<u32>heapLimitBytes, MAX_HEAP));
  store<u64>(randomState(), 0);
  store<u64>(randomState(), 0, 8);
  closeLibrary();
  resetStacks();
  httpReset();
  beginTurn();
}
export function vm_set_limits(cpuNsPerTurn: i64, maxBodyBytes: i32): void {
  setCpuLimit(cpuNsPerTurn);
  setMaxBody(maxBodyBytes);
}
/** Forget what was loaded, its handler and all connections (build time: the realm was warmed up). */
export function vm_unload(): void {
  if (hook(HOOK_REGISTER_HANDLER) != UNDEFINED) callHook(HOOK_REGISTER_HANDLER, 1, UNDEFINED, UNDEFINED);
  store<u64>(rootSlot(LOADED), UNDEFINED);
  setMainModule(0);
  setModules(0);
  httpRelease();
}
export function vm_alloc(bytes: i32): usize { return rawAlloc(bytes); }
export function vm_free(ptr: usize): void { rawFree(ptr); }
export function vm_env(ptr: usize, len: i32): void { setEnvironment(ptr, len); }
export function vm_error_ptr(): usize { return errorPtr(); }
export function vm_error_len(): i32 { return errorLen(); }
/** The file that was loaded last, for the host's bytecode cache: as it was given until something of it has run. */
export function vm_bytecode_ptr(): usize { return fileBytes(loadedFile()); }
export function vm_bytecode_len(): i32 { return <i32>load<u32>(loadedFile(), 4); }
function loadedFile(): usize { return ptrOf(load<u64>(rootSlot(LOADED))); }
/** Benchmarks: count the collector's pauses from now on (gc-pauses.ts); the address of the counts. */
export function vm_gc_observe(): usize {
  const at = rawAlloc(PAUSES_BYTES);
  memory.fill(at, 0, PAUSES_BYTES);
  setGcPauses(at);
  return at;
}
/** Tests: collect as usual (0), or at every safe point: young cells (1), all (2), or young ones and a few cells more of a full collection that never rests (3); + 4: and check the heap after each. */
export function vm_gc_stress(mode: i32): void {
  const how = mode & 3;
  const flags = (how ? STRESS_ALWAYS : 0) | (how == 2 ? STRESS_FULL : how == 3 ? STRESS_SLICES : 0) | (mode & 4 ? STRESS_CHECK : 0);
  setGcFlags((gcFlags() & ~GC_STRESS) | flags);
}
/** What lives outside the image, by kind (KIND_COUNT): {u32 cells, u32 bytes} of each at `ptr`, which is zero. */
export function vm_census(ptr: usize): void {
  setGcFlags(gcFlags() | 2);
  collect();
  takeCensus(ptr);
}
/** Bytes of the heap's pages. */
export function vm_heap_bytes(): u32 { return heapBytes(); }

function failed(): i32 { reportException(); return 1; }

export function vm_load(ptr: usize, len: i32): i32 {
  const file = loadFile(ptr, len);
  if (!file) return failed();
  store<u64>(rootSlot(LOADED), fromInternal(file));
  setMainModule(0);
  if (fileFlags(file) & FILE_FLAG_MODULE) {
    const m = newModule(file);
    if (!m) return failed();
    setMainModule(m);
  }
  return 0;
}

/** Evaluate the main module. EXCEPTION when it throws. One that needs no other and waits for nothing runs at once; for all else there is lib/module.ts. */
function evaluate(m: usize): Value {
  if (moduleStatus(m) != MODULE_LINKED) return UNDEFINED;
  if (load<u32>(moduleRequests(m), 4) == 0 && moduleFlagsOf(m) == 0) {
    const code = fileFunction(moduleFile(m), fileMain(moduleFile(m)));
    if (!code) return EXCEPTION;
    setModuleStatus(m, MODULE_EVALUATING);
    if (callFunction(fromObject(newClosure(code, moduleScope(m))), UNDEFINED, 1, fromInternal(moduleScope(m)), UNDEFINED) == EXCEPTION) return EXCEPTION;
    setModuleStatus(m, MODULE_EVALUATED);
    return UNDEFINED;
  }
  const result = callHook(HOOK_EVALUATE_MODULE, 1, fromInternal(m), UNDEFINED);
  if (result == EXCEPTION) return EXCEPTION;
  if (isObject(result) && kindOf(ptrOf(result)) == KIND_PROMISE) {
    // Top-level await: run what can run. A rejection is the module's failure; the promise's slots are 0 state (1 fulfilled, 2 rejected), 1 result, 3 handled.
    const p = ptrOf(result);
    store<u64>(rootSlot(LOADED), result);
    store<u64>(p, 0xfffa000000000003, 40); // slot 3 = true: the failure is reported here
    if (!runJobs()) return EXCEPTION;
    if (load<u64>(p, 16) == fromInt(2)) { setExceptionValue(load<u64>(p, 24)); return EXCEPTION; }
  }
  return UNDEFINED;
}

export function vm_eval(): i32 {
  beginTurn();
  const m = mainModule();
  if (m) {
    if (!linkModule(m)) return failed();
    if (evaluate(m) == EXCEPTION) return failed();
    if (!runJobs()) return failed();
    if (hook(HOOK_REGISTER_HANDLER) != UNDEFINED && callHook(HOOK_REGISTER_HANDLER, 1, fromObject(namespaceOf(m)), UNDEFINED) == EXCEPTION) return failed();
  } else {
    const file = ptrOf(load<u64>(rootSlot(LOADED)));
    const code = fileFunction(file, fileMain(file));
    if (!code) return failed();
    if (callFunction(fromObject(newClosure(code, 0)), fromObject(globalObject()), 0, UNDEFINED, UNDEFINED) == EXCEPTION) return failed();
  }
  return runJobs() ? 0 : failed();
}

export function vm_compile(src: usize, srcLen: i32, name: usize, nameLen: i32): i32 {
  beginTurn();
  hostPhase(PHASE_PARSE);
  const source = fromUtf8(src, srcLen), filename = fromUtf8(name, nameLen);
  if (!source || !filename) return failed();
  if (hook(HOOK_COMPILE) == UNDEFINED) { setErrorText(fromAscii("This image has no compiler")); return 1; }
  const result = callHook(HOOK_COMPILE, 2, fromString(source), fromString(filename));
  if (result == EXCEPTION) return failed();
  hostPhase(PHASE_COMPILE);
  if (!isObject(result) || kindOf(ptrOf(result)) != KIND_TYPEDARRAY) { setErrorText(fromAscii("The compiler gave no bytecode")); return 1; }
  return vm_load(typedArrayData(ptrOf(result)), <i32>typedArrayByteLengthOf(ptrOf(result)));
}

export function vm_image_prepare(): usize {
  timersFreeze();
  httpLeave();
  resetStacks();
  for (let m = modules(); m; m = moduleNext(m)) prepareMade(moduleFile(m));
  setDeadline(0); // a clock's reading would make every image another one
  return prepareImage();
}

/** An uncaught error outside of a request: to the host's log, by a level of its own (a script ends there). */
function logFailure(): void {
  reportException();
  hostLog(LEVEL_UNCAUGHT, errorPtr(), errorLen());
}
function drainJobs(): void { while (!runJobs()) logFailure(); }

/** Requests answered before the host looks at its other connections again: one that pipelines must not keep them waiting. */
const AT_ONCE: i32 = 32;
/** Requests and happenings that the connections produced. */
function dispatch(): void {
  let left = AT_ONCE;
  while (true) {
    const handle = left > 0 ? http.takeRequest() : -1;
    if (handle >= 0) {
      left--;
      beginTurn();
      if (callHook(HOOK_HTTP_REQUEST, 1, fromInt(handle), UNDEFINED) == EXCEPTION) requestFailed(handle);
      else if (!runJobs()) requestFailed(handle);
      drainJobs();
      continue;
    }
    const event = popEvent();
    if (event == 0) return;
    beginTurn();
    if (callHook(<i32>(event >>> 32) == Event.Writable ? HOOK_HTTP_WRITABLE : HOOK_HTTP_CLOSED, 1, fromInt(<i32>event), UNDEFINED) == EXCEPTION) logFailure();
    drainJobs();
  }
}
/** A request's turn ended by an exception or a limit: answer if nothing was answered yet. */
function requestFailed(handle: i32): void {
  const stopped = isTerminated();
  logFailure();
  const c = connOfHandle(handle);
  if (!c) return;
  if (stopped) http.failRequest(c, 503, "The handler was stopped: it used more than its limits allow");
  else http.failRequest(c, 500, "The handler failed");
}

export function vm_poll(): i64 {
  setDateFresh(false);
  dispatch();
  if (hasJobs()) { beginTurn(); drainJobs(); }
  // An idle process does not ask for the time.
  if (!timersPending() && inFlight() == 0) return hasReady() ? 0 : -1;
  const now = hostClock();
  for (let id = timersTake(now); id != 0; id = timersTake(now)) {
    beginTurn();
    if (callHook(HOOK_TIMER, 1, fromInt(id), UNDEFINED) == EXCEPTION) logFailure();
    drainJobs();
  }
  const requests = http.expire(hostClock());
  dispatch();
  if (hasReady()) return 0;
  const timer = timersNext(hostClock());
  return timer < 0 || (requests >= 0 && requests < timer) ? requests : timer;
}

export function http_open(connection: i32): i32 { return http.open(connection); }
export function http_buffer(connection: i32): usize { return http.receiveAddress(connection); }
export function http_buffer_size(connection: i32): i32 { return http.receiveSize(connection); }
export function http_receive(connection: i32, n: i32): i32 {
  const client = clientAt(connection);
  if (client) clientReceived(client, n);
  else http.receive(connection, n);
  dispatch();
  http.settle(connection);
  return http.wantsWritable(connection) | (hasReady() ? 2 : 0);
}
export function http_writable(connection: i32): i32 {
  const client = clientAt(connection);
  if (client) clientEvent(handleOf(client), fromInt(0));
  else http.writable(connection);
  dispatch();
  http.settle(connection);
  return http.wantsWritable(connection);
}
export function http_closed(connection: i32): void {
  const client = clientAt(connection), handle = client ? handleOf(client) : -1;
  http.closed(connection);
  if (client) clientEvent(handle, fromInt(2));
  dispatch();
}
export function http_drain(): void {
  http.drain();
  closeIdleClients();
}

/** Something happened to a connection that the handler opened. */
function clientEvent(handle: i32, what: Value): void {
  beginTurn();
  if (callHook(HOOK_NET_EVENT, 2, fromInt(handle), what) == EXCEPTION) logFailure();
  drainJobs();
}
function clientReceived(c: usize, n: i32): void {
  const handle = handleOf(c);
  if (n <= 0) { clientEvent(handle, fromInt(1)); return; }
  const bytes = newBytes(n);
  if (bytes == 0) {
    // No memory for what came: to the handler that is a connection that broke.
    logFailure();
    closeClient(c);
    clientEvent(handle, fromInt(2));
    return;
  }
  memory.copy(bytesData(bytes), sharedBlock(), <usize>n);
  clientEvent(handle, fromObject(bytes));
}
