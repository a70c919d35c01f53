/** Streams Standard 4.10.1: ReadableStreamTee, of streams of anything and of bytes. */

/** What the branches of a tee share. */
interface TeeState {
  readonly source: ReadableState;
  reader: ReaderState;
  branches: ReadableState[];
  reading: boolean;
  /** Somebody pulled the branch while a read was under way. */
  again: boolean[];
  canceled: boolean[];
  reasons: Value[];
  /** What cancelling a branch gives: settled when both are cancelled, or the source has ended. */
  promise: Value;
}

function newTee(rs: ReadableState, pull, highWaterMark: number, bytes: boolean): TeeState {
  const reader = newReader(rs, false);
  const tee: TeeState = {
    source: rs,
    reader,
    branches: [],
    reading: false,
    again: [false, false],
    canceled: [false, false],
    reasons: [undefined, undefined],
    promise: newPromise(),
  };
  for (let i = 0; i < 2; i++) {
    const branch = newReadable(
      () => pull(tee, i),
      (state, reason) => teeCancel(tee, i, reason),
      highWaterMark,
    );
    if (bytes) branch.bytes = newByteState(0);
    branch.started = false;
    $append(tee.branches, branch);
    awaitThen(undefined, branch, readableStarted, ignoreValue);
  }
  teeForwardError(tee, reader);
  return tee;
}
function teeForwardError(tee: TeeState, reader: ReaderState) {
  awaitThen(reader.closed, tee, ignoreValue, (data, error) => {
    if (tee.reader !== reader) return;
    readableError(tee.branches[0]!, error);
    readableError(tee.branches[1]!, error);
    teeEnded(tee);
  });
}
function teeEnded(tee: TeeState) {
  if (!tee.canceled[0] || !tee.canceled[1]) settleFirst(tee.promise, undefined);
}
function teeCancel(tee: TeeState, index: number, reason) {
  tee.canceled[index] = true;
  tee.reasons[index] = reason;
  if (tee.canceled[1 - index]) resolveFirst(tee.promise, readableCancel(tee.source, [tee.reasons[0], tee.reasons[1]]));
  return tee.promise;
}

/** [branch, branch]; `clone`: the second gets copies of chunks of bytes. */
function readableTee(stream, clone: boolean): Value[] {
  const rs = readableOf(stream);
  const tee = rs.bytes !== undefined ? newTee(rs, byteTeePull, 0, true) : newTee(rs, clone ? teePullClone : teePull, 1, false);
  return [tee.branches[0]!.stream, tee.branches[1]!.stream];
}

// ---------------------------------------------------------------- ReadableStreamDefaultTee

function teePull(tee: TeeState) {
  teeRead(tee, false);
}
function teePullClone(tee: TeeState) {
  teeRead(tee, true);
}
function teeRead(tee: TeeState, clone: boolean) {
  if (tee.reading) {
    tee.again[0] = true;
    return;
  }
  tee.reading = true;
  readableRead(
    tee.source,
    (chunk) => {
      if (chunk !== $done) {
        awaitThen(undefined, tee, () => teeChunk(tee, chunk, clone), ignoreValue);
        return;
      }
      tee.reading = false;
      for (let i = 0; i < 2; i++) if (!tee.canceled[i]) readableClose(tee.branches[i]!);
      teeEnded(tee);
    },
    2,
  );
}
/** In a job of its own: what the branches' readers do at once comes after the read. */
function teeChunk(tee: TeeState, chunk, clone: boolean) {
  tee.again[0] = false;
  const second = clone && !tee.canceled[1] && isBufferSource(chunk) ? $bytesSlice(chunk, 0, 2147483647) : chunk;
  for (let i = 0; i < 2; i++) if (!tee.canceled[i] && !tee.branches[i]!.closeRequested) teeEnqueue(tee.branches[i]!, i === 0 ? chunk : second);
  tee.reading = false;
  if (tee.again[0]) teeRead(tee, clone);
}
function teeEnqueue(branch: ReadableState, chunk) {
  if (branch.state === 0) readableEnqueue(branch, chunk);
}

// ---------------------------------------------------------------- ReadableByteStreamTee

