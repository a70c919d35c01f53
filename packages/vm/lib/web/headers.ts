/**
 * Headers (Fetch 5.1). Slots: 1 flat list [lower-case name, value, ...] in order of addition, or undefined while the headers are still
 * only in the received request; 2 that request's handle; 3 guard: 0 none, 1 immutable; 4 the list sorted and combined for iteration, or undefined.
 */
const HeadersPrototype = $newObject(ObjectPrototype);

function newHeaders(list) {
  const headers = newWeb(webHeaders, undefined, HeadersPrototype);
  $setInternal(headers, 1, list);
  $setInternal(headers, 3, 0);
  return headers;
}

/** Headers of a received request, read when asked for. */
function newRequestHeaders(handle: number) {
  const headers = newWeb(webHeaders, undefined, HeadersPrototype);
  $setInternal(headers, 2, handle);
  $setInternal(headers, 3, 1);
  return headers;
}

/** The flat list, made now when need be. */
function headersList(headers): Value[] {
  let list = $getInternal(headers, 1);
  if (list === undefined) {
    list = $httpHeaders($getInternal(headers, 2));
    if (list === undefined) throw makeTypeError("The request is over: its headers can no longer be read");
    $setInternal(headers, 1, list);
  }
  return list;
}

function headerNameOf(name): string {
  const text = `${name}`;
  const lower = $headerName(text);
  if (lower === null) throw makeTypeError(`Headers: ${$inspectQuote(text)} is an invalid header name`);
  return lower;
}

function headerValueOf(value): string {
  const text = $headerValue(`${value}`);
  if (text === null) throw makeTypeError(`Headers: ${$inspectQuote(`${value}`)} is an invalid header value`);
  return text;
}

function headersGet(headers, lower: string) {
  const list = $getInternal(headers, 1);
  if (list === undefined) {
    const value = $httpHeader($getInternal(headers, 2), lower);
    if (value === undefined) throw makeTypeError("The request is over: its headers can no longer be read");
    return value;
  }
  let result = null;
  for (let i = 0; i < list.length; i += 2) {
    if (list[i] !== lower) continue;
    result = result === null ? list[i + 1] : result + (lower === "cookie" ? "; " : ", ") + list[i + 1];
  }
  return result;
}

function headersAppend(list: Value[], lower: string, value: string) {
  $append(list, lower);
  $append(list, value);
}

/** Replace every field of that name by one. */
function headersSet(list: Value[], lower: string, value: string) {
  for (let i = 0; i < list.length; i += 2) {
    if (list[i] !== lower) continue;
    list[i + 1] = value;
    headersRemove(list, lower, i + 2);
    return;
  }
  headersAppend(list, lower, value);
}

function headersRemove(list: Value[], lower: string, from: number) {
  let to = from;
  for (let i = from; i < list.length; i += 2) {
    if (list[i] === lower) continue;
    list[to] = list[i];
    list[to + 1] = list[i + 1];
    to += 2;
  }
  $arrTruncate(list, to);
}

function headersHas(list: Value[], lower: string): boolean {
  for (let i = 0; i < list.length; i += 2) if (list[i] === lower) return true;
  return false;
}

/** Fill a list from HeadersInit. */
function fillHeaders(list: Value[], init) {
  if ($isHost(init, webHeaders) && init[symbolIterator] === headersEntries) {
    const source = headersList(init);
    for (let i = 0; i < source.length; i++) $append(list, source[i]);
    return list;
  }
  if (!$isObject(init)) throw makeTypeError("Headers: the initialiser must be Headers, an iterable of pairs, or an object");
  const pairs = pairsOf(init, "Headers", toByteString);
  for (let i = 0; i < pairs.length; i += 2) {
    const name = headerNameOf(pairs[i]);
    headersAppend(list, name, headerValueOf(pairs[i + 1]));
  }
  return list;
}
function toByteString(v): string {
  const text = `${v}`;
  if (!$strIsLatin1(text)) throw makeTypeError(`Headers: ${$inspectQuote(text)} has a character of a value greater than 255`);
  return text;
}
function identity(v) {
  return v;
}

function writableHeaders(headers, what: string): Value[] {
  requireWeb(headers, webHeaders, what);
  if ($getInternal(headers, 3) === 1) throw makeTypeError("Headers: these headers are immutable");
  $setInternal(headers, 4, undefined);
  return headersList(headers);
}

/** Sort and combine (Fetch 2.2): list of [name, value] pairs; each Set-Cookie stays by itself. */
function sortedHeaders(headers): Value[] {
  let pairs = $getInternal(headers, 4);
  if (pairs !== undefined) return pairs;
  const list = headersList(headers);
  pairs = [];
  for (let i = 0; i < list.length; i += 2) {
    const name = list[i];
    let at = pairs.length;
    while (at > 0 && $strCompare(pairs[at - 1][0], name) > 0) at--;
    if (at > 0 && pairs[at - 1][0] === name && name !== "set-cookie") {
      pairs[at - 1] = [name, pairs[at - 1][1] + (name === "cookie" ? "; " : ", ") + list[i + 1]];
      continue;
    }
    $append(pairs, undefined);
    $arrCopy(pairs, at + 1, pairs, at, pairs.length - 1 - at);
    pairs[at] = [name, list[i + 1]];
  }
  $setInternal(headers, 4, pairs);
  return pairs;
}

const HeadersConstructor = installInterface(
  function Headers(init) {
    requireNew($newTarget, "Headers");
    const headers = newWeb(webHeaders, $newTarget, HeadersPrototype);
    $setInternal(headers, 3, 0);
    $setInternal(headers, 1, init === undefined ? [] : fillHeaders([], init));
    return headers;
  },
  0,
  HeadersPrototype,
  {
    append(name, value) {
      const list = writableHeaders(this, "Headers.append");
      const lower = headerNameOf(name);
      headersAppend(list, lower, headerValueOf(value));
    },
    delete(name) {
      const list = writableHeaders(this, "Headers.delete");
      headersRemove(list, headerNameOf(name), 0);
    },
    get(name) {
      requireWeb(this, webHeaders, "Headers.get");
      return headersGet(this, headerNameOf(name));
    },
    getSetCookie() {
      requireWeb(this, webHeaders, "Headers.getSetCookie");
      const list = headersList(this);
      const result: Value[] = [];
      for (let i = 0; i < list.length; i += 2) if (list[i] === "set-cookie") $append(result, list[i + 1]);
      return result;
    },
    has(name) {
      requireWeb(this, webHeaders, "Headers.has");
      return headersGet(this, headerNameOf(name)) !== null;
    },
    set(name, value) {
      const list = writableHeaders(this, "Headers.set");
      const lower = headerNameOf(name);
      headersSet(list, lower, headerValueOf(value));
    },
  },
  undefined,
);
installPairs(HeadersPrototype, webHeaders, "Headers", function (headers, index: number) {
  const pairs = sortedHeaders(headers);
  // A copy: the program may do with the pair what it likes.
  return index < pairs.length ? [pairs[index][0], pairs[index][1]] : undefined;
});
const headersEntries = $getOwnValue(HeadersPrototype, "entries");
