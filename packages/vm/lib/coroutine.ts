/** 27.5 generators, 27.6 async generators, 27.7 async functions, over the interpreter's coroutines ($resume, $coroutineState). */

// ---------------------------------------------------------------- 27.5 Generators

/** 27.5.3.3 GeneratorResume and 27.5.3.4 GeneratorResumeAbrupt; mode 0 next, 1 throw, 2 return. */
function GeneratorResume(generator, mode: number, value) {
  const state = $coroutineState(generator);
  if (state === 3) throw makeTypeError("Generator is already running");
  if (state === 4) {
    if (mode === 1) throw value;
    return { value: mode === 2 ? value : undefined, done: true };
  }
  const result = $resume(generator, mode, value);
  return { value: result, done: $coroutineState(generator) === 4 };
}
function requireGenerator(generator, method: string) {
  if ($kindOf(generator) !== $kind.GENERATOR) throw Incompatible(`[Generator].prototype.${method}`, generator);
}
install(GeneratorPrototype, {
  next(value) {
    requireGenerator(this, "next");
    return GeneratorResume(this, 0, value);
  },
  return(value) {
    requireGenerator(this, "return");
    return GeneratorResume(this, 2, value);
  },
  throw(exception) {
    requireGenerator(this, "throw");
    return GeneratorResume(this, 1, exception);
  },
});
installTag(GeneratorPrototype, "Generator");
$defineOwn(GeneratorPrototype, "constructor", GeneratorFunctionPrototype, 4);
$defineOwn(GeneratorFunctionPrototype, "prototype", GeneratorPrototype, 4);
$setGeneratorNext($getOwnValue(GeneratorPrototype, "next"));

// ---------------------------------------------------------------- 27.7 Async functions

$setHook($hook.ASYNC_START, function asyncStart(coroutine) {
  const promise = $newObjectOfKind($kind.PROMISE, PromisePrototype);
  asyncStep(coroutine, promise, 0, undefined);
  return promise;
});

/** Runs an async function until its next await, or its end, which settles `promise`. */
function asyncStep(coroutine, promise, mode: number, value) {
  for (;;) {
    let result;
    try {
      result = $resume(coroutine, mode, value);
    } catch (e) {
      rejectPromise(promise, e);
      return;
    }
    if ($coroutineState(coroutine) === 4) {
      if (!$promiseFulfill(promise, result)) resolvePromise(promise, result);
      return;
    }
    try {
      awaitThen(result, { coroutine, promise }, asyncFulfilled, asyncRejected);
      return;
    } catch (e) {
      // A getter `constructor` of the awaited promise threw: the await itself throws.
      mode = 1;
      value = e;
    }
  }
}
function asyncFulfilled(data, value) {
  asyncStep(data.coroutine, data.promise, 0, value);
}
function asyncRejected(data, reason) {
  asyncStep(data.coroutine, data.promise, 1, reason);
}

// ---------------------------------------------------------------- 27.6 Async generators

/**
 * Internal slots of an async generator object: 0 coroutine, 1 state (0 suspended-start, 1 suspended-yield, 2 executing, 3 draining-queue,
 * 4 completed), 2 queue: a list of requests {mode, value, promise} whose first one is being served.
 */
interface AsyncGeneratorRequest {
  mode: number;
  value: Value;
  promise: Value;
}

$setHook($hook.ASYNC_GENERATOR_START, function asyncGeneratorStart(coroutine) {
  const proto = $coroutineFunction(coroutine).prototype;
  const generator = $newObjectOfKind($kind.ASYNC_GENERATOR, $isObject(proto) ? proto : AsyncGeneratorPrototype);
  $setInternal(generator, 0, coroutine);
  $setInternal(generator, 1, 0);
  $setInternal(generator, 2, []);
  return generator;
});