function byteTeePull(tee: TeeState, index: number) {
  if (tee.reading) {
    tee.again[index] = true;
    return;
  }
  tee.reading = true;
  const request = byteRequest(tee.branches[index]!);
  if (request === undefined) byteTeeRead(tee);
  else byteTeeReadInto(tee, $getInternal(request, 2), index);
}
/** The tee's own reader becomes one of the other kind. */
function teeSwitchReader(tee: TeeState, byob: boolean) {
  if (tee.reader.byob === byob) return;
  releaseReader(tee.reader);
  tee.reader = newReader(tee.source, byob);
  teeForwardError(tee, tee.reader);
}
/** CloneAsUint8Array; undefined, and the tee at its end, when there is no room. */
function byteTeeClone(tee: TeeState, chunk) {
  try {
    return $bytesSlice(chunk, 0, 2147483647);
  } catch (e) {
    readableError(tee.branches[0]!, e);
    readableError(tee.branches[1]!, e);
    resolveFirst(tee.promise, readableCancel(tee.source, e));
    return undefined;
  }
}
/** After a chunk: whoever pulled meanwhile is next. */
function byteTeeNext(tee: TeeState) {
  tee.reading = false;
  if (tee.again[0]) byteTeePull(tee, 0);
  else if (tee.again[1]) byteTeePull(tee, 1);
}

/** pullWithDefaultReader. */
function byteTeeRead(tee: TeeState) {
  teeSwitchReader(tee, false);
  readableRead(
    tee.source,
    (chunk) => {
      if (chunk === $done) byteTeeClosed(tee);
      else awaitThen(undefined, tee, () => byteTeeChunk(tee, chunk), ignoreValue);
    },
    2,
  );
}
function byteTeeChunk(tee: TeeState, chunk) {
  tee.again[0] = tee.again[1] = false;
  let second = chunk;
  if (!tee.canceled[0] && !tee.canceled[1]) {
    second = byteTeeClone(tee, chunk);
    if (second === undefined) return;
  }
  if (!tee.canceled[0]) teeEnqueue(tee.branches[0]!, chunk);
  if (!tee.canceled[1]) teeEnqueue(tee.branches[1]!, second);
  byteTeeNext(tee);
}
function byteTeeClosed(tee: TeeState) {
  tee.reading = false;
  for (let i = 0; i < 2; i++) if (!tee.canceled[i]) byteTeeClose(tee.branches[i]!);
  for (let i = 0; i < 2; i++) byteTeeAnswer(tee.branches[i]!);
  teeEnded(tee);
}
/** An element that was filled in part ends the branch with an error. */
function byteTeeClose(branch: ReadableState) {
  try {
    byteClose(branch);
  } catch {}
}
/** The reads into views of a branch that was closed. */
function byteTeeAnswer(branch: ReadableState) {
  if (branch.state === 1 && (branch.bytes as ByteState).pullIntos.length > 0) byteRespond(branch, 0);
}

/** pullWithBYOBReader: the source fills the view that a reader of one branch gave, the other branch gets a copy. */
function byteTeeReadInto(tee: TeeState, view, index: number) {
  teeSwitchReader(tee, true);
  readableReadInto(
    tee.source,
    view,
    1,
    (chunk, done: boolean) => {
      if (!done) {
        awaitThen(undefined, tee, () => byteTeeFilled(tee, chunk, index), ignoreValue);
        return;
      }
      tee.reading = false;
      const branch = tee.branches[index]!;
      const other = tee.branches[1 - index]!;
      if (!tee.canceled[index]) byteTeeClose(branch);
      if (!tee.canceled[1 - index]) byteTeeClose(other);
      if (chunk !== undefined) {
        if (!tee.canceled[index] && branch.state === 1) byteRespondWithView(branch, chunk);
        if (!tee.canceled[1 - index]) byteTeeAnswer(other);
      }
      teeEnded(tee);
    },
    2,
  );
}
function byteTeeFilled(tee: TeeState, chunk, index: number) {
  tee.again[0] = tee.again[1] = false;
  const branch = tee.branches[index]!;
  if (!tee.canceled[1 - index]) {
    const copy = byteTeeClone(tee, chunk);
    if (copy === undefined) return;
    if (!tee.canceled[index] && branch.state === 0) byteRespondWithView(branch, chunk);
    teeEnqueue(tee.branches[1 - index]!, copy);
  } else if (!tee.canceled[index] && branch.state === 0) byteRespondWithView(branch, chunk);
  byteTeeNext(tee);
}
