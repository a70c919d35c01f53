/**
 * Streams Standard: readable, writable and transform streams, default and byte readers, strategies, and the text streams of the Encoding Standard.
 * The state of a stream is a record in slot 1 of the stream and of its controller; a reader or writer has its own record. Requests of
 * readers are promises that are settled directly; $done as a chunk is the end of the stream and never leaves the library.
 */
interface ReadableState {
  /** 0 readable, 1 closed, 2 errored. */
  state: number;
  error: Value;
  reader: ReaderState | undefined;
  queue: Value[];
  sizes: number[];
  total: number;
  highWaterMark: number;
  size: Value;
  pull: Value;
  cancel: Value;
  started: boolean;
  pulling: boolean;
  pullAgain: boolean;
  closeRequested: boolean;
  disturbed: boolean;
  bytes: boolean;
  stream: Value;
  controller: Value;
}
interface ReaderState {
  stream: ReadableState | undefined;
  closed: Value;
  /** Promises of reads that wait, and for each how it wants its result: 0 {value, done}, 1 the bare chunk or $done, or a view to fill. */
  requests: Value[];
  modes: Value[];
}

const ReadableStreamPrototype = $newObject(ObjectPrototype);
const ReadableControllerPrototype = $newObject(ObjectPrototype);
const ReadableByteControllerPrototype = $newObject(ObjectPrototype);
const ReaderPrototype = $newObject(ObjectPrototype);
const ByteReaderPrototype = $newObject(ObjectPrototype);

function newReadableState(stream, pull, cancel, highWaterMark: number): ReadableState {
  const state: ReadableState = {
    state: 0,
    error: undefined,
    reader: undefined,
    queue: [],
    sizes: [],
    total: 0,
    highWaterMark,
    size: undefined,
    pull,
    cancel,
    started: false,
    pulling: false,
    pullAgain: false,
    closeRequested: false,
    disturbed: false,
    bytes: false,
    stream,
    controller: undefined,
  };
  $setInternal(stream, 1, state);
  return state;
}

/** A stream of the library's own: pull(state) and cancel(state, reason) are library functions that return a promise or anything else. */
function newReadable(pull, cancel, highWaterMark: number): ReadableState {
  const state = newReadableState(newWeb(webReadableStream, undefined, ReadableStreamPrototype), pull, cancel, highWaterMark);
  state.started = true;
  return state;
}

function readableOf(stream): ReadableState {
  return $getInternal(requireWeb(stream, webReadableStream, "ReadableStream"), 1);
}
function readableLocked(stream): boolean {
  return $getInternal(stream, 1).reader !== undefined;
}
function readableDisturbed(stream): boolean {
  return $getInternal(stream, 1).disturbed;
}
function markDisturbed(stream) {
  $getInternal(stream, 1).disturbed = true;
}
function readableStateName(stream): string {
  const state = $getInternal(stream, 1).state;
  return state === 0 ? "readable" : state === 1 ? "closed" : "errored";
}

/** Settle a read with a chunk or $done. Mode 0: a result object, 1: the chunk, 2: `promise` is a function that takes it at once, else: the view to fill. */
function fulfillRead(promise, mode, chunk) {
  if (mode === 2) promise(chunk);
  else if (mode === 1) fulfillPromise(promise, chunk);
  else if (mode === 0) fulfillPromise(promise, chunk === $done ? { value: undefined, done: true } : { value: chunk, done: false });
  else fulfillPromise(promise, { value: chunk === $done ? emptyViewLike(mode) : chunk, done: chunk === $done });
}

function rejectRead(promise, mode, error) {
  if (mode !== 2) rejectPromise(promise, error);
}

function readableDesired(rs: ReadableState): number {
  return rs.highWaterMark - rs.total;
}

function readablePullIfNeeded(rs: ReadableState) {
  if (rs.state !== 0 || rs.closeRequested || !rs.started) return;
  const waiting = rs.reader !== undefined && rs.reader.requests.length > 0;
  if (!waiting && readableDesired(rs) <= 0) return;
  if (rs.pulling) {
    rs.pullAgain = true;
    return;
  }
  rs.pulling = true;
  let result;
  try {
    result = rs.pull === undefined ? undefined : rs.pull(rs);
  } catch (e) {
    readableError(rs, e);
    return;
  }
  awaitThen(result, rs, readablePulled, readableError);
}

function readablePulled(rs: ReadableState) {
  rs.pulling = false;
  if (!rs.pullAgain) return;
  rs.pullAgain = false;
  readablePullIfNeeded(rs);
}

function readableEnqueue(rs: ReadableState, chunk) {
  const reader = rs.reader;
  if (reader !== undefined && reader.requests.length > 0) {
    const promise = $arrShift(reader.requests);
    const mode = $arrShift(reader.modes);
    if (rs.bytes && $isObject(mode)) {
      const rest = fillView(mode, chunk);
      fulfillPromise(promise, { value: rest.view, done: false });
      if (rest.left !== undefined) readableQueue(rs, rest.left, byteLengthOf(rest.left));
    } else fulfillRead(promise, mode, chunk);
  } else {
    let size: number = 1;
    if (rs.bytes) size = byteLengthOf(chunk);
    else if (rs.size !== undefined) {
      try {
        size = +$call(rs.size, undefined, chunk);
        if (!(size >= 0) || size === Infinity) throw makeRangeError("The size of a chunk must be a finite, non-negative number");
      } catch (e) {
        readableError(rs, e);
        throw e;
      }
    }
    readableQueue(rs, chunk, size);
  }
  readablePullIfNeeded(rs);
}

function readableQueue(rs: ReadableState, chunk, size: number) {
  $append(rs.queue, chunk);
  $append(rs.sizes, size);
  rs.total += size;
}

function readableClear(rs: ReadableState) {
  rs.queue = [];
  rs.sizes = [];
  rs.total = 0;
}

