/**
 * Text of values for the console, as Node's util.inspect words and breaks it with its default options. Not part of any standard: what people
 * expect to see. The options of a call are in an Inspection; the subset of Node's that console.dir and custom inspect functions use.
 */
interface Inspection {
  indentation: number;
  seen: Value[];
  /** Objects found to be circular, in the order of their numbers. */
  circular: Value[];
  currentDepth: number;
  depth: number;
  showHidden: boolean;
  customInspect: boolean;
  maxArrayLength: number;
  maxStringLength: number;
  breakLength: number;
  compact: number;
  sorted: boolean;
  /** Characters written so far; a huge graph is cut off. */
  budget: number;
}

const inspectCustom = $symbolFor("nodejs.util.inspect.custom");

function newInspection(options): Inspection {
  const ctx: Inspection = {
    indentation: 0,
    seen: [],
    circular: [],
    currentDepth: 0,
    depth: 2,
    showHidden: false,
    customInspect: true,
    maxArrayLength: 100,
    maxStringLength: 10000,
    breakLength: 80,
    compact: 3,
    sorted: false,
    budget: 0,
  };
  if (!$isObject(options)) return ctx;
  const { depth, showHidden, customInspect, maxArrayLength, maxStringLength, breakLength, compact, sorted } = options;
  if (depth !== undefined) ctx.depth = depth === null ? Infinity : +depth;
  if (showHidden !== undefined) ctx.showHidden = !!showHidden;
  if (customInspect !== undefined) ctx.customInspect = !!customInspect;
  if (maxArrayLength !== undefined) ctx.maxArrayLength = maxArrayLength === null ? Infinity : +maxArrayLength;
  if (maxStringLength !== undefined) ctx.maxStringLength = maxStringLength === null ? Infinity : +maxStringLength;
  if (breakLength !== undefined) ctx.breakLength = +breakLength;
  if (compact !== undefined) ctx.compact = compact === false ? 0 : compact === true ? 3 : +compact;
  if (sorted !== undefined) ctx.sorted = !!sorted;
  return ctx;
}

function inspect(value, options) {
  return formatValue(newInspection(options), value, 0, false);
}

/** Characters of an error's message that are logged. */
const MOST_MESSAGE = 100_000;

/** Text of an error that nobody caught; never throws. */
function inspectError(error): string {
  try {
    // A log has no use for megabytes, and the heap may have no room for them twice.
    const message = $kindOf(error) === $kind.ERROR ? $getOwnValue(error, "message") : undefined;
    if (typeof message === "string" && message.length > MOST_MESSAGE)
      return `${error.name}: ${$strSlice(message, 0, MOST_MESSAGE)}... ${message.length - MOST_MESSAGE} more characters${$errorStack(error)}`;
    return inspect(error, undefined);
  } catch {
    return errorReport(error);
  }
}

function spaces(n: number): string {
  return $strRepeat(" ", n);
}
function contains(text: string, part: string): boolean {
  return $strIndexOf(text, part, 0) >= 0;
}

function formatPrimitive(ctx: Inspection, value): string {
  switch (typeof value) {
    case "string": {
      let trailer = "";
      if (value.length > ctx.maxStringLength) {
        const remaining = value.length - ctx.maxStringLength;
        value = $strSlice(value, 0, ctx.maxStringLength);
        trailer = `... ${remaining} more character${remaining > 1 ? "s" : ""}`;
      }
      if (value.length <= 16 || value.length <= ctx.breakLength - ctx.indentation - 4) return $inspectQuote(value) + trailer;
      let text = "";
      for (let from = 0; from < value.length;) {
        const end = $strIndexOf(value, "\n", from);
        const to = end < 0 ? value.length : end + 1;
        if (from > 0) text += ` +\n${spaces(ctx.indentation + 2)}`;
        text += $inspectQuote($strSlice(value, from, to));
        from = to;
      }
      return text + trailer;
    }
    case "number":
      return value === 0 && 1 / value < 0 ? "-0" : $numToString(value);
    case "bigint":
      return `${$bigToString(value, 10)}n`;
    case "symbol":
      return symbolText(value);
  }
  return `${value}`;
}

