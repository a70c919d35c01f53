/**
 * Streams Standard 4.7, 4.8, 4.10.11: readable byte streams. Their queue holds ranges of ArrayBuffers that nobody else has; a BYOB read (or a read for which
 * the controller allocates) is a record that the source fills, through `byobRequest` or by what it enqueues. Functions are named after the Standard's,
 * ReadableByteStreamController being `byte`. Buffers are transferred wherever it says so: who gives one away cannot change it any more.
 */
interface ByteState {
  queue: ByteChunk[];
  pullIntos: PullInto[];
  /** The ReadableStreamBYOBRequest that was handed out for the first of `pullIntos`. */
  request: Value;
  /** autoAllocateChunkSize, 0: none. */
  allocate: number;
}
interface ByteChunk {
  buffer: Value;
  offset: number;
  length: number;
}
/** Pull-into descriptor. All counts are of bytes. */
interface PullInto {
  buffer: Value;
  bufferLength: number;
  offset: number;
  length: number;
  filled: number;
  minimum: number;
  /** Size of an element of the view, and its type: as in the natives' table of typed arrays, -1 for a DataView. */
  element: number;
  type: number;
  /** Who reads: 0 nobody any more, 1 a default reader, 2 a BYOB reader. */
  reader: number;
}

const ReadableByteControllerPrototype = $newObject(ObjectPrototype);
const ByteRequestPrototype = $newObject(ObjectPrototype);

function newByteState(allocate: number): ByteState {
  return { queue: [], pullIntos: [], request: undefined, allocate };
}

// ---------------------------------------------------------------- Views and buffers

function isView(v): boolean {
  const kind = $kindOf(v);
  return kind === $kind.TYPEDARRAY || kind === $kind.DATAVIEW;
}
/** 0 or less when its buffer is detached. */
function viewByteLength(view): number {
  return $kindOf(view) === $kind.DATAVIEW ? $dataViewByteLength(view) : byteLengthOf(view);
}
function viewByteOffset(view): number {
  return $kindOf(view) === $kind.DATAVIEW ? $dataViewByteOffset(view) : $typedArrayByteOffset(view);
}
function viewBuffer(view) {
  return $kindOf(view) === $kind.DATAVIEW ? $dataViewBuffer(view) : $typedArrayBuffer(view);
}
/** TransferArrayBuffer. */
function transferBuffer(buffer) {
  if ($bufferIsDetached(buffer)) throw makeTypeError("Invalid state: the ArrayBuffer is detached");
  return $bufferTransfer(ArrayBufferPrototype, buffer, $bufferByteLength(buffer), undefined);
}
function bytesView(buffer, offset: number, length: number) {
  return $typedArrayNew(typedArrayPrototypes[1], 1, buffer, offset, length);
}
/** A view of the kind that the read asked for. */
function pullIntoView(d: PullInto, buffer, length: number) {
  if (d.type < 0) return $dataViewNew(DataViewPrototype, buffer, d.offset, length);
  return $typedArrayNew(typedArrayPrototypes[d.type], d.type, buffer, d.offset, length / d.element);
}

// ---------------------------------------------------------------- The queue

