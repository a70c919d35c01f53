/**
 * 27.2 Promise objects.
 *
 * Internal slots: 0 state (undefined pending, 1 fulfilled, 2 rejected), 1 result, 2 first reaction, 3 handled, 4 last reaction.
 * Reactions form a linked list. `kind` 0: the capability is an intrinsic promise, settled directly without resolving functions (undefined: there is none);
 * 1: a capability with resolving functions; 2: internal, the handlers are library functions called as handler(promise, argument) where
 * `promise` is any value. await uses kind 2, so that it makes neither closures nor a derived promise.
 */
interface Reaction {
  kind: number;
  promise: Value;
  resolve: Value;
  reject: Value;
  onFulfilled: Value;
  onRejected: Value;
  next: Reaction | undefined;
}
interface Capability {
  promise: Value;
  resolve: Value;
  reject: Value;
}

function newPromise() {
  return $newObjectOfKind($kind.PROMISE, PromisePrototype);
}

function fulfillPromise(promise, value) {
  settlePromise(promise, 1, value);
}

function rejectPromise(promise, reason) {
  if ($getInternal(promise, 3) !== true) trackRejection(promise);
  settlePromise(promise, 2, reason);
}

function settlePromise(promise, state: number, result) {
  let reaction: Reaction | undefined = $getInternal(promise, 2);
  $setInternal(promise, 0, state);
  $setInternal(promise, 1, result);
  $setInternal(promise, 2, undefined);
  $setInternal(promise, 4, undefined);
  for (; reaction !== undefined; reaction = reaction.next) $enqueueJob(runReaction, reaction, state, result);
}

/** 27.2.1.3.2 Promise Resolve Functions, past the "already resolved" check. */
function resolvePromise(promise, resolution) {
  if ($promiseFulfill(promise, resolution)) return;
  if (!$isObject(resolution)) return fulfillPromise(promise, resolution);
  if (resolution === promise) return rejectPromise(promise, makeTypeError("Chaining cycle detected for promise #<Promise>"));
  let then;
  try {
    then = resolution.then;
  } catch (e) {
    return rejectPromise(promise, e);
  }
  if (!$isCallable(then)) return fulfillPromise(promise, resolution);
  $enqueueJob(resolveThenableJob, promise, resolution, then);
}

/** 27.2.2.2 NewPromiseResolveThenableJob. */
function resolveThenableJob(promise, thenable, then) {
  if (then === PromisePrototypeThen && isPristinePromise(thenable)) {
    performThen(thenable, 2, promise, undefined, undefined, fulfillPromise, rejectPromise);
    return;
  }
  const functions = CreateResolvingFunctions(promise);
  try {
    $call(then, thenable, functions[0], functions[1]);
  } catch (e) {
    $call(functions[1], undefined, e);
  }
}

/** Can nothing be observed when `then` of this promise looks its species up? */
function isPristinePromise(p): boolean {
  return (
    $kindOf(p) === $kind.PROMISE &&
    $getPrototypeOf(p) === PromisePrototype &&
    $getOwnAttributes(p, "constructor") < 0 &&
    $getOwnValue(PromisePrototype, "constructor") === PromiseConstructor &&
    $getOwnGetter(PromiseConstructor, symbolSpecies) === speciesGetter
  );
}

/** 27.2.1.3 CreateResolvingFunctions: [resolve, reject]. */
function CreateResolvingFunctions(promise): Value[] {
  let resolved = false;
  return [
    (resolution) => {
      if (resolved) return;
      resolved = true;
      resolvePromise(promise, resolution);
    },
    (reason) => {
      if (resolved) return;
      resolved = true;
      rejectPromise(promise, reason);
    },
  ];
}

/** 27.2.1.5 NewPromiseCapability. */
function NewPromiseCapability(C): Capability {
  if (C === PromiseConstructor) {
    const promise = newPromise();
    const functions = CreateResolvingFunctions(promise);
    return { promise, resolve: functions[0], reject: functions[1] };
  }
  if (!$isConstructor(C)) throw makeTypeError(`${describe(C)} is not a constructor`);
  const capability: Capability = { promise: undefined, resolve: undefined, reject: undefined };
  const executor = [
    (resolve, reject) => {
      if (capability.resolve !== undefined || capability.reject !== undefined)
        throw makeTypeError("Promise executor has already been invoked with non-undefined arguments");
      capability.resolve = resolve;
      capability.reject = reject;
    },
  ];
  const promise = $construct(C, C, executor);
  if (!$isCallable(capability.resolve) || !$isCallable(capability.reject)) throw makeTypeError("Promise resolve or reject function is not callable");
  capability.promise = promise;
  return capability;
}

