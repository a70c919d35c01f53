/** DOM events (DOM 2) and aborting (DOM 3). */
const EventPrototype = $newObject(ObjectPrototype);
/** Slots: 1 type; 2 record. */
interface EventRecord {
  bubbles: boolean;
  cancelable: boolean;
  composed: boolean;
  target: Value;
  currentTarget: Value;
  phase: number;
  stopped: boolean;
  stoppedNow: boolean;
  canceled: boolean;
  passive: boolean;
  dispatching: boolean;
  trusted: boolean;
  time: number;
  detail: Value;
}

function initEvent(event, type: string, init) {
  const record: EventRecord = {
    bubbles: !!member(init, "bubbles"),
    cancelable: !!member(init, "cancelable"),
    composed: !!member(init, "composed"),
    target: null,
    currentTarget: null,
    phase: 0,
    stopped: false,
    stoppedNow: false,
    canceled: false,
    passive: false,
    dispatching: false,
    trusted: false,
    time: $performanceNow(),
    detail: null,
  };
  $setInternal(event, 1, type);
  $setInternal(event, 2, record);
  return event;
}

function makeEvent(type: string) {
  const event = initEvent(newWeb(webEvent, undefined, EventPrototype), type, undefined);
  $getInternal(event, 2).trusted = true;
  return event;
}

function eventRecord(event): EventRecord {
  return $getInternal(requireWeb(event, webEvent, "Event"), 2);
}

const EventConstructor = installInterface(
  function Event(type, init) {
    requireNew($newTarget, "Event");
    requireArguments($argumentCount(), 1, "Event constructor");
    return initEvent(newWeb(webEvent, $newTarget, EventPrototype), `${type}`, init);
  },
  1,
  EventPrototype,
  {
    get bubbles() {
      return eventRecord(this).bubbles;
    },
    get cancelBubble() {
      return eventRecord(this).stopped;
    },
    set cancelBubble(v) {
      if (v) eventRecord(this).stopped = true;
    },
    get cancelable() {
      return eventRecord(this).cancelable;
    },
    get composed() {
      return eventRecord(this).composed;
    },
    composedPath() {
      const record = eventRecord(this);
      return record.dispatching ? [record.currentTarget] : [];
    },
    get currentTarget() {
      return eventRecord(this).currentTarget;
    },
    get defaultPrevented() {
      return eventRecord(this).canceled;
    },
    get eventPhase() {
      return eventRecord(this).phase;
    },
    get isTrusted() {
      return eventRecord(this).trusted;
    },
    preventDefault() {
      const record = eventRecord(this);
      if (record.cancelable && !record.passive) record.canceled = true;
    },
    get returnValue() {
      return !eventRecord(this).canceled;
    },
    set returnValue(v) {
      const record = eventRecord(this);
      if (!v && record.cancelable && !record.passive) record.canceled = true;
    },
    get srcElement() {
      return eventRecord(this).target;
    },
    stopImmediatePropagation() {
      const record = eventRecord(this);
      record.stopped = true;
      record.stoppedNow = true;
    },
    stopPropagation() {
      eventRecord(this).stopped = true;
    },
    get target() {
      return eventRecord(this).target;
    },
    get timeStamp() {
      return eventRecord(this).time;
    },
    get type() {
      eventRecord(this);
      return $getInternal(this, 1);
    },
  },
  undefined,
);
installConstants(EventConstructor, { NONE: 0, CAPTURING_PHASE: 1, AT_TARGET: 2, BUBBLING_PHASE: 3 });
installConstants(EventPrototype, { NONE: 0, CAPTURING_PHASE: 1, AT_TARGET: 2, BUBBLING_PHASE: 3 });

const CustomEventPrototype = $newObject(EventPrototype);
const CustomEventConstructor = installInterface(
  function CustomEvent(type, init) {
    requireNew($newTarget, "CustomEvent");
    requireArguments($argumentCount(), 1, "CustomEvent constructor");
    const event = initEvent(newWeb(webEvent, $newTarget, CustomEventPrototype), `${type}`, init);
    const detail = member(init, "detail");
    if (detail !== undefined) $getInternal(event, 2).detail = detail;
    return event;
  },
  1,
  CustomEventPrototype,
  {
    get detail() {
      return eventRecord(this).detail;
    },
  },
  undefined,
);
$setPrototypeOf(CustomEventConstructor, EventConstructor);

/** Listeners are in a WeakMap, so that a subclass of EventTarget and an AbortSignal are targets alike: target -> list of Listener. */
interface Listener {
  type: string;
  callback: Value;
  capture: boolean;
  once: boolean;
  passive: boolean;
  removed: boolean;
}
const eventListeners = $weakMapNew(ObjectPrototype);
const EventTargetPrototype = $newObject(ObjectPrototype);

function requireTarget(v) {
  if (!$isHost(v, webEventTarget) && !$isHost(v, webAbortSignal) && !$isHost(v, webMessagePort)) throw makeTypeError("Illegal invocation");
  return v;
}

