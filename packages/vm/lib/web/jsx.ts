/**
 * The JSX runtime; its result is HTML. What is interpolated is escaped, `rawHtml(text)` is not. Components are functions of their props and may be async: then the
 * whole is pending and a promise-like of the finished HTML. The compiler (jsx-template.ts there) makes of tags `__jsxTemplate(text, ...values)`, of components
 * `__jsxComponent(type, props)`, and where the tags are not known `__jsx(type, props, ...children)`.
 * Html slots: 1 the text, or undefined while pending; 2 the promise of the text, when it was pending.
 */
const HtmlPrototype = $proto($proto.HTML);
const PendingHtmlPrototype = $newObject(HtmlPrototype);

function newHtml(text: string) {
  const html = newWeb(webHtml, undefined, HtmlPrototype);
  $setInternal(html, 1, text);
  return html;
}

install(HtmlPrototype, {
  toString() {
    const text = $getInternal(requireWeb(this, webHtml, "Html.toString"), 1);
    if (text === undefined) throw makeTypeError("This JSX holds async components: await it before it is used as text");
    return text;
  },
  toJSON() {
    return `${this}`;
  },
});
installTag(HtmlPrototype, "Html");
install(PendingHtmlPrototype, {
  then(resolve, reject) {
    const promise = $getInternal(requireWeb(this, webHtml, "Html.then"), 2);
    return $call(PromisePrototypeThen, promise, (text) => $call(resolve, undefined, newHtml(text)), reject);
  },
});

/** HTML as a body: its text, or a stream of it while async components are pending. */
function htmlBody(html) {
  const text = $getInternal(html, 1);
  if (text !== undefined) return text;
  const rs = newReadableBytes(async (state) => {
    const finished = await $getInternal(html, 2);
    if (finished !== "") readableEnqueue(state, $utf8Encode(finished));
    readableClose(state);
  }, undefined);
  return rs.stream;
}

const voidElements = " area base br col embed hr img input link meta param source track wbr ";
const unitlessStyles =
  " animationIterationCount aspectRatio borderImageOutset borderImageSlice borderImageWidth boxFlex columnCount columns flex flexGrow flexShrink fontWeight gridArea gridColumn gridColumnEnd gridColumnStart gridRow gridRowEnd gridRowStart lineClamp lineHeight opacity order orphans scale tabSize widows zIndex zoom fillOpacity floodOpacity stopOpacity strokeDasharray strokeDashoffset strokeMiterlimit strokeOpacity strokeWidth ";

/** Text under construction: `text` is finished; with pending parts, `parts` holds strings and promises in order before it. */
interface HtmlBuilder {
  text: string;
  parts: Value[] | undefined;
}

function addPending(builder: HtmlBuilder, promise) {
  if (builder.parts === undefined) builder.parts = [];
  $append(builder.parts, builder.text);
  $append(builder.parts, promise);
  builder.text = "";
}

function addChild(builder: HtmlBuilder, child) {
  switch (typeof child) {
    case "string":
      builder.text += $htmlEscape(child);
      return;
    case "number":
    case "bigint":
      builder.text += `${child}`;
      return;
    case "undefined":
    case "boolean":
      return;
    case "symbol":
    case "function":
      throw makeTypeError(`JSX: ${describe(child)} cannot be a child`);
  }
  if (child === null) return;
  if ($isHost(child, webHtml)) {
    const text = $getInternal(child, 1);
    if (text === undefined) addPending(builder, $getInternal(child, 2));
    else builder.text += text;
    return;
  }
  if ($kindOf(child) === $kind.ARRAY) {
    for (let i = 0; i < child.length; i++) addChild(builder, child[i]);
    return;
  }
  if ($isCallable(child.then)) {
    addPending(builder, renderLater(child));
    return;
  }
  if (GetMethod(child, symbolIterator) !== undefined) {
    for (const item of child) addChild(builder, item);
    return;
  }
  throw makeTypeError(`JSX: ${describe(child)} cannot be a child; give text, JSX, an array, or a promise of these`);
}

