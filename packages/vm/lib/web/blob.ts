/**
 * Blob, File (File API) and FormData (XHR 4), with multipart/form-data. Blob slots: 1 its bytes (a Uint8Array nobody else has), 2 type;
 * of a File also 3 name, 4 lastModified. FormData slot 1: flat list [name, string or File, ...].
 */
const BlobPrototype = $newObject(ObjectPrototype);
const FilePrototype = $newObject(BlobPrototype);
const FormDataPrototype = $newObject(ObjectPrototype);

function newBlob(bytes, type: string) {
  const blob = newWeb(webBlob, undefined, BlobPrototype);
  $setInternal(blob, 1, bytes);
  $setInternal(blob, 2, type);
  return blob;
}

function newFile(bytes, type: string, name: string, lastModified: number) {
  const file = newWeb(webBlob, undefined, FilePrototype);
  $setInternal(file, 1, bytes);
  $setInternal(file, 2, type);
  $setInternal(file, 3, name);
  $setInternal(file, 4, lastModified);
  return file;
}

function requireBlob(v) {
  return requireWeb(v, webBlob, "Blob");
}

function blobSize(blob): number {
  return $typedArrayLength($getInternal(blob, 1));
}

function blobType(v): string {
  if (v === undefined) return "";
  const type = `${v}`;
  for (let i = 0; i < type.length; i++) {
    const unit = $strCharCodeAt(type, i);
    if (unit < 32 || unit > 126) return "";
  }
  return $strToLower(type);
}

function fillBlob(blob, parts, options) {
  const list: Value[] = [];
  if (parts !== undefined) {
    if (!$isObject(parts) || GetMethod(parts, symbolIterator) === undefined) throw makeTypeError("Blob: the parts must be a sequence");
    const native = `${member(options, "endings")}` === "native";
    for (const part of parts) {
      if ($isHost(part, webBlob)) $append(list, $getInternal(part, 1));
      else if (isBufferSource(part)) $append(list, $bytesSlice(part, 0, 2147483647));
      else {
        let text = toUSVString(part);
        if (native) text = $strReplaceAll($strReplaceAll(text, "\r\n", "\n"), "\r", "\n");
        $append(list, $utf8Encode(text));
      }
    }
  }
  $setInternal(blob, 1, $bytesConcat(list));
  $setInternal(blob, 2, blobType(member(options, "type")));
  return blob;
}

const BlobConstructor = installInterface(
  function Blob(parts, options) {
    requireNew($newTarget, "Blob");
    return fillBlob(newWeb(webBlob, $newTarget, BlobPrototype), parts, options);
  },
  0,
  BlobPrototype,
  {
    arrayBuffer() {
      try {
        return resolvedPromise(bufferOfBytes($bytesSlice($getInternal(requireBlob(this), 1), 0, 2147483647)));
      } catch (e) {
        return rejectedPromise(e);
      }
    },
    bytes() {
      try {
        return resolvedPromise($bytesSlice($getInternal(requireBlob(this), 1), 0, 2147483647));
      } catch (e) {
        return rejectedPromise(e);
      }
    },
    get size() {
      return blobSize(requireBlob(this));
    },
    slice(start, end, type) {
      const size = blobSize(requireBlob(this));
      const from = start === undefined ? 0 : RelativeIndex(start, size);
      const to = end === undefined ? size : RelativeIndex(end, size);
      return newBlob($bytesSlice($getInternal(this, 1), from, to > from ? to : from), blobType(type));
    },
    stream() {
      return readableFromBytes($getInternal(requireBlob(this), 1));
    },
    text() {
      try {
        return resolvedPromise($utf8Decode($getInternal(requireBlob(this), 1), 0, 2147483647, false));
      } catch (e) {
        return rejectedPromise(e);
      }
    },
    get type() {
      return $getInternal(requireBlob(this), 2);
    },
  },
  undefined,
);
setFunctionLength($getOwnValue(BlobPrototype, "slice"), 0);

function requireFile(v) {
  if (!$isHost(v, webBlob) || $getInternal(v, 3) === undefined) throw makeTypeError("Illegal invocation");
  return v;
}

const FileConstructor = installInterface(
  function File(parts, name, options) {
    requireNew($newTarget, "File");
    requireArguments($argumentCount(), 2, "File constructor");
    const file = newWeb(webBlob, $newTarget, FilePrototype);
    $setInternal(file, 3, toUSVString(name));
    fillBlob(file, parts, options);
    const modified = member(options, "lastModified");
    $setInternal(file, 4, modified === undefined ? $dateNow() : ToIntegerOrInfinity(modified));
    return file;
  },
  2,
  FilePrototype,
  {
    get lastModified() {
      return $getInternal(requireFile(this), 4);
    },
    get name() {
      return $getInternal(requireFile(this), 3);
    },
    get webkitRelativePath() {
      requireFile(this);
      return "";
    },
  },
  undefined,
);
$setPrototypeOf(FileConstructor, BlobConstructor);