function addListener(target, type: string, callback, capture: boolean, once: boolean, passive: boolean) {
  let list = $weakGet(eventListeners, target);
  if (list === undefined) {
    list = [];
    $weakSet(eventListeners, target, list);
  }
  for (let i = 0; i < list.length; i++) {
    const l: Listener = list[i];
    if (l.type === type && l.callback === callback && l.capture === capture && !l.removed) return;
  }
  $append(list, { type, callback, capture, once, passive, removed: false });
}

function removeListener(target, type: string, callback, capture: boolean) {
  const list = $weakGet(eventListeners, target);
  if (list === undefined) return;
  for (let i = 0; i < list.length; i++) {
    const l: Listener = list[i];
    if (l.type !== type || l.callback !== callback || l.capture !== capture) continue;
    l.removed = true;
    $arrCopy(list, i, list, i + 1, list.length - i - 1);
    $arrTruncate(list, list.length - 1);
    return;
  }
}

/** Dispatch to one target (there is no tree here); errors of listeners go to the log. */
function dispatch(target, event): boolean {
  const record: EventRecord = $getInternal(event, 2);
  const type = $getInternal(event, 1);
  record.target = target;
  record.currentTarget = target;
  record.phase = 2;
  record.dispatching = true;
  const list = $weakGet(eventListeners, target);
  let handler;
  if (type === "abort" && $isHost(target, webAbortSignal)) handler = $getInternal(target, 4);
  else if (type === "message" && $isHost(target, webMessagePort)) handler = $getInternal(target, 2);
  if ($isCallable(handler)) runListener(handler, target, event);
  if (list !== undefined) {
    const snapshot: Value[] = $arrSlice(list, 0, list.length);
    for (let i = 0; i < snapshot.length && !record.stoppedNow; i++) {
      const l: Listener = snapshot[i];
      if (l.type !== type || l.removed) continue;
      if (l.once) removeListener(target, type, l.callback, l.capture);
      record.passive = l.passive;
      runListener(l.callback, target, event);
      record.passive = false;
    }
  }
  record.phase = 0;
  record.currentTarget = null;
  record.dispatching = false;
  record.stopped = false;
  record.stoppedNow = false;
  return !record.canceled;
}

function runListener(callback, target, event) {
  try {
    if ($isCallable(callback)) $call(callback, target, event);
    else {
      const method = callback.handleEvent;
      if (!$isCallable(method)) throw NotCallable(method);
      $call(method, callback, event);
    }
  } catch (e) {
    $consoleWrite(4, `Uncaught ${inspectError(e)}`);
  }
}

const EventTargetConstructor = installInterface(
  function EventTarget() {
    requireNew($newTarget, "EventTarget");
    return newWeb(webEventTarget, $newTarget, EventTargetPrototype);
  },
  0,
  EventTargetPrototype,
  {
    addEventListener(type, callback, options) {
      requireTarget(this);
      requireArguments($argumentCount(), 2, "addEventListener");
      const name = `${type}`;
      const isOptions = $isObject(options);
      const capture = isOptions ? !!options.capture : !!options;
      const once = isOptions && !!options.once;
      const passive = isOptions && !!options.passive;
      const signal = isOptions ? options.signal : undefined;
      if (signal !== undefined && !$isHost(signal, webAbortSignal)) throw makeTypeError('The "options.signal" property must be an instance of AbortSignal.');
      if (callback === null || callback === undefined) return;
      if (!$isObject(callback)) throw makeTypeError(`The "listener" argument must be an instance of EventListener. Received ${describe(callback)}`);
      if (signal !== undefined) {
        if (signalAborted(signal)) return;
        onAbort(signal, () => removeListener(this, name, callback, capture));
      }
      addListener(this, name, callback, capture, once, passive);
      // HTML starts a port for onmessage alone; Node for any listener.
      if (name === "message" && $isHost(this, webMessagePort)) startPort(this);
    },
    dispatchEvent(event) {
      requireTarget(this);
      if (!$isHost(event, webEvent)) throw makeTypeError('The "event" argument must be an instance of Event.');
      if ($getInternal(event, 2).dispatching) throw makeDOMException("The event is already being dispatched", "InvalidStateError");
      return dispatch(this, event);
    },
    removeEventListener(type, callback, options) {
      requireTarget(this);
      requireArguments($argumentCount(), 2, "removeEventListener");
      removeListener(this, `${type}`, callback, $isObject(options) ? !!options.capture : !!options);
    },
  },
  undefined,
);

// ---------------------------------------------------------------- Aborting

/** Slots: 1 aborted, 2 reason, 3 list of abort algorithms, 4 onabort, 5 what it has to do with other signals (undefined: nothing). */
interface SignalRelations {
  /** Signals that abort this one and depend on none themselves. */
  readonly sources: Value[];
  /** Signals that this one aborts. */
  dependents: Value[];
}
const AbortSignalPrototype = $newObject(EventTargetPrototype);

function newAbortSignal() {
  const signal = newWeb(webAbortSignal, undefined, AbortSignalPrototype);
  $setInternal(signal, 1, false);
  $setInternal(signal, 3, []);
  $setInternal(signal, 4, null);
  return signal;
}

