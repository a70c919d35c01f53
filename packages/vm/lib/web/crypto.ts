/**
 * Web Cryptography: random values, digests, HMAC, AES-GCM, AES-CBC, AES-CTR, PBKDF2 and HKDF; crypto-ec.ts has the elliptic curve. CryptoKey slots: 1 the raw key (a Uint8Array), 2 algorithm object,
 * 3 extractable, 4 list of usages.
 */
const CryptoPrototype = $newObject(ObjectPrototype);
const SubtleCryptoPrototype = $newObject(ObjectPrototype);
const CryptoKeyPrototype = $newObject(ObjectPrototype);

function unsupportedAlgorithm(name: string) {
  return makeDOMException(`Unrecognized algorithm name: ${name}`, "NotSupportedError");
}

/** The upper-cased name of an AlgorithmIdentifier. */
function algorithmName(algorithm): string {
  if (typeof algorithm === "string") return $strToUpper(algorithm);
  if (!$isObject(algorithm)) throw makeTypeError("The algorithm must be a string or an object");
  const name = algorithm.name;
  if (name === undefined) throw makeTypeError("The algorithm has no name");
  return $strToUpper(`${name}`);
}

/** 0 SHA-1, 1 SHA-256, 2 SHA-384, 3 SHA-512. */
function hashNumber(algorithm): number {
  const name = algorithmName(algorithm);
  switch (name) {
    case "SHA-1":
      return 0;
    case "SHA-256":
      return 1;
    case "SHA-384":
      return 2;
    case "SHA-512":
      return 3;
  }
  throw unsupportedAlgorithm(name);
}
function hashName(hash: number): string {
  return hash === 0 ? "SHA-1" : hash === 1 ? "SHA-256" : hash === 2 ? "SHA-384" : "SHA-512";
}

function copyBytes(source, what: string) {
  return $bytesSlice(requireBufferSource(source, what), 0, 2147483647);
}

const keyUsages = " encrypt decrypt sign verify deriveKey deriveBits wrapKey unwrapKey ";
function usagesOf(usages, allowed: string): Value[] {
  const list: Value[] = [];
  for (const usage of usages) {
    const text = `${usage}`;
    if ($strIndexOf(keyUsages, ` ${text} `, 0) < 0) throw makeTypeError(`Invalid key usage ${$inspectQuote(text)}`);
    if ($strIndexOf(allowed, ` ${text} `, 0) < 0) throw makeDOMException(`Unsupported key usage for this algorithm: ${text}`, "SyntaxError");
    if (listIndex(list, text) < 0) $append(list, text);
  }
  return list;
}

function newCryptoKey(raw, algorithm, extractable: boolean, usages: Value[]) {
  const key = newWeb(webCryptoKey, undefined, CryptoKeyPrototype);
  $setInternal(key, 1, raw);
  $setInternal(key, 2, algorithm);
  $setInternal(key, 3, extractable);
  $setInternal(key, 4, usages);
  return key;
}

function requireKey(key, usage: string, name: string) {
  if (!$isHost(key, webCryptoKey)) throw makeTypeError("The key must be a CryptoKey");
  if ($strToUpper($getInternal(key, 2).name) !== name) throw makeDOMException("Key algorithm mismatch", "InvalidAccessError");
  if (listIndex($getInternal(key, 4), usage) < 0) throw makeDOMException(`Unable to use this key to ${usage}`, "InvalidAccessError");
  return $getInternal(key, 1);
}

installInterface(
  function CryptoKey() {
    throw makeTypeError("Illegal constructor");
  },
  0,
  CryptoKeyPrototype,
  {
    get algorithm() {
      return $getInternal(requireWeb(this, webCryptoKey, "CryptoKey"), 2);
    },
    get extractable() {
      return $getInternal(requireWeb(this, webCryptoKey, "CryptoKey"), 3);
    },
    get type() {
      const raw = $getInternal(requireWeb(this, webCryptoKey, "CryptoKey"), 1);
      if (!isEcName($getInternal(this, 2).name)) return "secret";
      return isPrivateEc(raw) ? "private" : "public";
    },
    get usages() {
      return $getInternal(requireWeb(this, webCryptoKey, "CryptoKey"), 4);
    },
  },
  undefined,
);

