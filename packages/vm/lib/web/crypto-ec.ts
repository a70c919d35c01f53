/** ECDSA and ECDH on P-256 (Web Cryptography 23 and 24). A public key's raw form is its point (x and y, 64 bytes); a private key's is 32 bytes and the point. */

// The DER around a P-256 key: RFC 5480 and RFC 5958 with RFC 5915.
const spkiHead = $base64Decode("MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE", false);
const pkcs8Head = $base64Decode("MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg", false);
const pkcs8Middle = $base64Decode("oUQDQgAE", false);
const pkcs8ShortHead = $base64Decode("MEECAQAwEwYHKoZIzj0CAQYIKoZIzj0DAQcEJzAlAgEBBCA=", false);
const pointHead = $base64Decode("BA==", false);

function isEcName(name: string): boolean {
  return name === "ECDSA" || name === "ECDH";
}
function isPrivateEc(raw): boolean {
  return $typedArrayLength(raw) === 96;
}
function ecPrivateBytes(raw) {
  return $bytesSlice(raw, 0, 32);
}
function ecPoint(raw) {
  return isPrivateEc(raw) ? $bytesSlice(raw, 32, 96) : raw;
}

function requireP256(algorithm) {
  if (algorithm.namedCurve === undefined) throw makeTypeError("algorithm.namedCurve is missing");
  if (`${algorithm.namedCurve}` !== "P-256") throw makeDOMException("Unrecognized namedCurve", "NotSupportedError");
}

function invalidKeyData() {
  return makeDOMException("Invalid keyData", "DataError");
}

/** The bytes that follow a fixed head; undefined when it is another. */
function afterHead(bytes, head) {
  const n = $typedArrayLength(head);
  return $bytesEqual($bytesSlice(bytes, 0, n), head) ? $bytesSlice(bytes, n, 2147483647) : undefined;
}

/** The stored form of a private key, from its 32 bytes. */
function ecPrivateRaw(key) {
  const point = $typedArrayLength(key) === 32 ? $p256Public(key) : null;
  if (point === null) throw invalidKeyData();
  return $bytesConcat([key, point]);
}
function ecPublicRaw(point) {
  if (point === undefined || $typedArrayLength(point) !== 64 || !$p256Check(point)) throw invalidKeyData();
  return point;
}

function ecKey(name: string, raw, extractable: boolean, usages) {
  const allowed = name === "ECDH" ? (isPrivateEc(raw) ? " deriveKey deriveBits " : "") : isPrivateEc(raw) ? " sign " : " verify ";
  const list = usagesOf(usages, allowed);
  if (isPrivateEc(raw) && list.length === 0) throw makeDOMException("Usages cannot be empty when importing a private key.", "SyntaxError");
  return newCryptoKey(raw, { name, namedCurve: "P-256" }, extractable, list);
}

function importEc(format: string, data, algorithm, extractable: boolean, usages) {
  const name = algorithmName(algorithm);
  requireP256(algorithm);
  if (format === "jwk") return importEcJwk(name, data, extractable, usages);
  const bytes = copyBytes(data, "keyData");
  if (format === "raw") return ecKey(name, ecPublicRaw(afterHead(bytes, pointHead)), extractable, usages);
  if (format === "spki") return ecKey(name, ecPublicRaw(afterHead(bytes, spkiHead)), extractable, usages);
  if (format !== "pkcs8") throw makeDOMException(`Unable to import ${name} using ${format} format`, "NotSupportedError");
  const long = afterHead(bytes, pkcs8Head);
  if (long === undefined) {
    const short = afterHead(bytes, pkcs8ShortHead);
    if (short === undefined) throw invalidKeyData();
    return ecKey(name, ecPrivateRaw(short), extractable, usages);
  }
  const raw = ecPrivateRaw($bytesSlice(long, 0, 32));
  const point = afterHead($bytesSlice(long, 32, 2147483647), pkcs8Middle);
  if (point === undefined || !$bytesEqual(point, ecPoint(raw))) throw invalidKeyData();
  return ecKey(name, raw, extractable, usages);
}

function importEcJwk(name: string, data, extractable: boolean, usages) {
  if (!$isObject(data)) throw makeTypeError("The key data of format jwk must be an object");
  if (data.kty !== "EC") throw makeDOMException('Invalid JWK "kty" Parameter', "DataError");
  if (data.crv !== "P-256") throw makeDOMException('JWK "crv" does not match the requested algorithm', "DataError");
  if (name === "ECDSA" && data.alg !== undefined && data.alg !== "ES256")
    throw makeDOMException('JWK "alg" does not match the requested algorithm', "DataError");
  requireJwkUse(data, extractable, usages);
  const coordinate = (value) => {
    const bytes = typeof value === "string" ? $base64Decode(value, true) : null;
    if (bytes === null || $typedArrayLength(bytes) !== 32) throw invalidKeyData();
    return bytes;
  };
  const point = ecPublicRaw($bytesConcat([coordinate(data.x), coordinate(data.y)]));
  if (data.d === undefined) return ecKey(name, point, extractable, usages);
  const raw = ecPrivateRaw(coordinate(data.d));
  if (!$bytesEqual(ecPoint(raw), point)) throw invalidKeyData();
  return ecKey(name, raw, extractable, usages);
}

