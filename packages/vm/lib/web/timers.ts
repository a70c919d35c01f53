/** Timers (HTML 8.6). An id is a number; `setTimeout(f)[Symbol.toPrimitive]` and the like of Node are not there, clearTimeout takes the number. */
interface Timer {
  callback: Value;
  args: Value[];
  /** ms between runs, -1 for a timeout. */
  interval: number;
  /** Id that the program has (that of the first run; an interval gets a new native timer each time). */
  id: number;
  /** Native timer that is pending now. */
  native: number;
}
/** Map: native timer id -> Timer; and for intervals that were renewed: program's id -> Timer. */
const timersByNative = $mapNew(MapPrototype);
const timersById = $mapNew(MapPrototype);

function addTimer(callback, delay, args: Value[], repeat: boolean): number {
  if (!$isCallable(callback)) throw makeTypeError(`The "callback" argument must be of type function. Received ${describe(callback)}`);
  let ms = +delay;
  // As Node: at least 1 ms, and 1 for what does not fit 31 bits.
  if (!(ms >= 1) || ms > 2147483647) ms = 1;
  const id = $timerSet(ms);
  const timer: Timer = { callback, args, interval: repeat ? ms : -1, id, native: id };
  $collectionSet(timersByNative, id, timer);
  $collectionSet(timersById, id, timer);
  return id;
}

function clearTimer(id) {
  if (typeof id !== "number" && typeof id !== "string") return;
  const timer = $collectionGet(timersById, +id);
  if (timer === undefined) return;
  $timerClear(timer.native);
  $collectionDelete(timersByNative, timer.native);
  $collectionDelete(timersById, timer.id);
}

$setHook($hook.TIMER, function timer(native) {
  const timer: Timer = $collectionGet(timersByNative, native);
  if (timer === undefined) return;
  $collectionDelete(timersByNative, native);
  if (timer.interval >= 0) {
    timer.native = $timerSet(timer.interval);
    $collectionSet(timersByNative, timer.native, timer);
  } else $collectionDelete(timersById, timer.id);
  try {
    $apply(timer.callback, globalObject, timer.args);
  } catch (e) {
    $consoleWrite(4, `Uncaught ${inspectError(e)}`);
  }
});

/** For library code: run f(data) in a turn of its own. */
function libraryTask(f, data): void {
  const id = $timerSet(0);
  const timer: Timer = { callback: f, args: [data], interval: -1, id, native: id };
  $collectionSet(timersByNative, id, timer);
  $collectionSet(timersById, id, timer);
}
/** For library code: run f(data) after ms; returns the native timer's id. */
function libraryTimer(ms: number, f, data): number {
  return addTimer(f, ms, [data], false);
}

install(globalObject, {
  clearImmediate(id) {
    clearTimer(id);
  },
  clearInterval(id) {
    clearTimer(id);
  },
  clearTimeout(id) {
    clearTimer(id);
  },
  setImmediate(callback, ...args) {
    if (!$isCallable(callback)) throw makeTypeError(`The "callback" argument must be of type function. Received ${describe(callback)}`);
    const id = $timerSet(0);
    const timer: Timer = { callback, args, interval: -1, id, native: id };
    $collectionSet(timersByNative, id, timer);
    $collectionSet(timersById, id, timer);
    return id;
  },
  setInterval(callback, delay, ...args) {
    return addTimer(callback, delay, args, true);
  },
  setTimeout(callback, delay, ...args) {
    return addTimer(callback, delay, args, false);
  },
});
