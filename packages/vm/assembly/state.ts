/**
 * The VM's whole mutable state: one struct in linear memory (docs/engine.md, rule 1), so that an image is a plain copy of memory.
 * The first 512 bytes are what every start touches; tables follow. Fields are reached through the accessors here only.
 */
import { Value, UNDEFINED, ptrOf, fromObject } from "./value";

// The map of linear memory. All that an image holds is one piece, [IMAGE_START, end of the heap), so that a start maps it at once; what a start writes shares
// few pages, and few 2 MiB regions, each of which costs a page of the page table.
//
//   0x200000  frame records, then registers: zero in an image
//   0x9c1000  page states, from the top down (heap.ts): the first heap pages' are just below START_AREA
//   0xa00800  START_AREA, 2 KiB
//   0xa01000  STATE, 4 KiB
//   0xa02000  static data (--memoryBase)
//   then      the heap

/** Frame records lie in [FRAMES_START, FRAMES_END), registers in [REGISTERS_START, REGISTERS_END); together the region that images leave out. */
export const STACK_START: usize = 0x200000;
export const FRAMES_START: usize = 0x200000;
export const FRAMES_END: usize = 0x2f8000;
/** Between the two: the table of shape-cache.ts. */
export const SHAPE_CACHE: usize = 0x2f8000, SHAPE_CACHE_BYTES: usize = 0x8000;
export const REGISTERS_START: usize = 0x300000;
export const REGISTERS_END: usize = 0x900000;
export const STACK_END: usize = 0x900000;
/** Address of page 0's state; page p's is p bytes below. */
export const PAGE_STATES: usize = 0xa011ff;
/** Small buffers that nearly every start uses; who needs more allocates. */
const START_AREA: usize = 0xa00800;
export const START_SHAPES: usize = START_AREA; // 64: json-stringify.ts
export const START_CURSOR: usize = START_AREA + 64; // 16: code.ts
export const START_LAST_URL: usize = START_AREA + 80; // 4: weburl.ts
export const START_DIGITS: usize = START_AREA + 84; // stringbuilder.ts
export const START_DIGITS_BYTES: usize = 12;
export const START_URL: usize = START_AREA + 96; // 256: weburl.ts
export const START_REMEMBERED: usize = START_AREA + 352; // heap.ts
export const START_REMEMBERED_COUNT: u32 = 100;
export const START_CONNECTIONS: usize = START_AREA + 752; // http/state.ts
export const START_CONNECTION_COUNT: i32 = 4;
export const START_SCRATCH: usize = START_AREA + 1264; // stringbuilder.ts
export const START_SCRATCH_BYTES: u32 = 784;
const STATE: usize = 0xa01000;
/** Heap pages from here up. */
// @ts-ignore: decorator
@inline export function heapStart(): usize { return (max<usize>(__heap_base, 0xa02000) + 4095) & ~4095; }