// ---------------------------------------------------------------- FormData

function formDataList(v): Value[] {
  return $getInternal(requireWeb(v, webFormData, "FormData"), 1);
}

/** An entry's value: a string, or a File (a Blob gets the name "blob"). */
function formDataValue(value, filename, count: number) {
  if ($isHost(value, webBlob)) {
    if (filename === undefined && $getInternal(value, 3) !== undefined) return value;
    return newFile(
      $getInternal(value, 1),
      $getInternal(value, 2),
      filename === undefined ? "blob" : toUSVString(filename),
      $getInternal(value, 4) === undefined ? $dateNow() : $getInternal(value, 4),
    );
  }
  if (count > 2) throw makeTypeError("FormData: the value must be a Blob when a file name is given");
  return toUSVString(value);
}

installInterface(
  function FormData(form) {
    requireNew($newTarget, "FormData");
    if (form !== undefined) throw makeTypeError("FormData: there are no form elements here");
    const data = newWeb(webFormData, $newTarget, FormDataPrototype);
    $setInternal(data, 1, []);
    return data;
  },
  0,
  FormDataPrototype,
  {
    append(name, value, filename) {
      const list = formDataList(this);
      requireArguments($argumentCount(), 2, "FormData.append");
      $append(list, toUSVString(name));
      $append(list, formDataValue(value, filename, $argumentCount()));
    },
    delete(name) {
      searchParamsRemove(formDataList(this), toUSVString(name), undefined, 0);
    },
    get(name) {
      const list = formDataList(this);
      name = toUSVString(name);
      for (let i = 0; i < list.length; i += 2) if (list[i] === name) return list[i + 1];
      return null;
    },
    getAll(name) {
      const list = formDataList(this);
      name = toUSVString(name);
      const values: Value[] = [];
      for (let i = 0; i < list.length; i += 2) if (list[i] === name) $append(values, list[i + 1]);
      return values;
    },
    has(name) {
      const list = formDataList(this);
      name = toUSVString(name);
      for (let i = 0; i < list.length; i += 2) if (list[i] === name) return true;
      return false;
    },
    set(name, value, filename) {
      const list = formDataList(this);
      requireArguments($argumentCount(), 2, "FormData.set");
      name = toUSVString(name);
      value = formDataValue(value, filename, $argumentCount());
      let at = 0;
      while (at < list.length && list[at] !== name) at += 2;
      if (at < list.length) {
        list[at + 1] = value;
        searchParamsRemove(list, name, undefined, at + 2);
      } else {
        $append(list, name);
        $append(list, value);
      }
    },
  },
  undefined,
);
installLengths(FormDataPrototype, ["append", 2, "set", 2]);
installPairs(FormDataPrototype, webFormData, "FormData", function (data, index: number) {
  const list = $getInternal(data, 1);
  return 2 * index < list.length ? [list[2 * index], list[2 * index + 1]] : undefined;
});

// ---------------------------------------------------------------- multipart/form-data (RFC 7578, HTML 4.10.21.8)

function multipartName(name: string): string {
  return $strReplaceAll($strReplaceAll($strReplaceAll(name, "\r", "%0D"), "\n", "%0A"), '"', "%22");
}

function normalizeNewlines(text: string): string {
  return $strReplaceAll($strReplaceAll($strReplaceAll(text, "\r\n", "\n"), "\r", "\n"), "\n", "\r\n");
}

function encodeMultipart(data, boundary: string) {
  const list = $getInternal(data, 1);
  const parts: Value[] = [];
  for (let i = 0; i < list.length; i += 2) {
    const value = list[i + 1];
    let head = `--${boundary}\r\nContent-Disposition: form-data; name="${multipartName(normalizeNewlines(list[i]))}"`;
    if (typeof value === "string") {
      $append(parts, $utf8Encode(`${head}\r\n\r\n${normalizeNewlines(value)}\r\n`));
      continue;
    }
    const type = $getInternal(value, 2);
    head += `; filename="${multipartName($getInternal(value, 3))}"\r\nContent-Type: ${type === "" ? "application/octet-stream" : type}\r\n\r\n`;
    $append(parts, $utf8Encode(head));
    $append(parts, $getInternal(value, 1));
    $append(parts, $utf8Encode("\r\n"));
  }
  $append(parts, $utf8Encode(`--${boundary}--\r\n`));
  return $bytesConcat(parts);
}