function asyncGeneratorEnqueue(generator, mode: number, value, method: string) {
  const promise = newPromise();
  if ($kindOf(generator) !== $kind.ASYNC_GENERATOR) {
    rejectPromise(promise, Incompatible(`[AsyncGenerator].prototype.${method}`, generator));
    return promise;
  }
  let state = $getInternal(generator, 1);
  if (state === 4 && mode !== 2) {
    if (mode === 0) resolvePromise(promise, { value: undefined, done: true });
    else rejectPromise(promise, value);
    return promise;
  }
  $append($getInternal(generator, 2), { mode, value, promise });
  if (state === 0 && mode !== 0) {
    // Never started: nothing of the body runs.
    state = 4;
    $setInternal(generator, 1, 4);
    if (mode === 1) {
      asyncGeneratorComplete(generator, true, value, true);
      return promise;
    }
  }
  if (state === 4) asyncGeneratorAwaitReturn(generator);
  else if (state < 2) asyncGeneratorRun(generator, mode, value);
  return promise;
}

/** 27.6.3.5 AsyncGeneratorCompleteStep: settles the first request. */
function asyncGeneratorComplete(generator, rejected: boolean, value, done: boolean) {
  const request: AsyncGeneratorRequest = $arrShift($getInternal(generator, 2));
  if (rejected) rejectPromise(request.promise, value);
  else resolvePromise(request.promise, { value, done });
}

/** Runs the body until it awaits, yields with nothing more asked for, or ends. */
function asyncGeneratorRun(generator, mode: number, value) {
  const coroutine = $getInternal(generator, 0);
  $setInternal(generator, 1, 2);
  for (;;) {
    let result;
    try {
      result = $resume(coroutine, mode, value);
    } catch (e) {
      asyncGeneratorEnd(generator, true, e);
      return;
    }
    const state = $coroutineState(coroutine);
    if (state === 4) {
      asyncGeneratorEnd(generator, false, result);
      return;
    }
    if (state === 2) {
      try {
        awaitThen(result, generator, asyncGeneratorFulfilled, asyncGeneratorRejected);
        return;
      } catch (e) {
        mode = 1;
        value = e;
        continue;
      }
    }
    asyncGeneratorComplete(generator, false, result, false);
    const queue = $getInternal(generator, 2);
    if (queue.length === 0) {
      $setInternal(generator, 1, 1);
      return;
    }
    mode = queue[0].mode;
    value = queue[0].value;
  }
}
function asyncGeneratorFulfilled(generator, value) {
  asyncGeneratorRun(generator, 0, value);
}
function asyncGeneratorRejected(generator, reason) {
  asyncGeneratorRun(generator, 1, reason);
}

function asyncGeneratorEnd(generator, rejected: boolean, value) {
  $setInternal(generator, 1, 3);
  asyncGeneratorComplete(generator, rejected, value, true);
  asyncGeneratorDrainQueue(generator);
}

/** 27.6.3.10 AsyncGeneratorDrainQueue. */
function asyncGeneratorDrainQueue(generator) {
  const queue: AsyncGeneratorRequest[] = $getInternal(generator, 2);
  $setInternal(generator, 1, 4);
  while (queue.length > 0) {
    const request = queue[0]!;
    if (request.mode === 2) {
      asyncGeneratorAwaitReturn(generator);
      return;
    }
    asyncGeneratorComplete(generator, request.mode === 1, request.mode === 1 ? request.value : undefined, true);
  }
}

/** 27.6.3.9 AsyncGeneratorAwaitReturn. */
function asyncGeneratorAwaitReturn(generator) {
  $setInternal(generator, 1, 3);
  try {
    awaitThen($getInternal(generator, 2)[0].value, generator, asyncGeneratorReturned, asyncGeneratorReturnFailed);
  } catch (e) {
    asyncGeneratorReturnFailed(generator, e);
  }
}
function asyncGeneratorReturned(generator, value) {
  asyncGeneratorComplete(generator, false, value, true);
  asyncGeneratorDrainQueue(generator);
}
function asyncGeneratorReturnFailed(generator, reason) {
  asyncGeneratorComplete(generator, true, reason, true);
  asyncGeneratorDrainQueue(generator);
}

