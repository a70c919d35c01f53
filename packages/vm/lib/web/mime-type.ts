/** MIME Sniffing 4: MIME types are read and written; Fetch 2.2.2: the one that a message's headers name. */
interface MimeType {
  readonly essence: string;
  /** [name, value, ...], names in lower case and unique. */
  readonly parameters: Value[];
}

/** HTTP whitespace. */
function isMimeSpace(unit: number): boolean {
  return unit === 32 || unit === 9 || unit === 10 || unit === 13;
}
function trimMime(text: string, from: number, to: number): string {
  while (from < to && isMimeSpace($strCharCodeAt(text, from))) from++;
  return trimMimeEnd(text, from, to);
}
function trimMimeEnd(text: string, from: number, to: number): string {
  while (to > from && isMimeSpace($strCharCodeAt(text, to - 1))) to--;
  return $strSlice(text, from, to);
}
/** HTTP token; of no length: no. */
function isToken(text: string): boolean {
  return $headerName(text) !== null;
}
/** All of its units are HTTP quoted-string token code points. */
function isQuotable(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const unit = $strCharCodeAt(text, i);
    if (unit !== 9 && (unit < 32 || unit === 127 || unit > 255)) return false;
  }
  return true;
}
function firstOf(text: string, a: string, b: string, from: number): number {
  const i = $strIndexOf(text, a, from);
  const j = $strIndexOf(text, b, from);
  return i < 0 ? (j < 0 ? text.length : j) : j < 0 || i < j ? i : j;
}

/** Where an HTTP quoted string ends that begins at `from`, and what it says (Fetch 2.2, "collect an HTTP quoted string"). */
function quotedString(text: string, from: number) {
  let value = "";
  let at = from + 1;
  for (; at < text.length; at++) {
    const unit = $strCharAt(text, at);
    if (unit === '"') return { value, end: at + 1 };
    if (unit === "\\" && at + 1 < text.length) value += $strCharAt(text, ++at);
    else value += unit;
  }
  return { value, end: at };
}

/** Parse a MIME type; undefined when it is none. */
function parseMimeType(input: string): MimeType | undefined {
  const text = trimMime(input, 0, input.length);
  const slash = $strIndexOf(text, "/", 0);
  if (slash < 0) return undefined;
  const type = $strSlice(text, 0, slash);
  let at = firstOf(text, ";", ";", slash);
  const subtype = trimMime(text, slash + 1, at);
  if (!isToken(type) || !isToken(subtype)) return undefined;
  const parameters: Value[] = [];
  while (at < text.length) {
    at++;
    while (isMimeSpace($strCharCodeAt(text, at))) at++;
    const end = firstOf(text, ";", "=", at);
    const name = $strToLower($strSlice(text, at, end));
    at = end;
    if (at >= text.length) break;
    if ($strCharAt(text, at) === ";") continue;
    at++;
    let value: string;
    if ($strCharAt(text, at) === '"') {
      const quoted = quotedString(text, at);
      value = quoted.value;
      at = firstOf(text, ";", ";", quoted.end);
    } else {
      const close = firstOf(text, ";", ";", at);
      value = trimMimeEnd(text, at, close);
      at = close;
      if (value === "") continue;
    }
    if (isToken(name) && isQuotable(value) && mimeParameter(parameters, name) === undefined) {
      $append(parameters, name);
      $append(parameters, value);
    }
  }
  return { essence: $strToLower(`${type}/${subtype}`), parameters };
}
function mimeParameter(parameters: Value[], name: string) {
  for (let i = 0; i < parameters.length; i += 2) if (parameters[i] === name) return parameters[i + 1];
  return undefined;
}

/** Serialize a MIME type. */
function mimeTypeText(type: MimeType): string {
  let text = type.essence;
  const parameters = type.parameters;
  for (let i = 0; i < parameters.length; i += 2) {
    const value = parameters[i + 1];
    const plain = isToken(value);
    text += `;${parameters[i]}=${plain ? value : `"${$strReplaceAll($strReplaceAll(value, "\\", "\\\\"), '"', '\\"')}"`}`;
  }
  return text;
}

/** Extract a MIME type, of the combined values of Content-Type ("" for none); undefined when there is none. */
function extractMimeType(header: string): MimeType | undefined {
  let found: MimeType | undefined;
  let charset: Value;
  let essence = "";
  for (let at = 0; at <= header.length; at++) {
    const from = at;
    for (;;) {
      at = firstOf(header, '"', ",", at);
      if ($strCharAt(header, at) !== '"') break;
      at = quotedString(header, at).end;
    }
    const type = parseMimeType($strSlice(header, from, at));
    if (type === undefined || type.essence === "*/*") continue;
    found = type;
    const own = mimeParameter(type.parameters, "charset");
    if (type.essence !== essence) {
      charset = own;
      essence = type.essence;
    } else if (own === undefined && charset !== undefined) {
      $append(type.parameters, "charset");
      $append(type.parameters, charset);
    }
  }
  return found;
}