// Offsets. Heap (heap.ts, gc.ts)
const BUMP: usize = 0, BUMP_LIMIT: usize = 4, HEAP_END: usize = 8, HEAP_CAP: usize = 12, ALLOCATED: usize = 16, GC_THRESHOLD: usize = 20;
const LIBRARY_CLOSED: usize = 76;
const PAGE_CURSOR: usize = 24, BLOCK_CURSOR: usize = 28, LIVE_BYTES: usize = 32, GC_FLAGS: usize = 36, REMEMBERED: usize = 40, REMEMBERED_COUNT: usize = 44, REMEMBERED_CAP: usize = 48;
const MARK_STACK: usize = 52, MARK_TOP: usize = 56, MARK_CAP: usize = 60, WEAK_LIST: usize = 64, PAGES_USED: usize = 68, CURRENT_BLOCK: usize = 72;
// Interpreter
const FUEL: usize = 80, INTERRUPT: usize = 84, EXCEPTION_VALUE: usize = 88, CALL_BASE: usize = 96, CALL_ARGC: usize = 100, FRAME: usize = 104, EXCEPTION_FLAGS: usize = 108;
const PROTO_EPOCH: usize = 112, ITERATION_PRISTINE: usize = 116, PROTO_ELEMENTS: usize = 120, KEY_INDEX: usize = 124, DEADLINE: usize = 128, CPU_LIMIT: usize = 136, CALL_NEW_TARGET: usize = 144;
const HEAP_STRIKES: usize = 152, RUNNING: usize = 156;
// Realm
const GLOBAL: usize = 160, LEXICALS: usize = 164, EMPTY_SHAPE: usize = 168, ARRAY_SHAPE: usize = 172, FUNCTION_SHAPE: usize = 176, NULL_ROOT: usize = 180, INTERN_TABLE: usize = 184, INTERN_COUNT: usize = 188, INTERN_MASK: usize = 192;
const SYMBOL_REGISTRY: usize = 196, JOB_QUEUE: usize = 200, JOB_HEAD: usize = 204, JOB_TAIL: usize = 208, MODULES: usize = 212, ERROR_PTR: usize = 216, ERROR_LEN: usize = 220, ERROR_CAP: usize = 224, SCRATCH: usize = 228, SCRATCH_CAP: usize = 232, SCRATCH_LEN: usize = 236, SCRATCH_WIDE: usize = 240;
const ARRAY_VALUES: usize = 248, ARRAY_NEXT: usize = 256, GENERATOR_NEXT: usize = 264, THROW_TYPE_ERROR: usize = 272, PROMISE_CTOR: usize = 280, MAIN_MODULE: usize = 288, WEAKREFS: usize = 292, FINALIZERS: usize = 296, EPHEMERONS: usize = 300, RANDOM_STATE: usize = 304, BIGINT_CACHE: usize = 320, EMPTY_STRING: usize = 324, NATIVE_SHAPE: usize = 328, KEY_CACHE: usize = 332, SYMBOL_SEQ: usize = 336;
const OVER_BUMP: usize = 340, OVER_LIMIT: usize = 344, MARK_PARITY: usize = 348, RESERVE: usize = 352, TERMINATION: usize = 356, TERMINATION_LEN: usize = 360, PLAN: usize = 364, PLAN_END: usize = 368, SHAPE_CACHE_USED: usize = 372, FULL_LIVE: usize = 376, GC_PAUSES: usize = 380;
const GC_STAGE: usize = 384, GREY_STACK: usize = 388, GREY_TOP: usize = 392, GREY_CAP: usize = 396, IMAGE_END: usize = 400, IMAGE_ROOTS: usize = 404, IMAGE_ROOT_COUNT: usize = 408, IMAGE_ROOT_CAP: usize = 412, CLEAN_CURSOR: usize = 420, NURSERY: usize = 424, NATIVE_WORK: usize = 428, FULL_HEAP: usize = 432, IMAGE_KEYS: usize = 436, IMAGE_KEYS_MASK: usize = 440, IMAGE_KEYS_COUNT: usize = 444, NEW_SHAPES: usize = 448;
// Tables
const NAMES: usize = 512; // names the VM uses, u32 pointers to interned strings
const SYMBOLS: usize = 1024; // well-known symbols
const PROTOS: usize = 1152; // u32 each, up to 96
const HOOKS: usize = 1536; // Values, up to 64
const CHARS: usize = 2048; // one-unit Latin-1 strings, u32 each
const NATIVE_SLOTS: usize = 3072; // 128 words free for natives, no references
const ROOTS: usize = 3584; // 64 Values free for natives, traced

@inline function u(at: usize): u32 { return load<u32>(STATE + at); }
@inline function setU(at: usize, v: u32): void { store<u32>(STATE + at, v); }