install(AsyncGeneratorPrototype, {
  next(value) {
    return asyncGeneratorEnqueue(this, 0, value, "next");
  },
  return(value) {
    return asyncGeneratorEnqueue(this, 2, value, "return");
  },
  throw(exception) {
    return asyncGeneratorEnqueue(this, 1, exception, "throw");
  },
});
installTag(AsyncGeneratorPrototype, "AsyncGenerator");
$defineOwn(AsyncGeneratorPrototype, "constructor", AsyncGeneratorFunctionPrototype, 4);
$defineOwn(AsyncGeneratorFunctionPrototype, "prototype", AsyncGeneratorPrototype, 4);

// ---------------------------------------------------------------- 27.1.6 Async-from-Sync Iterator objects

const AsyncFromSyncIteratorPrototype = $newObject(AsyncIteratorPrototype);

/** 27.1.6.1 CreateAsyncFromSyncIterator. Internal slots: 0 the sync record. */
function CreateAsyncFromSyncIterator(record: IteratorRecord): IteratorRecord {
  const iterator = $newObjectOfKind($kind.ITERATOR, AsyncFromSyncIteratorPrototype);
  $setInternal(iterator, 0, record);
  $setInternal(iterator, 3, AsyncFromSyncIteratorPrototype);
  return { iterator, next: asyncFromSyncNext, done: false };
}

/** 27.1.6.4 AsyncFromSyncIteratorContinuation. */
function asyncFromSyncContinuation(result, promise, record: IteratorRecord, closeOnRejection: boolean) {
  if (!$isObject(result)) throw makeTypeError(`Iterator result ${describe(result)} is not an object`);
  const done = !!result.done;
  const value = result.value;
  try {
    awaitThen(value, { promise, done, iterator: !done && closeOnRejection ? record.iterator : undefined }, asyncFromSyncFulfilled, asyncFromSyncRejected);
  } catch (e) {
    if (!done && closeOnRejection) IteratorCloseQuiet(record.iterator);
    throw e;
  }
}
function asyncFromSyncFulfilled(data, value) {
  resolvePromise(data.promise, { value, done: data.done });
}
function asyncFromSyncRejected(data, reason) {
  if (data.iterator !== undefined) IteratorCloseQuiet(data.iterator);
  rejectPromise(data.promise, reason);
}

function asyncFromSyncNext(this: Value, ...args) {
  const promise = newPromise();
  const record: IteratorRecord = $getInternal(this, 0);
  try {
    asyncFromSyncContinuation($apply(record.next, record.iterator, args), promise, record, true);
  } catch (e) {
    rejectPromise(promise, e);
  }
  return promise;
}
install(AsyncFromSyncIteratorPrototype, {
  return(...args) {
    const promise = newPromise();
    const record: IteratorRecord = $getInternal(this, 0);
    try {
      const method = GetMethod(record.iterator, "return");
      if (method === undefined) resolvePromise(promise, { value: args[0], done: true });
      else asyncFromSyncContinuation($apply(method, record.iterator, args), promise, record, false);
    } catch (e) {
      rejectPromise(promise, e);
    }
    return promise;
  },
  throw(...args) {
    const promise = newPromise();
    const record: IteratorRecord = $getInternal(this, 0);
    try {
      const method = GetMethod(record.iterator, "throw");
      if (method === undefined) {
        // The protocol is broken: the iterator is closed and the error tells so.
        IteratorClose(record.iterator);
        throw makeTypeError("The iterator does not provide a 'throw' method");
      }
      asyncFromSyncContinuation($apply(method, record.iterator, args), promise, record, true);
    } catch (e) {
      rejectPromise(promise, e);
    }
    return promise;
  },
});
$defineOwn(AsyncFromSyncIteratorPrototype, "next", asyncFromSyncNext, 5);