function formatValue(ctx: Inspection, value, recurse: number, typed: boolean): string {
  if (!$isObject(value)) return formatPrimitive(ctx, value);
  const context = value;
  while ($kindOf(value) === $kind.PROXY) {
    value = $getInternal(value, 0);
    if (!$isObject(value)) return "<Revoked Proxy>";
  }
  if (ctx.customInspect) {
    const custom = value[inspectCustom];
    if ($isCallable(custom) && custom !== inspectFunction && !isPrototypeObject(value)) {
      const options = {
        depth: ctx.depth - recurse,
        showHidden: ctx.showHidden,
        colors: false,
        customInspect: true,
        maxArrayLength: ctx.maxArrayLength,
        maxStringLength: ctx.maxStringLength,
        breakLength: ctx.breakLength,
        compact: ctx.compact,
        sorted: ctx.sorted,
        stylize: identity,
      };
      const result = $call(custom, context, ctx.depth - recurse, options, inspectFunction);
      if (result !== context) {
        if (typeof result !== "string") return formatValue(ctx, result, recurse, false);
        return $strReplaceAll(result, "\n", `\n${spaces(ctx.indentation)}`);
      }
    }
  }
  if (listIndex(ctx.seen, value) >= 0) {
    let index = listIndex(ctx.circular, value);
    if (index < 0) {
      index = ctx.circular.length;
      $append(ctx.circular, value);
    }
    return `[Circular *${index + 1}]`;
  }
  return formatRaw(ctx, value, recurse, typed);
}

function listIndex(list: Value[], v): number {
  for (let i = 0; i < list.length; i++) if (list[i] === v) return i;
  return -1;
}

/** Is the object its own constructor's prototype? */
function isPrototypeObject(value): boolean {
  const constructor = $getOwnValue(value, "constructor");
  return $isObject(constructor) && $kindOf(constructor) !== $kind.PROXY && $getOwnValue(constructor, "prototype") === value;
}

/** The name of the constructor by the prototype chain, null when there is none. */
function inspectConstructor(ctx: Inspection, object, recurse: number): string | null {
  let first;
  for (let o = object; $isObject(o);) {
    const constructor = $kindOf(o) === $kind.PROXY ? undefined : $getOwnValue(o, "constructor");
    if ($isCallable(constructor)) {
      const name = constructor.name;
      if (name !== "" && isInstance(object, constructor)) return `${name}`;
    }
    o = GetPrototypeOf(o);
    if (first === undefined) first = o;
  }
  if (first === null) return null;
  const own = internalName(object);
  if (recurse > ctx.depth) return `${own} <Complex prototype>`;
  const parent = inspectConstructor(ctx, first, recurse + 1);
  if (parent === null) return `${own} <${inspect(first, { depth: -1, customInspect: false })}>`;
  return `${own} <${parent}>`;
}

function isInstance(object, constructor): boolean {
  try {
    return object instanceof constructor;
  } catch {
    return false;
  }
}

/** What V8 calls the class of an object whose prototype was removed. */
function internalName(object): string {
  switch ($kindOf(object)) {
    case $kind.ARRAY:
      return "Array";
    case $kind.FUNCTION:
    case $kind.NATIVE_FUNCTION:
    case $kind.BOUND_FUNCTION:
      return "Function";
    case $kind.ERROR:
      return "Error";
    case $kind.MAP:
      return "Map";
    case $kind.SET:
      return "Set";
    case $kind.DATE:
      return "Date";
    case $kind.REGEXP:
      return "RegExp";
    case $kind.PROMISE:
      return "Promise";
  }
  return "Object";
}

/** "Name(size) [tag] ", or "[Fallback(size): null prototype] ". */
function inspectPrefix(constructor: string | null, tag: string, fallback: string, size: string): string {
  if (constructor === null) {
    if (tag !== "" && fallback !== tag) return `[${fallback}${size}: null prototype] [${tag}] `;
    return `[${fallback}${size}: null prototype] `;
  }
  let text = `${constructor}${size} `;
  if (tag !== "") {
    const at = $strIndexOf(constructor, tag, 0);
    if (at < 0) text += `[${tag}] `;
    else {
      const end = at + tag.length;
      const next = $strCharAt(constructor, end);
      if (end !== constructor.length && next === $strToLower(next)) text += `[${tag}] `;
    }
  }
  return text;
}

function contextPrefix(value, constructor: string | null, tag: string): string {
  let fallback = "";
  if (constructor === null) {
    fallback = internalName(value);
    if (fallback === tag) fallback = "Object";
  }
  return inspectPrefix(constructor, tag, fallback, "");
}

/** Own keys to show: strings, then symbols; `indices`: array indices among them. */
function inspectKeys(ctx: Inspection, value, indices: boolean): Value[] {
  const all = $ownKeys(value, ctx.showHidden ? 3 : 7);
  const keys: Value[] = [];
  for (let i = 0; i < all.length; i++) if (indices || typeof all[i] === "symbol" || !$isArrayIndex(all[i])) $append(keys, all[i]);
  if (ctx.showHidden && !indices) {
    // `length` of an array is shown as [length].
    return keys;
  }
  return keys;
}

const kindObject = 0;
const kindArray = 1;
const kindArrayExtras = 2;