/** The source has no more: closed once the queue is read. */
function readableClose(rs: ReadableState) {
  if (rs.state !== 0) return;
  rs.closeRequested = true;
  if (rs.queue.length === 0) readableFinish(rs);
}

function readableFinish(rs: ReadableState) {
  rs.state = 1;
  const reader = rs.reader;
  if (reader === undefined) return;
  const requests = reader.requests;
  const modes = reader.modes;
  reader.requests = [];
  reader.modes = [];
  for (let i = 0; i < requests.length; i++) fulfillRead(requests[i], modes[i], $done);
  if ($getInternal(reader.closed, 0) === undefined) fulfillPromise(reader.closed, undefined);
}

function readableError(rs: ReadableState, error) {
  if (rs.state !== 0) return;
  readableClear(rs);
  rs.state = 2;
  rs.error = error;
  const reader = rs.reader;
  if (reader === undefined) return;
  const requests = reader.requests;
  const modes = reader.modes;
  reader.requests = [];
  reader.modes = [];
  for (let i = 0; i < requests.length; i++) rejectRead(requests[i], modes[i], error);
  if ($getInternal(reader.closed, 0) === undefined) {
    markHandled(reader.closed);
    rejectPromise(reader.closed, error);
  }
}

function readableRead(rs: ReadableState, promise, mode) {
  rs.disturbed = true;
  if (rs.state === 1) fulfillRead(promise, mode, $done);
  else if (rs.state === 2) rejectRead(promise, mode, rs.error);
  else if (rs.queue.length > 0) {
    let chunk = $arrShift(rs.queue);
    rs.total -= $arrShift(rs.sizes);
    if ($isObject(mode)) {
      const rest = fillView(mode, chunk);
      chunk = rest.view;
      if (rest.left !== undefined) {
        const queue: Value[] = [rest.left];
        const sizes: Value[] = [byteLengthOf(rest.left)];
        $arrAppendAll(queue, rs.queue);
        $arrAppendAll(sizes, rs.sizes);
        rs.queue = queue;
        rs.sizes = sizes;
        rs.total += sizes[0];
      }
    }
    if (rs.queue.length === 0) {
      rs.total = 0;
      if (rs.closeRequested) readableFinish(rs);
    }
    readablePullIfNeeded(rs);
    fulfillRead(promise, mode, chunk);
  } else {
    $append((rs.reader as ReaderState).requests, promise);
    $append((rs.reader as ReaderState).modes, mode);
    readablePullIfNeeded(rs);
  }
}

function readableCancel(rs: ReadableState, reason) {
  rs.disturbed = true;
  if (rs.state === 1) return resolvedPromise(undefined);
  if (rs.state === 2) return rejectedPromise(rs.error);
  readableClear(rs);
  readableFinish(rs);
  if (rs.cancel === undefined) return resolvedPromise(undefined);
  const promise = newPromise();
  let result;
  try {
    result = rs.cancel(rs, reason);
  } catch (e) {
    rejectPromise(promise, e);
    return promise;
  }
  awaitThen(result, promise, settleUndefined, rejectPromise);
  return promise;
}
function settleUndefined(promise) {
  fulfillPromise(promise, undefined);
}

// ---------------------------------------------------------------- Readers

function newReader(rs: ReadableState): ReaderState {
  if (rs.reader !== undefined) throw makeTypeError("Invalid state: ReadableStream is locked");
  const reader: ReaderState = { stream: rs, closed: newPromise(), requests: [], modes: [] };
  rs.reader = reader;
  if (rs.state === 1) fulfillPromise(reader.closed, undefined);
  else if (rs.state === 2) {
    markHandled(reader.closed);
    rejectPromise(reader.closed, rs.error);
  }
  return reader;
}

/** For library code: a reader's record, reads, and cancelling. */
function acquireReader(stream): ReaderState {
  return newReader(readableOf(stream));
}
function readerNext(reader: ReaderState) {
  const promise = newPromise();
  readableRead(reader.stream as ReadableState, promise, 1);
  return promise;
}
function readerCancel(reader: ReaderState, reason) {
  return readableCancel(reader.stream as ReadableState, reason);
}

function releaseReader(reader: ReaderState) {
  const rs = reader.stream;
  if (rs === undefined) return;
  const error = makeTypeError("Invalid state: The reader is not attached to a stream");
  const requests = reader.requests;
  const modes = reader.modes;
  reader.requests = [];
  reader.modes = [];
  for (let i = 0; i < requests.length; i++) rejectRead(requests[i], modes[i], error);
  if ($getInternal(reader.closed, 0) !== undefined) reader.closed = newPromise();
  markHandled(reader.closed);
  rejectPromise(reader.closed, error);
  rs.reader = undefined;
  reader.stream = undefined;
}

function readerOf(v, tag: number): ReaderState {
  return $getInternal(requireWeb(v, tag, "ReadableStreamReader"), 1);
}

function detachedReader() {
  return rejectedPromise(makeTypeError("Invalid state: The reader is not attached to a stream"));
}

function readerMembers(tag: number) {
  return {
    cancel(reason) {
      try {
        const reader = readerOf(this, tag);
        return reader.stream === undefined ? detachedReader() : readableCancel(reader.stream, reason);
      } catch (e) {
        return rejectedPromise(e);
      }
    },
    get closed() {
      return readerOf(this, tag).closed;
    },
    releaseLock() {
      releaseReader(readerOf(this, tag));
    },
  };
}

function constructReader(newTarget, tag: number, proto, stream) {
  const rs = readableOf(stream);
  if (tag === webByteReader && !rs.bytes) throw makeTypeError("Invalid state: ReadableStreamBYOBReader needs a byte stream");
  const reader = newWeb(tag, newTarget, proto);
  $setInternal(reader, 1, newReader(rs));
  return reader;
}

