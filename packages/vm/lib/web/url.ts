/**
 * URL and URLSearchParams (URL Standard). URL slots: 1 what $urlParse returned (the href and the offsets of its parts), 2 its URLSearchParams, made when asked
 * for. URLSearchParams slots: 1 flat list [name, value, ...], 2 the URL that it belongs to, or undefined.
 */
const URLPrototype = $newObject(ObjectPrototype);
const URLSearchParamsPrototype = $newObject(ObjectPrototype);

function urlParts(url): Value[] {
  return $getInternal(requireWeb(url, webUrl, "URL"), 1);
}

function invalidUrl(input: string, base) {
  const error = makeTypeError("Invalid URL");
  $defineOwn(error, "code", "ERR_INVALID_URL", 7);
  $defineOwn(error, "input", input, 7);
  if (base !== undefined) $defineOwn(error, "base", base, 7);
  return error;
}

/** Parts of a URL string against a base string or undefined; null when either is invalid. */
function parseUrl(input: string, base): Value[] | null {
  if (base === undefined) return $urlParse(input, undefined);
  const parsed = $urlParse(toUSVString(base), undefined);
  return parsed === null ? null : $urlParse(input, parsed[0]);
}

function setUrlPart(url, part: number, value) {
  const parts = urlParts(url);
  const changed = $urlSet(parts[0], part, toUSVString(value));
  if (changed === null) return false;
  $setInternal(url, 1, changed);
  if (part === 0 || part === 8) refreshSearchParams(url);
  return true;
}

/** After the query changed: what an existing URLSearchParams shows. */
function refreshSearchParams(url) {
  const params = $getInternal(url, 2);
  if (params === undefined) return;
  const p = urlParts(url);
  $setInternal(params, 1, $formParse($strSlice(p[0], p[9] + 1, p[10])));
}

function urlOrigin(p: Value[]): string {
  const scheme = $strSlice(p[0], 0, p[1]);
  switch (scheme) {
    case "http:":
    case "https:":
    case "ws:":
    case "wss:":
    case "ftp:":
      return `${scheme}//${$strSlice(p[0], p[5], p[7])}`;
    case "blob:": {
      const inner = $urlParse($strSlice(p[0], p[8], p[9]), undefined);
      if (inner === null) return "null";
      const innerScheme = $strSlice(inner[0], 0, inner[1]);
      return innerScheme === "http:" || innerScheme === "https:" ? urlOrigin(inner) : "null";
    }
  }
  return "null";
}

