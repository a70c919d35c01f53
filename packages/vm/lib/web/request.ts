/**
 * Request (Fetch 5.4). Slots: 1 method and 2 URL, undefined while they are only in the received request; 3 Headers (undefined likewise); 4 and 5 see body.ts.
 * What few ask for (signal, redirect mode, the handle) is a record in `requestRecords`.
 */
const RequestPrototype = $newObject(ObjectPrototype);
/** WeakMap: request -> record. */
const requestRecords = $weakMapNew(ObjectPrototype);

interface RequestRecord {
  handle: number;
  signal: Value;
  redirect: string;
  cache: string;
  credentials: string;
  mode: string;
  referrer: string;
  referrerPolicy: string;
  integrity: string;
  keepalive: boolean;
  duplex: string;
}

/** The Request of a received request: nothing is read before it is asked for. Its handle is in slot 4 until the body is taken, and in slot 1 as a number until the method is. */
function newReceivedRequest(handle: number) {
  return $newHost(RequestPrototype, webRequest, handle, handle, handle, $httpBodyLength(handle) < 0 ? null : handle);
}

const requestLineIsOver = "The request is over: it can no longer be read";

function requestMethod(request): string {
  let method = $getInternal(request, 1);
  if (typeof method === "number") {
    method = $httpMethod(method);
    if (method === undefined) throw makeTypeError(requestLineIsOver);
    $setInternal(request, 1, method);
  }
  return method;
}

function requestUrl(request): string {
  let url = $getInternal(request, 2);
  if (typeof url === "number") {
    const handle = url;
    url = $httpUrl(handle);
    if (url === undefined) throw makeTypeError(requestLineIsOver);
    const parsed = $urlParse(url, undefined);
    // A Host that is no valid URL host (an underscore is fine, brackets without an address are not) must not make the request unreadable.
    url = parsed === null ? `http://localhost${$httpTarget(handle)}` : parsed[0];
    $setInternal(request, 2, url);
  }
  return url;
}

function requestHeaders(request) {
  let headers = $getInternal(request, 3);
  if (typeof headers === "number") {
    headers = newRequestHeaders(headers);
    $setInternal(request, 3, headers);
  }
  return headers;
}

/** Copy what is still only in the received bytes, which are about to be given up. */
function materialiseRequest(request) {
  requestMethod(request);
  requestUrl(request);
  headersList(requestHeaders(request));
  const body = $getInternal(request, 4);
  if (typeof body === "number") $setInternal(request, 4, bodyBytes(body));
}

function defaultRequestRecord(): RequestRecord {
  return {
    handle: -1,
    signal: undefined,
    redirect: "follow",
    cache: "default",
    credentials: "same-origin",
    mode: "cors",
    referrer: "about:client",
    referrerPolicy: "",
    integrity: "",
    keepalive: false,
    duplex: "half",
  };
}

function requestRecord(request): RequestRecord {
  requireWeb(request, webRequest, "Request");
  let record = $weakGet(requestRecords, request);
  if (record === undefined) {
    record = defaultRequestRecord();
    $weakSet(requestRecords, request, record);
  }
  return record;
}

/** The signal that says that the peer of a received request left. */
function requestSignal(request) {
  const record = requestRecord(request);
  if (record.signal === undefined) record.signal = newAbortSignal();
  return record.signal;
}

/** Method names that are normalised (Fetch 2.2.1), and those that are refused. */
function normalizeMethod(v): string {
  const method = `${v}`;
  if ($headerName(method) === null) throw makeTypeError(`${$inspectQuote(method)} is not a valid HTTP method.`);
  const upper = $strToUpper(method);
  switch (upper) {
    case "CONNECT":
    case "TRACE":
    case "TRACK":
      throw makeTypeError(`${$inspectQuote(method)} HTTP method is unsupported.`);
    case "DELETE":
    case "GET":
    case "HEAD":
    case "OPTIONS":
    case "POST":
    case "PUT":
      return upper;
  }
  return method;
}

function enumMember(init, name: string, allowed: string, current: string): string {
  const v = init[name];
  if (v === undefined) return current;
  const text = `${v}`;
  if ($strIndexOf(allowed, ` ${text} `, 0) < 0) throw makeTypeError(`Request: ${$inspectQuote(text)} is not a valid value for ${name}`);
  return text;
}

const referrerPolicies =
  "  no-referrer no-referrer-when-downgrade same-origin origin strict-origin origin-when-cross-origin strict-origin-when-cross-origin unsafe-url ";
function requestReferrer(text: string): string {
  if (text === "") return text;
  const parsed = $urlParse(text, undefined);
  if (parsed === null) throw makeTypeError(`Referrer ${$inspectQuote(text)} is not a valid URL.`);
  return parsed[0];
}