@inline export function bump(): usize { return u(BUMP); }
@inline export function setBump(v: usize): void { setU(BUMP, <u32>v); }
@inline export function bumpLimit(): usize { return u(BUMP_LIMIT); }
@inline export function setBumpLimit(v: usize): void { setU(BUMP_LIMIT, <u32>v); }
/** End of the pages handed out so far. */
@inline export function heapEnd(): usize { return u(HEAP_END); }
@inline export function setHeapEnd(v: usize): void { setU(HEAP_END, <u32>v); }
/** Most bytes of pages the heap may have. */
@inline export function heapCap(): u32 { return u(HEAP_CAP); }
@inline export function setHeapCap(v: u32): void { setU(HEAP_CAP, v); }
/** Bytes allocated since the last collection. */
@inline export function allocatedBytes(): u32 { return u(ALLOCATED); }
@inline export function setAllocatedBytes(v: u32): void { setU(ALLOCATED, v); }
@inline export function gcThreshold(): u32 { return u(GC_THRESHOLD); }
@inline export function setGcThreshold(v: u32): void { setU(GC_THRESHOLD, v); }
@inline export function pageCursor(): u32 { return u(PAGE_CURSOR); }
@inline export function setPageCursor(v: u32): void { setU(PAGE_CURSOR, v); }
@inline export function pagesUsed(): u32 { return u(PAGES_USED); }
@inline export function setPagesUsed(v: u32): void { setU(PAGES_USED, v); }
@inline export function blockCursor(): u32 { return u(BLOCK_CURSOR); }
@inline export function setBlockCursor(v: u32): void { setU(BLOCK_CURSOR, v); }
@inline export function currentBlock(): usize { return u(CURRENT_BLOCK); }
@inline export function setCurrentBlock(v: usize): void { setU(CURRENT_BLOCK, <u32>v); }
/** Bytes of marked cells, those of an image left out. */
@inline export function liveBytes(): u32 { return u(LIVE_BYTES); }
@inline export function setLiveBytes(v: u32): void { setU(LIVE_BYTES, v); }
/** 1 collection wanted, 2 full wanted; tests: 4 at every safe point, 16 each time fully, 32 always in the middle of marking, 64 check the heap after each. */
@inline export function gcFlags(): u32 { return u(GC_FLAGS); }
@inline export function setGcFlags(v: u32): void { setU(GC_FLAGS, v); }
@inline export function rememberedBuffer(): usize { return u(REMEMBERED); }
@inline export function setRememberedBuffer(v: usize): void { setU(REMEMBERED, <u32>v); }
@inline export function rememberedCount(): u32 { return u(REMEMBERED_COUNT); }
@inline export function setRememberedCount(v: u32): void { setU(REMEMBERED_COUNT, v); }
@inline export function rememberedCap(): u32 { return u(REMEMBERED_CAP); }
@inline export function setRememberedCap(v: u32): void { setU(REMEMBERED_CAP, v); }
@inline export function markStack(): usize { return u(MARK_STACK); }
@inline export function setMarkStack(v: usize): void { setU(MARK_STACK, <u32>v); }
@inline export function markTop(): u32 { return u(MARK_TOP); }
@inline export function setMarkTop(v: u32): void { setU(MARK_TOP, v); }
@inline export function markCap(): u32 { return u(MARK_CAP); }
@inline export function setMarkCap(v: u32): void { setU(MARK_CAP, v); }
@inline export function weakList(): usize { return u(WEAK_LIST); }
@inline export function setWeakList(v: usize): void { setU(WEAK_LIST, <u32>v); }
/** Second bump region, for objects longer than a line that do not fit the current hole. */
@inline export function overBump(): usize { return u(OVER_BUMP); }
@inline export function setOverBump(v: usize): void { setU(OVER_BUMP, <u32>v); }
@inline export function overLimit(): usize { return u(OVER_LIMIT); }
@inline export function setOverLimit(v: usize): void { setU(OVER_LIMIT, <u32>v); }
/** Header bit 8 or 9 (0x100, 0x200) of marked cells: the other one at each full collection. 0 while the heap is checked. */
@inline export function markEpoch(): u32 { return u(MARK_PARITY); }
@inline export function setMarkEpoch(v: u32): void { setU(MARK_PARITY, v); }
/** Is the realm made? From then on no file may call natives by number. */
@inline export function libraryClosed(): bool { return u(LIBRARY_CLOSED) != 0; }
@inline export function closeLibrary(): void { setU(LIBRARY_CLOSED, 1); }
/** Entries that were put into shape-cache.ts since it was empty. */
@inline export function shapeCacheUsed(): u32 { return u(SHAPE_CACHE_USED); }
@inline export function setShapeCacheUsed(v: u32): void { setU(SHAPE_CACHE_USED, v); }
/** What a full collection has come to: STAGE_X of gc.ts. */
@inline export function gcStage(): u32 { return u(GC_STAGE); }
@inline export function setGcStage(v: u32): void { setU(GC_STAGE, v); }
/** Old cells that are marked but not traced yet. */
@inline export function greyStack(): usize { return u(GREY_STACK); }
@inline export function setGreyStack(v: usize): void { setU(GREY_STACK, <u32>v); }
@inline export function greyTop(): u32 { return u(GREY_TOP); }
@inline export function setGreyTop(v: u32): void { setU(GREY_TOP, v); }
@inline export function greyCap(): u32 { return u(GREY_CAP); }
@inline export function setGreyCap(v: u32): void { setU(GREY_CAP, v); }
/** Cells below are the image's: never collected, never marked. */
@inline export function imageEnd(): usize { return u(IMAGE_END); }
@inline export function setImageEnd(v: usize): void { setU(IMAGE_END, <u32>v); }
/** Cells of the image that were stored into. */
@inline export function imageRoots(): usize { return u(IMAGE_ROOTS); }
@inline export function setImageRoots(v: usize): void { setU(IMAGE_ROOTS, <u32>v); }
@inline export function imageRootCount(): u32 { return u(IMAGE_ROOT_COUNT); }
@inline export function setImageRootCount(v: u32): void { setU(IMAGE_ROOT_COUNT, v); }
@inline export function imageRootCap(): u32 { return u(IMAGE_ROOT_CAP); }
@inline export function setImageRootCap(v: u32): void { setU(IMAGE_ROOT_CAP, v); }
/** How far the intern table was cleaned, or the heap swept, after a full collection's marking. */
@inline export function cleanCursor(): u32 { return u(CLEAN_CURSOR); }
@inline export function setCleanCursor(v: u32): void { setU(CLEAN_CURSOR, v); }
/** Bytes to allocate between collections, as what survives suggests. */
@inline export function nurseryBytes(): u32 { return u(NURSERY); }
@inline export function setNurseryBytes(v: u32): void { setU(NURSERY, v); }
/** Work that natives may still do before they look at the clock (interrupt.ts). */
@inline export function nativeWork(): i32 { return load<i32>(STATE + NATIVE_WORK); }
@inline export function setNativeWork(v: i32): void { store<i32>(STATE + NATIVE_WORK, v); }
/** Where pauses of the collector are counted (gc-pauses.ts), 0 nowhere. */
@inline export function gcPauses(): usize { return u(GC_PAUSES); }
@inline export function setGcPauses(v: usize): void { setU(GC_PAUSES, <u32>v); }
/** Live bytes after the last full collection. */
@inline export function fullLiveBytes(): u32 { return u(FULL_LIVE); }
@inline export function setFullLiveBytes(v: u32): void { setU(FULL_LIVE, v); }
/** Bytes of pages in use after the last full collection's sweep. */
@inline export function fullHeapBytes(): u32 { return u(FULL_HEAP); }
@inline export function setFullHeapBytes(v: u32): void { setU(FULL_HEAP, v); }
/** UTF-16 text of why the turn is being terminated. */
@inline export function terminationText(): usize { return u(TERMINATION); }
@inline export function setTerminationText(v: usize): void { setU(TERMINATION, <u32>v); }
/** Next entry of the placement plan, and its end; 0: none (heap.ts). */
@inline export function plan(): usize { return u(PLAN); }
@inline export function planEnd(): usize { return u(PLAN_END); }
@inline export function setPlan(entry: usize, end: usize): void { setU(PLAN, <u32>entry); setU(PLAN_END, <u32>end); }
@inline export function heapStrikes(): u32 { return u(HEAP_STRIKES); }
@inline export function setHeapStrikes(v: u32): void { setU(HEAP_STRIKES, v); }

