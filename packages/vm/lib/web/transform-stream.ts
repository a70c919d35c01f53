/** Streams Standard 6: transform streams. The state of a stream is a record in slot 1 of the stream and of its controller. */
interface TransformState {
  readable: ReadableState;
  writable: WritableState;
  backpressure: boolean;
  /** Fulfilled at the next change of `backpressure`. */
  change: Value;
  /** Of the library's or the program's; each gives a promise or anything else. */
  transform: Value;
  flush: Value;
  cancel: Value;
  /** What closing, aborting and cancelling wait for: whichever came first. */
  finish: Value;
}
const TransformStreamPrototype = $newObject(ObjectPrototype);
const TransformControllerPrototype = $newObject(ObjectPrototype);

function setTransformBackpressure(ts: TransformState, on: boolean) {
  if (ts.backpressure === on) return;
  fulfillPromise(ts.change, undefined);
  ts.change = newPromise();
  ts.backpressure = on;
}

/** TransformStreamError. */
function transformFail(ts: TransformState, error) {
  readableError(ts.readable, error);
  transformFailWritable(ts, error);
}
/** ErrorWritableAndUnblockWrite. */
function transformFailWritable(ts: TransformState, error) {
  writableError(ts.writable, error);
  if (ts.backpressure) setTransformBackpressure(ts, false);
}

/** Transform and flush are to be given to the result. */
function newTransform(writableMark: number, writableSize, readableMark: number, readableSize): TransformState {
  const readable = newReadable(undefined, undefined, readableMark);
  readable.size = readableSize;
  const writable = newWritableState(newWeb(webWritableStream, undefined, WritableStreamPrototype), writableMark, writableSize);
  writable.signal = newAbortSignal();
  const ts: TransformState = {
    readable,
    writable,
    backpressure: true,
    change: newPromise(),
    transform: undefined,
    flush: undefined,
    cancel: undefined,
    finish: undefined,
  };
  readable.pull = () => {
    setTransformBackpressure(ts, false);
    return ts.change;
  };
  readable.cancel = (rs, reason) => transformSourceCancel(ts, reason);
  writable.write = (chunk) => transformSinkWrite(ts, chunk);
  writable.close = () => transformSinkClose(ts);
  writable.abort = (reason) => transformSinkAbort(ts, reason);
  return ts;
}

/** TransformStreamDefaultSinkWriteAlgorithm and PerformTransform. */
async function transformSinkWrite(ts: TransformState, chunk) {
  if (ts.backpressure) {
    await ts.change;
    if (ts.writable.state === 1) throw ts.writable.error;
  }
  try {
    await ts.transform(chunk);
  } catch (e) {
    transformFail(ts, e);
    throw e;
  }
}

/**
 * What ends a transform runs `algorithm` (flush or cancel) once: `fulfilled` and `rejected` see to the other side and to ts.finish, which all that end it
 * meanwhile get as well.
 */
function transformFinish(ts: TransformState, algorithm, argument, fulfilled, rejected) {
  if (ts.finish !== undefined) return ts.finish;
  ts.finish = newPromise();
  let result;
  try {
    result = algorithm === undefined ? undefined : algorithm(argument);
  } catch (e) {
    result = rejectedPromise(e);
  }
  awaitThen(resolvedPromise(result), ts, fulfilled, rejected);
  return ts.finish;
}
/** TransformStreamDefaultSinkAbortAlgorithm. */
function transformSinkAbort(ts: TransformState, reason) {
  return transformFinish(
    ts,
    ts.cancel,
    reason,
    () => {
      if (ts.readable.state === 2) return rejectPromise(ts.finish, ts.readable.error);
      readableError(ts.readable, reason);
      fulfillPromise(ts.finish, undefined);
    },
    transformFailReadable,
  );
}
/** TransformStreamDefaultSinkCloseAlgorithm. */
function transformSinkClose(ts: TransformState) {
  return transformFinish(
    ts,
    ts.flush,
    undefined,
    () => {
      if (ts.readable.state === 2) return rejectPromise(ts.finish, ts.readable.error);
      readableClose(ts.readable);
      fulfillPromise(ts.finish, undefined);
    },
    transformFailReadable,
  );
}
function transformFailReadable(ts: TransformState, error) {
  readableError(ts.readable, error);
  rejectPromise(ts.finish, error);
}
/** TransformStreamDefaultSourceCancelAlgorithm. */
function transformSourceCancel(ts: TransformState, reason) {
  return transformFinish(
    ts,
    ts.cancel,
    reason,
    () => {
      if (ts.writable.state === 3) return rejectPromise(ts.finish, ts.writable.error);
      transformFailWritable(ts, reason);
      fulfillPromise(ts.finish, undefined);
    },
    (data, error) => {
      transformFailWritable(ts, error);
      rejectPromise(ts.finish, error);
    },
  );
}