/** 27.2.5.4.1 PerformPromiseThen; for the parameters see Reaction. */
function performThen(promise, kind: number, target, resolve, reject, onFulfilled, onRejected) {
  const reaction: Reaction = { kind, promise: target, resolve, reject, onFulfilled, onRejected, next: undefined };
  const state = $getInternal(promise, 0);
  if (state === undefined) {
    const last = $getInternal(promise, 4);
    if (last === undefined) $setInternal(promise, 2, reaction);
    else last.next = reaction;
    $setInternal(promise, 4, reaction);
  } else {
    if (state === 2 && $getInternal(promise, 3) !== true) untrackRejection(promise);
    $enqueueJob(runReaction, reaction, state, $getInternal(promise, 1));
  }
  $setInternal(promise, 3, true);
}

/** 27.2.2.1 NewPromiseReactionJob. */
function runReaction(reaction: Reaction, state: number, argument) {
  const kind = reaction.kind;
  const target = reaction.promise;
  const handler = state === 1 ? reaction.onFulfilled : reaction.onRejected;
  if (kind === 2) {
    handler(target, argument);
    return;
  }
  let rejected = state === 2;
  let result = argument;
  if (handler !== undefined) {
    try {
      result = $call(handler, undefined, argument);
      rejected = false;
    } catch (e) {
      result = e;
      rejected = true;
    }
  }
  if (kind === 1) $call(rejected ? reaction.reject : reaction.resolve, undefined, result);
  else if (target !== undefined) {
    if (rejected) rejectPromise(target, result);
    else resolvePromise(target, result);
  }
}

/** 27.2.4.7.1 PromiseResolve. */
function PromiseResolve(C, x) {
  if ($kindOf(x) === $kind.PROMISE && x.constructor === C) return x;
  if (C === PromiseConstructor) {
    const promise = newPromise();
    resolvePromise(promise, x);
    return promise;
  }
  const capability = NewPromiseCapability(C);
  $call(capability.resolve, undefined, x);
  return capability.promise;
}

/** For library code: run onFulfilled(data, value) or onRejected(data, reason) when `value`, made a promise, settles. */
function awaitThen(value, data, onFulfilled, onRejected) {
  performThen(PromiseResolve(PromiseConstructor, value), 2, data, undefined, undefined, onFulfilled, onRejected);
}

// ---------------------------------------------------------------- Unhandled rejections

/** Promises that were rejected while nobody listened. Reported when the job queue has run dry. */
let pendingRejections: Value[] = [];

function trackRejection(promise) {
  $append(pendingRejections, promise);
}
function untrackRejection(promise) {
  // Most often the latest one: an awaited call that threw.
  for (let i = pendingRejections.length - 1; i >= 0; i--)
    if (pendingRejections[i] === promise) {
      pendingRejections[i] = undefined;
      return;
    }
}
$setHook($hook.UNHANDLED_REJECTIONS, function unhandledRejections() {
  const list = pendingRejections;
  if (list.length === 0) return;
  pendingRejections = [];
  for (let i = 0; i < list.length; i++) if (list[i] !== undefined) $consoleWrite(4, `Uncaught (in promise) ${errorReport($getInternal(list[i], 1))}`);
});

/** Text for an error that nobody caught: "Name: message" and the stack. Never throws. */
function errorReport(error): string {
  try {
    if ($kindOf(error) === $kind.ERROR) {
      const stack = error.stack;
      if (typeof stack === "string" && stack !== "") return stack;
      return `${error}`;
    }
    if ($isObject(error))
      return $kindOf(error) === $kind.PROXY ? "#<Object>" : `${describe(error)}${typeof error.message === "string" ? `: ${error.message}` : ""}`;
    return typeof error === "symbol" ? symbolText(error) : `${error}`;
  } catch {
    return "an error that cannot be shown";
  }
}
$setHook($hook.REPORT_ERROR, errorReport);
$setHook($hook.RUN_JOB, function runJob(f, a, b, c) {
  f(a, b, c);
});

// ---------------------------------------------------------------- The constructor and its combinators

const PromiseConstructor = installConstructor(
  function Promise(executor) {
    if ($newTarget === undefined) throw makeTypeError("Promise constructor cannot be invoked without 'new'");
    if (!$isCallable(executor)) throw makeTypeError(`Promise resolver ${describe(executor)} is not a function`);
    const promise = OrdinaryCreateFromConstructor($newTarget, PromisePrototype, $kind.PROMISE);
    const functions = CreateResolvingFunctions(promise);
    try {
      $call(executor, undefined, functions[0], functions[1]);
    } catch (e) {
      $call(functions[1], undefined, e);
    }
    return promise;
  },
  1,
  PromisePrototype,
  {
    all(iterable) {
      return promiseCombinator(this, iterable, 0);
    },
    allSettled(iterable) {
      return promiseCombinator(this, iterable, 1);
    },
    any(iterable) {
      return promiseCombinator(this, iterable, 2);
    },
    race(iterable) {
      return promiseCombinator(this, iterable, 3);
    },
    reject(reason) {
      const capability = NewPromiseCapability(this);
      $call(capability.reject, undefined, reason);
      return capability.promise;
    },
    resolve(value) {
      if (!$isObject(this)) throw makeTypeError("PromiseResolve called on non-object");
      return PromiseResolve(this, value);
    },
    try(callback, ...args) {
      if (!$isObject(this)) throw makeTypeError("Promise.try called on non-object");
      const capability = NewPromiseCapability(this);
      try {
        $call(capability.resolve, undefined, $apply(callback, undefined, args));
      } catch (e) {
        $call(capability.reject, undefined, e);
      }
      return capability.promise;
    },
    withResolvers() {
      const capability = NewPromiseCapability(this);
      return { promise: capability.promise, resolve: capability.resolve, reject: capability.reject };
    },
  },
);
installLengths(PromiseConstructor, ["try", 1]);
installSpecies(PromiseConstructor);
$setPromiseConstructor(PromiseConstructor);