function formatRaw(ctx: Inspection, value, recurse: number, typed: boolean): string {
  const constructor = inspectConstructor(ctx, value, recurse);
  let tag = "";
  try {
    tag = value[symbolToStringTag];
  } catch {}
  if (typeof tag !== "string" || (tag !== "" && $getOwnAttributes(value, symbolToStringTag) >= 0 && (ctx.showHidden || IsEnumerable(value, symbolToStringTag))))
    tag = "";
  const kind = $kindOf(value);
  let base = "";
  let open = "{";
  let close = "}";
  let keys: Value[] = [];
  let extras = kindObject;
  let format = formatNothing;
  const tooDeep = recurse > ctx.depth;
  let list = value;

  switch (kind) {
    case $kind.ARRAY: {
      const prefix = constructor !== "Array" || tag !== "" ? inspectPrefix(constructor, tag, "Array", `(${value.length})`) : "";
      keys = inspectKeys(ctx, value, false);
      open = `${prefix}[`;
      close = "]";
      if (value.length === 0 && keys.length === 0) return `${open}]`;
      extras = kindArrayExtras;
      format = formatArray;
      break;
    }
    case $kind.SET:
    case $kind.MAP: {
      const size = $collectionSize(value);
      const prefix = inspectPrefix(constructor, tag, kind === $kind.SET ? "Set" : "Map", `(${size})`);
      keys = inspectKeys(ctx, value, true);
      if (size === 0 && keys.length === 0) return `${prefix}{}`;
      open = `${prefix}{`;
      format = kind === $kind.SET ? formatSet : formatMap;
      break;
    }
    case $kind.TYPEDARRAY: {
      const size = $typedArrayLength(value);
      const fallback = constructor === null ? tag : "";
      const prefix = inspectPrefix(constructor, tag, fallback, `(${size})`);
      keys = inspectKeys(ctx, value, false);
      open = `${prefix}[`;
      close = "]";
      if (size === 0 && keys.length === 0) return `${open}]`;
      extras = kindArrayExtras;
      format = formatTypedArray;
      break;
    }
    case $kind.FUNCTION:
    case $kind.NATIVE_FUNCTION:
    case $kind.BOUND_FUNCTION:
      keys = inspectKeys(ctx, value, true);
      base = functionBase(ctx, value, constructor, tag);
      if (keys.length === 0) return base;
      break;
    case $kind.REGEXP: {
      keys = inspectKeys(ctx, value, true);
      base = `/${$getInternal(value, 0)}/${$getInternal(value, 1)}`;
      const prefix = inspectPrefix(constructor, tag, "RegExp", "");
      if (prefix !== "RegExp ") base = `${prefix}${base}`;
      if (keys.length === 0 || tooDeep) return base;
      break;
    }
    case $kind.DATE: {
      keys = inspectKeys(ctx, value, true);
      const time = $getInternal(value, 0);
      base = time !== time ? "Invalid Date" : $dateFormat(time, 0);
      const prefix = inspectPrefix(constructor, tag, "Date", "");
      if (prefix !== "Date ") base = `${prefix}${base}`;
      if (keys.length === 0) return base;
      break;
    }
    case $kind.ERROR:
      keys = inspectKeys(ctx, value, true);
      base = formatErrorObject(ctx, value, constructor, tag, keys);
      if (keys.length === 0) return base;
      break;
    case $kind.ARRAYBUFFER: {
      keys = inspectKeys(ctx, value, true);
      const prefix = inspectPrefix(constructor, tag, "ArrayBuffer", "");
      open = `${prefix}{`;
      format = typed ? formatBufferLength : formatArrayBuffer;
      break;
    }
    case $kind.DATAVIEW:
      keys = inspectKeys(ctx, value, true);
      open = `${inspectPrefix(constructor, tag, "DataView", "")}{`;
      format = formatDataView;
      break;
    case $kind.PROMISE:
      keys = inspectKeys(ctx, value, true);
      open = `${inspectPrefix(constructor, tag, "Promise", "")}{`;
      format = formatPromise;
      break;
    case $kind.WEAKSET:
    case $kind.WEAKMAP:
      keys = inspectKeys(ctx, value, true);
      open = `${inspectPrefix(constructor, tag, kind === $kind.WEAKSET ? "WeakSet" : "WeakMap", "")}{`;
      format = formatWeak;
      break;
    case $kind.MODULE_NAMESPACE:
      keys = [];
      open = `${inspectPrefix(constructor, tag, "Module", "")}{`;
      format = formatNamespace;
      break;
    case $kind.NUMBER:
    case $kind.STRING_OBJECT:
    case $kind.BOOLEAN:
    case $kind.BIGINT_OBJECT:
    case $kind.SYMBOL_OBJECT:
      keys = inspectKeys(ctx, value, kind !== $kind.STRING_OBJECT);
      base = boxedBase(ctx, value, kind, constructor, tag);
      if (keys.length === 0) return base;
      break;
    default:
      keys = inspectKeys(ctx, value, true);
      if (kind === $kind.HOST) {
        const shown = webShown(value);
        if (shown !== undefined) {
          list = shown;
          format = formatWebObject;
          open = `${contextPrefix(value, constructor, constructor === tag || tag === "Object" ? "" : tag)}{`;
          if (keys.length === 0 && (tooDeep || $ownKeys(shown, 7).length === 0)) return `${open}}`;
          break;
        }
      }
      if (kind === $kind.ITERATOR && (tag === "Map Iterator" || tag === "Set Iterator")) {
        open = `[${tag}] {`;
        format = formatNothing;
        if (keys.length === 0) return `${open}  }`;
        break;
      }
      if (constructor === "Object") {
        if (kind === $kind.ARGUMENTS) open = "[Arguments] {";
        else if (tag !== "") open = `${inspectPrefix(constructor, tag, "Object", "")}{`;
        if (keys.length === 0) return `${open}}`;
      } else {
        open = `${contextPrefix(value, constructor, tag)}{`;
        if (keys.length === 0) return `${open}}`;
      }
  }

  if (tooDeep) {
    const prefix = contextPrefix(value, constructor, tag);
    const name = $strSlice(prefix, 0, prefix.length - 1);
    return constructor === null ? name : `[${name}]`;
  }
  recurse++;
  $append(ctx.seen, value);
  ctx.currentDepth = recurse;
  const indentation = ctx.indentation;
  const output: Value[] = [];
  try {
    format(ctx, list, recurse, output);
    for (let i = 0; i < keys.length; i++) $append(output, formatProperty(ctx, value, recurse, keys[i], extras));
  } catch (e) {
    if ($kindOf(e) !== $kind.ERROR || $getPrototypeOf(e) !== RangeErrorPrototype) throw e;
    $arrPop(ctx.seen);
    ctx.indentation = indentation;
    const prefix = contextPrefix(value, constructor, tag);
    return `[${$strSlice(prefix, 0, prefix.length - 1)}: Inspection interrupted prematurely. Maximum call stack size exceeded.]`;
  }
  const index = listIndex(ctx.circular, value);
  if (index >= 0) base = base === "" ? `<ref *${index + 1}>` : `<ref *${index + 1}> ${base}`;
  $arrPop(ctx.seen);
  if (ctx.sorted && extras === kindObject) $sortDefault(output);
  const text = reduceToSingleString(ctx, output, base, open, close, extras, recurse, extras === kindArrayExtras ? value : undefined);
  ctx.budget += text.length;
  if (ctx.budget > 134217728) ctx.depth = -1;
  return text;
}