/** HTML of a child that is a promise. */
async function renderLater(promise) {
  const builder: HtmlBuilder = { text: "", parts: undefined };
  addChild(builder, await promise);
  return builder.parts === undefined ? builder.text : joinParts(builder);
}

async function joinParts(builder: HtmlBuilder) {
  const parts = builder.parts as Value[];
  let text = "";
  // All parts are under way already; one that fails must not leave others unheard.
  for (let i = 1; i < parts.length; i += 2) markHandled(parts[i]);
  for (let i = 0; i < parts.length; i++) text += typeof parts[i] === "string" ? parts[i] : await parts[i];
  return text + builder.text;
}

function finishHtml(builder: HtmlBuilder) {
  if (builder.parts === undefined) return newHtml(builder.text);
  const html = newWeb(webHtml, undefined, PendingHtmlPrototype);
  $setInternal(html, 2, joinParts(builder));
  return html;
}

function styleText(style): string {
  let text = "";
  const keys = $kindOf(style) === $kind.PROXY ? EnumerableOwnProperties(style, 0) : $ownKeys(style, 5);
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i];
    const value = style[key];
    if (value === undefined || value === null || typeof value === "boolean" || value === "") continue;
    let name = "";
    if ($strStartsAt(key, "--", 0)) name = key;
    else
      for (let k = 0; k < key.length; k++) {
        const c = $strCharAt(key, k);
        const lower = $strToLower(c);
        name += c === lower ? c : `-${lower}`;
      }
    const unit = typeof value === "number" && value !== 0 && !$strStartsAt(key, "--", 0) && $strIndexOf(unitlessStyles, ` ${key} `, 0) < 0 ? "px" : "";
    text += `${text === "" ? "" : ";"}${name}:${value}${unit}`;
  }
  return text;
}

/** Names of tags and attributes that were found to be well-formed: a page has few different ones, and many of each. */
let markupNames = $newObject(null);
let markupNameCount = 0;

/** 0: the text cannot be the name of an attribute or a tag; 1: it can; 2: it is an element without an end tag. */
function markupKind(name: string): number {
  const known = markupNames[name];
  if (known !== undefined) return known;
  if (name === "") return 0;
  for (let i = 0; i < name.length; i++) {
    const c = $strCharCodeAt(name, i);
    if (c <= 32 || c === 34 || c === 39 || c === 47 || c === 60 || c === 61 || c === 62 || c === 127) return 0;
  }
  const kind = $strIndexOf(voidElements, ` ${name} `, 0) >= 0 ? 2 : 1;
  // Made up names (of a program that takes them from its requests) must not fill memory.
  if (markupNameCount >= 512) {
    markupNames = $newObject(null);
    markupNameCount = 0;
  }
  markupNameCount++;
  markupNames[name] = kind;
  return kind;
}

function addAttribute(builder: HtmlBuilder, key: string, value) {
  if (key === "className") key = "class";
  else if (key === "htmlFor") key = "for";
  if (value === undefined || value === null || value === false || typeof value === "function" || typeof value === "symbol") {
    // aria-x and data-x say "false" in words.
    if (value !== false || !($strStartsAt(key, "aria-", 0) || $strStartsAt(key, "data-", 0))) return;
  }
  if (markupKind(key) === 0) throw makeTypeError(`JSX: ${$inspectQuote(key)} is not a valid attribute name`);
  if (value === true && !($strStartsAt(key, "aria-", 0) || $strStartsAt(key, "data-", 0))) {
    builder.text += ` ${key}`;
    return;
  }
  if (key === "style" && $isObject(value)) value = styleText(value);
  builder.text += ` ${key}="${$htmlEscape(`${value}`)}"`;
}

function htmlOf(result) {
  if ($isHost(result, webHtml)) return result;
  const builder: HtmlBuilder = { text: "", parts: undefined };
  addChild(builder, result);
  return finishHtml(builder);
}