const RequestConstructor = installInterface(
  function Request(input, init) {
    requireNew($newTarget, "Request");
    requireArguments($argumentCount(), 1, "Request constructor");
    const request = newWeb(webRequest, $newTarget, RequestPrototype);
    const from = $isHost(input, webRequest) ? input : undefined;
    if (init !== undefined && init !== null && !$isObject(init)) throw makeTypeError("Request: the second argument must be an object");
    let record = defaultRequestRecord();
    let method = "GET";
    let list: Value[] = [];
    let body = null;
    let signal;
    if (from === undefined) {
      const text = toUSVString(input);
      const parsed = $urlParse(text, undefined);
      if (parsed === null) throw makeTypeError(`Failed to parse URL from ${text}`);
      if (parsed[4] > parsed[2]) throw makeTypeError(`Request cannot be constructed from a URL that includes credentials: ${text}`);
      $setInternal(request, 2, parsed[0]);
    } else {
      method = requestMethod(from);
      $setInternal(request, 2, requestUrl(from));
      list = fillHeaders([], requestHeaders(from));
      record = { ...requestRecord(from) };
      record.handle = -1;
      signal = requestSignal(from);
    }
    let bodyInit;
    if ($isObject(init)) {
      if (init.method !== undefined) method = normalizeMethod(init.method);
      if (init.headers !== undefined) list = fillHeaders([], init.headers);
      record.redirect = enumMember(init, "redirect", " follow error manual ", record.redirect);
      record.cache = enumMember(init, "cache", " default no-store reload no-cache force-cache only-if-cached ", record.cache);
      record.credentials = enumMember(init, "credentials", " omit same-origin include ", record.credentials);
      record.mode = enumMember(init, "mode", " same-origin no-cors cors ", record.mode);
      if (record.cache === "only-if-cached" && record.mode !== "same-origin")
        throw makeTypeError("Request: the cache mode only-if-cached needs the mode same-origin");
      if (init.window !== undefined && init.window !== null) throw makeTypeError("Request: window can only be null");
      if (init.integrity !== undefined) record.integrity = `${init.integrity}`;
      if (init.keepalive !== undefined) record.keepalive = !!init.keepalive;
      if (init.referrer !== undefined) record.referrer = requestReferrer(toUSVString(init.referrer));
      record.referrerPolicy = enumMember(init, "referrerPolicy", referrerPolicies, record.referrerPolicy);
      record.duplex = enumMember(init, "duplex", " half ", record.duplex);
      if (init.signal !== undefined) {
        if (init.signal !== null && !$isHost(init.signal, webAbortSignal)) throw makeTypeError("Request: signal must be an AbortSignal");
        signal = init.signal === null ? undefined : init.signal;
      }
      bodyInit = init.body;
    }
    record.signal = newAbortSignal();
    if (signal !== undefined) followSignal(record.signal, signal);
    if (bodyInit !== undefined && bodyInit !== null) {
      if (method === "GET" || method === "HEAD") throw makeTypeError("Request with GET/HEAD method cannot have body.");
      const extracted = extractBody(bodyInit);
      body = extracted[0];
      if ($isHost(body, webReadableStream) && init.duplex === undefined) throw makeTypeError("RequestInit: duplex option is required when sending a body.");
      if (extracted[1] !== undefined && !headersHas(list, "content-type")) headersAppend(list, "content-type", extracted[1]);
    } else if (from !== undefined && bodyInit === undefined) {
      if (bodyUsed(from) || readableLockedBody(from)) throw makeTypeError("Cannot construct a Request with a Request object that has already been used.");
      body = $getInternal(from, 4);
      if (body !== null) {
        if (method === "GET" || method === "HEAD") throw makeTypeError("Request with GET/HEAD method cannot have body.");
        if ($isHost(body, webReadableStream)) {
          body = readableProxy(body);
        } else {
          if (typeof body === "number") body = bodyBytes(body);
          $setInternal(from, 5, true);
        }
      }
    }
    $setInternal(request, 1, method);
    $setInternal(request, 3, newHeaders(list));
    $setInternal(request, 4, body);
    $weakSet(requestRecords, request, record);
    return request;
  },
  1,
  RequestPrototype,
  {
    get cache() {
      return requestRecord(this).cache;
    },
    clone() {
      requireWeb(this, webRequest, "Request.clone");
      if (bodyUsed(this) || readableLockedBody(this)) throw makeTypeError("Request.clone: Body has already been consumed.");
      const copy = newWeb(webRequest, undefined, RequestPrototype);
      $setInternal(copy, 1, requestMethod(this));
      $setInternal(copy, 2, requestUrl(this));
      $setInternal(copy, 3, newHeaders(fillHeaders([], requestHeaders(this))));
      $setInternal(copy, 4, cloneBody(this));
      const signal = newAbortSignal();
      followSignal(signal, requestSignal(this));
      const record = { ...requestRecord(this) };
      record.signal = signal;
      record.handle = -1;
      $weakSet(requestRecords, copy, record);
      return copy;
    },
    get credentials() {
      return requestRecord(this).credentials;
    },
    get destination() {
      requireWeb(this, webRequest, "Request.destination");
      return "";
    },
    get duplex() {
      return requestRecord(this).duplex;
    },
    get headers() {
      return requestHeaders(requireWeb(this, webRequest, "Request.headers"));
    },
    get integrity() {
      return requestRecord(this).integrity;
    },
    get keepalive() {
      return requestRecord(this).keepalive;
    },
    get method() {
      return requestMethod(requireWeb(this, webRequest, "Request.method"));
    },
    get mode() {
      return requestRecord(this).mode;
    },
    get redirect() {
      return requestRecord(this).redirect;
    },
    get referrer() {
      return requestRecord(this).referrer;
    },
    get referrerPolicy() {
      return requestRecord(this).referrerPolicy;
    },
    get signal() {
      return requestSignal(requireWeb(this, webRequest, "Request.signal"));
    },
    get url() {
      return requestUrl(requireWeb(this, webRequest, "Request.url"));
    },
  },
  undefined,
);
install(RequestPrototype, bodyMembers);
accelerateGetter(RequestPrototype, "url", $native.requestUrl);