installInterface(
  function ReadableStreamDefaultReader(stream) {
    requireNew($newTarget, "ReadableStreamDefaultReader");
    return constructReader($newTarget, webReader, ReaderPrototype, stream);
  },
  1,
  ReaderPrototype,
  readerMembers(webReader),
  undefined,
);
install(ReaderPrototype, {
  read() {
    try {
      const reader = readerOf(this, webReader);
      if (reader.stream === undefined) return detachedReader();
      const promise = newPromise();
      readableRead(reader.stream, promise, 0);
      return promise;
    } catch (e) {
      return rejectedPromise(e);
    }
  },
});

installInterface(
  function ReadableStreamBYOBReader(stream) {
    requireNew($newTarget, "ReadableStreamBYOBReader");
    return constructReader($newTarget, webByteReader, ByteReaderPrototype, stream);
  },
  1,
  ByteReaderPrototype,
  readerMembers(webByteReader),
  undefined,
);
install(ByteReaderPrototype, {
  read(view) {
    try {
      const reader = readerOf(this, webByteReader);
      if ($kindOf(view) !== $kind.TYPEDARRAY && $kindOf(view) !== $kind.DATAVIEW) throw makeTypeError("The view must be an ArrayBufferView");
      if (viewByteLength(view) === 0) throw makeTypeError("The view must have a byteLength greater than 0");
      if (reader.stream === undefined) return detachedReader();
      const promise = newPromise();
      readableRead(reader.stream, promise, transferView(view));
      return promise;
    } catch (e) {
      return rejectedPromise(e);
    }
  },
});

function viewByteLength(view): number {
  return $kindOf(view) === $kind.DATAVIEW ? $dataViewByteLength(view) : byteLengthOf(view);
}

/** The caller's view is detached, the stream fills one over the same bytes. */
function transferView(view) {
  const data = $kindOf(view) === $kind.DATAVIEW;
  const buffer = data ? $dataViewBuffer(view) : $typedArrayBuffer(view);
  const offset = data ? $dataViewByteOffset(view) : $typedArrayByteOffset(view);
  const length = data ? $dataViewByteLength(view) : $typedArrayLength(view);
  const taken = $bufferTransfer($getPrototypeOf(buffer), buffer, $bufferByteLength(buffer), undefined);
  if (data) return $dataViewNew($getPrototypeOf(view), taken, offset, length);
  return $typedArrayNew($getPrototypeOf(view), $typedArrayType(view), taken, offset, length);
}

function emptyViewLike(view) {
  if ($kindOf(view) === $kind.DATAVIEW) return $dataViewNew($getPrototypeOf(view), $dataViewBuffer(view), $dataViewByteOffset(view), 0);
  return $typedArrayNew($getPrototypeOf(view), $typedArrayType(view), $typedArrayBuffer(view), $typedArrayByteOffset(view), 0);
}

/** Copy what fits of a chunk into the view; the filled part of the view and what is left of the chunk (undefined: nothing). */
function fillView(view, chunk) {
  const room = viewByteLength(view);
  const have = viewByteLength(chunk);
  const data = $kindOf(view) === $kind.DATAVIEW;
  const element = data ? 1 : byteLengthOf(view) / $typedArrayLength(view);
  let count = have < room ? have : room;
  count -= count % element;
  const buffer = data ? $dataViewBuffer(view) : $typedArrayBuffer(view);
  const offset = data ? $dataViewByteOffset(view) : $typedArrayByteOffset(view);
  $bufferCopy(buffer, offset, $typedArrayBuffer(chunk), $typedArrayByteOffset(chunk), count);
  const filled = data
    ? $dataViewNew($getPrototypeOf(view), buffer, offset, count)
    : $typedArrayNew($getPrototypeOf(view), $typedArrayType(view), buffer, offset, count / element);
  return { view: filled, left: count < have ? $bytesSlice(chunk, count, have) : undefined };
}

// ---------------------------------------------------------------- Controllers

function controllerState(v): ReadableState {
  return $getInternal(requireWeb(v, webReadableController, "ReadableStreamController"), 1);
}

const readableControllerMembers = {
  close() {
    const rs = controllerState(this);
    if (rs.closeRequested || rs.state !== 0) throw makeTypeError("Invalid state: Controller is already closed");
    readableClose(rs);
  },
  get desiredSize() {
    const rs = controllerState(this);
    return rs.state === 2 ? null : rs.state === 1 ? 0 : readableDesired(rs);
  },
  enqueue(chunk) {
    const rs = controllerState(this);
    if (rs.closeRequested || rs.state !== 0) throw makeTypeError("Invalid state: Controller is already closed");
    if (rs.bytes) {
      if ($kindOf(chunk) !== $kind.TYPEDARRAY && $kindOf(chunk) !== $kind.DATAVIEW)
        throw makeTypeError('The "buffer" argument must be an instance of ArrayBufferView.');
      if (viewByteLength(chunk) === 0) throw makeTypeError("Invalid state: chunk ArrayBuffer is zero-length or detached");
      chunk = $bytesSlice(chunk, 0, 2147483647);
    }
    readableEnqueue(rs, chunk);
  },
  error(e) {
    readableError(controllerState(this), e);
  },
};

function illegalConstructor() {
  throw makeTypeError("Illegal constructor");
}
installInterface(
  function ReadableStreamDefaultController() {
    illegalConstructor();
  },
  0,
  ReadableControllerPrototype,
  readableControllerMembers,
  undefined,
);
installInterface(
  function ReadableByteStreamController() {
    illegalConstructor();
  },
  0,
  ReadableByteControllerPrototype,
  readableControllerMembers,
  undefined,
);
install(ReadableByteControllerPrototype, {
  get byobRequest() {
    controllerState(this);
    return null;
  },
});
setFunctionLength($getOwnValue(ReadableControllerPrototype, "enqueue"), 0);
setFunctionLength($getOwnValue(ReadableControllerPrototype, "error"), 0);

