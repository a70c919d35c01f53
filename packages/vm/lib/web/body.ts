/**
 * Bodies (Fetch 2.2.4, 5.2), shared by Request and Response. Slot 4 is the body: null, a string, a Uint8Array that nobody else has, a ReadableStream, or
 * (requests only) a number: the handle of the received request whose bytes are not copied yet. Slot 5 is true once it was read.
 */

/** [body, content type or undefined] of a BodyInit that is neither null nor undefined. */
function extractBody(init): Value[] {
  if (typeof init === "string") return [init, "text/plain;charset=UTF-8"];
  if ($isObject(init)) {
    if (isBufferSource(init)) return [$bytesSlice(init, 0, 2147483647), undefined];
    if ($kindOf(init) === $kind.HOST) {
      switch ($getInternal(init, 0)) {
        case webReadableStream:
          if (readableDisturbed(init) || readableLocked(init)) throw makeTypeError("Response body object should not be disturbed or locked");
          return [init, undefined];
        case webBlob: {
          const type = $getInternal(init, 2);
          return [$getInternal(init, 1), type === "" ? undefined : type];
        }
        case webFormData: {
          const boundary = `----formdata-zerostart-${$strSlice($randomUuid(), 24, 36)}`;
          return [encodeMultipart(init, boundary), `multipart/form-data; boundary=${boundary}`];
        }
        case webUrlSearchParams:
          return [searchParamsText(init), "application/x-www-form-urlencoded;charset=UTF-8"];
        case webHtml:
          return [htmlBody(init), "text/html;charset=UTF-8"];
      }
    }
    const asyncIterator = GetMethod(init, symbolAsyncIterator);
    if (asyncIterator !== undefined) return [readableFromIterable(init), undefined];
  }
  return [toUSVString(init), "text/plain;charset=UTF-8"];
}

function requireBody(o, what: string) {
  const tag = $kindOf(o) === $kind.HOST ? $getInternal(o, 0) : 0;
  if (tag !== webRequest && tag !== webResponse) throw makeTypeError(`Illegal invocation: ${what} called on an object of another kind`);
  return o;
}

function bodyUsed(o): boolean {
  const body = $getInternal(o, 4);
  return $getInternal(o, 5) === true || ($isHost(body, webReadableStream) && readableDisturbed(body));
}

/** Mark the body as read; the body as string, bytes, stream, handle or null. Throws when it was read already. */
function takeBody(o) {
  const body = $getInternal(o, 4);
  if ($isHost(body, webReadableStream)) {
    if (readableDisturbed(body) || readableLocked(body)) throw makeTypeError("Body is unusable: Body has already been read");
    return body;
  }
  if ($getInternal(o, 5) === true) throw makeTypeError("Body is unusable: Body has already been read");
  if (body !== null) $setInternal(o, 5, true);
  return body;
}

const requestIsOver = "The request is over: its body can no longer be read";

/** Text of a body that is no stream. */
function bodyText(body): string {
  if (body === null) return "";
  if (typeof body === "string") return $strToWellFormed(body);
  if (typeof body === "number") {
    const text = $httpBodyText(body);
    if (text === undefined) throw makeTypeError(requestIsOver);
    return text;
  }
  return decodeUtf8WithoutBom(body);
}

function decodeUtf8WithoutBom(bytes): string {
  const text = $utf8Decode(bytes, 0, 2147483647, false);
  return $strCharCodeAt(text, 0) === 0xfeff ? $strSlice(text, 1, text.length) : text;
}

/** Bytes of a body that is no stream, as a Uint8Array that may be given away. */
function bodyBytes(body) {
  if (body === null) return $utf8Encode("");
  if (typeof body === "string") return $utf8Encode(body);
  if (typeof body === "number") {
    const buffer = $httpBody(body);
    if (buffer === undefined) throw makeTypeError(requestIsOver);
    return newUint8Array(buffer);
  }
  return $bytesSlice(body, 0, 2147483647);
}

/** A Uint8Array over the whole of a buffer that the library made. */
function newUint8Array(buffer) {
  return $typedArrayNew($proto($proto.UINT8ARRAY), 1, buffer, 0, $bufferByteLength(buffer));
}

/** The promise of what `convert(bodyAsTextOrBytes)` makes of the body; `text`: it wants a string. */
function consumeBody(o, text: boolean, convert, what: string) {
  try {
    requireBody(o, what);
    const body = takeBody(o);
    if (convert === parseJsonBody && typeof body === "number") return resolvedPromise(receivedJson(body));
    if (!$isHost(body, webReadableStream)) return resolvedPromise(convert(text ? bodyText(body) : bodyBytes(body), o));
    return consumeStream(body, text, convert, o);
  } catch (e) {
    return rejectedPromise(e);
  }
}

async function consumeStream(stream, text: boolean, convert, o) {
  const bytes = await readableBytes(stream);
  return convert(text ? decodeUtf8WithoutBom(bytes) : bytes, o);
}

/** The body as a stream, made when first asked for; it then is the body. */
function bodyStream(o) {
  const body = $getInternal(o, 4);
  if (body === null || $isHost(body, webReadableStream)) return body;
  const used = $getInternal(o, 5) === true;
  const stream = used ? readableFromBytes(undefined) : readableFromBody(body);
  if (used) {
    markDisturbed(stream);
    acquireReader(stream);
  }
  $setInternal(o, 4, stream);
  return stream;
}

/** A second body with the same content. */
function cloneBody(o) {
  const body = $getInternal(o, 4);
  if ($isHost(body, webReadableStream)) {
    const branches = readableTee(body, true);
    $setInternal(o, 4, branches[0]);
    return branches[1];
  }
  if (typeof body === "number") {
    const bytes = bodyBytes(body);
    $setInternal(o, 4, bytes);
    return bytes;
  }
  return body;
}

/** The value of the JSON text that a received request has as its body. */
function receivedJson(handle: number) {
  const value = $httpBodyJson(handle);
  if (value === $hole) throw makeTypeError(requestIsOver);
  return value;
}

function parseJsonBody(text: string) {
  return $jsonParseText(text);
}

function bodyContentType(o) {
  const type = headersGet($getInternal(o, 0) === webRequest ? requestHeaders(o) : responseHeaders(o), "content-type");
  return type === null ? "" : type;
}

/** "" when there is none. */
function bodyMimeType(o): string {
  const type = extractMimeType(bodyContentType(o));
  return type === undefined ? "" : mimeTypeText(type);
}

const bodyMembers = {
  arrayBuffer() {
    return consumeBody(this, false, bufferOfBytes, "arrayBuffer");
  },
  blob() {
    return consumeBody(this, false, (bytes, o) => newBlob(bytes, bodyMimeType(o)), "blob");
  },
  get body() {
    return bodyStream(requireBody(this, "body"));
  },
  get bodyUsed() {
    return bodyUsed(requireBody(this, "bodyUsed"));
  },
  bytes() {
    return consumeBody(this, false, identity, "bytes");
  },
  formData() {
    return consumeBody(this, false, (bytes, o) => parseFormData(bytes, bodyContentType(o)), "formData");
  },
  json() {
    return consumeBody(this, true, parseJsonBody, "json");
  },
  text() {
    return consumeBody(this, true, identity, "text");
  },
};