/** AES: encrypt and decrypt with any of its modes. */
function aes(algorithm, key, data, encrypt: boolean) {
  const name = algorithmName(algorithm);
  if (name !== "AES-GCM" && name !== "AES-CBC" && name !== "AES-CTR") throw unsupportedAlgorithm(name);
  const raw = requireKey(key, encrypt ? "encrypt" : "decrypt", name);
  const failed = () => makeDOMException("The operation failed for an operation-specific reason", "OperationError");
  let result;
  if (name === "AES-GCM") {
    const iv = copyBytes(algorithm.iv, "algorithm.iv");
    const additional = algorithm.additionalData === undefined ? $utf8Encode("") : copyBytes(algorithm.additionalData, "algorithm.additionalData");
    const tagBits = algorithm.tagLength === undefined ? 128 : +algorithm.tagLength;
    if ($strIndexOf(" 32 64 96 104 112 120 128 ", ` ${tagBits} `, 0) < 0)
      throw makeDOMException(`${tagBits} is not a valid AES-GCM tag length`, "OperationError");
    if ($typedArrayLength(iv) === 0) throw failed();
    result = $aesGcm(encrypt, raw, iv, additional, data, tagBits / 8);
  } else if (name === "AES-CBC") {
    const iv = copyBytes(algorithm.iv, "algorithm.iv");
    if ($typedArrayLength(iv) !== 16) throw makeDOMException("algorithm.iv must contain exactly 16 bytes", "OperationError");
    result = $aesCbc(encrypt, raw, iv, data);
  } else {
    const counter = copyBytes(algorithm.counter, "algorithm.counter");
    const bits = +algorithm.length;
    if ($typedArrayLength(counter) !== 16 || !(bits >= 1 && bits <= 128))
      throw makeDOMException("AES-CTR needs a counter of 16 bytes and a length of 1 to 128 bits", "OperationError");
    result = $aesCtr(raw, counter, bits, data);
  }
  if (result === null) throw failed();
  return result;
}

function importRaw(raw, algorithm, extractable: boolean, usages) {
  const name = algorithmName(algorithm);
  const length = $typedArrayLength(raw) * 8;
  switch (name) {
    case "HMAC": {
      const hash = hashNumber(algorithm.hash);
      if (length === 0) throw makeDOMException("Zero-length key is not supported", "DataError");
      return newCryptoKey(raw, { name, length, hash: { name: hashName(hash) } }, extractable, usagesOf(usages, " sign verify "));
    }
    case "AES-GCM":
    case "AES-CBC":
    case "AES-CTR":
      if (length !== 128 && length !== 192 && length !== 256) throw makeDOMException("Invalid key length", "DataError");
      return newCryptoKey(raw, { name, length }, extractable, usagesOf(usages, " encrypt decrypt wrapKey unwrapKey "));
    case "PBKDF2":
    case "HKDF":
      if (extractable) throw makeDOMException(`${name} keys are not extractable`, "SyntaxError");
      return newCryptoKey(raw, { name }, false, usagesOf(usages, " deriveKey deriveBits "));
  }
  throw unsupportedAlgorithm(name);
}

function base64UrlText(bytes): string {
  let text = $strReplaceAll($strReplaceAll($base64Encode(bytes), "+", "-"), "/", "_");
  while ($strStartsAt(text, "=", text.length - 1)) text = $strSlice(text, 0, text.length - 1);
  return text;
}

function jwkAlgorithm(key): string {
  const algorithm = $getInternal(key, 2);
  if (algorithm.name === "HMAC") return `HS${$strSlice(algorithm.hash.name, 4, 7)}`;
  return `A${algorithm.length}${$strSlice(algorithm.name, 4, 7)}`;
}

