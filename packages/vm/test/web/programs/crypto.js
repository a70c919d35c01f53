const hex = (b) => [...new Uint8Array(b)].map((x) => x.toString(16).padStart(2, "0")).join("");
const data = new TextEncoder().encode("message");
for (const h of ["SHA-1", "sha-256", { name: "SHA-384" }, "SHA-512"]) console.log(hex(await crypto.subtle.digest(h, data)));
const hmac = await crypto.subtle.importKey("raw", new Uint8Array(20), { name: "HMAC", hash: "SHA-256" }, true, ["sign", "verify"]);
const mac = await crypto.subtle.sign("HMAC", hmac, data);
console.log(hex(mac), await crypto.subtle.verify("HMAC", hmac, mac, data), await crypto.subtle.verify("HMAC", hmac, new Uint8Array(32), data));
console.log(hmac.type, hmac.extractable, hmac.algorithm, hmac.usages, await crypto.subtle.exportKey("jwk", hmac));
const raw = Uint8Array.from({ length: 32 }, (_, i) => i);
const iv = new Uint8Array(12);
const gcm = await crypto.subtle.importKey("raw", raw, "AES-GCM", true, ["encrypt", "decrypt"]);
const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv, additionalData: data }, gcm, data);
console.log(hex(sealed), new TextDecoder().decode(await crypto.subtle.decrypt({ name: "AES-GCM", iv, additionalData: data }, gcm, sealed)));
const cbc = await crypto.subtle.importKey("raw", raw, "AES-CBC", false, ["encrypt"]);
console.log(hex(await crypto.subtle.encrypt({ name: "AES-CBC", iv: new Uint8Array(16) }, cbc, data)));
const ctr = await crypto.subtle.importKey("raw", raw, "AES-CTR", false, ["encrypt"]);
console.log(hex(await crypto.subtle.encrypt({ name: "AES-CTR", counter: new Uint8Array(16), length: 64 }, ctr, data)));
const base = await crypto.subtle.importKey("raw", data, "PBKDF2", false, ["deriveBits", "deriveKey"]);
console.log(hex(await crypto.subtle.deriveBits({ name: "PBKDF2", hash: "SHA-256", salt: iv, iterations: 3 }, base, 256)));
const hk = await crypto.subtle.importKey("raw", data, "HKDF", false, ["deriveBits"]);
console.log(hex(await crypto.subtle.deriveBits({ name: "HKDF", hash: "SHA-512", salt: iv, info: data }, hk, 128)));
const derived = await crypto.subtle.deriveKey({ name: "PBKDF2", hash: "SHA-1", salt: iv, iterations: 2 }, base, { name: "AES-GCM", length: 128 }, true, ["encrypt"]);
console.log(hex(await crypto.subtle.exportKey("raw", derived)), derived.algorithm);
for (const f of [
  () => crypto.subtle.digest("MD5", data),
  () => crypto.subtle.digest("SHA-1", "text"),
  () => crypto.subtle.decrypt({ name: "AES-GCM", iv }, gcm, sealed),
  () => crypto.subtle.sign("HMAC", gcm, data),
  () => crypto.subtle.exportKey("raw", cbc),
  () => crypto.subtle.importKey("raw", new Uint8Array(5), "AES-GCM", true, ["encrypt"]),
  () => crypto.subtle.encrypt({ name: "AES-GCM", iv }, cbc, data),
])
  console.log(await f().then(() => "ok", (e) => e.name));
console.log(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(crypto.randomUUID()));
const random = new Uint32Array(8);
console.log(crypto.getRandomValues(random) === random, random.some((x) => x !== 0));
for (const bad of [new Float32Array(1), new Uint8Array(65537)]) {
  try {
    crypto.getRandomValues(bad);
    console.log("no error");
  } catch (e) {
    console.log(e.name);
  }
}
