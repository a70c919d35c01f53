/**
 * Timers and clocks. Timers are a binary heap of 24-byte entries (due time in ns, sequence number, id) outside of the collected heap; their callbacks are the
 * library's. Words 80 to 87 and 90 of the natives' state are claimed here. An image holds due times relative to the moment it was made (`timersFreeze`), so that
 * a timer set by a handler's top level runs after the start, not at once.
 */
import { hostClock, hostTime } from "../host";
import { rawAlloc, rawFree } from "../heap";
import { nativeSlot } from "../state";
import { FALSE, TRUE, Value, fromF64, fromInt, numberOf } from "../value";

const ENTRY: i32 = 24;

@inline function list(): usize { return <usize>load<u32>(nativeSlot(80)); }
@inline function count(): i32 { return load<i32>(nativeSlot(81)); }
@inline function setCount(n: i32): void { store<i32>(nativeSlot(81), n); }
@inline function capacity(): i32 { return load<i32>(nativeSlot(82)); }
@inline function origin(): i64 { return load<i64>(nativeSlot(84)); }
@inline function frozen(): bool { return load<u32>(nativeSlot(90)) != 0; }
@inline function entry(i: i32): usize { return list() + <usize>(i * ENTRY); }

function before(a: usize, b: usize): bool {
  const x = load<i64>(a), y = load<i64>(b);
  return x != y ? x < y : load<u32>(a, 8) < load<u32>(b, 8);
}

function swap(a: usize, b: usize): void {
  const t0 = load<u64>(a), t1 = load<u64>(a, 8);
  store<u64>(a, load<u64>(b));
  store<u64>(a, load<u64>(b, 8), 8);
  store<u64>(b, t0);
  store<u64>(b, t1, 8);
}

function siftUp(from: i32): void {
  let i = from;
  while (i > 0) {
    const parent = (i - 1) >> 1;
    if (!before(entry(i), entry(parent))) return;
    swap(entry(i), entry(parent));
    i = parent;
  }
}

function siftDown(from: i32): void {
  let i = from;
  const n = count();
  while (true) {
    let child = i * 2 + 1;
    if (child >= n) return;
    if (child + 1 < n && before(entry(child + 1), entry(child))) child++;
    if (!before(entry(child), entry(i))) return;
    swap(entry(i), entry(child));
    i = child;
  }
}

function removeAt(i: i32): void {
  const last = count() - 1;
  setCount(last);
  if (i == last) return;
  swap(entry(i), entry(last));
  siftDown(i);
  siftUp(i);
}

/** Make due times relative to now: the image is about to be taken. */
export function timersFreeze(): void {
  if (frozen()) return;
  store<i64>(nativeSlot(84), 0);
  if (count() == 0) return;
  const now = hostClock();
  for (let i = 0; i < count(); i++) store<i64>(entry(i), load<i64>(entry(i)) - now);
  store<u32>(nativeSlot(90), 1);
}

function thaw(): void {
  if (!frozen()) return;
  store<u32>(nativeSlot(90), 0);
  const now = hostClock();
  for (let i = 0; i < count(); i++) store<i64>(entry(i), load<i64>(entry(i)) + now);
}

export function timerSet(args: usize, argc: i32): Value {
  thaw();
  const n = count();
  if (n == capacity()) {
    const cap = n == 0 ? 32 : n * 2;
    const grown = rawAlloc(cap * ENTRY);
    if (grown == 0) return fromInt(0);
    if (n > 0) {
      memory.copy(grown, list(), <usize>(n * ENTRY));
      rawFree(list());
    }
    store<u32>(nativeSlot(80), <u32>grown);
    store<i32>(nativeSlot(82), cap);
  }
  let delay = numberOf(load<u64>(args));
  if (!(delay > 0)) delay = 0;
  if (delay > 1e15) delay = 1e15;
  const id = load<i32>(nativeSlot(83)) + 1;
  store<i32>(nativeSlot(83), id);
  const e = entry(n);
  store<i64>(e, hostClock() + <i64>(delay * 1e6));
  store<u32>(e, <u32>id, 8);
  store<u32>(e, <u32>id, 12);
  setCount(n + 1);
  siftUp(n);
  return fromInt(id);
}

export function timerClear(args: usize, argc: i32): Value {
  const id = <u32>numberOf(load<u64>(args));
  for (let i = 0; i < count(); i++) {
    if (load<u32>(entry(i), 12) == id) {
      removeAt(i);
      return TRUE;
    }
  }
  return FALSE;
}

export function timerCount(args: usize, argc: i32): Value { return fromInt(count()); }

/** Take the first timer that is due at `now` (ns): its id, or 0. */
export function timersTake(now: i64): i32 {
  if (count() == 0) return 0;
  thaw();
  const e = entry(0);
  if (load<i64>(e) > now) return 0;
  const id = load<i32>(e, 12);
  removeAt(0);
  return id;
}

/** Is any timer pending? (No clock is read to find out.) */
export function timersPending(): bool { return count() != 0; }

/** ns from `now` until the next timer, 0 when it is due, -1 when there is none. */
export function timersNext(now: i64): i64 {
  if (count() == 0) return -1;
  thaw();
  const left = load<i64>(entry(0)) - now;
  return left > 0 ? left : 0;
}

function begin(): void {
  if (origin() != 0) return;
  store<i64>(nativeSlot(84), hostClock());
  store<f64>(nativeSlot(86), hostTime());
}

/** Milliseconds since the clock was first asked in this process: nothing is read at a start that needs no clock. */
export function performanceNow(args: usize, argc: i32): Value {
  begin();
  return fromF64(<f64>((hostClock() - origin()) / 1000) / 1000.0);
}

export function timeOrigin(args: usize, argc: i32): Value {
  begin();
  return fromF64(load<f64>(nativeSlot(86)));
}
