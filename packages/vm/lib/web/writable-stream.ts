/** Streams Standard 5: writable streams. The state of a stream is a record in slot 1 of the stream and of its controller; a writer has its own record. */
interface WritableState {
  /** 0 writable, 1 erroring, 2 closed, 3 errored. */
  state: number;
  error: Value;
  writer: WriterState | undefined;
  chunks: Value[];
  sizes: number[];
  /** Promise of each queued write; the chunk of the queued close is $done. */
  promises: Value[];
  total: number;
  highWaterMark: number;
  size: Value;
  write: Value;
  close: Value;
  abort: Value;
  started: boolean;
  busy: boolean;
  closeQueued: boolean;
  closing: boolean;
  pendingAbort: { promise: Value; reason: Value; wasErroring: boolean } | undefined;
  backpressure: boolean;
  signal: Value;
  stream: Value;
}
interface WriterState {
  stream: WritableState | undefined;
  closed: Value;
  ready: Value;
}
const WritableStreamPrototype = $newObject(ObjectPrototype);
const WritableControllerPrototype = $newObject(ObjectPrototype);
const WriterPrototype = $newObject(ObjectPrototype);

function newWritableState(stream, highWaterMark: number, size): WritableState {
  const ws: WritableState = {
    state: 0,
    error: undefined,
    writer: undefined,
    chunks: [],
    sizes: [],
    promises: [],
    total: 0,
    highWaterMark,
    size,
    write: undefined,
    close: undefined,
    abort: undefined,
    started: false,
    busy: false,
    closeQueued: false,
    closing: false,
    pendingAbort: undefined,
    backpressure: highWaterMark <= 0,
    signal: undefined,
    stream,
  };
  $setInternal(stream, 1, ws);
  return ws;
}
function writableOf(stream): WritableState {
  return $getInternal(requireWeb(stream, webWritableStream, "WritableStream"), 1);
}
function writableLocked(stream): boolean {
  return $getInternal(stream, 1).writer !== undefined;
}
function writableStateName(stream): string {
  const state = $getInternal(stream, 1).state;
  return state === 0 ? "writable" : state === 1 ? "erroring" : state === 2 ? "closed" : "errored";
}

function writableUpdate(ws: WritableState) {
  if (ws.state !== 0 || ws.closeQueued) return;
  const backpressure = ws.highWaterMark - ws.total <= 0;
  if (backpressure === ws.backpressure) return;
  ws.backpressure = backpressure;
  const writer = ws.writer;
  if (writer === undefined) return;
  if (backpressure) writer.ready = newPromise();
  else if ($getInternal(writer.ready, 0) === undefined) fulfillPromise(writer.ready, undefined);
}

function writableWrite(ws: WritableState, chunk, writer: WriterState) {
  let size: number = 1;
  if (ws.state === 0 && !ws.closeQueued && ws.size !== undefined) {
    try {
      size = chunkSize(ws.size, chunk);
    } catch (e) {
      writableError(ws, e);
    }
  }
  if (writer.stream !== ws) return rejectedPromise(writerReleased());
  if (ws.state === 3 || ws.state === 1) return rejectedPromise(ws.error);
  if (ws.closeQueued || ws.state === 2) return rejectedPromise(makeTypeError("Invalid state: WritableStream is closed"));
  const promise = newPromise();
  $append(ws.chunks, chunk);
  $append(ws.sizes, size);
  $append(ws.promises, promise);
  ws.total += size;
  writableUpdate(ws);
  writableAdvance(ws);
  return promise;
}

function writableClose(ws: WritableState) {
  if (ws.closeQueued || ws.state >= 2) return rejectedPromise(makeTypeError("Invalid state: WritableStream is closed"));
  const promise = newPromise();
  ws.closeQueued = true;
  if (ws.writer !== undefined && ws.backpressure && ws.state === 0 && $getInternal(ws.writer.ready, 0) === undefined)
    fulfillPromise(ws.writer.ready, undefined);
  $append(ws.chunks, $done);
  $append(ws.sizes, 0);
  $append(ws.promises, promise);
  writableAdvance(ws);
  return promise;
}

function writableAdvance(ws: WritableState) {
  if (!ws.started || ws.busy) return;
  if (ws.state === 1) return writableFinishErroring(ws);
  if (ws.state !== 0 || ws.chunks.length === 0) return;
  ws.busy = true;
  const chunk = ws.chunks[0];
  let result;
  try {
    if (chunk === $done) {
      ws.closing = true;
      result = ws.close === undefined ? undefined : ws.close();
    } else result = ws.write === undefined ? undefined : ws.write(chunk);
  } catch (e) {
    writableFailed(ws, e);
    return;
  }
  awaitThen(result, ws, writableDone, writableFailed);
}