// ---------------------------------------------------------------- ReadableStream

function highWaterMarkOf(strategy, fallback: number): number {
  const mark = member(strategy, "highWaterMark");
  if (mark === undefined) return fallback;
  const n = +mark;
  if (!(n >= 0)) throw makeRangeError("The property 'strategy.highWaterMark' is invalid");
  return n;
}

function sizeOf(strategy) {
  const size = member(strategy, "size");
  if (size !== undefined && !$isCallable(size)) throw NotCallable(size);
  return size;
}

/** A method of an underlying source, sink or transformer; undefined when there is none. */
function algorithmOf(source, name: string) {
  const f = member(source, name);
  if (f === undefined) return undefined;
  if (!$isCallable(f)) throw makeTypeError(`The property '${name}' must be a function`);
  return f;
}

installInterface(
  function ReadableStream(source, strategy) {
    requireNew($newTarget, "ReadableStream");
    if (source === undefined) source = null;
    else if (!$isObject(source)) throw makeTypeError('The "source" argument must be of type object.');
    const stream = newWeb(webReadableStream, $newTarget, ReadableStreamPrototype);
    const type = member(source, "type");
    const bytes = type !== undefined && `${type}` === "bytes";
    if (type !== undefined && !bytes) throw makeTypeError(`The property 'source.type' is invalid. Received ${describe(type)}`);
    const start = algorithmOf(source, "start");
    const pull = algorithmOf(source, "pull");
    const cancel = algorithmOf(source, "cancel");
    const size = sizeOf(strategy);
    if (bytes && size !== undefined) throw makeRangeError("The strategy for a byte stream cannot have a size function");
    const controller = newWeb(webReadableController, undefined, bytes ? ReadableByteControllerPrototype : ReadableControllerPrototype);
    const rs = newReadableState(
      stream,
      pull === undefined ? undefined : () => $call(pull, source, controller),
      cancel === undefined ? undefined : (state, reason) => $call(cancel, source, reason),
      highWaterMarkOf(strategy, bytes ? 0 : 1),
    );
    rs.bytes = bytes;
    rs.size = size;
    rs.controller = controller;
    $setInternal(controller, 1, rs);
    const started = start === undefined ? undefined : $call(start, source, controller);
    awaitThen(started, rs, readableStarted, readableError);
    return stream;
  },
  0,
  ReadableStreamPrototype,
  {
    cancel(reason) {
      try {
        const rs = readableOf(this);
        if (rs.reader !== undefined) throw makeTypeError("Invalid state: ReadableStream is locked");
        return readableCancel(rs, reason);
      } catch (e) {
        return rejectedPromise(e);
      }
    },
    getReader(options) {
      readableOf(this);
      const mode = member(options, "mode");
      if (mode === undefined) return constructReader(undefined, webReader, ReaderPrototype, this);
      if (`${mode}` !== "byob") throw makeTypeError(`The property 'options.mode' is invalid. Received ${describe(mode)}`);
      return constructReader(undefined, webByteReader, ByteReaderPrototype, this);
    },
    get locked() {
      return readableOf(this).reader !== undefined;
    },
    pipeThrough(pair, options) {
      const rs = readableOf(this);
      if (!$isObject(pair)) throw makeTypeError("pipeThrough needs an object with readable and writable");
      const readable = pair.readable;
      readableOf(readable);
      const ws = writableOf(pair.writable);
      const settings = pipeOptions(options);
      if (rs.reader !== undefined || ws.writer !== undefined) throw makeTypeError("Invalid state: The stream is locked");
      markHandled(pipe(rs, ws, settings));
      return readable;
    },
    pipeTo(destination, options) {
      try {
        const rs = readableOf(this);
        const ws = writableOf(destination);
        const settings = pipeOptions(options);
        if (rs.reader !== undefined || ws.writer !== undefined) throw makeTypeError("Invalid state: The stream is locked");
        return pipe(rs, ws, settings);
      } catch (e) {
        return rejectedPromise(e);
      }
    },
    tee() {
      readableOf(this);
      return readableTee(this, false);
    },
    values(options) {
      return streamIterator(readableOf(this), !!member(options, "preventCancel"));
    },
  },
  {
    from(iterable) {
      return readableFromIterable(iterable);
    },
  },
);
installLengths(ReadableStreamPrototype, ["cancel", 0, "getReader", 0, "pipeThrough", 1, "pipeTo", 1, "values", 0]);
$defineOwn(ReadableStreamPrototype, symbolAsyncIterator, $getOwnValue(ReadableStreamPrototype, "values"), 5);

function readableStarted(rs: ReadableState) {
  rs.started = true;
  readablePullIfNeeded(rs);
}

/** Async iterator of a stream. Slots: 1 the reader's record, 2 preventCancel, 3 promise of the step before, 4 finished. */
const StreamIteratorPrototype = $newObject(AsyncIteratorPrototype);
install(StreamIteratorPrototype, {
  next() {
    return streamIteratorStep(this, streamNext, undefined);
  },
  return(value) {
    return streamIteratorStep(this, streamReturn, value);
  },
});
function streamIterator(rs: ReadableState, preventCancel: boolean) {
  const iterator = newWeb(webIterator, undefined, StreamIteratorPrototype);
  $setInternal(iterator, 1, newReader(rs));
  $setInternal(iterator, 2, preventCancel);
  return iterator;
}
/** Steps follow one another even when next() is called without waiting. */
function streamIteratorStep(iterator, step, value) {
  requireWeb(iterator, webIterator, "ReadableStreamAsyncIterator");
  const before = $getInternal(iterator, 3);
  const result = before === undefined ? step(iterator, value) : afterStep(before, step, iterator, value);
  $setInternal(iterator, 3, result);
  return result;
}
async function afterStep(before, step, iterator, value) {
  try {
    await before;
  } catch {}
  return step(iterator, value);
}
async function streamNext(iterator) {
  if ($getInternal(iterator, 4) === true) return { value: undefined, done: true };
  const reader = $getInternal(iterator, 1);
  let chunk;
  try {
    chunk = await readerNext(reader);
  } catch (e) {
    $setInternal(iterator, 4, true);
    releaseReader(reader);
    throw e;
  }
  if (chunk !== $done) return { value: chunk, done: false };
  $setInternal(iterator, 4, true);
  releaseReader(reader);
  return { value: undefined, done: true };
}
async function streamReturn(iterator, value) {
  if ($getInternal(iterator, 4) !== true) {
    $setInternal(iterator, 4, true);
    const reader = $getInternal(iterator, 1);
    if ($getInternal(iterator, 2) !== true) {
      const canceled = readerCancel(reader, value);
      releaseReader(reader);
      await canceled;
    } else releaseReader(reader);
  }
  return { value, done: true };
}

