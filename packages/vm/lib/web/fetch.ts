/** fetch (Fetch 5.6) over the HTTP client of fetch-http.ts. There is no cache, no cookie jar and no CORS: a handler is a server. */
const fetchMaxRedirects = 20;
/** Fields that belong to the connection, or that we write ourselves. */
const fetchOwnFields = " connection content-length expect host keep-alive proxy-connection te trailer transfer-encoding upgrade ";

install(globalObject, {
  fetch(input, init) {
    try {
      requireArguments($argumentCount(), 1, "fetch");
      const request = $construct(RequestConstructor, RequestConstructor, [input, init]);
      const signal = requestSignal(request);
      if (signalAborted(signal)) return rejectedPromise($getInternal(signal, 2));
      return fetchRequest(request, signal);
    } catch (e) {
      return rejectedPromise(e);
    }
  },
});
setFunctionLength($getOwnValue(globalObject, "fetch"), 1);

interface Outgoing {
  method: string;
  /** Parts of the URL, as $urlParse gives them. */
  url: Value[];
  fields: Value[];
  body: Value;
}

async function fetchRequest(request, signal) {
  const record = requestRecord(request);
  let body = takeBody(request);
  if (typeof body === "string") body = $utf8Encode($strToWellFormed(body));
  const outgoing: Outgoing = {
    method: requestMethod(request),
    url: $urlParse(requestUrl(request), undefined),
    fields: fillHeaders([], requestHeaders(request)),
    body,
  };
  for (let redirects = 0; ; redirects++) {
    const href: string = outgoing.url[0];
    const scheme = $strSlice(href, 0, outgoing.url[1]);
    if (scheme === "data:" && redirects === 0) return dataUrlResponse(href);
    if (scheme !== "http:" && scheme !== "https:") throw fetchError(`unknown scheme ${scheme}`);
    const response = await fetchExchange(outgoing, signal);
    const status = $getInternal(response, 1);
    const location = headersGet(responseHeaders(response), "location");
    const isRedirect = location !== null && (status === 301 || status === 302 || status === 303 || status === 307 || status === 308);
    $setInternal(responseHeaders(response), 3, 1);
    $weakSet(responseKinds, response, { type: "basic", url: fetchWithoutFragment(href), redirected: redirects > 0 });
    if (!isRedirect || record.redirect === "manual") return response;
    fetchDiscard(response);
    if (record.redirect === "error") throw fetchError("unexpected redirect");
    if (redirects >= fetchMaxRedirects) throw fetchError("redirect count exceeded");
    fetchFollow(outgoing, status, location);
  }
}

function fetchWithoutFragment(href: string): string {
  const hash = $strIndexOf(href, "#", 0);
  return hash < 0 ? href : $strSlice(href, 0, hash);
}

/** The body of a response that nobody will see: a short one is there already, anything else is given up with its connection. */
function fetchDiscard(response) {
  const body = $getInternal(response, 4);
  if ($isHost(body, webReadableStream)) readableCancel(readableOf(body), undefined);
}

/** What the next request is after a redirect (Fetch 4.5, "HTTP-redirect fetch"). */
function fetchFollow(outgoing: Outgoing, status: number, location: string) {
  const from = outgoing.url;
  // A location's bytes are UTF-8, if anything.
  const next = $urlParse(decodeUtf8WithoutBom($latin1Encode(location)), from[0]);
  if (next === null) throw fetchError("the redirect's location is not a URL");
  if (next[4] > next[2]) throw fetchError("the redirect's location has credentials");
  if (((status === 301 || status === 302) && outgoing.method === "POST") || (status === 303 && outgoing.method !== "GET" && outgoing.method !== "HEAD")) {
    outgoing.method = "GET";
    outgoing.body = null;
    fetchRemoveFields(outgoing.fields, ["content-encoding", "content-language", "content-location", "content-type"]);
  }
  if ($isHost(outgoing.body, webReadableStream)) throw fetchError("a redirect cannot repeat a body that is a stream");
  if (urlOrigin(next) !== urlOrigin(from)) fetchRemoveFields(outgoing.fields, ["authorization", "proxy-authorization", "cookie"]);
  outgoing.url = next;
}

function fetchRemoveFields(fields: Value[], names: Value[]) {
  for (let i = 0; i < names.length; i++) headersRemove(fields, names[i], 0);
}