function byteQueue(rs: ReadableState, bytes: ByteState, buffer, offset: number, length: number) {
  $append(bytes.queue, { buffer, offset, length });
  rs.total += length;
}
/** EnqueueClonedChunkToQueue. */
function byteQueueClone(rs: ReadableState, bytes: ByteState, buffer, offset: number, length: number) {
  let clone;
  try {
    clone = $bufferNew(ArrayBufferPrototype, length, undefined);
  } catch (e) {
    readableError(rs, e);
    throw e;
  }
  $bufferCopy(clone, 0, buffer, offset, length);
  byteQueue(rs, bytes, clone, 0, length);
}
/** EnqueueDetachedPullIntoToQueue: what was filled for a reader that left is for the next one. */
function byteQueueDetached(rs: ReadableState, bytes: ByteState, d: PullInto) {
  if (d.filled > 0) byteQueueClone(rs, bytes, d.buffer, d.offset, d.filled);
  $arrShift(bytes.pullIntos);
}
/** HandleQueueDrain. */
function byteDrained(rs: ReadableState) {
  if (rs.total === 0 && rs.closeRequested) readableFinish(rs);
  else readablePullIfNeeded(rs);
}
/** FillPullIntoDescriptorFromQueue: is it filled as far as the read wants? */
function byteFill(rs: ReadableState, bytes: ByteState, d: PullInto): boolean {
  const room = d.length - d.filled;
  let count = rs.total < room ? rs.total : room;
  const most = d.filled + count;
  const aligned = most - (most % d.element);
  const ready = aligned >= d.minimum;
  if (ready) count = aligned - d.filled;
  while (count > 0) {
    const head = bytes.queue[0]!;
    const n = count < head.length ? count : head.length;
    $bufferCopy(d.buffer, d.offset + d.filled, head.buffer, head.offset, n);
    if (n === head.length) $arrShift(bytes.queue);
    else {
      head.offset += n;
      head.length -= n;
    }
    rs.total -= n;
    d.filled += n;
    count -= n;
  }
  return ready;
}
/** ProcessPullIntoDescriptorsUsingQueue: those that are filled now. */
function byteFillWaiting(rs: ReadableState, bytes: ByteState): PullInto[] {
  const filled: PullInto[] = [];
  while (bytes.pullIntos.length > 0 && rs.total > 0) {
    const d = bytes.pullIntos[0]!;
    if (byteFill(rs, bytes, d)) $append(filled, $arrShift(bytes.pullIntos));
  }
  return filled;
}
/** FillReadRequestFromQueue. */
function byteTake(rs: ReadableState, bytes: ByteState, request, mode: number) {
  const chunk: ByteChunk = $arrShift(bytes.queue);
  rs.total -= chunk.length;
  byteDrained(rs);
  fulfillRead(request, mode, bytesView(chunk.buffer, chunk.offset, chunk.length));
}

// ---------------------------------------------------------------- What waits

/** CommitPullIntoDescriptor. */
function byteCommit(rs: ReadableState, d: PullInto) {
  const view = pullIntoView(d, transferBuffer(d.buffer), d.filled);
  const reader = rs.reader as ReaderState;
  const request = $arrShift(reader.requests);
  const mode: number = $arrShift(reader.modes);
  if (d.reader === 1) fulfillRead(request, mode, rs.state === 1 ? $done : view);
  else fulfillReadInto(request, mode, view, rs.state === 1);
}
function byteCommitAll(rs: ReadableState, filled: PullInto[]) {
  for (let i = 0; i < filled.length; i++) byteCommit(rs, filled[i]!);
}
/** `request` is a promise of {value, done} (mode 0) or a function of both. */
function fulfillReadInto(request, mode: number, view, done: boolean) {
  if (mode === 2) request(view, done);
  else resolvePromise(request, { value: view, done });
}
/** InvalidateBYOBRequest. */
function byteInvalidate(bytes: ByteState) {
  if (bytes.request === undefined) return;
  $setInternal(bytes.request, 1, undefined);
  $setInternal(bytes.request, 2, null);
  bytes.request = undefined;
}
/** ClearPendingPullIntos and ResetQueue. */
function byteClear(bytes: ByteState) {
  byteInvalidate(bytes);
  bytes.pullIntos = [];
  bytes.queue = [];
}
/** [[ReleaseSteps]]: what the source fills now goes to the queue. */
function byteRelease(bytes: ByteState) {
  if (bytes.pullIntos.length === 0) return;
  const first = bytes.pullIntos[0]!;
  first.reader = 0;
  bytes.pullIntos = [first];
}
/** Reads into views end with a cancelled stream. */
function byteCancelReads(rs: ReadableState) {
  const reader = rs.reader;
  if (reader === undefined || !reader.byob) return;
  const requests = reader.requests;
  const modes = reader.modes;
  reader.requests = [];
  reader.modes = [];
  for (let i = 0; i < requests.length; i++) fulfillReadInto(requests[i], modes[i]!, undefined, true);
}