function formatNothing(ctx: Inspection, value, recurse: number, output: Value[]) {}

function remainingText(n: number): string {
  return `... ${n} more item${n > 1 ? "s" : ""}`;
}
function emptyText(n: number): string {
  return `<${n} empty item${n > 1 ? "s" : ""}>`;
}
function shownLength(ctx: Inspection, length: number): number {
  return ctx.maxArrayLength < length ? (ctx.maxArrayLength > 0 ? ctx.maxArrayLength : 0) : length;
}

function formatArray(ctx: Inspection, value, recurse: number, output: Value[]) {
  const length: number = value.length;
  const shown = shownLength(ctx, length);
  let i = 0;
  while (i < length && output.length < shown) {
    if ($getOwnAttributes(value, i) < 0) {
      let next = i + 1;
      if (length - next > 1000000) {
        // A sparse array: the next index that exists, from its keys.
        const keys = $ownKeys(value, 1);
        next = length;
        for (let k = 0; k < keys.length; k++) {
          const index = +keys[k];
          if (index > i && index < next) next = index;
        }
      } else while (next < length && $getOwnAttributes(value, next) < 0) next++;
      $append(output, emptyText(next - i));
      i = next;
      continue;
    }
    $append(output, formatProperty(ctx, value, recurse, i, kindArray));
    i++;
  }
  if (i < length) $append(output, remainingText(length - i));
}

function formatTypedArray(ctx: Inspection, value, recurse: number, output: Value[]) {
  const length = $typedArrayLength(value);
  const shown = shownLength(ctx, length);
  for (let i = 0; i < shown; i++) $append(output, formatPrimitive(ctx, $typedArrayElement(value, i)));
  if (length > shown) $append(output, remainingText(length - shown));
}