function takeWrite(ws: WritableState) {
  ws.busy = false;
  $arrShift(ws.chunks);
  ws.total -= $arrShift(ws.sizes);
  if (ws.total < 0) ws.total = 0;
  return $arrShift(ws.promises);
}

function writableDone(ws: WritableState) {
  const closing = ws.closing;
  const promise = takeWrite(ws);
  fulfillPromise(promise, undefined);
  if (!closing) {
    writableUpdate(ws);
    writableAdvance(ws);
    return;
  }
  ws.closing = false;
  if (ws.state === 1) {
    ws.error = undefined;
    if (ws.pendingAbort !== undefined) fulfillPromise(ws.pendingAbort.promise, undefined);
    ws.pendingAbort = undefined;
  }
  ws.state = 2;
  if (ws.writer !== undefined && $getInternal(ws.writer.closed, 0) === undefined) fulfillPromise(ws.writer.closed, undefined);
}

function writableFailed(ws: WritableState, error) {
  const closing = ws.closing;
  ws.closing = false;
  rejectPromise(takeWrite(ws), error);
  if (closing && ws.pendingAbort !== undefined) {
    rejectPromise(ws.pendingAbort.promise, error);
    ws.pendingAbort = undefined;
  }
  if (ws.state === 0) writableStartErroring(ws, error);
  else if (ws.state === 1) writableFinishErroring(ws);
}

function writableError(ws: WritableState, error) {
  if (ws.state === 0) writableStartErroring(ws, error);
}

function writableStartErroring(ws: WritableState, error) {
  ws.state = 1;
  ws.error = error;
  const writer = ws.writer;
  if (writer !== undefined) rejectReady(writer, error);
  if (!ws.busy && ws.started) writableFinishErroring(ws);
}

function rejectReady(writer: WriterState, error) {
  if ($getInternal(writer.ready, 0) !== undefined) writer.ready = newPromise();
  markHandled(writer.ready);
  rejectPromise(writer.ready, error);
}

function writableFinishErroring(ws: WritableState) {
  ws.state = 3;
  const promises = ws.promises;
  const closing = ws.closeQueued && promises.length > 0 ? $arrPop(promises) : undefined;
  ws.promises = [];
  ws.chunks = [];
  ws.sizes = [];
  ws.total = 0;
  for (let i = 0; i < promises.length; i++) rejectPromise(promises[i], ws.error);
  const pending = ws.pendingAbort;
  ws.pendingAbort = undefined;
  if (pending === undefined) return writableRejectClosed(ws, closing);
  if (pending.wasErroring) {
    rejectPromise(pending.promise, ws.error);
    return writableRejectClosed(ws, closing);
  }
  let result;
  try {
    result = ws.abort === undefined ? undefined : ws.abort(pending.reason);
  } catch (e) {
    result = rejectedPromise(e);
  }
  awaitThen(
    result,
    pending.promise,
    (promise) => {
      fulfillPromise(promise, undefined);
      writableRejectClosed(ws, closing);
    },
    (promise, e) => {
      rejectPromise(promise, e);
      writableRejectClosed(ws, closing);
    },
  );
}

/** RejectCloseAndClosedPromiseIfNeeded; `closing` is the promise of a close that never began. */
function writableRejectClosed(ws: WritableState, closing) {
  if (closing !== undefined) rejectPromise(closing, ws.error);
  const writer = ws.writer;
  if (writer === undefined || $getInternal(writer.closed, 0) !== undefined) return;
  markHandled(writer.closed);
  rejectPromise(writer.closed, ws.error);
}

function writableAbort(ws: WritableState, reason) {
  if (ws.state >= 2) return resolvedPromise(undefined);
  if (ws.signal !== undefined) signalAbort(ws.signal, reason);
  if ((ws.state as number) >= 2) return resolvedPromise(undefined);
  if (ws.pendingAbort !== undefined) return ws.pendingAbort.promise;
  const wasErroring = ws.state === 1;
  const promise = newPromise();
  ws.pendingAbort = { promise, reason: wasErroring ? undefined : reason, wasErroring };
  if (!wasErroring) writableStartErroring(ws, reason);
  return promise;
}

function newWriter(ws: WritableState): WriterState {
  if (ws.writer !== undefined) throw makeTypeError("Invalid state: WritableStream is locked");
  const writer: WriterState = { stream: ws, closed: newPromise(), ready: newPromise() };
  ws.writer = writer;
  if (ws.state === 0) {
    if (ws.closeQueued || !ws.backpressure) fulfillPromise(writer.ready, undefined);
  } else if (ws.state === 2) {
    fulfillPromise(writer.ready, undefined);
    fulfillPromise(writer.closed, undefined);
  } else {
    rejectReady(writer, ws.error);
    if (ws.state === 3) {
      markHandled(writer.closed);
      rejectPromise(writer.closed, ws.error);
    }
  }
  return writer;
}