function signalAborted(signal): boolean {
  return $getInternal(signal, 1) === true;
}

/** Run f(reason) when the signal aborts (at once when it did). */
function onAbort(signal, f) {
  if (signalAborted(signal)) f($getInternal(signal, 2));
  else $append($getInternal(signal, 3), f);
}

/** Signal abort (DOM 3.1): all that depend on it are aborted before anybody learns of it. */
function signalAbort(signal, reason) {
  if (signalAborted(signal)) return;
  if (reason === undefined) reason = makeDOMException("This operation was aborted", "AbortError");
  setAborted(signal, reason);
  const relations: SignalRelations | undefined = $getInternal(signal, 5);
  if (relations === undefined) return runAbortSteps(signal);
  const dependents: Value[] = [];
  for (let i = 0; i < relations.dependents.length; i++) {
    const dependent = relations.dependents[i];
    if (signalAborted(dependent)) continue;
    setAborted(dependent, reason);
    $append(dependents, dependent);
  }
  relations.dependents = [];
  runAbortSteps(signal);
  for (let i = 0; i < dependents.length; i++) runAbortSteps(dependents[i]);
}
function setAborted(signal, reason) {
  $setInternal(signal, 1, true);
  $setInternal(signal, 2, reason);
}
function runAbortSteps(signal) {
  const algorithms = $getInternal(signal, 3);
  $setInternal(signal, 3, []);
  for (let i = 0; i < algorithms.length; i++) algorithms[i]($getInternal(signal, 2));
  dispatch(signal, makeEvent("abort"));
}

function signalRelations(signal): SignalRelations {
  let relations = $getInternal(signal, 5);
  if (relations === undefined) {
    relations = { sources: [], dependents: [] };
    $setInternal(signal, 5, relations);
  }
  return relations;
}
/** `signal`, which nobody else has yet, aborts when `other` does. */
function followSignal(signal, other) {
  if (signalAborted(signal)) return;
  if (signalAborted(other)) return setAborted(signal, $getInternal(other, 2));
  const sources = signalRelations(other).sources;
  if (sources.length === 0) followSource(signal, other);
  for (let i = 0; i < sources.length; i++) followSource(signal, sources[i]);
}
function followSource(signal, source) {
  const sources = signalRelations(signal).sources;
  if (listIndex(sources, source) >= 0) return;
  $append(sources, source);
  $append(signalRelations(source).dependents, signal);
}

function requireSignal(v) {
  return requireWeb(v, webAbortSignal, "AbortSignal");
}

const AbortSignalConstructor = installInterface(
  function AbortSignal() {
    throw makeTypeError("Illegal constructor");
  },
  0,
  AbortSignalPrototype,
  {
    get aborted() {
      return signalAborted(requireSignal(this));
    },
    get onabort() {
      return $getInternal(requireSignal(this), 4);
    },
    set onabort(v) {
      $setInternal(requireSignal(this), 4, $isCallable(v) ? v : null);
    },
    get reason() {
      return $getInternal(requireSignal(this), 2);
    },
    throwIfAborted() {
      if (signalAborted(requireSignal(this))) throw $getInternal(this, 2);
    },
  },
  {
    abort(reason) {
      const signal = newAbortSignal();
      $setInternal(signal, 1, true);
      $setInternal(signal, 2, reason === undefined ? makeDOMException("This operation was aborted", "AbortError") : reason);
      return signal;
    },
    any(signals) {
      const result = newAbortSignal();
      const list: Value[] = [];
      for (const signal of signals) $append(list, requireSignal(signal));
      for (let i = 0; i < list.length; i++) {
        if (!signalAborted(list[i])) continue;
        $setInternal(result, 1, true);
        $setInternal(result, 2, $getInternal(list[i], 2));
        return result;
      }
      for (let i = 0; i < list.length; i++) followSignal(result, list[i]);
      return result;
    },
    timeout(ms) {
      const delay = ToIntegerOrInfinity(ms);
      if (delay < 0 || delay > 9007199254740991) throw makeRangeError('The value of "delay" is out of range.');
      const signal = newAbortSignal();
      libraryTimer(delay, (s) => signalAbort(s, makeDOMException("The operation was aborted due to timeout", "TimeoutError")), signal);
      return signal;
    },
  },
);
$setPrototypeOf(AbortSignalConstructor, EventTargetConstructor);

const AbortControllerPrototype = $newObject(ObjectPrototype);
installInterface(
  function AbortController() {
    requireNew($newTarget, "AbortController");
    const controller = newWeb(webAbortController, $newTarget, AbortControllerPrototype);
    $setInternal(controller, 1, newAbortSignal());
    return controller;
  },
  0,
  AbortControllerPrototype,
  {
    abort(reason) {
      signalAbort($getInternal(requireWeb(this, webAbortController, "AbortController.abort"), 1), reason);
    },
    get signal() {
      return $getInternal(requireWeb(this, webAbortController, "AbortController.signal"), 1);
    },
  },
  undefined,
);
setFunctionLength($getOwnValue(AbortControllerPrototype, "abort"), 0);