const URLConstructor = installInterface(
  function URL(input, base) {
    if ($newTarget === undefined) requireNew($newTarget, "URL");
    if ($argumentCount() < 1) requireArguments(0, 1, "URL constructor");
    const text = $strToWellFormed(`${input}`);
    const proto = $newTarget === URLConstructor ? URLPrototype : GetPrototypeFromConstructor($newTarget, URLPrototype);
    const parts = base === undefined ? $urlParse(text, undefined) : parseUrl(text, base);
    if (parts === null) throw invalidUrl(text, base === undefined ? undefined : `${base}`);
    return $newHost(proto, webUrl, parts, undefined, undefined, undefined);
  },
  1,
  URLPrototype,
  {
    get hash() {
      const p = urlParts(this);
      return p[0].length - p[10] <= 1 ? "" : $strSlice(p[0], p[10], p[0].length);
    },
    set hash(v) {
      setUrlPart(this, 9, v);
    },
    get host() {
      const p = urlParts(this);
      return $strSlice(p[0], p[5], p[7]);
    },
    set host(v) {
      setUrlPart(this, 4, v);
    },
    get hostname() {
      const p = urlParts(this);
      return $strSlice(p[0], p[5], p[6]);
    },
    set hostname(v) {
      setUrlPart(this, 5, v);
    },
    get href() {
      return urlParts(this)[0];
    },
    set href(v) {
      if (!setUrlPart(this, 0, v)) throw invalidUrl(`${v}`, undefined);
    },
    get origin() {
      return urlOrigin(urlParts(this));
    },
    get password() {
      const p = urlParts(this);
      return $strSlice(p[0], p[3] + 1, p[4]);
    },
    set password(v) {
      setUrlPart(this, 3, v);
    },
    get pathname() {
      const p = urlParts(this);
      return $strSlice(p[0], p[8], p[9]);
    },
    set pathname(v) {
      setUrlPart(this, 7, v);
    },
    get port() {
      const p = urlParts(this);
      return $strSlice(p[0], p[6] + 1, p[7]);
    },
    set port(v) {
      setUrlPart(this, 6, v);
    },
    get protocol() {
      const p = urlParts(this);
      return $strSlice(p[0], 0, p[1]);
    },
    set protocol(v) {
      setUrlPart(this, 1, v);
    },
    get search() {
      const p = urlParts(this);
      return p[10] - p[9] <= 1 ? "" : $strSlice(p[0], p[9], p[10]);
    },
    set search(v) {
      setUrlPart(this, 8, v);
    },
    get searchParams() {
      const p = urlParts(this);
      let params = $getInternal(this, 2);
      if (params === undefined) {
        const list = $formParse($strSlice(p[0], p[9] + 1, p[10]));
        params = $newHost(URLSearchParamsPrototype, webUrlSearchParams, list, this, undefined, undefined);
        $setInternal(this, 2, params);
      }
      return params;
    },
    toJSON() {
      return urlParts(this)[0];
    },
    toString() {
      return urlParts(this)[0];
    },
    get username() {
      const p = urlParts(this);
      return $strSlice(p[0], p[2], p[3]);
    },
    set username(v) {
      setUrlPart(this, 2, v);
    },
  },
  {
    canParse(input, base) {
      requireArguments($argumentCount(), 1, "URL.canParse");
      return parseUrl(toUSVString(input), base) !== null;
    },
    parse(input, base) {
      requireArguments($argumentCount(), 1, "URL.parse");
      const parts = parseUrl(toUSVString(input), base);
      if (parts === null) return null;
      const url = newWeb(webUrl, undefined, URLPrototype);
      $setInternal(url, 1, parts);
      return url;
    },
  },
);
installLengths(URLConstructor, ["canParse", 1, "parse", 1]);
accelerateGetter(URLPrototype, "pathname", $native.urlPathname);
$urlSetParams(URLSearchParamsPrototype);
accelerateGetter(URLPrototype, "searchParams", $native.urlSearchParams);

// ---------------------------------------------------------------- URLSearchParams

function searchParamsList(params): Value[] {
  return $getInternal(requireWeb(params, webUrlSearchParams, "URLSearchParams"), 1);
}

function searchParamsText(params): string {
  const list = searchParamsList(params);
  let text = "";
  for (let i = 0; i < list.length; i += 2) text += `${i > 0 ? "&" : ""}${$formEncode(list[i])}=${$formEncode(list[i + 1])}`;
  return text;
}

/** After a change: the URL's query follows. */
function searchParamsChanged(params) {
  const url = $getInternal(params, 2);
  if (url === undefined) return;
  const changed = $urlSet(urlParts(url)[0], 8, searchParamsText(params));
  if (changed !== null) $setInternal(url, 1, changed);
}

/** Remove the pairs from index `from` on that have the name (and the value, unless undefined). */
function searchParamsRemove(list: Value[], name: string, value, from: number) {
  let to = from;
  for (let i = from; i < list.length; i += 2) {
    if (list[i] === name && (value === undefined || list[i + 1] === value)) continue;
    list[to] = list[i];
    list[to + 1] = list[i + 1];
    to += 2;
  }
  $arrTruncate(list, to);
}