/** Backward jumps and calls until the next look at the clock and the collector. */
@inline export function fuel(): i32 { return load<i32>(STATE + FUEL); }
@inline export function setFuel(v: i32): void { store<i32>(STATE + FUEL, v); }
/**
 * A native looked at, compared or moved that many units, some of them a nanosecond: long ones count as many jumps, so that the clock is looked at in time.
 */
@inline export function burn(units: i32): void { setFuel(fuel() - (units >>> 5)); }
/** Make the interpreter come to checkInterrupt at its next safe point. */
@inline export function requestInterrupt(): void { setFuel(-1); }
@inline export function exceptionValue(): Value { return load<u64>(STATE + EXCEPTION_VALUE); }
@inline export function setExceptionValue(v: Value): void { store<u64>(STATE + EXCEPTION_VALUE, v); }
/** 1: uncatchable termination is on its way. */
@inline export function exceptionFlags(): u32 { return u(EXCEPTION_FLAGS); }
@inline export function setExceptionFlags(v: u32): void { setU(EXCEPTION_FLAGS, v); }
@inline export function callBase(): usize { return u(CALL_BASE); }
@inline export function setCallBase(v: usize): void { setU(CALL_BASE, <u32>v); }
@inline export function callArgc(): i32 { return <i32>u(CALL_ARGC); }
@inline export function setCallArgc(v: i32): void { setU(CALL_ARGC, <u32>v); }
/** undefined: a plain call; else construct with this new.target. */
@inline export function callNewTarget(): Value { return load<u64>(STATE + CALL_NEW_TARGET); }
@inline export function setCallNewTarget(v: Value): void { store<u64>(STATE + CALL_NEW_TARGET, v); }
/** The running frame's record; kept up to date whenever anything outside the interpreter's loop may look. */
@inline export function currentFrame(): usize { return u(FRAME); }
@inline export function setCurrentFrame(v: usize): void { setU(FRAME, <u32>v); }
/** Bumped when an object that is a prototype changes its shape or prototype: inherited inline-cache hits die. */
@inline export function protoEpoch(): u32 { return u(PROTO_EPOCH); }
@inline export function bumpProtoEpoch(): void { setU(PROTO_EPOCH, u(PROTO_EPOCH) + 1); }
/** Array iteration and array prototypes are as the library made them. */
@inline export function iterationPristine(): bool { return u(ITERATION_PRISTINE) != 0; }
@inline export function setIterationPristine(v: bool): void { setU(ITERATION_PRISTINE, v); }
/** Some prototype object has (had) indexed properties: holes must be looked up. */
@inline export function protoHasElements(): bool { return u(PROTO_ELEMENTS) != 0; }
@inline export function setProtoHasElements(v: bool): void { setU(PROTO_ELEMENTS, v); }
/** toKey: the array index when the key is one. */
@inline export function keyIndex(): u32 { return u(KEY_INDEX); }
@inline export function setKeyIndex(v: u32): void { setU(KEY_INDEX, v); }
/** Monotonic ns at which the turn is ended; 0 none. */
@inline export function deadline(): i64 { return load<i64>(STATE + DEADLINE); }
@inline export function setDeadline(v: i64): void { store<i64>(STATE + DEADLINE, v); }
@inline export function cpuLimit(): i64 { return load<i64>(STATE + CPU_LIMIT); }
@inline export function setCpuLimit(v: i64): void { store<i64>(STATE + CPU_LIMIT, v); }