/** A stream of one chunk of bytes (undefined: empty and closed). */
function readableFromBytes(bytes) {
  const rs = newReadable(undefined, undefined, 0);
  if (bytes !== undefined && $typedArrayLength(bytes) > 0) readableQueue(rs, $bytesSlice(bytes, 0, 2147483647), 1);
  readableClose(rs);
  return rs.stream;
}

/** A stream of a body that is a string, bytes or a request's handle: encoded or copied when it is read. */
function readableFromBody(body) {
  const rs = newReadable(
    (state) => {
      const bytes = bodyBytes(body);
      if ($typedArrayLength(bytes) > 0) readableEnqueue(state, bytes);
      readableClose(state);
    },
    undefined,
    0,
  );
  return rs.stream;
}

function readableFromIterable(iterable) {
  if (iterable === undefined || iterable === null) throw makeTypeError("The argument must be iterable");
  let asynchronous = true;
  let method = GetMethod(iterable, symbolAsyncIterator);
  if (method === undefined) {
    asynchronous = false;
    method = GetMethod(iterable, symbolIterator);
    if (method === undefined) throw makeTypeError(`${describe(iterable)} is not iterable`);
  }
  const record = GetIteratorFromMethod(iterable, method);
  const rs = newReadable(
    async (state) => {
      const result = asynchronous ? await $call(record.next, record.iterator) : $call(record.next, record.iterator);
      if (!$isObject(result)) throw makeTypeError(`Iterator result ${describe(result)} is not an object`);
      if (result.done) readableClose(state);
      else readableEnqueue(state, await result.value);
    },
    async (state, reason) => {
      const close = GetMethod(record.iterator, "return");
      if (close === undefined) return;
      const result = await $call(close, record.iterator, reason);
      if (!$isObject(result)) throw makeTypeError("The iterator's return() must give an object");
    },
    0,
  );
  return rs.stream;
}

/** A stream that gives the other's chunks and locks it. */
function readableProxy(stream) {
  const reader = acquireReader(stream);
  return newReadable(
    async (state) => {
      const chunk = await readerNext(reader);
      if (chunk === $done) readableClose(state);
      else readableEnqueue(state, chunk);
    },
    (state, reason) => readerCancel(reader, reason),
    0,
  ).stream;
}

/** All bytes of a stream of Uint8Array chunks. */
async function readableBytes(stream) {
  const reader = acquireReader(stream);
  const chunks: Value[] = [];
  for (;;) {
    const chunk = await readerNext(reader);
    if (chunk === $done) return $bytesConcat(chunks);
    if (typeof chunk === "string") $append(chunks, $utf8Encode(chunk));
    else if ($typedArrayType(chunk) === 1) $append(chunks, chunk);
    else throw makeTypeError("Received non-Uint8Array chunk");
  }
}

/** [branch, branch]; `clone`: the second gets copies of byte chunks. */
function readableTee(stream, clone: boolean): Value[] {
  const reader = acquireReader(stream);
  const source = reader.stream as ReadableState;
  const state = { reading: false, again: false, canceled: [false, false], reasons: [undefined, undefined], promise: newPromise() };
  const branches: ReadableState[] = [];
  const pull = () => {
    if (state.reading) {
      state.again = true;
      return;
    }
    state.reading = true;
    awaitThen(
      readerNext(reader),
      undefined,
      (data, chunk) => {
        state.reading = false;
        if (chunk === $done) {
          for (let i = 0; i < 2; i++) if (!state.canceled[i]) readableClose(branches[i] as ReadableState);
          if (!state.canceled[0] || !state.canceled[1]) fulfillPromise(state.promise, undefined);
          return;
        }
        const again = state.again;
        state.again = false;
        if (!state.canceled[0]) readableEnqueue(branches[0] as ReadableState, chunk);
        if (!state.canceled[1]) readableEnqueue(branches[1] as ReadableState, clone && isBufferSource(chunk) ? $bytesSlice(chunk, 0, 2147483647) : chunk);
        if (again) pull();
      },
      (data, error) => {
        for (let i = 0; i < 2; i++) readableError(branches[i] as ReadableState, error);
        if ($getInternal(state.promise, 0) === undefined) fulfillPromise(state.promise, undefined);
      },
    );
  };
  const cancel = (index: number) => (rs, reason) => {
    state.canceled[index] = true;
    state.reasons[index] = reason;
    if (state.canceled[1 - index]) resolvePromise(state.promise, readableCancel(source, state.reasons));
    return state.promise;
  };
  branches[0] = newReadable(pull, cancel(0), 1);
  branches[1] = newReadable(pull, cancel(1), 1);
  awaitThen(reader.closed, undefined, ignoreValue, (data, error) => {
    for (let i = 0; i < 2; i++) readableError(branches[i] as ReadableState, error);
  });
  readablePullIfNeeded(branches[0]);
  readablePullIfNeeded(branches[1]);
  return [branches[0].stream, branches[1].stream];
}