function formatSet(ctx: Inspection, value, recurse: number, output: Value[]) {
  const size = $collectionSize(value);
  const shown = shownLength(ctx, size);
  ctx.indentation += 2;
  for (let at = $collectionNext(value, 0); at >= 0 && output.length < shown; at = $collectionNext(value, at + 1))
    $append(output, formatValue(ctx, $collectionKey(value, at), recurse, false));
  if (size > shown) $append(output, remainingText(size - shown));
  ctx.indentation -= 2;
}

function formatMap(ctx: Inspection, value, recurse: number, output: Value[]) {
  const size = $collectionSize(value);
  const shown = shownLength(ctx, size);
  ctx.indentation += 2;
  for (let at = $collectionNext(value, 0); at >= 0 && output.length < shown; at = $collectionNext(value, at + 1))
    $append(output, `${formatValue(ctx, $collectionKey(value, at), recurse, false)} => ${formatValue(ctx, $collectionValue(value, at), recurse, false)}`);
  if (size > shown) $append(output, remainingText(size - shown));
  ctx.indentation -= 2;
}

function formatArrayBuffer(ctx: Inspection, value, recurse: number, output: Value[]) {
  if ($bufferIsDetached(value)) {
    $append(output, "(detached)");
    $append(output, "[byteLength]: 0");
    return;
  }
  const length = $bufferByteLength(value);
  const shown = shownLength(ctx, length);
  const bytes = $bytesSlice(value, 0, shown);
  let text = "";
  for (let i = 0; i < shown; i++) {
    const b = $typedArrayElement(bytes, i);
    text += `${i > 0 ? " " : ""}${b < 16 ? "0" : ""}${$numToRadix(b, 16)}`;
  }
  if (length > shown) text += ` ... ${length - shown} more byte${length - shown > 1 ? "s" : ""}`;
  $append(output, `[Uint8Contents]: <${text}>`);
  $append(output, `[byteLength]: ${length}`);
}

function formatBufferLength(ctx: Inspection, value, recurse: number, output: Value[]) {
  $append(output, `[byteLength]: ${$bufferByteLength(value)}`);
}

function formatDataView(ctx: Inspection, value, recurse: number, output: Value[]) {
  $append(output, `[byteLength]: ${$dataViewByteLength(value)}`);
  $append(output, `[byteOffset]: ${$dataViewByteOffset(value)}`);
  ctx.indentation += 2;
  $append(output, `[buffer]: ${formatValue(ctx, $dataViewBuffer(value), recurse, false)}`);
  ctx.indentation -= 2;
}

function formatPromise(ctx: Inspection, value, recurse: number, output: Value[]) {
  const state = $getInternal(value, 0);
  if (state === undefined) {
    $append(output, "<pending>");
    return;
  }
  ctx.indentation += 2;
  const text = formatValue(ctx, $getInternal(value, 1), recurse, false);
  ctx.indentation -= 2;
  $append(output, state === 2 ? `<rejected> ${text}` : text);
}

function formatWeak(ctx: Inspection, value, recurse: number, output: Value[]) {
  $append(output, "<items unknown>");
}

function formatNamespace(ctx: Inspection, value, recurse: number, output: Value[]) {
  const names = $namespaceNames(value);
  for (let i = 0; i < names.length; i++) {
    const v = $namespaceGet(value, names[i]);
    ctx.indentation += 2;
    const text = v === $hole ? "<uninitialized>" : formatValue(ctx, v, recurse, false);
    ctx.indentation -= 2;
    $append(output, `${keyLabel(names[i])}: ${text}`);
  }
}

/** The properties of `value`, a plain object made by webShown, instead of the object's own. A list [key text, value, ...] in `pairs` reads `key => value`. */
function formatWebObject(ctx: Inspection, value, recurse: number, output: Value[]) {
  const keys = $ownKeys(value, 7);
  for (let i = 0; i < keys.length; i++) $append(output, formatProperty(ctx, value, recurse, keys[i], kindObject));
}

function keyLabel(key): string {
  if (typeof key === "symbol") {
    const quoted = $inspectQuote(symbolText(key));
    return $strSlice(quoted, 1, quoted.length - 1);
  }
  if ($inspectKey(key)) return key === "__proto__" ? "['__proto__']" : key;
  return $inspectQuote(key);
}

function formatProperty(ctx: Inspection, value, recurse: number, key, type: number): string {
  let attributes = $getOwnAttributes(value, key);
  let text: string;
  if (attributes < 0) attributes = 7; // a module namespace or another exotic object
  if (attributes & 8) {
    const getter = $getOwnGetter(value, key);
    const setter = $getOwnSetter(value, key);
    text = getter !== undefined ? (setter !== undefined ? "[Getter/Setter]" : "[Getter]") : setter !== undefined ? "[Setter]" : "undefined";
  } else {
    ctx.indentation += 2;
    text = formatValue(ctx, $getOwnValue(value, key), recurse, false);
    ctx.indentation -= 2;
  }
  if (type === kindArray) return text;
  const label = keyLabel(typeof key === "number" ? $numToString(key) : key);
  return attributes & 2 ? `${label}: ${text}` : `[${label}]: ${text}`;
}