/** What `ext` and `key_ops` of a JWK allow must cover what is asked for. */
function requireJwkUse(data, extractable: boolean, usages) {
  if (extractable && data.ext === false) throw makeDOMException('JWK "ext" Parameter and extractable mismatch', "DataError");
  if (data.key_ops === undefined) return;
  const operations: Value[] = [];
  for (const operation of data.key_ops) $append(operations, `${operation}`);
  for (const usage of usages) if (listIndex(operations, `${usage}`) < 0) throw makeDOMException("Key operations and usage mismatch", "DataError");
}

function exportEc(format: string, key) {
  const raw = $getInternal(key, 1);
  const name = $getInternal(key, 2).name;
  const isPrivate = isPrivateEc(raw);
  const point = ecPoint(raw);
  if (format === "jwk") {
    const usages = $getInternal(key, 4);
    const jwk = {
      key_ops: $arrSlice(usages, 0, usages.length),
      ext: true,
      kty: "EC",
      x: base64UrlText($bytesSlice(point, 0, 32)),
      y: base64UrlText($bytesSlice(point, 32, 64)),
      crv: "P-256",
    };
    if (isPrivate) $createDataProperty(jwk, "d", base64UrlText(ecPrivateBytes(raw)));
    return jwk;
  }
  if (!isPrivate && format === "raw") return bufferOfBytes($bytesConcat([pointHead, point]));
  if (!isPrivate && format === "spki") return bufferOfBytes($bytesConcat([spkiHead, point]));
  if (isPrivate && format === "pkcs8") return bufferOfBytes($bytesConcat([pkcs8Head, ecPrivateBytes(raw), pkcs8Middle, point]));
  throw makeDOMException(`Unable to export ${name} ${isPrivate ? "private" : "public"} key using ${format} format`, "NotSupportedError");
}

function generateEc(algorithm, extractable: boolean, usages) {
  const name = algorithmName(algorithm);
  requireP256(algorithm);
  const all = usagesOf(usages, name === "ECDH" ? " deriveKey deriveBits " : " sign verify ");
  const mine: Value[] = [];
  const others: Value[] = [];
  for (let i = 0; i < all.length; i++) $append(all[i] === "verify" ? others : mine, all[i]);
  if (mine.length === 0) throw makeDOMException("Usages cannot be empty when creating a key.", "SyntaxError");
  const key = newUint8Array($bufferNew(ArrayBufferPrototype, 32, undefined));
  let point = null;
  while (point === null) point = $p256Public($randomFill(key));
  const privateKey = ecKey(name, $bytesConcat([key, point]), extractable, mine);
  return { publicKey: ecKey(name, newUint8Array(point), true, others), privateKey };
}

/** The digest that an ECDSA operation signs. */
function ecdsaDigest(algorithm, data) {
  if (!$isObject(algorithm) || algorithm.hash === undefined) throw makeTypeError("algorithm.hash is missing");
  return $sha(hashNumber(algorithm.hash), requireBufferSource(data, "data"));
}

/** The x coordinate of both sides' shared point, cut to `bits`; null: all of it. */
function ecdhBits(algorithm, key, usage: string, bits) {
  const raw = requireKey(key, usage, "ECDH");
  const other = algorithm.public;
  if (!$isHost(other, webCryptoKey)) throw makeTypeError("algorithm.public must be a CryptoKey");
  if ($getInternal(other, 2).name !== "ECDH") throw makeDOMException("key algorithm mismatch", "InvalidAccessError");
  if (isPrivateEc($getInternal(other, 1))) throw makeDOMException("algorithm.public must be a public key", "InvalidAccessError");
  if (bits !== null && bits > 256) throw makeDOMException("derived bit length is too small", "OperationError");
  const shared = $p256Agree(ecPrivateBytes(raw), $getInternal(other, 1));
  if (shared === null) throw makeDOMException("The operation failed for an operation-specific reason", "OperationError");
  const bytes = bits === null ? 32 : $mathCeil(bits / 8);
  const result = $bytesSlice(newUint8Array(shared), 0, bytes);
  if (bits !== null && bits % 8 !== 0) result[bytes - 1] = result[bytes - 1] & (0xff << (8 - (bits % 8)));
  return bufferOfBytes(result);
}