// ---------------------------------------------------------------- WritableStream

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

function writableWrite(ws: WritableState, chunk) {
  let size: number = 1;
  if (ws.state === 0 && !ws.closeQueued && ws.size !== undefined) {
    try {
      size = +$call(ws.size, undefined, chunk);
      if (!(size >= 0) || size === Infinity) throw makeRangeError("The size of a chunk must be a finite, non-negative number");
    } catch (e) {
      writableError(ws, e);
      size = 1;
    }
  }
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
  ws.promises = [];
  ws.chunks = [];
  ws.sizes = [];
  ws.total = 0;
  for (let i = 0; i < promises.length; i++) rejectPromise(promises[i], ws.error);
  const pending = ws.pendingAbort;
  ws.pendingAbort = undefined;
  if (pending === undefined) return writableRejectClosed(ws);
  if (pending.wasErroring) {
    rejectPromise(pending.promise, ws.error);
    return writableRejectClosed(ws);
  }
  let result;
  try {
    result = ws.abort === undefined ? undefined : ws.abort(pending.reason);
  } catch (e) {
    rejectPromise(pending.promise, e);
    return writableRejectClosed(ws);
  }
  awaitThen(
    result,
    pending.promise,
    (promise) => {
      fulfillPromise(promise, undefined);
      writableRejectClosed(ws);
    },
    (promise, e) => {
      rejectPromise(promise, e);
      writableRejectClosed(ws);
    },
  );
}

function writableRejectClosed(ws: WritableState) {
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

function releaseWriter(writer: WriterState) {
  const ws = writer.stream;
  if (ws === undefined) return;
  const error = makeTypeError("Invalid state: Writer is not bound to a WritableStream");
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
    if (member(sink, "type") !== undefined) throw makeRangeError("The property 'sink.type' is invalid");
    const start = algorithmOf(sink, "start");
    const write = algorithmOf(sink, "write");
    const close = algorithmOf(sink, "close");
    const abort = algorithmOf(sink, "abort");
    const ws = newWritableState(stream, highWaterMarkOf(strategy, 1), sizeOf(strategy));
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
  if (writer.stream === undefined) throw makeTypeError("Invalid state: Writer is not bound to a WritableStream");
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
        return writableWrite(attached(writerOf(this)), chunk);
      } catch (e) {
        return rejectedPromise(e);
      }
    },
  },
  undefined,
);

// ---------------------------------------------------------------- Pipes

interface PipeSettings {
  preventClose: boolean;
  preventAbort: boolean;
  preventCancel: boolean;
  signal: Value;
}
function pipeOptions(options): PipeSettings {
  const preventAbort = !!member(options, "preventAbort");
  const preventCancel = !!member(options, "preventCancel");
  const preventClose = !!member(options, "preventClose");
  const signal = member(options, "signal");
  if (signal !== undefined && !isWeb(signal, webAbortSignal)) throw makeTypeError('The "options.signal" property must be an instance of AbortSignal.');
  return { preventClose, preventAbort, preventCancel, signal };
}

/** Settle `promise` as the first of those that were given to it. */
function settleFirst(promise, value) {
  if ($getInternal(promise, 0) === undefined) fulfillPromise(promise, value);
}
function rejectFirst(promise, error) {
  if ($getInternal(promise, 0) === undefined) rejectPromise(promise, error);
}
/** A pipe at work (Streams 4.9.1, ReadableStreamPipeTo). */
interface PipeState {
  readonly rs: ReadableState;
  readonly ws: WritableState;
  readonly reader: ReaderState;
  readonly writer: WriterState;
  readonly settings: PipeSettings;
  /** Settled when all is over. */
  readonly promise: Value;
  shuttingDown: boolean;
  /** The last write's promise. */
  write: Value;
}