function functionBase(ctx: Inspection, value, constructor: string | null, tag: string): string {
  const flags = $kindOf(value) === $kind.FUNCTION ? $functionFlags(value) : 0;
  const source = $functionSource(value);
  if (flags & 32 && (source === undefined || $strStartsAt(source, "class", 0))) {
    const name = $getOwnAttributes(value, "name") >= 0 ? value.name : "";
    let base = `class ${name ? name : "(anonymous)"}`;
    if (constructor !== "Function" && constructor !== null) base += ` [${constructor}]`;
    if (tag !== "" && constructor !== tag) base += ` [${tag}]`;
    if (constructor === null) base += " extends [null prototype]";
    else {
      const parent = $getPrototypeOf(value);
      const parentName = parent === null ? "" : parent.name;
      if (parentName) base += ` extends ${parentName}`;
    }
    return `[${base}]`;
  }
  let type = "Function";
  if (flags & 4) type = `Generator${type}`;
  if (flags & 8) type = `Async${type}`;
  let base = `[${type}`;
  if (constructor === null) base += " (null prototype)";
  const name = value.name;
  base += name === "" ? " (anonymous)" : `: ${typeof name === "string" ? name : formatValue(ctx, name, 0, false)}`;
  base += "]";
  if (constructor !== type && constructor !== null) base += ` ${constructor}`;
  if (tag !== "" && constructor !== tag) base += ` [${tag}]`;
  return base;
}

function boxedBase(ctx: Inspection, value, kind: number, constructor: string | null, tag: string): string {
  const type =
    kind === $kind.NUMBER
      ? "Number"
      : kind === $kind.STRING_OBJECT
        ? "String"
        : kind === $kind.BOOLEAN
          ? "Boolean"
          : kind === $kind.BIGINT_OBJECT
            ? "BigInt"
            : "Symbol";
  let base = `[${type}`;
  if (type !== constructor) base += constructor === null ? " (null prototype)" : ` (${constructor})`;
  base += `: ${formatPrimitive(ctx, $getInternal(value, 0))}]`;
  if (tag !== "" && tag !== constructor) base += ` [${tag}]`;
  return base;
}

function removeKey(keys: Value[], key) {
  const at = listIndex(keys, key);
  if (at < 0) return;
  $arrCopy(keys, at, keys, at + 1, keys.length - at - 1);
  $arrTruncate(keys, keys.length - 1);
}

function formatErrorObject(ctx: Inspection, error, constructor: string | null, tag: string, keys: Value[]): string {
  let stack: Value;
  let message: Value;
  let name: Value;
  try {
    stack = error.stack;
  } catch {}
  try {
    message = error.message;
  } catch {}
  try {
    name = error.name;
  } catch {}
  if (typeof stack !== "string" || stack === "") {
    try {
      const n = name === undefined ? "Error" : `${name}`;
      const m = message === undefined ? "" : `${message}`;
      stack = n === "" ? m : m === "" ? n : `${n}: ${m}`;
    } catch {
      stack = "[object Error]";
    }
  }
  if (!ctx.showHidden && keys.length > 0) {
    removeKey(keys, "stack");
    if (typeof message !== "string" || contains(stack, message)) removeKey(keys, "message");
    if (typeof name !== "string" || contains(stack, name)) removeKey(keys, "name");
  }
  if (name === undefined || name === null) name = "Error";
  if ($getOwnAttributes(error, "cause") >= 0 && listIndex(keys, "cause") < 0) $append(keys, "cause");
  if ($getOwnAttributes(error, "errors") >= 0 && $isArrayKind($getOwnValue(error, "errors")) && listIndex(keys, "errors") < 0) $append(keys, "errors");
  stack = improveStack(stack, constructor, typeof name === "string" ? name : "Error", tag);
  let from = typeof message === "string" && message !== "" ? $strIndexOf(stack, message, 0) : -1;
  from = from < 0 ? 0 : from + message.length;
  if ($strIndexOf(stack, "\n    at", from) < 0) stack = `[${stack}]`;
  if (ctx.indentation !== 0) stack = $strReplaceAll(stack, "\n", `\n${spaces(ctx.indentation)}`);
  return stack;
}