@inline export function globalObject(): usize { return u(GLOBAL); }
@inline export function setGlobalObject(v: usize): void { setU(GLOBAL, <u32>v); }
/** Object whose properties are the global let/const/class bindings. */
@inline export function globalLexicals(): usize { return u(LEXICALS); }
@inline export function setGlobalLexicals(v: usize): void { setU(LEXICALS, <u32>v); }
/** Root shapes made at boot: `{}`, `[]`, closures, native functions. */
@inline export function emptyObjectShape(): usize { return u(EMPTY_SHAPE); }
@inline export function setEmptyObjectShape(v: usize): void { setU(EMPTY_SHAPE, <u32>v); }
@inline export function arrayShape(): usize { return u(ARRAY_SHAPE); }
@inline export function setArrayShape(v: usize): void { setU(ARRAY_SHAPE, <u32>v); }
@inline export function functionShape(): usize { return u(FUNCTION_SHAPE); }
@inline export function setFunctionShape(v: usize): void { setU(FUNCTION_SHAPE, <u32>v); }
@inline export function nativeShape(): usize { return u(NATIVE_SHAPE); }
@inline export function setNativeShape(v: usize): void { setU(NATIVE_SHAPE, <u32>v); }
/** First of the root shapes with a null prototype. */
@inline export function nullRoots(): usize { return u(NULL_ROOT); }
@inline export function setNullRoots(v: usize): void { setU(NULL_ROOT, <u32>v); }
/** While a request is rehearsed (rehearsal-caches.ts): the newest of the shapes that it made, which begin a list that ends with 1; 0: nobody wants to know. */
@inline export function newShapes(): usize { return u(NEW_SHAPES); }
@inline export function setNewShapes(v: usize): void { setU(NEW_SHAPES, <u32>v); }
/** The intern table of the image, which is only read (string.ts); 0 when there is none. */
@inline export function imageKeys(): usize { return u(IMAGE_KEYS); }
@inline export function setImageKeys(v: usize): void { setU(IMAGE_KEYS, <u32>v); }
@inline export function imageKeysMask(): u32 { return u(IMAGE_KEYS_MASK); }
@inline export function setImageKeysMask(v: u32): void { setU(IMAGE_KEYS_MASK, v); }
@inline export function imageKeysCount(): u32 { return u(IMAGE_KEYS_COUNT); }
@inline export function setImageKeysCount(v: u32): void { setU(IMAGE_KEYS_COUNT, v); }
/** The intern table of strings that no image has. */
@inline export function internTable(): usize { return u(INTERN_TABLE); }
@inline export function setInternTable(v: usize): void { setU(INTERN_TABLE, <u32>v); }
@inline export function internCount(): u32 { return u(INTERN_COUNT); }
@inline export function setInternCount(v: u32): void { setU(INTERN_COUNT, v); }
@inline export function internMask(): u32 { return u(INTERN_MASK); }
@inline export function setInternMask(v: u32): void { setU(INTERN_MASK, v); }
/** VALUES-like array object: description string, symbol, ... of Symbol.for. */
@inline export function symbolRegistry(): usize { return u(SYMBOL_REGISTRY); }
@inline export function setSymbolRegistry(v: usize): void { setU(SYMBOL_REGISTRY, <u32>v); }
/** VALUES cell used as a ring of jobs; head and tail count Values and only grow within a drain. */
@inline export function jobQueue(): usize { return u(JOB_QUEUE); }
@inline export function setJobQueue(v: usize): void { setU(JOB_QUEUE, <u32>v); }
@inline export function jobHead(): u32 { return u(JOB_HEAD); }
@inline export function setJobHead(v: u32): void { setU(JOB_HEAD, v); }
@inline export function jobTail(): u32 { return u(JOB_TAIL); }
@inline export function setJobTail(v: u32): void { setU(JOB_TAIL, v); }
/** First MODULE cell of the list, and the one whose top level vm_eval runs. */
@inline export function modules(): usize { return u(MODULES); }
@inline export function setModules(v: usize): void { setU(MODULES, <u32>v); }
@inline export function mainModule(): usize { return u(MAIN_MODULE); }
@inline export function setMainModule(v: usize): void { setU(MAIN_MODULE, <u32>v); }
/** Text of the last error for the host, UTF-8. */
@inline export function errorPtr(): usize { return u(ERROR_PTR); }
@inline export function setErrorPtr(v: usize): void { setU(ERROR_PTR, <u32>v); }
@inline export function errorLen(): i32 { return <i32>u(ERROR_LEN); }
@inline export function setErrorLen(v: i32): void { setU(ERROR_LEN, <u32>v); }
@inline export function errorCap(): i32 { return <i32>u(ERROR_CAP); }
@inline export function setErrorCap(v: i32): void { setU(ERROR_CAP, <u32>v); }
/** The string builder's region (stringbuilder.ts). */
@inline export function scratch(): usize { return u(SCRATCH); }
@inline export function setScratch(v: usize): void { setU(SCRATCH, <u32>v); }
@inline export function scratchCap(): u32 { return u(SCRATCH_CAP); }
@inline export function setScratchCap(v: u32): void { setU(SCRATCH_CAP, v); }
@inline export function scratchLen(): u32 { return u(SCRATCH_LEN); }
@inline export function setScratchLen(v: u32): void { setU(SCRATCH_LEN, v); }
@inline export function scratchWide(): u32 { return u(SCRATCH_WIDE); }
@inline export function setScratchWide(v: u32): void { setU(SCRATCH_WIDE, v); }
/** First WEAKREF / weak HASH seen while marking, first finaliser (linked). */
@inline export function weakRefs(): usize { return u(WEAKREFS); }
@inline export function setWeakRefs(v: usize): void { setU(WEAKREFS, <u32>v); }
@inline export function ephemerons(): usize { return u(EPHEMERONS); }
@inline export function setEphemerons(v: usize): void { setU(EPHEMERONS, <u32>v); }
@inline export function finalizers(): usize { return u(FINALIZERS); }
@inline export function setFinalizers(v: usize): void { setU(FINALIZERS, <u32>v); }