/** ReadableStreamPipeTo. */
function pipe(rs: ReadableState, ws: WritableState, settings: PipeSettings) {
  rs.disturbed = true;
  const p: PipeState = {
    rs,
    ws,
    reader: newReader(rs),
    writer: newWriter(ws),
    settings,
    promise: newPromise(),
    shuttingDown: false,
    write: resolvedPromise(undefined),
  };
  if (settings.signal !== undefined) onAbort(settings.signal, (reason) => pipeAborted(p, reason));
  // In this order: errors forwards, errors backwards, the end forwards, the end backwards.
  if (rs.state === 2) pipeSourceErrored(p, rs.error);
  if (ws.state === 3) pipeDestinationErrored(p, ws.error);
  if (rs.state === 1) pipeSourceClosed(p);
  if (ws.closeQueued || ws.state === 2) pipeDestinationClosed(p);
  awaitThen(p.reader.closed, p, pipeSourceClosed, pipeSourceErrored);
  awaitThen(p.writer.closed, p, ignoreValue, pipeDestinationErrored);
  pipeStep(p);
  return p.promise;
}
function pipeStep(p: PipeState) {
  if (!p.shuttingDown) awaitThen(p.writer.ready, p, pipeRead, ignoreValue);
}
/** One chunk. It is written in a job of its own (an enqueue does not call the sink), which the pipe's end waits for. */
function pipeRead(p: PipeState) {
  if (p.shuttingDown) return;
  readableRead(
    p.rs,
    (chunk) => {
      if (chunk === $done) return;
      const written = newPromise();
      p.write = written;
      awaitThen(undefined, p, () => awaitThen(writableWrite(p.ws, chunk), written, settleUndefined, settleUndefined), ignoreValue);
      awaitThen(undefined, p, pipeStep, ignoreValue);
    },
    2,
  );
}
function pipeSourceErrored(p: PipeState, error) {
  pipeShutdown(p, p.settings.preventAbort ? undefined : () => writableAbort(p.ws, error), true, error);
}
function pipeDestinationErrored(p: PipeState, error) {
  pipeShutdown(p, p.settings.preventCancel ? undefined : () => readableCancel(p.rs, error), true, error);
}
function pipeSourceClosed(p: PipeState) {
  pipeShutdown(p, p.settings.preventClose ? undefined : () => pipeClose(p.ws), false, undefined);
}
/** WritableStreamDefaultWriterCloseWithErrorPropagation. */
function pipeClose(ws: WritableState) {
  if (ws.closeQueued || ws.state === 2) return resolvedPromise(undefined);
  return ws.state === 3 ? rejectedPromise(ws.error) : writableClose(ws);
}
function pipeDestinationClosed(p: PipeState) {
  pipeDestinationErrored(p, makeTypeError("Invalid state: Destination WritableStream is closed"));
}
function pipeAborted(p: PipeState, reason) {
  const { rs, ws, settings } = p;
  const action = () => {
    const abortion = !settings.preventAbort && ws.state === 0 ? writableAbort(ws, reason) : resolvedPromise(undefined);
    const canceling = !settings.preventCancel && rs.state === 0 ? readableCancel(rs, reason) : resolvedPromise(undefined);
    return both(abortion, canceling);
  };
  pipeShutdown(p, action, true, reason);
}
/** Fulfilled when both are, rejected as the first that is. */
function both(a, b) {
  const promise = newPromise();
  let left: number = 2;
  const fulfilled = () => {
    if (--left === 0) settleFirst(promise, undefined);
  };
  awaitThen(a, promise, fulfilled, rejectFirst);
  awaitThen(b, promise, fulfilled, rejectFirst);
  return promise;
}
/** Shutdown, with an action or without: what was read is written first. */
function pipeShutdown(p: PipeState, action, isError: boolean, error) {
  if (p.shuttingDown) return;
  p.shuttingDown = true;
  const rest = () => {
    if (action === undefined) pipeFinalize(p, isError, error);
    else
      awaitThen(
        action(),
        p,
        () => pipeFinalize(p, isError, error),
        (_, e) => pipeFinalize(p, true, e),
      );
  };
  if (p.ws.state === 0 && !p.ws.closeQueued) pipeWritten(p, rest);
  else rest();
}
function pipeWritten(p: PipeState, then) {
  const last = p.write;
  const check = () => (p.write === last ? then() : pipeWritten(p, then));
  awaitThen(last, p, check, check);
}
function pipeFinalize(p: PipeState, isError: boolean, error) {
  releaseWriter(p.writer);
  releaseReader(p.reader);
  if (isError) rejectPromise(p.promise, error);
  else fulfillPromise(p.promise, undefined);
}

// ---------------------------------------------------------------- TransformStream

interface TransformState {
  readable: ReadableState;
  writable: WritableState;
  backpressure: boolean;
  /** Fulfilled at the next change of `backpressure`. */
  change: Value;
  transform: Value;
  flush: Value;
  cancel: Value;
}
const TransformStreamPrototype = $newObject(ObjectPrototype);
const TransformControllerPrototype = $newObject(ObjectPrototype);

function setTransformBackpressure(ts: TransformState, on: boolean) {
  if (ts.backpressure === on) return;
  fulfillPromise(ts.change, undefined);
  ts.change = newPromise();
  ts.backpressure = on;
}

function transformFail(ts: TransformState, error) {
  readableError(ts.readable, error);
  writableError(ts.writable, error);
  if (ts.backpressure) setTransformBackpressure(ts, false);
}

/** transform(chunk) and flush() are library functions that return a promise or anything else. */
function newTransform(writableMark: number, writableSize, readableMark: number, readableSize): TransformState {
  const readable = newReadable(undefined, undefined, readableMark);
  readable.size = readableSize;
  const writable = newWritableState(newWeb(webWritableStream, undefined, WritableStreamPrototype), writableMark, writableSize);
  writable.signal = newAbortSignal();
  const ts: TransformState = { readable, writable, backpressure: true, change: newPromise(), transform: undefined, flush: undefined, cancel: undefined };
  readable.pull = () => {
    setTransformBackpressure(ts, false);
    return ts.change;
  };
  readable.cancel = async (rs, reason) => {
    try {
      if (ts.cancel !== undefined) await ts.cancel(reason);
    } catch (e) {
      writableError(writable, e);
      throw e;
    } finally {
      writableError(writable, reason);
      if (ts.backpressure) setTransformBackpressure(ts, false);
    }
  };
  writable.write = async (chunk) => {
    if (ts.backpressure) {
      await ts.change;
      if (writable.state === 1) throw writable.error;
    }
    try {
      await ts.transform(chunk);
    } catch (e) {
      transformFail(ts, e);
      throw e;
    }
  };
  writable.close = async () => {
    try {
      if (ts.flush !== undefined) await ts.flush();
    } catch (e) {
      transformFail(ts, e);
      throw e;
    }
    if (readable.state === 2) throw readable.error;
    readableClose(readable);
  };
  writable.abort = async (reason) => {
    try {
      if (ts.cancel !== undefined) await ts.cancel(reason);
    } finally {
      readableError(readable, reason);
    }
  };
  return ts;
}

function transformEnqueue(ts: TransformState, chunk) {
  const rs = ts.readable;
  if (rs.closeRequested || rs.state !== 0) throw makeTypeError("Invalid state: Controller is already closed");
  readableEnqueue(rs, chunk);
  const waiting = rs.reader !== undefined && rs.reader.requests.length > 0;
  const backpressure = !waiting && readableDesired(rs) <= 0;
  if (backpressure && !ts.backpressure) setTransformBackpressure(ts, true);
}