/** A parameter of a header value, unquoted; undefined when absent. */
function headerParameter(header: string, name: string) {
  let at = $strIndexOf(header, ";", 0);
  while (at >= 0) {
    let from = at + 1;
    while ($strCharCodeAt(header, from) === 32 || $strCharCodeAt(header, from) === 9) from++;
    const equals = $strIndexOf(header, "=", from);
    if (equals < 0) return undefined;
    const key = $strTrim($strSlice(header, from, equals), 3);
    let value = "";
    let i = equals + 1;
    if ($strCharAt(header, i) === '"') {
      const end = $strIndexOf(header, '"', i + 1);
      const close = end < 0 ? header.length : end;
      value = $strSlice(header, i + 1, close);
      i = close + 1;
      at = $strIndexOf(header, ";", i);
    } else {
      at = $strIndexOf(header, ";", i);
      value = $strTrim($strSlice(header, i, at < 0 ? header.length : at), 3);
    }
    if ($httpFlatEqual(key, name)) return value;
  }
  return undefined;
}

function parseFormData(bytes, contentType: string) {
  const type = extractMimeType(contentType);
  const essence = type === undefined ? "" : type.essence;
  const data = newWeb(webFormData, undefined, FormDataPrototype);
  if (essence === "application/x-www-form-urlencoded") {
    $setInternal(data, 1, $formParse($utf8Decode(bytes, 0, 2147483647, false)));
    return data;
  }
  if (essence !== "multipart/form-data") throw makeTypeError('Content-Type was not one of "multipart/form-data" or "application/x-www-form-urlencoded".');
  const boundary = mimeParameter((type as MimeType).parameters, "boundary");
  if (boundary === undefined || boundary === "") throw makeTypeError("The multipart body has no boundary");
  $setInternal(data, 1, parseMultipart(bytes, boundary));
  return data;
}

function parseMultipart(bytes, boundary: string): Value[] {
  const malformed = () => makeTypeError("Failed to parse body as FormData.");
  const list: Value[] = [];
  const length = $typedArrayLength(bytes);
  const delimiter = $latin1Encode(`--${boundary}`);
  const separator = $latin1Encode(`\r\n--${boundary}`);
  const lineEnd = $latin1Encode("\r\n");
  const headEnd = $latin1Encode("\r\n\r\n");
  if (delimiter === null) throw malformed();
  let at = $bytesIndexOf(bytes, delimiter, 0);
  if (at < 0) throw malformed();
  at += $typedArrayLength(delimiter);
  for (;;) {
    if ($typedArrayElement(bytes, at) === 45 && $typedArrayElement(bytes, at + 1) === 45) return list;
    if ($bytesIndexOf(bytes, lineEnd, at) !== at) throw malformed();
    at += 2;
    const head = $bytesIndexOf(bytes, headEnd, at);
    const end = head < 0 ? -1 : $bytesIndexOf(bytes, separator, head + 2);
    if (head < 0 || end < 0) throw malformed();
    const bodyStart = head + 4 <= end ? head + 4 : end;
    const fields = $strSplit($utf8Decode(bytes, at, head, false), "\r\n", 4294967295);
    let name: Value = undefined;
    let filename: Value = undefined;
    let type = "";
    for (let i = 0; i < fields.length; i++) {
      const colon = $strIndexOf(fields[i], ":", 0);
      if (colon < 0) throw malformed();
      const key = $strToLower($strTrim($strSlice(fields[i], 0, colon), 3));
      const value = $strTrim($strSlice(fields[i], colon + 1, fields[i].length), 3);
      if (key === "content-disposition") {
        name = headerParameter(value, "name");
        filename = headerParameter(value, "filename");
      } else if (key === "content-type") type = value;
    }
    if (name === undefined) throw malformed();
    $append(list, multipartText(name));
    if (filename === undefined) $append(list, decodeUtf8WithoutBom($bytesSlice(bytes, bodyStart, end)));
    else $append(list, newFile($bytesSlice(bytes, bodyStart, end), type === "" ? "text/plain" : type, multipartText(filename), $dateNow()));
    at = end + $typedArrayLength(separator);
    if (at >= length) throw malformed();
  }
}

function multipartText(text: string): string {
  return $strReplaceAll($strReplaceAll($strReplaceAll(text, "%0A", "\n"), "%0D", "\r"), "%22", '"');
}