@inline export function arrayValues(): Value { return load<u64>(STATE + ARRAY_VALUES); }
@inline export function setArrayValues(v: Value): void { store<u64>(STATE + ARRAY_VALUES, v); }
@inline export function arrayIteratorNext(): Value { return load<u64>(STATE + ARRAY_NEXT); }
@inline export function setArrayIteratorNext(v: Value): void { store<u64>(STATE + ARRAY_NEXT, v); }
@inline export function generatorNext(): Value { return load<u64>(STATE + GENERATOR_NEXT); }
@inline export function setGeneratorNextValue(v: Value): void { store<u64>(STATE + GENERATOR_NEXT, v); }
@inline export function throwTypeErrorFunction(): Value { return load<u64>(STATE + THROW_TYPE_ERROR); }
@inline export function setThrowTypeErrorFunction(v: Value): void { store<u64>(STATE + THROW_TYPE_ERROR, v); }
@inline export function promiseConstructor(): Value { return load<u64>(STATE + PROMISE_CTOR); }
@inline export function setPromiseConstructorValue(v: Value): void { store<u64>(STATE + PROMISE_CTOR, v); }
/** First and last address of the Values above, for the collector. */
export function realmValuesStart(): usize { return STATE + ARRAY_VALUES; }
export const REALM_VALUES: i32 = 5;