function writerReleased() {
  return makeTypeError("Invalid state: Writer is not bound to a WritableStream");
}
function releaseWriter(writer: WriterState) {
  const ws = writer.stream;
  if (ws === undefined) return;
  const error = writerReleased();
  rejectReady(writer, error);
  if ($getInternal(writer.closed, 0) !== undefined) writer.closed = newPromise();
  markHandled(writer.closed);
  rejectPromise(writer.closed, error);
  ws.writer = undefined;
  writer.stream = undefined;
}

installInterface(
  function WritableStream(sink, strategy) {
    requireNew($newTarget, "WritableStream");
    if (sink === undefined) sink = null;
    else if (!$isObject(sink)) throw makeTypeError('The "sink" argument must be of type object.');
    const stream = newWeb(webWritableStream, $newTarget, WritableStreamPrototype);
    const given = strategyOf(strategy);
    const abort = algorithmOf(sink, "abort");
    const close = algorithmOf(sink, "close");
    const start = algorithmOf(sink, "start");
    if (member(sink, "type") !== undefined) throw makeRangeError("The property 'sink.type' is invalid");
    const write = algorithmOf(sink, "write");
    const ws = newWritableState(stream, highWaterMarkOf(given, 1), given.size);
    const controller = newWeb(webWritableController, undefined, WritableControllerPrototype);
    $setInternal(controller, 1, ws);
    ws.signal = newAbortSignal();
    if (write !== undefined) ws.write = (chunk) => $call(write, sink, chunk, controller);
    if (close !== undefined) ws.close = () => $call(close, sink);
    if (abort !== undefined) ws.abort = (reason) => $call(abort, sink, reason);
    const started = start === undefined ? undefined : $call(start, sink, controller);
    awaitThen(started, ws, writableStarted, writableStartFailed);
    return stream;
  },
  0,
  WritableStreamPrototype,
  {
    abort(reason) {
      try {
        const ws = writableOf(this);
        if (ws.writer !== undefined) throw makeTypeError("Invalid state: WritableStream is locked");
        return writableAbort(ws, reason);
      } catch (e) {
        return rejectedPromise(e);
      }
    },
    close() {
      try {
        const ws = writableOf(this);
        if (ws.writer !== undefined) throw makeTypeError("Invalid state: WritableStream is locked");
        return writableClose(ws);
      } catch (e) {
        return rejectedPromise(e);
      }
    },
    getWriter() {
      return constructWriter(undefined, this);
    },
    get locked() {
      return writableOf(this).writer !== undefined;
    },
  },
  undefined,
);

function writableStarted(ws: WritableState) {
  ws.started = true;
  writableAdvance(ws);
}
function writableStartFailed(ws: WritableState, error) {
  ws.started = true;
  if (ws.state === 0) writableStartErroring(ws, error);
  else if (ws.state === 1) writableFinishErroring(ws);
}

function writableControllerOf(v): WritableState {
  return $getInternal(requireWeb(v, webWritableController, "WritableStreamDefaultController"), 1);
}
installInterface(
  function WritableStreamDefaultController() {
    illegalConstructor();
  },
  0,
  WritableControllerPrototype,
  {
    error(e) {
      writableError(writableControllerOf(this), e);
    },
    get signal() {
      return writableControllerOf(this).signal;
    },
  },
  undefined,
);

function constructWriter(newTarget, stream) {
  const ws = writableOf(stream);
  const writer = newWeb(webWriter, newTarget, WriterPrototype);
  $setInternal(writer, 1, newWriter(ws));
  return writer;
}
function writerOf(v): WriterState {
  return $getInternal(requireWeb(v, webWriter, "WritableStreamDefaultWriter"), 1);
}
function attached(writer: WriterState): WritableState {
  if (writer.stream === undefined) throw writerReleased();
  return writer.stream;
}

installInterface(
  function WritableStreamDefaultWriter(stream) {
    requireNew($newTarget, "WritableStreamDefaultWriter");
    return constructWriter($newTarget, stream);
  },
  1,
  WriterPrototype,
  {
    abort(reason) {
      try {
        return writableAbort(attached(writerOf(this)), reason);
      } catch (e) {
        return rejectedPromise(e);
      }
    },
    close() {
      try {
        return writableClose(attached(writerOf(this)));
      } catch (e) {
        return rejectedPromise(e);
      }
    },
    get closed() {
      return writerOf(this).closed;
    },
    get desiredSize() {
      const ws = attached(writerOf(this));
      return ws.state === 3 || ws.state === 1 ? null : ws.state === 2 ? 0 : ws.highWaterMark - ws.total;
    },
    get ready() {
      return writerOf(this).ready;
    },
    releaseLock() {
      releaseWriter(writerOf(this));
    },
    write(chunk) {
      try {
        const writer = writerOf(this);
        return writableWrite(attached(writer), chunk, writer);
      } catch (e) {
        return rejectedPromise(e);
      }
    },
  },
  undefined,
);