/** Puts the constructor's name in when the stack's first line does not tell it. */
function improveStack(stack: string, constructor: string | null, name: string, tag: string): string {
  let length = name.length;
  if (
    constructor === null ||
    ($strStartsAt(name, "Error", name.length - 5) &&
      $strStartsAt(stack, name, 0) &&
      (stack.length === length || $strCharAt(stack, length) === ":" || $strCharAt(stack, length) === "\n"))
  ) {
    let fallback = "Error";
    if (constructor === null) {
      let end = $strIndexOf(stack, ":", 0);
      const frames = $strIndexOf(stack, "\n    at", 0);
      if (end < 0 || (frames >= 0 && frames < end)) end = frames;
      if (end < 0) end = $strStartsAt(stack, "Error", stack.length - 5) ? stack.length : 0;
      fallback = $strSlice(stack, 0, end);
      length = fallback.length;
      if (fallback === "") fallback = "Error";
    }
    const full = inspectPrefix(constructor, tag, fallback, "");
    const prefix = $strSlice(full, 0, full.length - 1);
    if (name !== prefix) {
      if (contains(prefix, name)) stack = length === 0 ? `${prefix}: ${stack}` : `${prefix}${$strSlice(stack, length, stack.length)}`;
      else stack = `${prefix} [${name}]${$strSlice(stack, length, stack.length)}`;
    }
  }
  return stack;
}

function joinList(list: Value[], separator: string): string {
  return $strJoin(list, separator);
}

function isBelowBreakLength(ctx: Inspection, output: Value[], start: number, base: string): boolean {
  let total = output.length + start;
  if (total + output.length > ctx.breakLength) return false;
  for (let i = 0; i < output.length; i++) {
    total += output[i].length;
    if (total > ctx.breakLength) return false;
  }
  return base === "" || !contains(base, "\n");
}

function reduceToSingleString(ctx: Inspection, output: Value[], base: string, open: string, close: string, extras: number, recurse: number, value): string {
  const prefix = base === "" ? "" : `${base} `;
  if (ctx.compact >= 1) {
    const entries = output.length;
    if (extras === kindArrayExtras && entries > 6) output = groupArrayElements(ctx, output, value);
    if (ctx.currentDepth - recurse < ctx.compact && entries === output.length) {
      const start = output.length + ctx.indentation + open.length + base.length + 10;
      if (isBelowBreakLength(ctx, output, start, base)) {
        const joined = joinList(output, ", ");
        if (!contains(joined, "\n")) return `${prefix}${open} ${joined} ${close}`;
      }
    }
  }
  const indentation = `\n${spaces(ctx.indentation)}`;
  return `${prefix}${open}${indentation}  ${joinList(output, `,${indentation}  `)}${indentation}${close}`;
}

/** Long arrays of short entries are set in columns. */
function groupArrayElements(ctx: Inspection, output: Value[], value): Value[] {
  let total = 0;
  let longest = 0;
  let length = output.length;
  if (ctx.maxArrayLength < output.length) length--;
  const separator = 2;
  const widths: Value[] = [];
  for (let i = 0; i < length; i++) {
    const width = $stringWidth(output[i]);
    $append(widths, width);
    total += width + separator;
    if (longest < width) longest = width;
  }
  const actual = longest + separator;
  if (!(actual * 3 + ctx.indentation < ctx.breakLength && (total / actual > 5 || longest <= 6))) return output;
  const bias = $mathSqrt(actual - total / output.length);
  const biased = actual - 3 - bias > 1 ? actual - 3 - bias : 1;
  let columns = $mathRound($mathSqrt(2.5 * biased * length) / biased);
  const fitting = $mathFloor((ctx.breakLength - ctx.indentation) / actual);
  if (fitting < columns) columns = fitting;
  if (ctx.compact * 4 < columns) columns = ctx.compact * 4;
  if (columns > 15) columns = 15;
  if (columns <= 1) return output;
  const lines: Value[] = [];
  const columnWidths: Value[] = [];
  for (let i = 0; i < columns; i++) {
    let widest = 0;
    for (let j = i; j < length; j += columns) if (widths[j] > widest) widest = widths[j];
    $append(columnWidths, widest + separator);
  }
  let numeric = true;
  if (value !== undefined) {
    const typedArray = $kindOf(value) === $kind.TYPEDARRAY;
    for (let i = 0; i < output.length && numeric; i++) {
      const v = typedArray ? $typedArrayElement(value, i) : $getOwnValue(value, i);
      if (typeof v !== "number" && typeof v !== "bigint") numeric = false;
    }
  }
  for (let i = 0; i < length; i += columns) {
    const end = i + columns < length ? i + columns : length;
    let line = "";
    let j = i;
    for (; j < end - 1; j++) line += $strPad(`${output[j]}, `, columnWidths[j - i] + output[j].length - widths[j], " ", numeric);
    line += numeric ? $strPad(output[j], columnWidths[j - i] + output[j].length - widths[j] - separator, " ", true) : output[j];
    $append(lines, line);
  }
  if (ctx.maxArrayLength < output.length) $append(lines, output[length]);
  return lines;
}

