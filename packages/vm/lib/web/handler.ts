/**
 * The entry of a handler: REGISTER_HANDLER picks it from the module's exports, HTTP_REQUEST runs it and sends what it answers.
 * Both shapes work: a function (`export default`, or one named `handler`), and the WinterTC module with `fetch(request, env, ctx)`.
 */
let handlerFunction: Value = undefined;
let handlerThis: Value = undefined;
let handlerEnvironment: Value = undefined;
/** How many of its arguments the handler can look at: what it cannot see is not made. */
let handlerArity = 255;
/** Requests that are being handled and whose answer is not complete: handle -> request. Few at a time. */
let liveHandles: Value[] = [];
let liveRequests: Value[] = [];
/** Streamed responses that wait until the peer takes more: handle -> resolver. */
let waitingHandles: Value[] = [];
let waitingPromises: Value[] = [];

$setHook($hook.REGISTER_HANDLER, function registerHandler(namespace) {
  handlerFunction = handlerThis = handlerEnvironment = undefined;
  if (namespace === undefined) return false; // the engine forgets a handler
  const entry = $namespaceHas(namespace, "default") ? $namespaceGet(namespace, "default") : undefined;
  // A Hono app, for one, is an object, but a callable with `fetch` means its method.
  if ($isObject(entry) && $isCallable(entry.fetch)) {
    handlerFunction = entry.fetch;
    handlerThis = entry;
  } else if ($isCallable(entry)) handlerFunction = entry;
  else {
    const named = $namespaceHas(namespace, "handler") ? $namespaceGet(namespace, "handler") : undefined;
    const method = $namespaceHas(namespace, "fetch") ? $namespaceGet(namespace, "fetch") : undefined;
    if ($isCallable(named)) handlerFunction = named;
    else if ($isCallable(method)) handlerFunction = method;
    else return false;
  }
  handlerArity = $functionArity(handlerFunction);
  return true;
});

/** env: the host's ZS_ENV_* variables, the same object for all requests. */
function handlerEnv() {
  if (handlerEnvironment === undefined) {
    handlerEnvironment = $newObject(ObjectPrototype);
    const pairs = $envPairs();
    for (let i = 0; i < pairs.length; i += 2) $createDataProperty(handlerEnvironment, pairs[i], pairs[i + 1]);
  }
  return handlerEnvironment;
}

/** ExecutionContext. Slots: 1 the handle, 2 true when waitUntil was used, 3 true after passThroughOnException. */
const ExecutionContextPrototype = $newObject(ObjectPrototype);
install(ExecutionContextPrototype, {
  waitUntil(promise) {
    requireWeb(this, webContext, "waitUntil");
    $setInternal(this, 2, true);
    awaitThen(promise, undefined, ignoreValue, reportBackground);
  },
  passThroughOnException() {
    $setInternal(requireWeb(this, webContext, "passThroughOnException"), 3, true);
  },
});
installTag(ExecutionContextPrototype, "ExecutionContext");
function ignoreValue() {}
function reportBackground(data, error) {
  $consoleWrite(3, `Error in a waitUntil promise: ${inspectError(error)}`);
}

$setHook($hook.HTTP_REQUEST, function httpRequest(handle) {
  const request = newReceivedRequest(handle);
  let context;
  try {
    if (handlerFunction === undefined) {
      $httpRespond(
        handle,
        500,
        "",
        null,
        "This module exports no handler: export a function named `handler`, a default function, or a default object with fetch()\n",
      );
      return;
    }
    let result;
    if (handlerArity < 2) result = $call(handlerFunction, handlerThis, request);
    else {
      if (handlerArity > 2) context = $newHost(ExecutionContextPrototype, webContext, handle, undefined, undefined, undefined);
      result = $call(handlerFunction, handlerThis, request, handlerEnv(), context);
    }
    // Fulfilled already, as an async function without await is: no turn through the job queue.
    const response = $isHost(result, webResponse) ? result : $promiseResult(result);
    if (response !== $notHandled) {
      if ((context === undefined || $getInternal(context, 2) !== true) && $httpAnswer(handle, response)) return;
      answer({ handle, request, context }, response);
      return;
    }
    rememberRequest(handle, request);
    awaitThen(result, { handle, request, context }, answer, answerError);
  } catch (e) {
    answerError({ handle, request, context }, e);
  }
});

function rememberRequest(handle: number, request) {
  $append(liveHandles, handle);
  $append(liveRequests, request);
}

/** Forget a remembered request; the request, or undefined. */
function forgetRequest(handle: number) {
  for (let i = 0; i < liveHandles.length; i++) {
    if (liveHandles[i] !== handle) continue;
    const request = liveRequests[i];
    const last = liveHandles.length - 1;
    liveHandles[i] = liveHandles[last];
    liveRequests[i] = liveRequests[last];
    $arrTruncate(liveHandles, last);
    $arrTruncate(liveRequests, last);
    return request;
  }
  return undefined;
}

/** After the response the received bytes are gone: keep what code that goes on running may still ask for. */
function beforeAnswer(call) {
  forgetRequest(call.handle);
  if ((call.context !== undefined && $getInternal(call.context, 2) === true) || $timerCount() > 0) {
    if ($httpAlive(call.handle)) materialiseRequest(call.request);
  }
}

