/**
 * Streams Standard 4: readable streams, default controllers, and streams that the library makes itself. Readers are in stream-readers.ts, byte streams in byte-stream.ts.
 * The state of a stream is a record in slot 1 of the stream and of its controller; a reader has its own record. Requests of readers are
 * promises that are settled directly, or functions; $done as a chunk is the end of the stream and never leaves the library.
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
  /** What a byte stream has beside (byte-stream.ts). */
  bytes: ByteState | undefined;
  stream: Value;
  controller: Value;
}
interface ReaderState {
  stream: ReadableState | undefined;
  closed: Value;
  /** A BYOB reader: its requests wait for views. */
  byob: boolean;
  /** Reads that wait, and for each how it wants its result: 0 a promise of {value, done}, 1 a promise of the bare chunk or $done, 2 a function that takes it at once. */
  requests: Value[];
  modes: number[];
}

const ReadableStreamPrototype = $newObject(ObjectPrototype);
const ReadableControllerPrototype = $newObject(ObjectPrototype);

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
    bytes: undefined,
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

/** Likewise of bytes: its chunks are Uint8Arrays whose buffers nobody else has. */
function newReadableBytes(pull, cancel): ReadableState {
  const state = newReadable(pull, cancel, 0);
  state.bytes = newByteState(0);
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

/** Settle a read with a chunk or $done, as its mode says. */
function fulfillRead(request, mode: number, chunk) {
  if (mode === 2) request(chunk);
  else if (mode === 1) fulfillPromise(request, chunk);
  else resolvePromise(request, chunk === $done ? { value: undefined, done: true } : { value: chunk, done: false });
}
function rejectRead(request, mode: number, error) {
  if (mode !== 2) rejectPromise(request, error);
}
function rejectReads(reader: ReaderState, error) {
  const requests = reader.requests;
  const modes = reader.modes;
  reader.requests = [];
  reader.modes = [];
  for (let i = 0; i < requests.length; i++) rejectRead(requests[i], modes[i]!, error);
}
function readsWaiting(rs: ReadableState): boolean {
  return rs.reader !== undefined && rs.reader.requests.length > 0;
}

function readableDesired(rs: ReadableState): number {
  return rs.highWaterMark - rs.total;
}

/** ReadableStreamDefaultControllerShouldCallPull; of a byte controller likewise. */
function readableShouldPull(rs: ReadableState): boolean {
  return rs.state === 0 && !rs.closeRequested && rs.started && (readsWaiting(rs) || readableDesired(rs) > 0);
}
function readablePullIfNeeded(rs: ReadableState) {
  if (!readableShouldPull(rs)) return;
  if (rs.pulling) {
    rs.pullAgain = true;
    return;
  }
  rs.pulling = true;
  let result;
  try {
    result = rs.pull === undefined ? undefined : rs.pull(rs);
  } catch (e) {
    result = rejectedPromise(e);
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
  if (rs.bytes !== undefined) return byteEnqueue(rs, $typedArrayBuffer(chunk), $typedArrayByteOffset(chunk), byteLengthOf(chunk));
  if (readsWaiting(rs)) {
    const reader = rs.reader as ReaderState;
    fulfillRead($arrShift(reader.requests), $arrShift(reader.modes), chunk);
  } else {
    let size: number = 1;
    if (rs.size !== undefined) {
      try {
        size = chunkSize(rs.size, chunk);
      } catch (e) {
        readableError(rs, e);
        throw e;
      }
    }
    readableQueue(rs, chunk, size);
  }
  readablePullIfNeeded(rs);
}
/** What a strategy says of a chunk (EnqueueValueWithSize's check included). */
function chunkSize(size, chunk): number {
  const n = +$call(size, undefined, chunk);
  if (!(n >= 0) || n === Infinity) throw makeRangeError("The size of a chunk must be a finite, non-negative number");
  return n;
}

function readableQueue(rs: ReadableState, chunk, size: number) {
  $append(rs.queue, chunk);
  $append(rs.sizes, size);
  rs.total += size;
}

/** ResetQueue, and what a byte stream was filling. */
function readableClear(rs: ReadableState) {
  if (rs.bytes !== undefined) byteClear(rs.bytes);
  rs.queue = [];
  rs.sizes = [];
  rs.total = 0;
}

/** The source has no more: closed once the queue is read. */
function readableClose(rs: ReadableState) {
  if (rs.state !== 0 || rs.closeRequested) return;
  if (rs.bytes !== undefined) return byteFinish(rs);
  rs.closeRequested = true;
  if (rs.queue.length === 0) readableFinish(rs);
}

/** ReadableStreamClose. */
function readableFinish(rs: ReadableState) {
  rs.state = 1;
  const reader = rs.reader;
  if (reader === undefined) return;
  if ($getInternal(reader.closed, 0) === undefined) fulfillPromise(reader.closed, undefined);
  if (reader.byob) return;
  const requests = reader.requests;
  const modes = reader.modes;
  reader.requests = [];
  reader.modes = [];
  for (let i = 0; i < requests.length; i++) fulfillRead(requests[i], modes[i]!, $done);
}

/** ReadableStreamError, with what the controllers' do before. */
function readableError(rs: ReadableState, error) {
  if (rs.state !== 0) return;
  readableClear(rs);
  rs.state = 2;
  rs.error = error;
  const reader = rs.reader;
  if (reader === undefined) return;
  if ($getInternal(reader.closed, 0) === undefined) {
    markHandled(reader.closed);
    rejectPromise(reader.closed, error);
  }
  rejectReads(reader, error);
}

function readableRead(rs: ReadableState, request, mode: number) {
  rs.disturbed = true;
  if (rs.state === 1) fulfillRead(request, mode, $done);
  else if (rs.state === 2) rejectRead(request, mode, rs.error);
  else if (rs.bytes !== undefined) byteRead(rs, request, mode);
  else if (rs.queue.length > 0) {
    const chunk = $arrShift(rs.queue);
    rs.total -= $arrShift(rs.sizes);
    if (rs.total < 0) rs.total = 0;
    if (rs.closeRequested && rs.queue.length === 0) readableFinish(rs);
    else readablePullIfNeeded(rs);
    fulfillRead(request, mode, chunk);
  } else readableWait(rs, request, mode);
}
function readableWait(rs: ReadableState, request, mode: number) {
  $append((rs.reader as ReaderState).requests, request);
  $append((rs.reader as ReaderState).modes, mode);
  readablePullIfNeeded(rs);
}

function readableCancel(rs: ReadableState, reason) {
  rs.disturbed = true;
  if (rs.state === 1) return resolvedPromise(undefined);
  if (rs.state === 2) return rejectedPromise(rs.error);
  readableFinish(rs);
  byteCancelReads(rs);
  readableClear(rs);
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

// ---------------------------------------------------------------- Controllers

function controllerOf(v, bytes: boolean): ReadableState {
  const rs: ReadableState = $getInternal(requireWeb(v, webReadableController, "ReadableStreamController"), 1);
  if ((rs.bytes !== undefined) !== bytes) throw makeTypeError("Illegal invocation: ReadableStreamController called on an object of another kind");
  return rs;
}
/** Of a controller that can be closed, or take a chunk. */
function openController(rs: ReadableState): ReadableState {
  if (rs.closeRequested || rs.state !== 0) throw makeTypeError("Invalid state: Controller is already closed");
  return rs;
}
function controllerDesiredSize(rs: ReadableState) {
  return rs.state === 2 ? null : rs.state === 1 ? 0 : readableDesired(rs);
}

function illegalConstructor() {
  throw makeTypeError("Illegal constructor");
}
installInterface(
  function ReadableStreamDefaultController() {
    illegalConstructor();
  },
  0,
  ReadableControllerPrototype,
  {
    close() {
      readableClose(openController(controllerOf(this, false)));
    },
    get desiredSize() {
      return controllerDesiredSize(controllerOf(this, false));
    },
    enqueue(chunk) {
      readableEnqueue(openController(controllerOf(this, false)), chunk);
    },
    error(e) {
      readableError(controllerOf(this, false), e);
    },
  },
  undefined,
);
installLengths(ReadableControllerPrototype, ["enqueue", 0, "error", 0]);

// ---------------------------------------------------------------- ReadableStream

/** A QueuingStrategy; its mark is checked by `highWaterMarkOf`, after the source, sink or transformer has been looked at. */
function strategyOf(strategy) {
  const mark = member(strategy, "highWaterMark");
  const highWaterMark: number | undefined = mark === undefined ? undefined : +mark;
  const size = member(strategy, "size");
  if (size !== undefined && !$isCallable(size)) throw NotCallable(size);
  return { highWaterMark, size };
}
function highWaterMarkOf(strategy, fallback: number): number {
  const mark = strategy.highWaterMark;
  if (mark === undefined) return fallback;
  if (!(mark >= 0)) throw makeRangeError("The property 'strategy.highWaterMark' is invalid");
  return mark;
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
    const given = strategyOf(strategy);
    let allocate = member(source, "autoAllocateChunkSize");
    if (allocate !== undefined) allocate = enforceRange(allocate, "source.autoAllocateChunkSize");
    const cancel = algorithmOf(source, "cancel");
    const pull = algorithmOf(source, "pull");
    const start = algorithmOf(source, "start");
    const type = member(source, "type");
    const bytes = type !== undefined && `${type}` === "bytes";
    if (type !== undefined && !bytes) throw makeTypeError(`The property 'source.type' is invalid. Received ${describe(type)}`);
    if (bytes && given.size !== undefined) throw makeRangeError("The strategy for a byte stream cannot have a size function");
    const highWaterMark = highWaterMarkOf(given, bytes ? 0 : 1);
    if (bytes && allocate === 0) throw makeTypeError("The property 'source.autoAllocateChunkSize' is invalid. Received 0");
    const controller = newWeb(webReadableController, undefined, bytes ? ReadableByteControllerPrototype : ReadableControllerPrototype);
    const rs = newReadableState(
      stream,
      pull === undefined ? undefined : () => $call(pull, source, controller),
      cancel === undefined ? undefined : (state, reason) => $call(cancel, source, reason),
      highWaterMark,
    );
    if (bytes) rs.bytes = newByteState(allocate === undefined ? 0 : allocate);
    rs.size = given.size;
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
      if (mode === undefined) return constructReader(undefined, false, this);
      if (`${mode}` !== "byob") throw makeTypeError(`The property 'options.mode' is invalid. Received ${describe(mode)}`);
      return constructReader(undefined, true, this);
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

// ---------------------------------------------------------------- Streams of the library's own

/** A stream of one chunk of bytes (undefined: empty and closed). */
function readableFromBytes(bytes) {
  const rs = newReadableBytes(undefined, undefined);
  if (bytes !== undefined && $typedArrayLength(bytes) > 0) readableEnqueue(rs, $bytesSlice(bytes, 0, 2147483647));
  readableClose(rs);
  return rs.stream;
}

/** A stream of a body that is a string, bytes or a request's handle: encoded or copied when it is read. */
function readableFromBody(body) {
  const rs = newReadableBytes((state) => {
    const bytes = bodyBytes(body);
    if ($typedArrayLength(bytes) > 0) readableEnqueue(state, bytes);
    readableClose(state);
  }, undefined);
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
  markDisturbed(stream);
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
function readableBytes(stream) {
  const promise = newPromise();
  awaitThen(readChunks(acquireReader(stream), promise), promise, ignoreValue, rejectPromise);
  return promise;
}
/** Fulfils the promise with the bytes: as the result of an asynchronous function they would be asked for a method then. */
async function readChunks(reader: ReaderState, promise) {
  const chunks: Value[] = [];
  for (;;) {
    const chunk = await readerNext(reader);
    if (chunk === $done) break;
    if ($typedArrayType(chunk) !== 1) {
      const error = makeTypeError("Received non-Uint8Array chunk");
      await readerCancel(reader, error);
      throw error;
    }
    $append(chunks, chunk);
  }
  fulfillPromise(promise, $bytesConcat(chunks));
}