// ---------------------------------------------------------------- Web objects

/** A plain object with what the console shows of a Web object, or undefined when it shows nothing special. */
function webShown(o) {
  switch ($getInternal(o, 0)) {
    case webHeaders: {
      const shown = $newObject(null);
      const list = headersList(o);
      for (let i = 0; i < list.length; i += 2) if (shown[list[i]] === undefined) $createDataProperty(shown, list[i], headersGet(o, list[i]));
      return shown;
    }
    case webResponse:
      return {
        status: $getInternal(o, 1),
        statusText: $getInternal(o, 2),
        headers: responseHeaders(o),
        body: $getInternal(o, 4) === null ? null : bodyStream(o),
        bodyUsed: bodyUsed(o),
        ok: $getInternal(o, 1) >= 200 && $getInternal(o, 1) < 300,
        redirected: o.redirected,
        type: o.type,
        url: o.url,
      };
    case webRequest: {
      const r = requestRecord(o);
      return {
        method: requestMethod(o),
        url: requestUrl(o),
        headers: requestHeaders(o),
        destination: "",
        referrer: r.referrer,
        referrerPolicy: r.referrerPolicy,
        mode: r.mode,
        credentials: r.credentials,
        cache: r.cache,
        redirect: r.redirect,
        integrity: r.integrity,
        keepalive: r.keepalive,
        isReloadNavigation: false,
        isHistoryNavigation: false,
        signal: requestSignal(o),
      };
    }
    case webUrl:
      return {
        href: o.href,
        origin: o.origin,
        protocol: o.protocol,
        username: o.username,
        password: o.password,
        host: o.host,
        hostname: o.hostname,
        port: o.port,
        pathname: o.pathname,
        search: o.search,
        searchParams: o.searchParams,
        hash: o.hash,
      };
    case webAbortSignal:
      return { aborted: signalAborted(o) };
    case webAbortController:
      return { signal: $getInternal(o, 1) };
    case webEvent: {
      const r = $getInternal(o, 2);
      return { type: $getInternal(o, 1), defaultPrevented: r.canceled, cancelable: r.cancelable, timeStamp: r.time };
    }
    case webTextEncoder:
      return { encoding: "utf-8" };
    case webTextDecoder: {
      const s = $getInternal(o, 1);
      return { encoding: s.encoding, fatal: s.fatal, ignoreBOM: s.ignoreBOM };
    }
    case webBlob: {
      const shown = { size: blobSize(o), type: $getInternal(o, 2) };
      if ($getInternal(o, 3) === undefined) return shown;
      return { size: shown.size, type: shown.type, name: $getInternal(o, 3), lastModified: $getInternal(o, 4) };
    }
    case webFormData: {
      const shown = $newObject(null);
      const list = $getInternal(o, 1);
      for (let i = 0; i < list.length; i += 2) {
        const name = list[i];
        if ($getOwnAttributes(shown, name) < 0) $createDataProperty(shown, name, list[i + 1]);
        else {
          const before = $getOwnValue(shown, name);
          if ($isArrayKind(before)) $append(before, list[i + 1]);
          else $createDataProperty(shown, name, [before, list[i + 1]]);
        }
      }
      return shown;
    }
    case webReadableStream:
      return { locked: readableLocked(o), state: readableStateName(o), supportsBYOB: $getInternal(o, 1).bytes !== undefined };
    case webWritableStream:
      return { locked: writableLocked(o), state: writableStateName(o) };
  }
  return undefined;
}

/** URLSearchParams reads like a Map; so it has an inspect function of its own. */
function inspectSearchParams(ctx: Inspection, o): string {
  const list = searchParamsList(o);
  if (list.length === 0) return "URLSearchParams {}";
  const output: Value[] = [];
  for (let i = 0; i < list.length; i += 2) $append(output, `${$inspectQuote(list[i])} => ${$inspectQuote(list[i + 1])}`);
  let length = output.length;
  for (let i = 0; i < output.length; i++) length += output[i].length;
  if (length <= ctx.breakLength) return `URLSearchParams { ${joinList(output, ", ")} }`;
  return `URLSearchParams {\n  ${joinList(output, ",\n  ")} }`;
}

/** The function that custom inspect methods get as their third argument. */
const inspectFunction = function inspect(value, options) {
  return formatValue(newInspection(options), value, 0, false);
};
$defineOwn(inspectFunction, "custom", inspectCustom, 5);