installInterface(
  function URLSearchParams(init) {
    requireNew($newTarget, "URLSearchParams");
    const params = newWeb(webUrlSearchParams, $newTarget, URLSearchParamsPrototype);
    let list: Value[];
    if (init === undefined) list = [];
    else if ($isObject(init)) {
      list = pairsOf(init, "URLSearchParams", toUSVString);
      if (GetMethod(init, symbolIterator) === undefined) list = uniquePairs(list);
    } else {
      const text = toUSVString(init);
      list = $formParse($strStartsAt(text, "?", 0) ? $strSlice(text, 1, text.length) : text);
    }
    $setInternal(params, 1, list);
    return params;
  },
  0,
  URLSearchParamsPrototype,
  {
    append(name, value) {
      const list = searchParamsList(this);
      requireArguments($argumentCount(), 2, "URLSearchParams.append");
      name = toUSVString(name);
      value = toUSVString(value);
      $append(list, name);
      $append(list, value);
      searchParamsChanged(this);
    },
    delete(name, value) {
      const list = searchParamsList(this);
      requireArguments($argumentCount(), 1, "URLSearchParams.delete");
      searchParamsRemove(list, toUSVString(name), value === undefined ? undefined : toUSVString(value), 0);
      searchParamsChanged(this);
    },
    get(name) {
      const list = searchParamsList(this);
      requireArguments($argumentCount(), 1, "URLSearchParams.get");
      name = toUSVString(name);
      for (let i = 0; i < list.length; i += 2) if (list[i] === name) return list[i + 1];
      return null;
    },
    getAll(name) {
      const list = searchParamsList(this);
      requireArguments($argumentCount(), 1, "URLSearchParams.getAll");
      name = toUSVString(name);
      const values: Value[] = [];
      for (let i = 0; i < list.length; i += 2) if (list[i] === name) $append(values, list[i + 1]);
      return values;
    },
    has(name, value) {
      const list = searchParamsList(this);
      requireArguments($argumentCount(), 1, "URLSearchParams.has");
      name = toUSVString(name);
      if (value !== undefined) value = toUSVString(value);
      for (let i = 0; i < list.length; i += 2) if (list[i] === name && (value === undefined || list[i + 1] === value)) return true;
      return false;
    },
    set(name, value) {
      const list = searchParamsList(this);
      requireArguments($argumentCount(), 2, "URLSearchParams.set");
      name = toUSVString(name);
      value = toUSVString(value);
      let at = 0;
      while (at < list.length && list[at] !== name) at += 2;
      if (at < list.length) {
        list[at + 1] = value;
        searchParamsRemove(list, name, undefined, at + 2);
      } else {
        $append(list, name);
        $append(list, value);
      }
      searchParamsChanged(this);
    },
    get size() {
      return searchParamsList(this).length / 2;
    },
    sort() {
      const list = searchParamsList(this);
      const items: Value[] = [];
      for (let i = 0; i < list.length; i += 2) $append(items, [list[i], list[i + 1]]);
      const state = $sortStart(items);
      let order = 0;
      while ($sortStep(state, order)) order = $strCompare(state[0][0], state[1][0]);
      for (let i = 0; i < items.length; i++) {
        list[2 * i] = items[i][0];
        list[2 * i + 1] = items[i][1];
      }
      searchParamsChanged(this);
    },
    toString() {
      return searchParamsText(this);
    },
    [inspectCustom](depth, options) {
      return inspectSearchParams(newInspection(options), this);
    },
  },
  undefined,
);
installLengths(URLSearchParamsPrototype, ["delete", 1, "has", 1]);
installPairs(URLSearchParamsPrototype, webUrlSearchParams, "URLSearchParams", function (params, index: number) {
  const list = $getInternal(params, 1);
  return 2 * index < list.length ? [list[2 * index], list[2 * index + 1]] : undefined;
});

/** A record's keys may become equal by the USVString conversion: the last wins, in the first's place. */
function uniquePairs(list: Value[]): Value[] {
  const result: Value[] = [];
  for (let i = 0; i < list.length; i += 2) {
    let at = 0;
    while (at < result.length && result[at] !== list[i]) at += 2;
    if (at < result.length) result[at + 1] = list[i + 1];
    else {
      $append(result, list[i]);
      $append(result, list[i + 1]);
    }
  }
  return result;
}