// ---------------------------------------------------------------- Reading

/** [[PullSteps]]: a read of a default reader. */
function byteRead(rs: ReadableState, request, mode: number) {
  const bytes = rs.bytes as ByteState;
  if (rs.total > 0) return byteTake(rs, bytes, request, mode);
  const size = bytes.allocate;
  if (size > 0) {
    let buffer;
    try {
      buffer = $bufferNew(ArrayBufferPrototype, size, undefined);
    } catch (e) {
      return rejectRead(request, mode, e);
    }
    $append(bytes.pullIntos, { buffer, bufferLength: size, offset: 0, length: size, filled: 0, minimum: 1, element: 1, type: 1, reader: 1 });
  }
  readableWait(rs, request, mode);
}

/** ReadableStreamBYOBReaderRead and PullInto; `min` counts elements. */
function readableReadInto(rs: ReadableState, view, min: number, request, mode: number) {
  rs.disturbed = true;
  if (rs.state === 2) return rejectRead(request, mode, rs.error);
  const bytes = rs.bytes as ByteState;
  const type = $kindOf(view) === $kind.DATAVIEW ? -1 : $typedArrayType(view);
  const element = type < 0 ? 1 : typedArraySizes[type]!;
  const offset = viewByteOffset(view);
  const length = viewByteLength(view);
  const buffer = transferBuffer(viewBuffer(view));
  const bufferLength = $bufferByteLength(buffer);
  const d: PullInto = { buffer, bufferLength, offset, length, filled: 0, minimum: min * element, element, type, reader: 2 };
  if (bytes.pullIntos.length === 0) {
    if (rs.state === 1) return fulfillReadInto(request, mode, pullIntoView(d, buffer, 0), true);
    if (rs.total > 0) {
      if (byteFill(rs, bytes, d)) {
        const filled = pullIntoView(d, transferBuffer(d.buffer), d.filled);
        byteDrained(rs);
        return fulfillReadInto(request, mode, filled, false);
      }
      if (rs.closeRequested) {
        const error = makeTypeError("Insufficient bytes to fill elements in the given buffer");
        readableError(rs, error);
        return rejectRead(request, mode, error);
      }
    }
  }
  $append(bytes.pullIntos, d);
  readableWait(rs, request, mode);
}

// ---------------------------------------------------------------- The source's side

/** Enqueue, of a range of a buffer that nobody else has. */
function byteEnqueue(rs: ReadableState, buffer, offset: number, length: number) {
  const bytes = rs.bytes as ByteState;
  if (rs.closeRequested || rs.state !== 0) return;
  if (bytes.pullIntos.length > 0) {
    const first = bytes.pullIntos[0]!;
    byteInvalidate(bytes);
    first.buffer = transferBuffer(first.buffer);
    if (first.reader === 0) byteQueueDetached(rs, bytes, first);
  }
  const reader = rs.reader;
  if (reader === undefined) byteQueue(rs, bytes, buffer, offset, length);
  else if (reader.byob) {
    byteQueue(rs, bytes, buffer, offset, length);
    byteCommitAll(rs, byteFillWaiting(rs, bytes));
  } else {
    while (reader.requests.length > 0 && rs.total > 0) byteTake(rs, bytes, $arrShift(reader.requests), $arrShift(reader.modes));
    if (reader.requests.length === 0) byteQueue(rs, bytes, buffer, offset, length);
    else {
      if (bytes.pullIntos.length > 0) $arrShift(bytes.pullIntos);
      fulfillRead($arrShift(reader.requests), $arrShift(reader.modes), bytesView(buffer, offset, length));
    }
  }
  readablePullIfNeeded(rs);
}

