/**
 * What the Web interfaces share. Every Web object is of kind HOST: slot 0 says which interface it implements, slots 1 to 5 are that
 * interface's own. So a brand check is one comparison (`$isHost`), and nothing of an object's state can be seen or replaced by a program.
 */
const webHeaders = 1;
const webRequest = 2;
const webResponse = 3;
const webUrl = 4;
const webUrlSearchParams = 5;
const webTextEncoder = 6;
const webTextDecoder = 7;
const webEvent = 8;
const webEventTarget = 9;
const webAbortSignal = 10;
const webAbortController = 11;
const webBlob = 12;
const webFormData = 13;
const webReadableStream = 14;
const webReadableController = 15;
const webReader = 16;
const webWritableStream = 17;
const webWritableController = 18;
const webWriter = 19;
const webTransformStream = 20;
const webTransformController = 21;
const webByteReader = 22;
const webByteRequest = 23;
const webCryptoKey = 24;
const webHtml = 25;
const webContext = 26;
const webStrategy = 27;
const webIterator = 28;
const webTextStream = 29;
const webMessagePort = 30;
const webMessageChannel = 31;

/** A Web object of the interface `tag`, for a constructor called with `newTarget`; undefined: made by the library itself. */
function newWeb(tag: number, newTarget, proto) {
  return $newHost(newTarget === undefined ? proto : GetPrototypeFromConstructor(newTarget, proto), tag, undefined, undefined, undefined, undefined);
}

function requireWeb(v, tag: number, what: string) {
  if (!$isHost(v, tag)) throw makeTypeError(`Illegal invocation: ${what} called on an object of another kind`);
  return v;
}

function requireNew(newTarget, name: string) {
  if (newTarget === undefined) throw makeTypeError(`Class constructor ${name} cannot be invoked without 'new'`);
}

function requireArguments(count: number, needed: number, what: string) {
  if (count < needed) throw makeTypeError(`${what}: ${needed} argument${needed === 1 ? "" : "s"} required, but only ${count} present`);
}

/** A constructor with the interface's members on `proto`. */
function installInterface(fn, length: number, proto, members, statics) {
  installConstructor(fn, length, proto, statics);
  install(proto, members);
  installTag(proto, $getOwnValue(fn, "name"));
  return fn;
}

/** USVString conversion. */
function toUSVString(v): string {
  return $strToWellFormed(`${v}`);
}

/** Is v an ArrayBuffer or a view of one? */
function isBufferSource(v): boolean {
  const kind = $kindOf(v);
  return kind === $kind.ARRAYBUFFER || kind === $kind.TYPEDARRAY || kind === $kind.DATAVIEW;
}

function requireBufferSource(v, what: string) {
  if (!isBufferSource(v)) throw makeTypeError(`${what} must be an ArrayBuffer or a view of one`);
  return v;
}

/** The ArrayBuffer of a fresh Uint8Array that the library made. */
function bufferOfBytes(bytes) {
  return $typedArrayBuffer(bytes);
}

/** WebIDL dictionary member: undefined when the dictionary is undefined or null. */
function member(dictionary, name: string) {
  if (dictionary === undefined || dictionary === null) return undefined;
  if (!$isObject(dictionary)) throw makeTypeError("The options must be an object");
  return dictionary[name];
}

/** unsigned long long with [EnforceRange]-like clamping to a safe integer. */
function toUnsigned(v): number {
  const n = ToIntegerOrInfinity(v);
  return n < 0 ? 0 : n > 9007199254740991 ? 9007199254740991 : n;
}

/** unsigned long long with [EnforceRange]. */
function enforceRange(v, what: string): number {
  const n = +v;
  if (n !== n || n === Infinity || n === -Infinity) throw makeTypeError(`The value of "${what}" is out of range. Received ${n}`);
  const integer = ToIntegerOrInfinity(n);
  if (integer < 0 || integer > 9007199254740991) throw makeTypeError(`The value of "${what}" is out of range. Received ${n}`);
  return integer;
}

function resolvedPromise(value) {
  const promise = newPromise();
  resolvePromise(promise, value);
  return promise;
}

function rejectedPromise(reason) {
  const promise = newPromise();
  rejectPromise(promise, reason);
  return promise;
}