function deriveBits(algorithm, key, usage: string, length) {
  const name = algorithmName(algorithm);
  if (name === "ECDH") return ecdhBits(algorithm, key, usage, length);
  const bits: number = length === null ? 0 : length;
  if (name !== "PBKDF2" && name !== "HKDF") throw unsupportedAlgorithm(name);
  const raw = requireKey(key, usage, name);
  const hash = hashNumber(algorithm.hash);
  const salt = copyBytes(algorithm.salt, "algorithm.salt");
  if (bits % 8 !== 0 || bits < 0) throw makeDOMException("length must be a multiple of 8", "OperationError");
  if (name === "HKDF") {
    const result = $hkdf(hash, raw, salt, copyBytes(algorithm.info, "algorithm.info"), bits / 8);
    if (result === null) throw makeDOMException("length is too large", "OperationError");
    return result;
  }
  const iterations = +algorithm.iterations;
  if (!(iterations >= 1)) throw makeDOMException("iterations cannot be zero", "OperationError");
  return $pbkdf2(hash, raw, salt, iterations, bits / 8);
}

function keyLengthOf(algorithm): number {
  const name = algorithmName(algorithm);
  if (name === "HMAC") {
    if (algorithm.length !== undefined) return +algorithm.length;
    return hashNumber(algorithm.hash) < 2 ? 512 : 1024;
  }
  if ($strStartsAt(name, "AES-", 0)) {
    const length = +algorithm.length;
    if (length !== 128 && length !== 192 && length !== 256) throw makeDOMException("Invalid key length", "OperationError");
    return length;
  }
  throw unsupportedAlgorithm(name);
}

/** Each operation as a promise of what it returns. */
function subtle(self, operation, args: Value[]) {
  try {
    if (self !== SubtleObject) throw makeTypeError("Illegal invocation");
    return resolvedPromise($apply(operation, undefined, args));
  } catch (e) {
    return rejectedPromise(e);
  }
}

