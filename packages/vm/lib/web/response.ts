/**
 * Response (Fetch 5.5). Slots: 1 status; 2 status text; 3 Headers, or, while nobody asked for them, the content type (a string) or null; 4 and 5 see body.ts.
 * `type`, `url` and `redirected` of responses that are not "default" are in `responseKinds`.
 */
const ResponsePrototype = $newObject(ObjectPrototype);
/** WeakMap: response -> { type, url, redirected }, for those that are not of type "default". */
const responseKinds = $weakMapNew(ObjectPrototype);

function newResponse(status: number, type, body) {
  return $newHost(ResponsePrototype, webResponse, status, "", type, body);
}

function responseHeaders(response) {
  let headers = $getInternal(response, 3);
  if (headers === null || typeof headers === "string") {
    headers = newHeaders(headers === null ? [] : ["content-type", headers]);
    $setInternal(response, 3, headers);
  }
  return headers;
}

/** ResponseInit (undefined or null: the defaults) onto a response whose content type, if its body has one, is in slot 3. */
function initResponse(response, init) {
  if (init === undefined || init === null) return response;
  if (!$isObject(init)) throw makeTypeError("Response: the second argument must be an object");
  const status = init.status;
  if (status !== undefined) {
    const code = ToIntegerOrInfinity(status);
    if (code < 200 || code > 599) throw makeRangeError('init["status"] must be in the range of 200 to 599, inclusive.');
    $setInternal(response, 1, code);
  }
  const text = init.statusText;
  if (text !== undefined) {
    const phrase = `${text}`;
    for (let i = 0; i < phrase.length; i++) {
      const unit = $strCharCodeAt(phrase, i);
      if ((unit < 32 && unit !== 9) || unit === 127 || unit > 255) throw makeTypeError("Invalid statusText");
    }
    $setInternal(response, 2, phrase);
  }
  const init_headers = init.headers;
  if (init_headers !== undefined) {
    const type = $getInternal(response, 3);
    const list = fillHeaders([], init_headers);
    if (typeof type === "string" && !headersHas(list, "content-type")) headersAppend(list, "content-type", type);
    $setInternal(response, 3, newHeaders(list));
  }
  return response;
}

/** The full algorithm, for values that need user code. */
function jsonStringifySlow(data) {
  return SerializeJSONProperty({ replacer: undefined, propertyList: undefined, gap: "", indent: "", stack: [] }, "", { "": data });
}

function isNullBodyStatus(status: number): boolean {
  return status === 204 || status === 205 || status === 304;
}

/** A Response of text with a content type of its own: text, html and json. */
function textResponse(body, type: string, init) {
  const response = initResponse(newResponse(200, type, body), init);
  if (isNullBodyStatus($getInternal(response, 1))) throw makeTypeError(`Response constructor: Invalid response status code ${$getInternal(response, 1)}`);
  return response;
}

/** The body of JSON: a string or bytes. */
function jsonBody(data) {
  let text = $jsonBody(data);
  if (text === $notHandled) text = jsonStringifySlow(data);
  if (text === undefined) throw makeTypeError("Value is not JSON serializable");
  return text;
}

const ResponseConstructor = installInterface(
  function Response(body, init) {
    requireNew($newTarget, "Response");
    const proto = $newTarget === ResponseConstructor ? ResponsePrototype : GetPrototypeFromConstructor($newTarget, ResponsePrototype);
    const response = $newHost(proto, webResponse, 200, "", null, null);
    if (body !== undefined && body !== null) {
      const extracted = extractBody(body);
      $setInternal(response, 4, extracted[0]);
      if (extracted[1] !== undefined) $setInternal(response, 3, extracted[1]);
    }
    initResponse(response, init);
    if (body !== undefined && body !== null && isNullBodyStatus($getInternal(response, 1)))
      throw makeTypeError(`Response constructor: Invalid response status code ${$getInternal(response, 1)}`);
    return response;
  },
  0,
  ResponsePrototype,
  {
    clone() {
      requireWeb(this, webResponse, "Response.clone");
      if (bodyUsed(this) || readableLockedBody(this)) throw makeTypeError("Response.clone: Body has already been consumed.");
      const copy = newResponse($getInternal(this, 1), null, cloneBody(this));
      $setInternal(copy, 2, $getInternal(this, 2));
      const headers = $getInternal(this, 3);
      $setInternal(copy, 3, $isHost(headers, webHeaders) ? newHeaders(fillHeaders([], headers)) : headers);
      const kind = $weakGet(responseKinds, this);
      if (kind !== undefined) $weakSet(responseKinds, copy, kind);
      return copy;
    },
    get headers() {
      return responseHeaders(requireWeb(this, webResponse, "Response.headers"));
    },
    get ok() {
      const status = $getInternal(requireWeb(this, webResponse, "Response.ok"), 1);
      return status >= 200 && status < 300;
    },
    get redirected() {
      const kind = $weakGet(responseKinds, requireWeb(this, webResponse, "Response.redirected"));
      return kind === undefined ? false : kind.redirected;
    },
    get status() {
      return $getInternal(requireWeb(this, webResponse, "Response.status"), 1);
    },
    get statusText() {
      return $getInternal(requireWeb(this, webResponse, "Response.statusText"), 2);
    },
    get type() {
      const kind = $weakGet(responseKinds, requireWeb(this, webResponse, "Response.type"));
      return kind === undefined ? "default" : kind.type;
    },
    get url() {
      const kind = $weakGet(responseKinds, requireWeb(this, webResponse, "Response.url"));
      return kind === undefined ? "" : kind.url;
    },
  },
  {
    error() {
      const response = newResponse(0, null, null);
      $setInternal(responseHeaders(response), 3, 1);
      $weakSet(responseKinds, response, { type: "error", url: "", redirected: false });
      return response;
    },
    json(data, init) {
      if (init === undefined) {
        const text = $jsonStringifyPlain(data, "");
        if (typeof text === "string") return $newHost(ResponsePrototype, webResponse, 200, "", "application/json", text);
      }
      return textResponse(jsonBody(data), "application/json", init);
    },
    redirect(url, status) {
      const parsed = $urlParse(toUSVString(url), undefined);
      // Not in the standard: a relative location is passed on as it is, there being no document to resolve it against.
      const location = parsed === null ? headerValueOf(url) : parsed[0];
      const code = status === undefined ? 302 : ToIntegerOrInfinity(status);
      if (code !== 301 && code !== 302 && code !== 303 && code !== 307 && code !== 308) throw makeRangeError(`Invalid status code ${code}`);
      const response = newResponse(code, null, null);
      headersAppend(headersList(responseHeaders(response)), "location", location);
      $setInternal(responseHeaders(response), 3, 1);
      return response;
    },
    /** Not in the standard: text and HTML with their content types. */
    text(body, init) {
      return textResponse(`${body}`, "text/plain;charset=UTF-8", init);
    },
    html(body, init) {
      return textResponse($isHost(body, webHtml) ? htmlBody(body) : `${body}`, "text/html;charset=UTF-8", init);
    },
  },
);
install(ResponsePrototype, bodyMembers);
installLengths(ResponseConstructor, ["json", 1, "redirect", 1, "text", 1, "html", 1]);

function readableLockedBody(o): boolean {
  const body = $getInternal(o, 4);
  return $isHost(body, webReadableStream) && readableLocked(body);
}
