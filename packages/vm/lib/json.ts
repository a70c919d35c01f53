/** 25.5 The JSON object. The natives take plain data; what is here follows the algorithms for everything else. */

const JSONObject = $newObject(ObjectPrototype);
$defineOwn(globalObject, "JSON", JSONObject, 5);
installTag(JSONObject, "JSON");

/** 25.5.1.1 InternalizeJSONProperty. */
function InternalizeJSONProperty(holder, name: string, reviver) {
  const value = holder[name];
  if ($isObject(value)) {
    if (IsArray(value)) {
      const length = LengthOfArrayLike(value);
      for (let i = 0; i < length; i++) reviveElement(value, `${i}`, reviver);
    } else {
      const keys = EnumerableOwnProperties(value, 0);
      for (let i = 0; i < keys.length; i++) reviveElement(value, keys[i], reviver);
    }
  }
  return $call(reviver, holder, name, value);
}
function reviveElement(value, key: string, reviver) {
  const element = InternalizeJSONProperty(value, key, reviver);
  if (element === undefined) DeleteProperty(value, key);
  else CreateDataProperty(value, key, element);
}

/** State of one JSON.stringify: the specification's JSON Serialization Record. */
interface Serialization {
  replacer: Value;
  propertyList: Value[] | undefined;
  gap: string;
  indent: string;
  stack: Value[];
}

/** 25.5.2.2 SerializeJSONProperty: a string, or undefined. */
function SerializeJSONProperty(state: Serialization, key, holder): Value {
  let value = holder[key];
  if ($isObject(value) || typeof value === "bigint") {
    const toJSON = value.toJSON;
    if ($isCallable(toJSON)) value = $call(toJSON, value, `${key}`);
  }
  if (state.replacer !== undefined) value = $call(state.replacer, holder, `${key}`, value);
  if ($isObject(value)) {
    switch ($kindOf(value)) {
      case $kind.NUMBER:
        value = +value;
        break;
      case $kind.STRING_OBJECT:
        value = `${value}`;
        break;
      case $kind.BOOLEAN:
      case $kind.BIGINT_OBJECT:
        value = $getInternal(value, 0);
        break;
    }
  }
  switch (typeof value) {
    case "string":
      return $jsonQuote(value);
    case "number":
      return $numberIsFinite(value) ? `${value}` : "null";
    case "boolean":
      return value ? "true" : "false";
    case "bigint":
      throw makeTypeError("Do not know how to serialize a BigInt");
    case "object":
      if (value === null) return "null";
      return IsArray(value) ? SerializeJSONArray(state, value) : SerializeJSONObject(state, value);
  }
  return undefined;
}

function enterJSON(state: Serialization, value) {
  const stack = state.stack;
  for (let i = 0; i < stack.length; i++) if (stack[i] === value) throw makeTypeError(circularMessage(stack, i));
  $append(stack, value);
  state.indent += state.gap;
}

function circularMessage(stack: Value[], from: number): string {
  return `Converting circular structure to JSON\n    --> starting at object with constructor '${constructorNameOf(stack[from])}'\n    --- the cycle is ${stack.length - from} level${stack.length - from === 1 ? "" : "s"} deep`;
}

/** 25.5.2.5 SerializeJSONObject. */
function SerializeJSONObject(state: Serialization, value): string {
  const stepback = state.indent;
  enterJSON(state, value);
  const keys = state.propertyList !== undefined ? state.propertyList : EnumerableOwnProperties(value, 0);
  const separator = state.gap === "" ? "," : `,\n${state.indent}`;
  let result = "";
  for (let i = 0; i < keys.length; i++) {
    const text = SerializeJSONProperty(state, keys[i], value);
    if (text !== undefined) result += `${result === "" ? "" : separator}${$jsonQuote(keys[i])}${state.gap === "" ? ":" : ": "}${text}`;
  }
  if (result !== "") result = state.gap === "" ? `{${result}}` : `{\n${state.indent}${result}\n${stepback}}`;
  else result = "{}";
  $arrPop(state.stack);
  state.indent = stepback;
  return result;
}

/** 25.5.2.6 SerializeJSONArray. */
function SerializeJSONArray(state: Serialization, value): string {
  const stepback = state.indent;
  enterJSON(state, value);
  const length = LengthOfArrayLike(value);
  const separator = state.gap === "" ? "," : `,\n${state.indent}`;
  let result = "";
  for (let i = 0; i < length; i++) {
    const text = SerializeJSONProperty(state, i, value);
    if (i > 0) result += separator;
    result += text === undefined ? "null" : text;
  }
  if (length === 0) result = "[]";
  else result = state.gap === "" ? `[${result}]` : `[\n${state.indent}${result}\n${stepback}]`;
  $arrPop(state.stack);
  state.indent = stepback;
  return result;
}

install(JSONObject, {
  parse(text, reviver) {
    const unfiltered = $jsonParseText(`${text}`);
    if (!$isCallable(reviver)) return unfiltered;
    return InternalizeJSONProperty({ "": unfiltered }, "", reviver);
  },
  stringify(value, replacer, space) {
    const state: Serialization = { replacer: undefined, propertyList: undefined, gap: "", indent: "", stack: [] };
    if ($isCallable(replacer)) state.replacer = replacer;
    else if (IsArray(replacer)) {
      const list: Value[] = [];
      const seen = $setNew(null);
      const length = LengthOfArrayLike(replacer);
      for (let i = 0; i < length; i++) {
        const v = replacer[i];
        const kind = $kindOf(v);
        if (typeof v !== "string" && typeof v !== "number" && kind !== $kind.STRING_OBJECT && kind !== $kind.NUMBER) continue;
        const item = `${v}`;
        if ($collectionHas(seen, item)) continue;
        $collectionSet(seen, item, undefined);
        $append(list, item);
      }
      state.propertyList = list;
    }
    if ($kindOf(space) === $kind.NUMBER) space = +space;
    else if ($kindOf(space) === $kind.STRING_OBJECT) space = `${space}`;
    if (typeof space === "number") {
      const n = ToIntegerOrInfinity(space);
      state.gap = n < 1 ? "" : $strRepeat(" ", n < 10 ? n : 10);
    } else if (typeof space === "string") state.gap = $strSlice(space, 0, space.length < 10 ? space.length : 10);
    if (state.replacer === undefined && state.propertyList === undefined) {
      const plain = $jsonStringifyPlain(value, state.gap);
      if (plain !== $notHandled) return plain;
    }
    return SerializeJSONProperty(state, "", { "": value });
  },
});
accelerate(JSONObject, ["parse", $native.jsonParse, "stringify", $native.jsonStringify]);
