const { subtle } = crypto;
const hex = (b) => [...new Uint8Array(b)].map((x) => x.toString(16).padStart(2, "0")).join("");
const data = new TextEncoder().encode("message");
const ecdsa = { name: "ECDSA", namedCurve: "P-256" };
const ecdh = { name: "ECDH", namedCurve: "P-256" };
const withHash = (hash) => ({ name: "ECDSA", hash });
// The key of RFC 6979, A.2.5, and a signature from there (message "sample", SHA-256).
const jwk = {
  kty: "EC",
  crv: "P-256",
  x: "YP7UuiVanTHJYet0xjVtaMBJuJI7Yfps5mliLmDyn7Y",
  y: "eQP-EAi4vJmkGunpVii8ZPLxsgwtfp9Rd6PClNRGIpk",
  d: "ya-p2EW6dRZrXCFXZ7HWk05Qw9s26JsSe4piKxIPZyE",
};
const mine = await subtle.importKey("jwk", jwk, ecdsa, true, ["sign"]);
const { d, ...open } = jwk;
const theirs = await subtle.importKey("jwk", open, ecdsa, true, ["verify"]);
console.log(mine.type, mine.algorithm, mine.usages, theirs.type, theirs.usages, d.length);
for (const format of ["jwk", "pkcs8"]) console.log(format === "jwk" ? await subtle.exportKey(format, mine) : hex(await subtle.exportKey(format, mine)));
for (const format of ["jwk", "spki", "raw"]) console.log(format === "jwk" ? await subtle.exportKey(format, theirs) : hex(await subtle.exportKey(format, theirs)));
const known = Uint8Array.from("efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8".match(/../g), (x) => parseInt(x, 16));
const sample = new TextEncoder().encode("sample");
console.log(await subtle.verify(withHash("SHA-256"), theirs, known, sample), await subtle.verify(withHash("SHA-256"), theirs, known, data), await subtle.verify(withHash("SHA-512"), theirs, known, sample));
for (let i = 0; i < 64; i += 9) {
  const wrong = known.slice();
  wrong[i] ^= 1;
  console.log(await subtle.verify(withHash("SHA-256"), theirs, wrong, sample));
}
for (const wrong of [new Uint8Array(64), new Uint8Array(64).fill(255), new Uint8Array(0), known.subarray(1)]) console.log(await subtle.verify(withHash("SHA-256"), theirs, wrong, sample));
// Round trips through every format, every hash, and generated keys.
const again = await subtle.importKey("pkcs8", await subtle.exportKey("pkcs8", mine), ecdsa, false, ["sign"]);
const spki = await subtle.importKey("spki", await subtle.exportKey("spki", theirs), ecdsa, false, ["verify"]);
const raw = await subtle.importKey("raw", await subtle.exportKey("raw", theirs), ecdsa, false, ["verify"]);
for (const hash of ["SHA-1", "SHA-256", "SHA-384", "SHA-512"]) {
  const signature = await subtle.sign(withHash(hash), again, data);
  console.log(signature.byteLength, await subtle.verify(withHash(hash), spki, signature, data), await subtle.verify({ name: "ecdsa", hash: { name: hash } }, raw, signature, data));
}
for (let i = 0; i < 4; i++) {
  const pair = await subtle.generateKey(ecdsa, false, ["sign", "verify"]);
  const signature = await subtle.sign(withHash("SHA-256"), pair.privateKey, data);
  console.log(Object.keys(pair), pair.privateKey.extractable, pair.publicKey.extractable, await subtle.verify(withHash("SHA-256"), pair.publicKey, signature, data), await subtle.verify(withHash("SHA-256"), theirs, signature, data));
}
// ECDH: with a known key, and both ways.
const fixed = await subtle.importKey("jwk", jwk, ecdh, false, ["deriveBits", "deriveKey"]);
const point = await subtle.importKey("raw", await subtle.exportKey("raw", theirs), ecdh, false, []);
console.log(hex(await subtle.deriveBits({ name: "ECDH", public: point }, fixed, 256)), hex(await subtle.deriveBits({ name: "ECDH", public: point }, fixed, 16)), (await subtle.deriveBits({ name: "ECDH", public: point }, fixed, null)).byteLength);
const other = await subtle.generateKey(ecdh, true, ["deriveBits"]);
console.log(other.publicKey.usages, other.privateKey.usages, hex(await subtle.deriveBits({ name: "ECDH", public: other.publicKey }, fixed, 256)) === hex(await subtle.deriveBits({ name: "ECDH", public: point }, other.privateKey, 256)));
const shared = await subtle.deriveKey({ name: "ECDH", public: point }, fixed, { name: "AES-GCM", length: 128 }, true, ["encrypt"]);
console.log(shared.algorithm, hex(await subtle.exportKey("raw", shared)));
const offCurve = { ...open, y: open.x };
for (const f of [
  () => subtle.importKey("jwk", offCurve, ecdsa, true, ["verify"]),
  () => subtle.importKey("jwk", { ...jwk, d: "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" }, ecdsa, true, ["sign"]),
  () => subtle.importKey("jwk", { ...jwk, x: "AA" }, ecdsa, true, ["sign"]),
  () => subtle.importKey("jwk", { ...jwk, crv: "P-384" }, ecdsa, true, ["sign"]),
  () => subtle.importKey("jwk", { ...jwk, kty: "oct" }, ecdsa, true, ["sign"]),
  () => subtle.importKey("jwk", { ...jwk, alg: "ES512" }, ecdsa, true, ["sign"]),
  () => subtle.importKey("jwk", { ...jwk, ext: false }, ecdsa, true, ["sign"]),
  () => subtle.importKey("jwk", { ...jwk, key_ops: ["verify"] }, ecdsa, true, ["sign"]),
  () => subtle.importKey("jwk", jwk, ecdsa, true, []),
  () => subtle.importKey("jwk", jwk, ecdsa, true, ["verify"]),
  () => subtle.importKey("raw", new Uint8Array(65), ecdsa, true, ["verify"]),
  () => subtle.importKey("raw", new Uint8Array(64).fill(4), ecdsa, true, ["verify"]),
  () => subtle.importKey("spki", new Uint8Array(91), ecdsa, true, ["verify"]),
  () => subtle.importKey("pkcs8", new Uint8Array(138), ecdsa, true, ["sign"]),
  () => subtle.generateKey(ecdsa, true, []),
  () => subtle.generateKey(ecdsa, true, ["verify"]),
  () => subtle.generateKey(ecdsa, true, ["encrypt"]),
  () => subtle.generateKey({ name: "ECDSA", namedCurve: "P-999" }, true, ["sign"]),
  () => subtle.sign({ name: "ECDSA" }, mine, data),
  () => subtle.sign(withHash("SHA-256"), theirs, data),
  () => subtle.sign("HMAC", mine, data),
  () => subtle.verify(withHash("SHA-256"), mine, known, data),
  () => subtle.exportKey("raw", mine),
  () => subtle.exportKey("spki", mine),
  () => subtle.exportKey("pkcs8", theirs),
  () => subtle.exportKey("pkcs8", again),
  () => subtle.deriveBits({ name: "ECDH", public: theirs }, fixed, 256),
  () => subtle.deriveBits({ name: "ECDH", public: point }, fixed, 264),
])
  console.log(await f().then((x) => x, (e) => e.name));
