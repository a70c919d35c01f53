/** Cryptography natives: over websha.ts, webaes.ts and webp256.ts. The library has checked kinds and lengths; results are fresh ArrayBuffers. */
import { PROTO_ARRAYBUFFER } from "../generated/kinds";
import { throwTypeError } from "../errors";
import { hostRandom } from "../host";
import { proto } from "../state";
import { spend } from "../interrupt";
import { newString8, stringData } from "../string";
import { EXCEPTION, NULL, Value, asInt, fromBool, fromObject, fromString, isInt, isTrue, numberOf } from "../value";
import { bufferData, newBuffer } from "./typedarray";
import { aesDecrypt, aesEncrypt, aesExpand, ghash, ghashBlock } from "./webaes";
import { isView, viewLength, viewPointer } from "./webbytes";
import { p256Derive, p256SignDigest, p256Times, p256Valid, p256VerifyDigest } from "./webp256";
import { digestBytes, hmacBegin, hmacEnd, hmacKey, shaBegin, shaEnd, shaUpdate } from "./websha";

@inline function at(args: usize, i: i32): Value { return load<u64>(args + (<usize>i << 3)); }
@inline function int(args: usize, i: i32): i32 {
  const v = at(args, i);
  return isInt(v) ? asInt(v) : <i32>min(2147483647.0, max(0.0, numberOf(v)));
}
@inline function pointer(args: usize, i: i32): usize { return viewPointer(at(args, i)); }
@inline function length(args: usize, i: i32): i32 { return viewLength(at(args, i)); }
/** A fresh buffer of n zero bytes; 0 with an exception. */
function newResult(n: i32): usize { return newBuffer(proto(PROTO_ARRAYBUFFER), <f64>n, -1); }

// Working memory; it holds key material only while a native runs.
const WORK: usize = memory.data(1024, 16);
const WORK_CONTEXT: usize = WORK + 416; // after two contexts of HMAC, or an AES key schedule
const WORK_DIGEST: usize = WORK + 704;
const WORK_A: usize = WORK + 768, WORK_B: usize = WORK + 784, WORK_C: usize = WORK + 800, WORK_D: usize = WORK + 816;
function wipe(): void { memory.fill(WORK, 0, 1024); }

export function randomFill(args: usize, argc: i32): Value {
  const v = at(args, 0);
  if (!isView(v)) return throwTypeError("Not an ArrayBuffer or a view of one");
  const n = viewLength(v);
  if (n > 0) hostRandom(viewPointer(v), n);
  return v;
}

@inline function hexDigit(n: u32): u32 { return n < 10 ? 0x30 + n : 0x57 + n; }

export function randomUuid(args: usize, argc: i32): Value {
  hostRandom(WORK_A, 16);
  store<u8>(WORK_A, (<u32>load<u8>(WORK_A, 6) & 0x0f) | 0x40, 6);
  store<u8>(WORK_A, (<u32>load<u8>(WORK_A, 8) & 0x3f) | 0x80, 8);
  const s = newString8(36);
  let to = stringData(s);
  for (let i = 0; i < 16; i++) {
    if (i == 4 || i == 6 || i == 8 || i == 10) { store<u8>(to, 0x2d); to++; }
    const b = <u32>load<u8>(WORK_A + i);
    store<u8>(to, hexDigit(b >> 4));
    store<u8>(to, hexDigit(b & 15), 1);
    to += 2;
  }
  return fromString(s);
}

export function sha(args: usize, argc: i32): Value {
  const algorithm = int(args, 0);
  const out = newResult(digestBytes(algorithm));
  if (out == 0) return EXCEPTION;
  shaBegin(WORK_CONTEXT, algorithm);
  shaUpdate(WORK_CONTEXT, pointer(args, 1), length(args, 1));
  shaEnd(WORK_CONTEXT, bufferData(out));
  return fromObject(out);
}

export function hmac(args: usize, argc: i32): Value {
  const algorithm = int(args, 0);
  const out = newResult(digestBytes(algorithm));
  if (out == 0) return EXCEPTION;
  hmacKey(WORK, algorithm, pointer(args, 1), length(args, 1));
  hmacBegin(WORK, WORK_CONTEXT);
  shaUpdate(WORK_CONTEXT, pointer(args, 2), length(args, 2));
  hmacEnd(WORK, WORK_CONTEXT, bufferData(out));
  wipe();
  return fromObject(out);
}