installInterface(
  function TransformStream(transformer, writableStrategy, readableStrategy) {
    requireNew($newTarget, "TransformStream");
    if (transformer === undefined) transformer = null;
    else if (!$isObject(transformer)) throw makeTypeError('The "transformer" argument must be of type object.');
    const stream = newWeb(webTransformStream, $newTarget, TransformStreamPrototype);
    if (member(transformer, "readableType") !== undefined || member(transformer, "writableType") !== undefined)
      throw makeRangeError("Invalid type of a transformer");
    const start = algorithmOf(transformer, "start");
    const transform = algorithmOf(transformer, "transform");
    const flush = algorithmOf(transformer, "flush");
    const cancel = algorithmOf(transformer, "cancel");
    const ts = newTransform(highWaterMarkOf(writableStrategy, 1), sizeOf(writableStrategy), highWaterMarkOf(readableStrategy, 0), sizeOf(readableStrategy));
    const controller = newWeb(webTransformController, undefined, TransformControllerPrototype);
    $setInternal(controller, 1, ts);
    ts.transform = transform === undefined ? (chunk) => transformEnqueue(ts, chunk) : (chunk) => $call(transform, transformer, chunk, controller);
    if (flush !== undefined) ts.flush = () => $call(flush, transformer, controller);
    if (cancel !== undefined) ts.cancel = (reason) => $call(cancel, transformer, reason);
    $setInternal(stream, 1, ts);
    ts.readable.started = false;
    const started = start === undefined ? undefined : $call(start, transformer, controller);
    awaitThen(
      started,
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
      return rs.state === 2 ? null : rs.state === 1 ? 0 : readableDesired(rs);
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
      writableError(ts.writable, makeTypeError("TransformStream terminated"));
      if (ts.backpressure) setTransformBackpressure(ts, false);
    },
  },
  undefined,
);

// ---------------------------------------------------------------- Strategies

function installStrategy(fn, proto, size) {
  installInterface(
    fn,
    1,
    proto,
    {
      get highWaterMark() {
        return $getInternal(requireWeb(this, webStrategy, "highWaterMark"), 1);
      },
      get size() {
        requireWeb(this, webStrategy, "size");
        return size;
      },
    },
    undefined,
  );
}
function newStrategy(newTarget, proto, init, name: string) {
  requireNew(newTarget, name);
  if (!$isObject(init) || init.highWaterMark === undefined) throw makeTypeError(`${name}: highWaterMark is missing`);
  const strategy = newWeb(webStrategy, newTarget, proto);
  $setInternal(strategy, 1, +init.highWaterMark);
  return strategy;
}
const CountStrategyPrototype = $newObject(ObjectPrototype);
installStrategy(
  function CountQueuingStrategy(init) {
    return newStrategy($newTarget, CountStrategyPrototype, init, "CountQueuingStrategy");
  },
  CountStrategyPrototype,
  function size() {
    return 1;
  },
);
const ByteLengthStrategyPrototype = $newObject(ObjectPrototype);
installStrategy(
  function ByteLengthQueuingStrategy(init) {
    return newStrategy($newTarget, ByteLengthStrategyPrototype, init, "ByteLengthQueuingStrategy");
  },
  ByteLengthStrategyPrototype,
  function size(chunk) {
    return chunk.byteLength;
  },
);

// ---------------------------------------------------------------- Text streams (Encoding Standard 7.5, 7.6). Slots: 1 the transform's record, 2 the decoder's state.

const TextEncoderStreamPrototype = $newObject(ObjectPrototype);
installInterface(
  function TextEncoderStream() {
    requireNew($newTarget, "TextEncoderStream");
    const stream = newWeb(webTextStream, $newTarget, TextEncoderStreamPrototype);
    const ts = newTransform(1, undefined, 0, undefined);
    ts.writable.started = true;
    let high = "";
    ts.transform = (chunk) => {
      let text = high + `${chunk}`;
      high = "";
      const unit = $strCharCodeAt(text, text.length - 1);
      if (unit >= 0xd800 && unit <= 0xdbff) {
        high = $strSlice(text, text.length - 1, text.length);
        text = $strSlice(text, 0, text.length - 1);
      }
      if (text !== "") transformEnqueue(ts, $utf8Encode(text));
    };
    ts.flush = () => {
      if (high !== "") transformEnqueue(ts, $utf8Encode(high));
    };
    $setInternal(stream, 1, ts);
    return stream;
  },
  0,
  TextEncoderStreamPrototype,
  transformMembers(webTextStream),
  undefined,
);
install(TextEncoderStreamPrototype, {
  get encoding() {
    requireWeb(this, webTextStream, "encoding");
    return "utf-8";
  },
});

const TextDecoderStreamPrototype = $newObject(ObjectPrototype);
installInterface(
  function TextDecoderStream(label, options) {
    requireNew($newTarget, "TextDecoderStream");
    const state = newDecoderState(label, options);
    const stream = newWeb(webTextStream, $newTarget, TextDecoderStreamPrototype);
    const ts = newTransform(1, undefined, 0, undefined);
    ts.writable.started = true;
    ts.transform = (chunk) => {
      const text = decodeChunk(state, requireBufferSource(chunk, "A chunk"), false);
      if (text !== "") transformEnqueue(ts, text);
    };
    ts.flush = () => {
      const text = decodeChunk(state, undefined, true);
      if (text !== "") transformEnqueue(ts, text);
    };
    $setInternal(stream, 1, ts);
    $setInternal(stream, 2, state);
    return stream;
  },
  0,
  TextDecoderStreamPrototype,
  transformMembers(webTextStream),
  undefined,
);
function decoderStreamState(v): DecoderState {
  return $getInternal(requireWeb(v, webTextStream, "TextDecoderStream"), 2);
}
install(TextDecoderStreamPrototype, {
  get encoding() {
    return decoderStreamState(this).encoding;
  },
  get fatal() {
    return decoderStreamState(this).fatal;
  },
  get ignoreBOM() {
    return decoderStreamState(this).ignoreBOM;
  },
});