/** A rejection that nobody needs to listen to. */
function markHandled(promise) {
  if ($getInternal(promise, 0) === 2 && $getInternal(promise, 3) !== true) untrackRejection(promise);
  $setInternal(promise, 3, true);
}

/** Runs f() and returns its result, or a rejected promise of what it threw. */
function promiseCall(f, self, args) {
  try {
    return PromiseResolve(PromiseConstructor, $apply(f, self, args));
  } catch (e) {
    return rejectedPromise(e);
  }
}

/**
 * Pairs of a `sequence<sequence>` or a record, as the constructors of Headers, URLSearchParams and FormData-like interfaces take them:
 * flat list [name, value, ...], both converted by `convert`.
 */
function pairsOf(init, what: string, convert): Value[] {
  const list: Value[] = [];
  const method = GetMethod(init, symbolIterator);
  if (method !== undefined) {
    const record = GetIteratorFromMethod(init, method);
    for (let item = IteratorStepValue(record); item !== $done; item = IteratorStepValue(record)) {
      if (!$isObject(item)) throw makeTypeError(`${what}: each pair must be an iterable [name, value] tuple`);
      const pair: Value[] = [];
      for (const part of item) $append(pair, part);
      if (pair.length !== 2) throw makeTypeError(`${what}: each pair must be an iterable [name, value] tuple`);
      $append(list, convert(pair[0]));
      $append(list, convert(pair[1]));
    }
    return list;
  }
  const keys = OwnPropertyKeys(init);
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i];
    if (!IsEnumerable(init, key)) continue;
    $append(list, convert(key));
    $append(list, convert(init[key]));
  }
  return list;
}

/**
 * Iterator over pairs: kind 0 keys, 1 values, 2 entries. `read(object, index)` returns [name, value] of the pair at index, or undefined at the end,
 * so that changes while iterating are seen as the Web interfaces say.
 */
const webIteratorMembers = {
  next() {
    requireWeb(this, webIterator, "next");
    const index = $getInternal(this, 3);
    const object = $getInternal(this, 1);
    const pair = object === undefined ? undefined : $getInternal(this, 2)(object, index);
    if (pair === undefined) {
      $setInternal(this, 1, undefined);
      return CreateIterResultObject(undefined, true);
    }
    $setInternal(this, 3, index + 1);
    const kind = $getInternal(this, 4);
    return CreateIterResultObject(kind === 0 ? pair[0] : kind === 1 ? pair[1] : pair, false);
  },
};

function pairIteratorPrototype(name: string) {
  const proto = $newObject(IteratorPrototype);
  $defineOwn(proto, "next", $getOwnValue(webIteratorMembers, "next"), 7);
  installTag(proto, `${name} Iterator`);
  return proto;
}

function newPairIterator(proto, object, read, kind: number) {
  const iterator = newWeb(webIterator, undefined, proto);
  $setInternal(iterator, 1, object);
  $setInternal(iterator, 2, read);
  $setInternal(iterator, 3, 0);
  $setInternal(iterator, 4, kind);
  return iterator;
}

/** entries, keys, values, forEach and @@iterator of an interface whose pairs `read` gives. */
function installPairs(proto, tag: number, name: string, read) {
  const iteratorProto = pairIteratorPrototype(name);
  install(proto, {
    entries() {
      return newPairIterator(iteratorProto, requireWeb(this, tag, `${name}.entries`), read, 2);
    },
    keys() {
      return newPairIterator(iteratorProto, requireWeb(this, tag, `${name}.keys`), read, 0);
    },
    values() {
      return newPairIterator(iteratorProto, requireWeb(this, tag, `${name}.values`), read, 1);
    },
    forEach(callback, thisArg) {
      requireWeb(this, tag, `${name}.forEach`);
      if (!$isCallable(callback)) throw NotCallable(callback);
      for (let i = 0; ; i++) {
        const pair = read(this, i);
        if (pair === undefined) return;
        $call(callback, thisArg, pair[1], pair[0], this);
      }
    },
  });
  setFunctionLength($getOwnValue(proto, "forEach"), 1);
  $defineOwn(proto, symbolIterator, $getOwnValue(proto, "entries"), 5);
}
