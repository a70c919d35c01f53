/** Streams Standard 4.3 to 4.5, 4.2.5: readers of readable streams, and the asynchronous iterator. */
const ReaderPrototype = $newObject(ObjectPrototype);
const ByteReaderPrototype = $newObject(ObjectPrototype);

function newReader(rs: ReadableState, byob: boolean): ReaderState {
  if (rs.reader !== undefined) throw makeTypeError("Invalid state: ReadableStream is locked");
  const reader: ReaderState = { stream: rs, closed: newPromise(), byob, requests: [], modes: [] };
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
  return newReader(readableOf(stream), false);
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
  if ($getInternal(reader.closed, 0) !== undefined) reader.closed = newPromise();
  markHandled(reader.closed);
  rejectPromise(reader.closed, readerReleased());
  if (rs.bytes !== undefined) byteRelease(rs.bytes);
  rs.reader = undefined;
  reader.stream = undefined;
  rejectReads(reader, readerReleased());
}
function readerReleased() {
  return makeTypeError("Invalid state: The reader is not attached to a stream");
}

function readerOf(v, tag: number): ReaderState {
  return $getInternal(requireWeb(v, tag, "ReadableStreamReader"), 1);
}

function detachedReader() {
  return rejectedPromise(readerReleased());
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

function constructReader(newTarget, byob: boolean, stream) {
  const rs = readableOf(stream);
  if (rs.reader === undefined && byob && rs.bytes === undefined) throw makeTypeError("The argument 'stream' must be a byte stream");
  const reader = newWeb(byob ? webByteReader : webReader, newTarget, byob ? ByteReaderPrototype : ReaderPrototype);
  $setInternal(reader, 1, newReader(rs, byob));
  return reader;
}

installInterface(
  function ReadableStreamDefaultReader(stream) {
    requireNew($newTarget, "ReadableStreamDefaultReader");
    return constructReader($newTarget, false, stream);
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
    return constructReader($newTarget, true, stream);
  },
  1,
  ByteReaderPrototype,
  readerMembers(webByteReader),
  undefined,
);
install(ByteReaderPrototype, {
  read(view, options) {
    try {
      const reader = readerOf(this, webByteReader);
      if (!isView(view)) throw makeTypeError(`The "view" argument must be an instance of TypedArray or DataView. Received ${describe(view)}`);
      const given = member(options, "min");
      const min = given === undefined ? 1 : enforceRange(given, "options.min");
      if (viewByteLength(view) <= 0) throw makeTypeError("Invalid state: View or Viewed ArrayBuffer is zero-length or detached");
      if (min === 0) throw makeTypeError("The property 'options.min' must be greater than 0. Received 0");
      const length = $kindOf(view) === $kind.DATAVIEW ? viewByteLength(view) : $typedArrayLength(view);
      if (min > length) throw makeRangeError(`The value of "options.min" is out of range. It must be <= ${length}. Received ${min}`);
      if (reader.stream === undefined) return detachedReader();
      const promise = newPromise();
      readableReadInto(reader.stream, view, min, promise, 0);
      return promise;
    } catch (e) {
      return rejectedPromise(e);
    }
  },
});
installLengths(ByteReaderPrototype, ["read", 1]);

// ---------------------------------------------------------------- Iteration

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
for (const name of ["next", "return"]) $defineOwn(StreamIteratorPrototype, name, $getOwnValue(StreamIteratorPrototype, name), 7);
function streamIterator(rs: ReadableState, preventCancel: boolean) {
  const iterator = newWeb(webIterator, undefined, StreamIteratorPrototype);
  $setInternal(iterator, 1, newReader(rs, false));
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