export function pbkdf2(args: usize, argc: i32): Value {
  const algorithm = int(args, 0);
  const iterations = int(args, 3);
  const bytes = int(args, 4);
  const size = digestBytes(algorithm);
  const out = newResult(bytes);
  if (out == 0) return EXCEPTION;
  hmacKey(WORK, algorithm, pointer(args, 1), length(args, 1));
  const accumulated = memory.data(64, 8);
  for (let block = 1, done = 0; done < bytes; block++, done += size) {
    store<u32>(WORK_A, bswap<u32>(<u32>block));
    hmacBegin(WORK, WORK_CONTEXT);
    shaUpdate(WORK_CONTEXT, pointer(args, 2), length(args, 2));
    shaUpdate(WORK_CONTEXT, WORK_A, 4);
    hmacEnd(WORK, WORK_CONTEXT, WORK_DIGEST);
    memory.copy(accumulated, WORK_DIGEST, 64);
    for (let i = 1; i < iterations; i++) {
      if (!spend(1024)) {
        memory.fill(accumulated, 0, 64);
        wipe();
        return EXCEPTION;
      }
      hmacBegin(WORK, WORK_CONTEXT);
      shaUpdate(WORK_CONTEXT, WORK_DIGEST, size);
      hmacEnd(WORK, WORK_CONTEXT, WORK_DIGEST);
      for (let k: usize = 0; k < 64; k += 8) store<u64>(accumulated + k, load<u64>(accumulated + k) ^ load<u64>(WORK_DIGEST + k));
    }
    memory.copy(bufferData(out) + <usize>done, accumulated, <usize>min(size, bytes - done));
  }
  memory.fill(accumulated, 0, 64);
  wipe();
  return fromObject(out);
}

export function hkdf(args: usize, argc: i32): Value {
  const algorithm = int(args, 0);
  const bytes = int(args, 4);
  const size = digestBytes(algorithm);
  if (bytes > 255 * size) return NULL;
  const out = newResult(bytes);
  if (out == 0) return EXCEPTION;
  const secret = memory.data(64, 8);
  hmacKey(WORK, algorithm, pointer(args, 2), length(args, 2));
  hmacBegin(WORK, WORK_CONTEXT);
  shaUpdate(WORK_CONTEXT, pointer(args, 1), length(args, 1));
  hmacEnd(WORK, WORK_CONTEXT, secret);
  hmacKey(WORK, algorithm, secret, size);
  for (let block = 1, done = 0; done < bytes; block++, done += size) {
    hmacBegin(WORK, WORK_CONTEXT);
    if (block > 1) shaUpdate(WORK_CONTEXT, WORK_DIGEST, size);
    shaUpdate(WORK_CONTEXT, pointer(args, 3), length(args, 3));
    store<u8>(WORK_A, block);
    shaUpdate(WORK_CONTEXT, WORK_A, 1);
    hmacEnd(WORK, WORK_CONTEXT, WORK_DIGEST);
    memory.copy(bufferData(out) + <usize>done, WORK_DIGEST, <usize>min(size, bytes - done));
  }
  memory.fill(secret, 0, 64);
  wipe();
  return fromObject(out);
}

/** Add one to the last `bits` bits of a big-endian 16-byte counter. */
function increment(counter: usize, bits: i32): void {
  let left = bits;
  for (let i = 15; i >= 0 && left > 0; i--, left -= 8) {
    const b = <u32>load<u8>(counter + i);
    if (left >= 8) {
      store<u8>(counter + i, b + 1);
      if (((b + 1) & 255) != 0) return;
    } else {
      const mask: u32 = (1 << <u32>left) - 1;
      store<u8>(counter + i, (b & ~mask) | ((b + 1) & mask));
      return;
    }
  }
}

/** XOR n bytes with the key stream that begins at the counter (WORK_A); `first`: the counter is incremented before use. */
function counterMode(from: usize, to: usize, n: i32, bits: i32, first: bool): void {
  for (let done = 0; done < n; done += 16) {
    if (first || done > 0) increment(WORK_A, bits);
    aesEncrypt(WORK, WORK_A, WORK_B);
    const take = min(16, n - done);
    for (let i = 0; i < take; i++) store<u8>(to + <usize>(done + i), <u32>load<u8>(from + <usize>(done + i)) ^ <u32>load<u8>(WORK_B + i));
  }
}

export function aesCtr(args: usize, argc: i32): Value {
  const n = length(args, 3);
  const out = newResult(n);
  if (out == 0) return EXCEPTION;
  aesExpand(WORK, pointer(args, 0), length(args, 0));
  memory.copy(WORK_A, pointer(args, 1), 16);
  counterMode(pointer(args, 3), bufferData(out), n, int(args, 2), false);
  wipe();
  return fromObject(out);
}