installInterface(
  function SubtleCrypto() {
    throw makeTypeError("Illegal constructor");
  },
  0,
  SubtleCryptoPrototype,
  {
    decrypt(algorithm, key, data) {
      return subtle(this, () => aes(algorithm, key, copyBytes(data, "data"), false), []);
    },
    deriveBits(algorithm, key, length) {
      return subtle(this, () => deriveBits(algorithm, key, "deriveBits", length === undefined || length === null ? null : +length), []);
    },
    deriveKey(algorithm, key, derived, extractable, usages) {
      return subtle(this, () => importRaw(newUint8Array(deriveBits(algorithm, key, "deriveKey", keyLengthOf(derived))), derived, !!extractable, usages), []);
    },
    digest(algorithm, data) {
      return subtle(this, () => $sha(hashNumber(algorithm), requireBufferSource(data, "data")), []);
    },
    encrypt(algorithm, key, data) {
      return subtle(this, () => aes(algorithm, key, copyBytes(data, "data"), true), []);
    },
    exportKey(format, key) {
      return subtle(
        this,
        () => {
          if (!$isHost(key, webCryptoKey)) throw makeTypeError("The key must be a CryptoKey");
          if ($getInternal(key, 3) !== true) throw makeDOMException("key is not extractable", "InvalidAccessError");
          if (isEcName($getInternal(key, 2).name)) return exportEc(`${format}`, key);
          const raw = $getInternal(key, 1);
          if (`${format}` === "raw") return bufferOfBytes($bytesSlice(raw, 0, 2147483647));
          if (`${format}` !== "jwk") throw makeDOMException(`Unable to export a secret key using format ${format}`, "NotSupportedError");
          return {
            key_ops: $arrSlice($getInternal(key, 4), 0, $getInternal(key, 4).length),
            ext: true,
            alg: jwkAlgorithm(key),
            kty: "oct",
            k: base64UrlText(raw),
          };
        },
        [],
      );
    },
    generateKey(algorithm, extractable, usages) {
      return subtle(
        this,
        () => {
          if (isEcName(algorithmName(algorithm))) return generateEc(algorithm, !!extractable, usages);
          const bits = keyLengthOf(algorithm);
          const key = importRaw(
            $randomFill($bytesConcat([newUint8Array($bufferNew(ArrayBufferPrototype, $mathCeil(bits / 8), undefined))])),
            algorithm,
            !!extractable,
            usages,
          );
          if ($getInternal(key, 4).length === 0) throw makeDOMException("Usages cannot be empty when creating a key.", "SyntaxError");
          return key;
        },
        [],
      );
    },
    importKey(format, data, algorithm, extractable, usages) {
      return subtle(
        this,
        () => {
          if (isEcName(algorithmName(algorithm))) return importEc(`${format}`, data, algorithm, !!extractable, usages);
          let raw;
          if (`${format}` === "raw") raw = copyBytes(data, "keyData");
          else if (`${format}` === "jwk") {
            if (!$isObject(data) || data.kty !== "oct") throw makeDOMException("Invalid JWK: only keys of type oct are supported", "DataError");
            raw = $base64Decode(`${data.k}`, true);
            if (raw === null) throw makeDOMException("Invalid JWK", "DataError");
          } else throw makeDOMException(`Unable to import a secret key using format ${format}`, "NotSupportedError");
          const key = importRaw(raw, algorithm, !!extractable, usages);
          if ($getInternal(key, 4).length === 0) throw makeDOMException("Usages cannot be empty when importing a secret key.", "SyntaxError");
          return key;
        },
        [],
      );
    },
    sign(algorithm, key, data) {
      return subtle(
        this,
        () => {
          const name = algorithmName(algorithm);
          if (name === "ECDSA") return $p256Sign(ecPrivateBytes(requireKey(key, "sign", name)), ecdsaDigest(algorithm, data));
          if (name !== "HMAC") throw unsupportedAlgorithm(name);
          const raw = requireKey(key, "sign", name);
          return $hmac(hashNumber($getInternal(key, 2).hash), raw, requireBufferSource(data, "data"));
        },
        [],
      );
    },
    verify(algorithm, key, signature, data) {
      return subtle(
        this,
        () => {
          const name = algorithmName(algorithm);
          if (name === "ECDSA") return $p256Verify(requireKey(key, "verify", name), ecdsaDigest(algorithm, data), requireBufferSource(signature, "signature"));
          if (name !== "HMAC") throw unsupportedAlgorithm(name);
          const raw = requireKey(key, "verify", name);
          return $bytesEqual($hmac(hashNumber($getInternal(key, 2).hash), raw, requireBufferSource(data, "data")), requireBufferSource(signature, "signature"));
        },
        [],
      );
    },
  },
  undefined,
);
const SubtleObject = $newObject(SubtleCryptoPrototype);

installInterface(
  function Crypto() {
    throw makeTypeError("Illegal constructor");
  },
  0,
  CryptoPrototype,
  {
    getRandomValues(array) {
      const type = $typedArrayType(array);
      if (type < 0 && $kindOf(array) !== $kind.DATAVIEW) throw makeTypeError("The array must be an integer typed array");
      if (type < 0 || (type >= 7 && type <= 9)) throw makeDOMException("The data argument must be an integer-type TypedArray", "TypeMismatchError");
      if (byteLengthOf(array) > 65536) throw makeDOMException("The requested length exceeds 65,536 bytes", "QuotaExceededError");
      return $randomFill(array);
    },
    randomUUID() {
      return $randomUuid();
    },
    get subtle() {
      return SubtleObject;
    },
  },
  undefined,
);
$defineOwn(globalObject, "crypto", $newObject(CryptoPrototype), 5);