/** One request and its response, on a kept connection when there is one. */
async function fetchExchange(outgoing: Outgoing, signal) {
  const url = outgoing.url;
  const host = $strSlice(url[0], url[5], url[6]);
  const secure = $strSlice(url[0], 0, url[1]) === "https:";
  const port = url[7] > url[6] ? $strSlice(url[0], url[6], url[7]) : secure ? ":443" : ":80";
  const isStream = $isHost(outgoing.body, webReadableStream);
  for (let fresh = isStream; ; fresh = true) {
    const connection = netOpen(host + port, secure, fresh);
    const use = connection.uses;
    onAbort(signal, (reason) => {
      if (connection.uses === use && !connection.idle) netClose(connection, reason);
    });
    let started = false;
    try {
      await netWrite(connection, fetchHead(outgoing, host));
      if (isStream) {
        started = true;
        await fetchSendStream(connection, outgoing.body);
      } else if (outgoing.body !== null) await netWrite(connection, outgoing.body);
      if (connection.buffered === 0) await netMore(connection);
      started = started || connection.buffered > 0;
      const head = await netHead(connection, outgoing.method);
      const response = newResponse(head.status, null, null);
      $setInternal(response, 2, head.reason);
      $setInternal(response, 3, newHeaders(head.fields));
      const body = netBody(connection, head);
      $setInternal(response, 4, isNullBodyStatus(head.status) || outgoing.method === "HEAD" ? null : body);
      return response;
    } catch (e) {
      netClose(connection, e);
      if (signalAborted(signal)) throw $getInternal(signal, 2);
      // A kept connection may have been closed by the peer just when we used it (RFC 9112, 9.3.1).
      if (connection.uses === 0 || started || !fetchIsIdempotent(outgoing.method)) throw e;
    }
  }
}

function fetchIsIdempotent(method: string): boolean {
  return $strIndexOf(" GET HEAD OPTIONS PUT DELETE ", ` ${method} `, 0) >= 0;
}

function fetchHead(outgoing: Outgoing, host: string) {
  const url = outgoing.url;
  const path = $strSlice(url[0], url[8], url[10]);
  const body = outgoing.body;
  let text = `${outgoing.method} ${path === "" ? "/" : path} HTTP/1.1\r\nhost: ${host}${$strSlice(url[0], url[6], url[7])}\r\n`;
  const fields = outgoing.fields;
  for (let i = 0; i < fields.length; i += 2) {
    if ($strIndexOf(fetchOwnFields, ` ${fields[i]} `, 0) < 0) text += `${fields[i]}: ${fields[i + 1]}\r\n`;
  }
  if (!headersHas(fields, "accept")) text += "accept: */*\r\n";
  if (!headersHas(fields, "user-agent")) text += "user-agent: zerostart\r\n";
  if ($isHost(body, webReadableStream)) text += "transfer-encoding: chunked\r\n";
  else if (body !== null) text += `content-length: ${$typedArrayLength(body)}\r\n`;
  else if (outgoing.method === "POST" || outgoing.method === "PUT") text += "content-length: 0\r\n";
  return $latin1Encode(`${text}\r\n`);
}

async function fetchSendStream(connection: NetConnection, stream) {
  const reader = acquireReader(stream);
  try {
    for (;;) {
      const chunk = await readerNext(reader);
      if (chunk === $done) break;
      if (!isBufferSource(chunk)) throw makeTypeError("The body stream of a Request must give Uint8Array chunks");
      const bytes = $bytesSlice(chunk, 0, 2147483647);
      const length = $typedArrayLength(bytes);
      if (length > 0) await netWrite(connection, $bytesConcat([$utf8Encode(`${$numToRadix(length, 16)}\r\n`), bytes, crlf]));
    }
  } catch (e) {
    await readerCancel(reader, e);
    throw e;
  }
  await netWrite(connection, $utf8Encode("0\r\n\r\n"));
}

function dataUrlResponse(url: string) {
  const hash = $strIndexOf(url, "#", 0);
  const text = $strSlice(url, 5, hash < 0 ? url.length : hash);
  const comma = $strIndexOf(text, ",", 0);
  if (comma < 0) throw fetchError("a data: URL needs a comma");
  let type = trimMime(text, 0, comma);
  let bytes = $percentDecode($strSlice(text, comma + 1, text.length));
  const lower = $strToLower(type);
  if ($strStartsAt(lower, "base64", lower.length - 6)) {
    const before = $strTrim($strSlice(type, 0, type.length - 6), 2);
    if ($strStartsAt(before, ";", before.length - 1)) {
      bytes = $base64Decode($singleByteDecode(bytes, 0, 2147483647, false), false);
      if (bytes === null) throw fetchError("invalid base64 in a data: URL");
      type = $strSlice(before, 0, before.length - 1);
    }
  }
  if ($strStartsAt(type, ";", 0)) type = `text/plain${type}`;
  const mimeType = parseMimeType(type);
  const response = newResponse(200, mimeType === undefined ? "text/plain;charset=US-ASCII" : mimeTypeText(mimeType), bytes);
  $setInternal(response, 2, "OK");
  $setInternal(responseHeaders(response), 3, 1);
  $weakSet(responseKinds, response, { type: "basic", url, redirected: false });
  return response;
}