/** Close: throws when an element was filled in part. */
function byteClose(rs: ReadableState) {
  const bytes = rs.bytes as ByteState;
  if (rs.closeRequested || rs.state !== 0) return;
  if (rs.total > 0) {
    rs.closeRequested = true;
    return;
  }
  if (bytes.pullIntos.length > 0 && bytes.pullIntos[0]!.filled % bytes.pullIntos[0]!.element !== 0) {
    const error = makeTypeError("Insufficient bytes to fill elements in the given buffer");
    readableError(rs, error);
    throw error;
  }
  readableFinish(rs);
}

/** Close, and with it the reads into views that wait: of streams whose source does not answer requests. An element that is filled in part ends in an error. */
function byteFinish(rs: ReadableState) {
  try {
    byteClose(rs);
    if ((rs.bytes as ByteState).pullIntos.length > 0) byteRespond(rs, 0);
  } catch {}
}

/** GetBYOBRequest; undefined when there is none. */
function byteRequest(rs: ReadableState) {
  const bytes = rs.bytes as ByteState;
  if (bytes.request === undefined && bytes.pullIntos.length > 0) {
    const first = bytes.pullIntos[0]!;
    bytes.request = newWeb(webByteRequest, undefined, ByteRequestPrototype);
    $setInternal(bytes.request, 1, rs);
    $setInternal(bytes.request, 2, bytesView(first.buffer, first.offset + first.filled, first.length - first.filled));
  }
  return bytes.request;
}

/** Respond: so many bytes of the request's view are filled. */
function byteRespond(rs: ReadableState, count: number) {
  const first = (rs.bytes as ByteState).pullIntos[0]!;
  if (rs.state === 1) {
    if (count !== 0) throw makeTypeError(`The argument 'bytesWritten' is invalid. Received ${count}`);
  } else {
    if (count === 0) throw makeTypeError("The argument 'bytesWritten' is invalid. Received 0");
    if (first.filled + count > first.length) throw makeRangeError(`The argument 'bytesWritten' is invalid. Received ${count}`);
  }
  first.buffer = transferBuffer(first.buffer);
  byteResponded(rs, count);
}

/** RespondWithNewView: likewise, by a view of where the request's bytes are now. */
function byteRespondWithView(rs: ReadableState, view) {
  const first = (rs.bytes as ByteState).pullIntos[0]!;
  const length = viewByteLength(view);
  const buffer = viewBuffer(view);
  if (rs.state === 1) {
    if (length !== 0) throw makeTypeError("Invalid state: the view of a closed stream must have no bytes");
  } else if (length === 0) throw makeTypeError("Invalid state: the view has no bytes");
  if (first.offset + first.filled !== viewByteOffset(view)) throw makeRangeError("The argument 'view' is invalid: it begins elsewhere than the request's");
  if (first.bufferLength !== $bufferByteLength(buffer)) throw makeRangeError("The argument 'view' is invalid: its buffer is not as long as the request's");
  if (first.filled + length > first.length) throw makeRangeError("The argument 'view' is invalid: it is longer than the request's");
  first.buffer = transferBuffer(buffer);
  byteResponded(rs, length);
}

