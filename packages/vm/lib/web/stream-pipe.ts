/** Streams Standard 4.9.1: pipes from a readable stream to a writable one. */
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
  if (signal !== undefined && !$isHost(signal, webAbortSignal)) throw makeTypeError('The "options.signal" property must be an instance of AbortSignal.');
  return { preventClose, preventAbort, preventCancel, signal };
}

/** Settle `promise` as the first of those that were given to it. */
function settleFirst(promise, value) {
  if ($getInternal(promise, 0) === undefined) fulfillPromise(promise, value);
}
/** As the promise `first`. */
function resolveFirst(promise, first) {
  awaitThen(first, promise, settleFirst, rejectFirst);
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
    reader: newReader(rs, false),
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
      awaitThen(undefined, p, () => awaitThen(writableWrite(p.ws, chunk, p.writer), written, settleUndefined, settleUndefined), ignoreValue);
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