/** A component; the props are an object of this call alone, with the children in it. */
function jsxComponent(type, props) {
  return $isCallable(type) ? htmlOf($call(type, undefined, props)) : jsxElement(type, props, []);
}

/**
 * A template: markup with a mark for each value, in their order. \x01\x01: a child; \x01 name \x02: an attribute; \x01\x02: the value is not used (`key` and `ref`).
 * This is for values that the native does not know: promises, iterables, styles, ...
 */
function jsxTemplate(text: string, ...values) {
  const builder: HtmlBuilder = { text: "", parts: undefined };
  text = `${text}`;
  let from = 0;
  for (let value = 0; ; value++) {
    const at = $strIndexOf(text, "\x01", from);
    if (at < 0) break;
    builder.text += $strSlice(text, from, at);
    from = at + 2;
    if ($strCharCodeAt(text, at + 1) === 1) addChild(builder, values[value]);
    else {
      const end = $strIndexOf(text, "\x02", at);
      if (end < 0) throw makeTypeError("JSX: malformed template");
      if (end > at + 1) addAttribute(builder, $strSlice(text, at + 1, end), values[value]);
      from = end + 1;
    }
  }
  builder.text += $strSlice(text, from, text.length);
  return finishHtml(builder);
}

function jsxElement(type, props, children: Value[]) {
  const builder: HtmlBuilder = { text: "", parts: undefined };
  if (type === jsxFragment || type === undefined || type === null || type === "") {
    addChild(builder, children.length > 0 || !$isObject(props) ? children : props.children);
    return finishHtml(builder);
  }
  if ($isCallable(type)) {
    const given = $newObject(ObjectPrototype);
    if ($isObject(props)) CopyDataProperties(given, props, undefined);
    if (children.length === 1) $createDataProperty(given, "children", children[0]);
    else if (children.length > 1) $createDataProperty(given, "children", children);
    return htmlOf($call(type, undefined, given));
  }
  const kind = typeof type === "string" ? markupKind(type) : 0;
  if (kind === 0) throw makeTypeError(`JSX: ${describe(type)} is neither a tag nor a component`);
  builder.text = `<${type}`;
  let inner = children.length > 0 ? children : undefined;
  let raw: Value = undefined;
  if ($isObject(props)) {
    const keys = $kindOf(props) === $kind.PROXY ? EnumerableOwnProperties(props, 0) : $ownKeys(props, 5);
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i];
      const value = props[key];
      switch (key) {
        case "key":
        case "ref":
          break;
        case "children":
          if (inner === undefined) inner = [value];
          break;
        case "dangerouslySetInnerHTML":
          if ($isObject(value)) raw = value.__html;
          break;
        default:
          addAttribute(builder, key, value);
      }
    }
  }
  builder.text += ">";
  if (kind === 2) return finishHtml(builder);
  if (raw !== undefined && raw !== null) builder.text += `${raw}`;
  else if (inner !== undefined) addChild(builder, inner);
  builder.text += `</${type}>`;
  return finishHtml(builder);
}

const jsxFragment = $newSymbol("Fragment");
const jsxFunction = function (type, props, ...children) {
  return jsxElement(type, props, children);
};
setFunctionName(jsxFunction, "__jsx");
$defineOwn(jsxFunction, "Fragment", jsxFragment, 0);
$defineOwn(globalObject, "__jsx", jsxFunction, 5);
$defineOwn(globalObject, "__jsxComponent", jsxComponent, 5);
$defineOwn(globalObject, "__jsxTemplate", $makeNative($native.jsxTemplate, "__jsxTemplate", 1, jsxTemplate), 5);
$defineOwn(globalObject, "__jsxFragment", jsxFragment, 5);
install(globalObject, {
  /** Not in any standard: HTML that JSX does not escape. */
  rawHtml(text) {
    return newHtml(`${text}`);
  },
});