/** Send what the handler returned: a Response, or a string, bytes, null, or an object that becomes JSON. */
function answer(call, result) {
  try {
    beforeAnswer(call);
    const handle: number = call.handle;
    if (!$isHost(result, webResponse)) result = responseOf(result);
    const status = $getInternal(result, 1);
    let body = $getInternal(result, 4);
    if (status === 0) throw makeTypeError("The handler answered with Response.error()");
    if ($getInternal(result, 5) === true) throw makeTypeError("The body of the handler's Response was already read");
    let fields = $getInternal(result, 3);
    if (fields !== null && typeof fields !== "string") fields = headersList(fields);
    if (typeof body === "number") body = bodyBytes(body);
    if ($isHost(body, webReadableStream)) {
      if (readableDisturbed(body) || readableLocked(body))
        throw makeTypeError("The body of the handler's Response is a stream that is locked or was read already");
      if (fields === null) fields = [];
      else if (typeof fields === "string") fields = ["content-type", fields];
      awaitThen(sendStream(handle, status, $getInternal(result, 2), fields, body), handle, ignoreValue, abortResponse);
      return;
    }
    if (typeof fields === "string" || fields !== null || body === null) $httpRespond(handle, status, $getInternal(result, 2), fields, body);
    else $httpRespond(handle, status, $getInternal(result, 2), [], body);
  } catch (e) {
    answerError(call, e);
  }
}

/** The Response for what a handler returned instead of one. */
function responseOf(result) {
  if (typeof result === "string") return newResponse(200, "text/plain;charset=UTF-8", result);
  if (result === undefined) throw makeTypeError("The handler returned undefined: return a Response, a string or an object");
  if (result === null) return newResponse(204, null, null);
  if ($isHost(result, webHtml)) return newResponse(200, "text/html;charset=UTF-8", htmlBody(result));
  if (
    $isObject(result) &&
    (isBufferSource(result) ||
      $isHost(result, webReadableStream) ||
      $isHost(result, webBlob) ||
      $isHost(result, webFormData) ||
      $isHost(result, webUrlSearchParams))
  ) {
    const extracted = extractBody(result);
    return newResponse(200, extracted[1] === undefined ? null : extracted[1], extracted[0]);
  }
  if (typeof result === "symbol" || typeof result === "function" || typeof result === "bigint")
    throw makeTypeError(`The handler returned ${describe(result)}: return a Response, a string or an object`);
  return newResponse(200, "application/json", jsonBody(result));
}

/** The handler threw: the client learns that, the log learns why. */
function answerError(call, error) {
  forgetRequest(call.handle);
  if (!$httpAlive(call.handle)) return;
  let where = "";
  try {
    where = ` (${requestMethod(call.request)} ${requestUrl(call.request)})`;
  } catch {}
  $consoleWrite(3, `Uncaught error in the handler${where}: ${inspectError(error)}`);
  $httpRespond(call.handle, 500, "", "text/plain;charset=UTF-8", "Internal Server Error: the handler threw an error; its log says which\n");
}

async function sendStream(handle: number, status: number, statusText: string, fields: Value[], stream) {
  const alive = $httpStart(handle, status, statusText, fields);
  const reader = acquireReader(stream);
  if (!alive) {
    await readerCancel(reader, undefined);
    return;
  }
  for (;;) {
    const chunk = await readerNext(reader);
    if (chunk === $done) break;
    if (typeof chunk !== "string" && !isBufferSource(chunk)) {
      const error = makeTypeError("The body stream of a Response must give Uint8Array chunks");
      await readerCancel(reader, error);
      throw error;
    }
    const more = $httpWrite(handle, chunk);
    if (more === undefined) {
      await readerCancel(reader, makeDOMException("The client has disconnected", "AbortError"));
      return;
    }
    if (more === false) {
      const promise = newPromise();
      $append(waitingHandles, handle);
      $append(waitingPromises, promise);
      if ((await promise) === false) {
        await readerCancel(reader, makeDOMException("The client has disconnected", "AbortError"));
        return;
      }
    }
  }
  $httpEnd(handle);
}

function abortResponse(handle: number, error) {
  $consoleWrite(3, `Error in a response stream: ${inspectError(error)}`);
  $httpAbort(handle);
}

/** Settle the wait of a streamed response. */
function wakeStream(handle: number, alive: boolean) {
  for (let i = 0; i < waitingHandles.length; i++) {
    if (waitingHandles[i] !== handle) continue;
    const promise = waitingPromises[i];
    const last = waitingHandles.length - 1;
    waitingHandles[i] = waitingHandles[last];
    waitingPromises[i] = waitingPromises[last];
    $arrTruncate(waitingHandles, last);
    $arrTruncate(waitingPromises, last);
    fulfillPromise(promise, alive);
    return;
  }
}

$setHook($hook.HTTP_WRITABLE, function httpWritable(handle) {
  wakeStream(handle, true);
});

$setHook($hook.HTTP_CLOSED, function httpClosed(handle) {
  wakeStream(handle, false);
  const request = forgetRequest(handle);
  if (request === undefined) return;
  const record = $weakGet(requestRecords, request);
  if (record !== undefined && record.signal !== undefined) signalAbort(record.signal, makeDOMException("The client has disconnected", "AbortError"));
});