/** 27.2.4.1 - 27.2.4.5; kind 0 all, 1 allSettled, 2 any, 3 race. */
function promiseCombinator(C, iterable, kind: number) {
  const capability = NewPromiseCapability(C);
  let record: IteratorRecord | undefined;
  try {
    const promiseResolve = C.resolve;
    if (!$isCallable(promiseResolve)) throw makeTypeError("Promise resolve or reject function is not callable");
    record = GetIterator(iterable);
    const values: Value[] = [];
    const state = { remaining: 1, values, capability };
    for (let index = 0; ; index++) {
      const next = IteratorStepValue(record);
      if (next === $done) break;
      if (kind !== 3) $append(values, undefined);
      const promise = $call(promiseResolve, C, next);
      if (kind === 3) promise.then(capability.resolve, capability.reject);
      else {
        state.remaining++;
        const functions = elementFunctions(state, index, kind);
        promise.then(kind === 2 ? capability.resolve : functions[0], kind === 0 ? capability.reject : kind === 2 ? functions[0] : functions[1]);
      }
    }
    if (kind !== 3) combinatorDone(state, kind);
  } catch (e) {
    if (record !== undefined && !record.done) IteratorCloseQuiet(record.iterator);
    $call(capability.reject, undefined, e);
  }
  return capability.promise;
}

function combinatorDone(state, kind: number) {
  if (--state.remaining > 0) return;
  if (kind !== 2) return $call(state.capability.resolve, undefined, state.values);
  const error = makeError(AggregateErrorPrototype, "All promises were rejected");
  $defineOwn(error, "errors", state.values, 5);
  return $call(state.capability.reject, undefined, error);
}

/** The element functions of a combinator: one for all and any, [fulfilled, rejected] for allSettled. */
function elementFunctions(state, index: number, kind: number): Value[] {
  let called = false;
  if (kind !== 1)
    return [
      (x) => {
        if (called) return;
        called = true;
        state.values[index] = x;
        return combinatorDone(state, kind);
      },
    ];
  return [
    (value) => {
      if (called) return;
      called = true;
      state.values[index] = { status: "fulfilled", value };
      return combinatorDone(state, kind);
    },
    (reason) => {
      if (called) return;
      called = true;
      state.values[index] = { status: "rejected", reason };
      return combinatorDone(state, kind);
    },
  ];
}

install(PromisePrototype, {
  catch(onRejected) {
    return this.then(undefined, onRejected);
  },
  finally(onFinally) {
    if (!$isObject(this)) throw makeTypeError("Promise.prototype.finally called on a non-object");
    const C = SpeciesConstructor(this, PromiseConstructor);
    if (!$isCallable(onFinally)) return this.then(onFinally, onFinally);
    const functions = [
      (value) => {
        const result = $call(onFinally, undefined);
        return PromiseResolve(C, result).then([() => value][0]);
      },
      (reason) => {
        const result = $call(onFinally, undefined);
        return PromiseResolve(C, result).then(
          [
            () => {
              throw reason;
            },
          ][0],
        );
      },
    ];
    return this.then(functions[0], functions[1]);
  },
  then(onFulfilled, onRejected) {
    if ($kindOf(this) !== $kind.PROMISE) throw Incompatible("Promise.prototype.then", this);
    const C = SpeciesConstructor(this, PromiseConstructor);
    if (!$isCallable(onFulfilled)) onFulfilled = undefined;
    if (!$isCallable(onRejected)) onRejected = undefined;
    if (C === PromiseConstructor) {
      const promise = newPromise();
      performThen(this, 0, promise, undefined, undefined, onFulfilled, onRejected);
      return promise;
    }
    const capability = NewPromiseCapability(C);
    performThen(this, 1, capability.promise, capability.resolve, capability.reject, onFulfilled, onRejected);
    return capability.promise;
  },
});
installTag(PromisePrototype, "Promise");
const PromisePrototypeThen = $getOwnValue(PromisePrototype, "then");

install(globalObject, {
  queueMicrotask(callback) {
    if (!$isCallable(callback)) throw makeTypeError(`The "callback" argument must be of type function. Received ${describe(callback)}`);
    $enqueueJob(runMicrotask, callback, undefined, undefined);
  },
});
function runMicrotask(callback) {
  $call(callback, undefined);
}