/** TransformStreamDefaultControllerEnqueue. */
function transformEnqueue(ts: TransformState, chunk) {
  const rs = openController(ts.readable);
  try {
    readableEnqueue(rs, chunk);
  } catch (e) {
    transformFailWritable(ts, e);
    throw rs.error;
  }
  if (!ts.backpressure && !readableShouldPull(rs)) setTransformBackpressure(ts, true);
}

installInterface(
  function TransformStream(transformer, writableStrategy, readableStrategy) {
    requireNew($newTarget, "TransformStream");
    if (transformer === undefined) transformer = null;
    else if (!$isObject(transformer)) throw makeTypeError('The "transformer" argument must be of type object.');
    const stream = newWeb(webTransformStream, $newTarget, TransformStreamPrototype);
    const writableGiven = strategyOf(writableStrategy);
    const readableGiven = strategyOf(readableStrategy);
    const cancel = algorithmOf(transformer, "cancel");
    const flush = algorithmOf(transformer, "flush");
    const readableType = member(transformer, "readableType");
    const start = algorithmOf(transformer, "start");
    const transform = algorithmOf(transformer, "transform");
    if (readableType !== undefined || member(transformer, "writableType") !== undefined) throw makeRangeError("Invalid type of a transformer");
    const readableMark = highWaterMarkOf(readableGiven, 0);
    const ts = newTransform(highWaterMarkOf(writableGiven, 1), writableGiven.size, readableMark, readableGiven.size);
    const controller = newWeb(webTransformController, undefined, TransformControllerPrototype);
    $setInternal(controller, 1, ts);
    ts.transform = transform === undefined ? (chunk) => transformEnqueue(ts, chunk) : (chunk) => $call(transform, transformer, chunk, controller);
    if (flush !== undefined) ts.flush = () => $call(flush, transformer, controller);
    if (cancel !== undefined) ts.cancel = (reason) => $call(cancel, transformer, reason);
    $setInternal(stream, 1, ts);
    ts.readable.started = false;
    const started = start === undefined ? undefined : $call(start, transformer, controller);
    // A promise of a promise: both sides start after what is cancelled or aborted in the same turn.
    awaitThen(
      resolvedPromise(resolvedPromise(started)),
      ts,
      (state: TransformState) => {
        readableStarted(state.readable);
        writableStarted(state.writable);
      },
      (state: TransformState, error) => {
        readableError(state.readable, error);
        writableStartFailed(state.writable, error);
      },
    );
    return stream;
  },
  0,
  TransformStreamPrototype,
  transformMembers(webTransformStream),
  undefined,
);

function transformMembers(tag: number) {
  return {
    get readable() {
      return $getInternal(requireWeb(this, tag, "TransformStream.readable"), 1).readable.stream;
    },
    get writable() {
      return $getInternal(requireWeb(this, tag, "TransformStream.writable"), 1).writable.stream;
    },
  };
}

function transformControllerOf(v): TransformState {
  return $getInternal(requireWeb(v, webTransformController, "TransformStreamDefaultController"), 1);
}
installInterface(
  function TransformStreamDefaultController() {
    illegalConstructor();
  },
  0,
  TransformControllerPrototype,
  {
    get desiredSize() {
      const rs = transformControllerOf(this).readable;
      return controllerDesiredSize(rs);
    },
    enqueue(chunk) {
      transformEnqueue(transformControllerOf(this), chunk);
    },
    error(reason) {
      transformFail(transformControllerOf(this), reason);
    },
    terminate() {
      const ts = transformControllerOf(this);
      readableClose(ts.readable);
      transformFailWritable(ts, makeTypeError("TransformStream terminated"));
    },
  },
  undefined,
);