/** Address of 16 bytes for Math.random's generator. */
@inline export function randomState(): usize { return STATE + RANDOM_STATE; }

@inline export function proto(id: i32): usize { return load<u32>(STATE + PROTOS + (<usize>id << 2)); }
@inline export function setProto(id: i32, object: usize): void { store<u32>(STATE + PROTOS + (<usize>id << 2), <u32>object); }
@inline export function hook(id: i32): Value { return load<u64>(STATE + HOOKS + (<usize>id << 3)); }
@inline export function setHook(id: i32, f: Value): void { store<u64>(STATE + HOOKS + (<usize>id << 3), f); }
@inline export function hooksStart(): usize { return STATE + HOOKS; }
export const MAX_HOOKS: i32 = 64;
export const MAX_PROTOS: i32 = 96;
@inline export function charString(unit: u32): usize { return load<u32>(STATE + CHARS + (<usize>unit << 2)); }
@inline export function setCharString(unit: u32, ptr: usize): void { store<u32>(STATE + CHARS + (<usize>unit << 2), <u32>ptr); }
@inline export function wellKnownSymbol(i: i32): usize { return load<u32>(STATE + SYMBOLS + (<usize>i << 2)); }
@inline export function setWellKnownSymbol(i: i32, ptr: usize): void { store<u32>(STATE + SYMBOLS + (<usize>i << 2), <u32>ptr); }
export const WELL_KNOWN_SYMBOLS: i32 = 13;
export const SYMBOL_ITERATOR: i32 = 0, SYMBOL_ASYNC_ITERATOR: i32 = 1, SYMBOL_HAS_INSTANCE: i32 = 2, SYMBOL_TO_PRIMITIVE: i32 = 3, SYMBOL_TO_STRING_TAG: i32 = 4;
@inline export function nameAt(i: i32): usize { return load<u32>(STATE + NAMES + (<usize>i << 2)); }
@inline export function setNameAt(i: i32, ptr: usize): void { store<u32>(STATE + NAMES + (<usize>i << 2), <u32>ptr); }
export const MAX_NAMES: i32 = 128;
/** Word i (0..127) of the natives' own state; no heap references. Use is noted where it is claimed. */
@inline export function nativeSlot(i: i32): usize { return STATE + NATIVE_SLOTS + (<usize>i << 2); }
/** Address of Value i (0..63) that natives may keep; traced by the collector. Undefined at boot. */
@inline export function rootSlot(i: i32): usize { return STATE + ROOTS + (<usize>i << 3); }
export const ROOT_SLOTS: i32 = 64;

export function resetState(): void {
  memory.fill(STATE, 0, 4096);
  for (let i = 0; i < ROOT_SLOTS; i++) store<u64>(rootSlot(i), UNDEFINED);
  for (let i = 0; i < MAX_HOOKS; i++) setHook(i, UNDEFINED);
  for (let i = 0; i < REALM_VALUES; i++) store<u64>(realmValuesStart() + (<usize>i << 3), UNDEFINED);
  setMarkEpoch(0x100);
  setExceptionValue(UNDEFINED);
  setCallNewTarget(UNDEFINED);
}