export function aesCbc(args: usize, argc: i32): Value {
  const encrypt = isTrue(at(args, 0));
  const n = length(args, 3);
  if (!encrypt && (n == 0 || (n & 15) != 0)) return NULL;
  aesExpand(WORK, pointer(args, 1), length(args, 1));
  memory.copy(WORK_A, pointer(args, 2), 16);
  const from = pointer(args, 3);
  if (encrypt) {
    const padded = (n & ~15) + 16;
    const out = newResult(padded);
    if (out == 0) return EXCEPTION;
    for (let done = 0; done < padded; done += 16) {
      const take = min(16, n - done);
      memory.fill(WORK_B, <u8>(16 - max(0, take)), 16);
      if (take > 0) memory.copy(WORK_B, from + <usize>done, <usize>take);
      for (let i = 0; i < 16; i++) store<u8>(WORK_A + i, <u32>load<u8>(WORK_A + i) ^ <u32>load<u8>(WORK_B + i));
      aesEncrypt(WORK, WORK_A, WORK_A);
      memory.copy(bufferData(out) + <usize>done, WORK_A, 16);
    }
    wipe();
    return fromObject(out);
  }
  // The last block first: its padding says how long the result is.
  aesDecrypt(WORK, from + <usize>(n - 16), WORK_B);
  const before = n > 16 ? from + <usize>(n - 32) : WORK_A;
  for (let i = 0; i < 16; i++) store<u8>(WORK_B + i, <u32>load<u8>(WORK_B + i) ^ <u32>load<u8>(before + i));
  const pad = <i32>load<u8>(WORK_B, 15);
  let good = pad >= 1 && pad <= 16;
  for (let i = 0; i < 16; i++) if (i >= 16 - pad && <i32>load<u8>(WORK_B + i) != pad) good = false;
  if (!good) {
    wipe();
    return NULL;
  }
  const out = newResult(n - pad);
  if (out == 0) return EXCEPTION;
  for (let done = 0; done < n; done += 16) {
    aesDecrypt(WORK, from + <usize>done, WORK_B);
    for (let i = 0; i < 16; i++) store<u8>(WORK_B + i, <u32>load<u8>(WORK_B + i) ^ <u32>load<u8>(WORK_A + i));
    memory.copy(WORK_A, from + <usize>done, 16);
    memory.copy(bufferData(out) + <usize>done, WORK_B, <usize>max(0, min(16, n - pad - done)));
  }
  wipe();
  return fromObject(out);
}

export function aesGcm(args: usize, argc: i32): Value {
  const encrypt = isTrue(at(args, 0));
  const tagBytes = int(args, 5);
  const total = length(args, 4);
  const n = encrypt ? total : total - tagBytes;
  if (n < 0) return NULL;
  const from = pointer(args, 4);
  const out = newResult(encrypt ? n + tagBytes : n);
  if (out == 0) return EXCEPTION;
  const to = bufferData(out);
  const h = WORK_D, y = WORK_C, first = WORK_DIGEST;
  aesExpand(WORK, pointer(args, 1), length(args, 1));
  memory.fill(h, 0, 16);
  aesEncrypt(WORK, h, h);
  // The first counter: the IV and a 1 for 96 bits, else its GHASH.
  memory.fill(first, 0, 16);
  const ivBytes = length(args, 2);
  if (ivBytes == 12) {
    memory.copy(first, pointer(args, 2), 12);
    store<u8>(first, 1, 15);
  } else {
    ghash(first, h, pointer(args, 2), ivBytes);
    lengths(0, ivBytes);
    ghashBlock(first, h, WORK_B);
  }
  memory.fill(y, 0, 16);
  ghash(y, h, pointer(args, 3), length(args, 3));
  memory.copy(WORK_A, first, 16);
  if (encrypt) counterMode(from, to, n, 32, true);
  ghash(y, h, encrypt ? to : from, n);
  lengths(length(args, 3), n);
  ghashBlock(y, h, WORK_B);
  aesEncrypt(WORK, first, WORK_B);
  for (let i: usize = 0; i < 16; i += 8) store<u64>(y + i, load<u64>(y + i) ^ load<u64>(WORK_B + i));
  if (encrypt) memory.copy(to + <usize>n, y, <usize>tagBytes);
  else {
    let difference: u32 = 0;
    for (let i = 0; i < tagBytes; i++) difference |= <u32>load<u8>(y + i) ^ <u32>load<u8>(from + <usize>(n + i));
    if (difference != 0) {
      wipe();
      return NULL;
    }
    counterMode(from, to, n, 32, true);
  }
  wipe();
  return fromObject(out);
}

/** The block of lengths, in bits, that GHASH ends with. */
function lengths(a: i32, b: i32): void {
  store<u64>(WORK_B, bswap<u64>(<u64>a << 3));
  store<u64>(WORK_B, bswap<u64>(<u64>b << 3), 8);
}

export function p256Public(args: usize, argc: i32): Value {
  const out = newResult(64);
  if (out == 0) return EXCEPTION;
  return p256Derive(bufferData(out), pointer(args, 0)) ? fromObject(out) : NULL;
}

export function p256Agree(args: usize, argc: i32): Value {
  const out = newResult(64);
  if (out == 0) return EXCEPTION;
  return p256Times(bufferData(out), pointer(args, 0), pointer(args, 1)) ? fromObject(out) : NULL;
}

export function p256Check(args: usize, argc: i32): Value { return fromBool(p256Valid(pointer(args, 0))); }

export function p256Sign(args: usize, argc: i32): Value {
  const out = newResult(64);
  if (out == 0) return EXCEPTION;
  let good = false;
  while (!good) {
    hostRandom(WORK_DIGEST, 32);
    good = p256SignDigest(bufferData(out), pointer(args, 0), pointer(args, 1), length(args, 1), WORK_DIGEST);
  }
  wipe();
  return fromObject(out);
}

export function p256Verify(args: usize, argc: i32): Value {
  return fromBool(length(args, 2) == 64 && p256VerifyDigest(pointer(args, 0), pointer(args, 1), length(args, 1), pointer(args, 2)));
}