/** RespondInternal. */
function byteResponded(rs: ReadableState, count: number) {
  const bytes = rs.bytes as ByteState;
  byteInvalidate(bytes);
  if (rs.state === 1) byteRespondClosed(rs, bytes);
  else byteRespondReadable(rs, bytes, count);
  readablePullIfNeeded(rs);
}
/** RespondInClosedState. */
function byteRespondClosed(rs: ReadableState, bytes: ByteState) {
  if (bytes.pullIntos[0]!.reader === 0) $arrShift(bytes.pullIntos);
  const reader = rs.reader;
  if (reader === undefined || !reader.byob) return;
  const ended: PullInto[] = [];
  while (ended.length < reader.requests.length) $append(ended, $arrShift(bytes.pullIntos));
  byteCommitAll(rs, ended);
}
/** RespondInReadableState. */
function byteRespondReadable(rs: ReadableState, bytes: ByteState, count: number) {
  const d = bytes.pullIntos[0]!;
  d.filled += count;
  if (d.reader === 0) {
    byteQueueDetached(rs, bytes, d);
    byteCommitAll(rs, byteFillWaiting(rs, bytes));
    return;
  }
  if (d.filled < d.minimum) return;
  $arrShift(bytes.pullIntos);
  const rest = d.filled % d.element;
  if (rest > 0) byteQueueClone(rs, bytes, d.buffer, d.offset + d.filled - rest, rest);
  d.filled -= rest;
  const filled = byteFillWaiting(rs, bytes);
  byteCommit(rs, d);
  byteCommitAll(rs, filled);
}

// ---------------------------------------------------------------- Interfaces

installInterface(
  function ReadableByteStreamController() {
    illegalConstructor();
  },
  0,
  ReadableByteControllerPrototype,
  {
    get byobRequest() {
      const request = byteRequest(controllerOf(this, true));
      return request === undefined ? null : request;
    },
    close() {
      byteClose(openController(controllerOf(this, true)));
    },
    get desiredSize() {
      return controllerDesiredSize(controllerOf(this, true));
    },
    enqueue(chunk) {
      const rs = controllerOf(this, true);
      if (!isView(chunk)) throw makeTypeError(`The "buffer" argument must be an instance of TypedArray or DataView. Received ${describe(chunk)}`);
      const length = viewByteLength(chunk);
      if (length <= 0) throw makeTypeError("Invalid state: chunk ArrayBuffer is zero-length or detached");
      openController(rs);
      const pullIntos = (rs.bytes as ByteState).pullIntos;
      if (pullIntos.length > 0 && $bufferIsDetached(pullIntos[0]!.buffer)) throw makeTypeError("Invalid state: the request's ArrayBuffer is detached");
      const offset = viewByteOffset(chunk);
      byteEnqueue(rs, transferBuffer(viewBuffer(chunk)), offset, length);
    },
    error(e) {
      readableError(controllerOf(this, true), e);
    },
  },
  undefined,
);
installLengths(ReadableByteControllerPrototype, ["error", 0]);

/** The controller's state and the view of a request that still stands. */
function standingRequest(v, what: string): ReadableState {
  const rs = $getInternal(requireWeb(v, webByteRequest, what), 1);
  if (rs === undefined) throw makeTypeError("Invalid state: This BYOB request has been invalidated");
  return rs;
}
/** Slots: 1 the stream's record (undefined once invalidated), 2 the view. */
installInterface(
  function ReadableStreamBYOBRequest() {
    illegalConstructor();
  },
  0,
  ByteRequestPrototype,
  {
    respond(bytesWritten) {
      const request = requireWeb(this, webByteRequest, "respond");
      requireArguments($argumentCount(), 1, "respond");
      const count = enforceRange(bytesWritten, "bytesWritten");
      const rs = standingRequest(request, "respond");
      if ($bufferIsDetached($typedArrayBuffer($getInternal(request, 2)))) throw makeTypeError("Invalid state: Viewed ArrayBuffer is detached");
      byteRespond(rs, count);
    },
    respondWithNewView(view) {
      const request = requireWeb(this, webByteRequest, "respondWithNewView");
      if (!isView(view)) throw makeTypeError(`The "view" argument must be an instance of TypedArray or DataView. Received ${describe(view)}`);
      const rs = standingRequest(request, "respondWithNewView");
      if ($bufferIsDetached(viewBuffer(view))) throw makeTypeError("Invalid state: Viewed ArrayBuffer is detached");
      byteRespondWithView(rs, view);
    },
    get view() {
      return $getInternal(requireWeb(this, webByteRequest, "view"), 2);
    },
  },
  undefined,
);
