/**
 * The output cursor: bytes of a response are composed behind the received bytes in the shared block, or, when that is too small, in a buffer of their own; then
 * given to the host in one write. What the host does not take now becomes the connection's pending output.
 */
import { bufferAlloc, bufferFree } from "./memory";
import { hostWrite } from "../host";
import {
  SHARED_SIZE, connIndex, outCap, outLen, outOwned, outPtr, pendingCap, pendingLen, pendingOff, pendingOut, setOut, setOutFlags, setOutLen, setPending, setPendingOff, sharedBlock,
  sharedUsed,
} from "./state";

/** Begin a new piece of output. */
export function outBegin(): void {
  const used = (sharedUsed() + 15) & ~15;
  const block = sharedBlock();
  setOutFlags(0);
  if (block == 0) setOut(0, 0, 0, false);
  else setOut(block + <usize>used, 0, SHARED_SIZE - used, false);
}

/** Make room for n more bytes; the address to write them to, or 0 when there is no memory. `outAdvance` counts them in. */
export function outReserve(n: i32): usize {
  const len = outLen();
  if (n <= outCap() - len) return outPtr() + <usize>len;
  return grow(n);
}

function grow(n: i32): usize {
  const len = outLen();
  const need = <i64>len + <i64>n;
  if (need > 0x7fff0000 || n < 0) return 0;
  let cap = <i32>need;
  if (len > 4096 && cap < outCap() + (outCap() >> 1)) cap = outCap() + (outCap() >> 1);
  const p = bufferAlloc(cap);
  if (p == 0) return 0;
  memory.copy(p, outPtr(), <usize>len);
  if (outOwned()) bufferFree(outPtr());
  setOut(p, len, cap, true);
  return p + <usize>len;
}

// @ts-ignore: decorator
@inline export function outAdvance(n: i32): void { setOutLen(outLen() + n); }

export function outBytes(p: usize, n: i32): bool {
  const to = outReserve(n);
  if (to == 0) return n == 0;
  memory.copy(to, p, <usize>n);
  outAdvance(n);
  return true;
}

/** An ASCII literal. */
export function outAscii(text: string): bool {
  const n = text.length;
  const to = outReserve(n);
  if (to == 0) return false;
  const p = changetype<usize>(text);
  for (let i = 0; i < n; i++) store<u8>(to + i, load<u16>(p + (<usize>i << 1)));
  outAdvance(n);
  return true;
}

/** A non-negative integer in decimal. */
export function outDecimal(value: i64): bool {
  const to = outReserve(20);
  if (to == 0) return false;
  let digits = 1;
  for (let v = value; v >= 10; v /= 10) digits++;
  let v = value;
  for (let i = digits - 1; i >= 0; i--) {
    store<u8>(to + i, <u32>(0x30 + v % 10));
    v /= 10;
  }
  outAdvance(digits);
  return true;
}

/** A non-negative integer in lower-case hexadecimal. */
export function outHex(value: u32): bool {
  const to = outReserve(8);
  if (to == 0) return false;
  let digits = 1;
  for (let v = value >> 4; v != 0; v >>= 4) digits++;
  let v = value;
  for (let i = digits - 1; i >= 0; i--) {
    const d = v & 15;
    store<u8>(to + i, d < 10 ? 0x30 + d : 0x57 + d);
    v >>= 4;
  }
  outAdvance(digits);
  return true;
}

/** Give back what was composed without sending it. */
export function outDrop(): void {
  if (outOwned()) bufferFree(outPtr());
  setOut(0, 0, 0, false);
}

/** Send what was composed. False when the peer is gone or there is no memory to keep the rest: the caller then ends the connection. */
export function outSend(c: usize): bool {
  const p = outPtr();
  const n = outLen();
  if (pendingOut(c) != 0) {
    const kept = keep(c, p, n);
    outDrop();
    return kept;
  }
  let taken = n == 0 ? 0 : hostWrite(connIndex(c), p, n);
  if (taken == -2) { outDrop(); return false; }
  if (taken < 0) taken = 0;
  if (taken >= n) { outDrop(); return true; }
  if (outOwned()) {
    setPending(c, p, taken, n, outCap());
    setOut(0, 0, 0, false);
    return true;
  }
  const kept = keep(c, p + <usize>taken, n - taken);
  outDrop();
  return kept;
}

/** Append bytes to the connection's pending output. */
function keep(c: usize, p: usize, n: i32): bool {
  const off = pendingOff(c);
  const left = pendingLen(c) - off;
  const need = <i64>left + <i64>n;
  if (need > 0x7fff0000) return false;
  const old = pendingOut(c);
  if (old != 0 && pendingCap(c) >= <i32>need) {
    if (pendingCap(c) - pendingLen(c) < n) {
      memory.copy(old, old + <usize>off, <usize>left);
      setPending(c, old, 0, left, pendingCap(c));
    }
    memory.copy(old + <usize>pendingLen(c), p, <usize>n);
    setPending(c, old, pendingOff(c), pendingLen(c) + n, pendingCap(c));
    return true;
  }
  const cap = old == 0 ? <i32>need : <i32>need + <i32>(need >> 1);
  const grown = bufferAlloc(cap);
  if (grown == 0) return false;
  if (old != 0) {
    memory.copy(grown, old + <usize>off, <usize>left);
    bufferFree(old);
  }
  memory.copy(grown + <usize>left, p, <usize>n);
  setPending(c, grown, 0, <i32>need, cap);
  return true;
}

/** Offer the pending output to the host. False when the peer is gone. */
export function flushPending(c: usize): bool {
  const p = pendingOut(c);
  if (p == 0) return true;
  const off = pendingOff(c);
  const left = pendingLen(c) - off;
  const taken = hostWrite(connIndex(c), p + <usize>off, left);
  if (taken == -2) return false;
  if (taken >= left) {
    bufferFree(p);
    setPending(c, 0, 0, 0, 0);
  } else if (taken > 0) {
    setPendingOff(c, off + taken);
  }
  return true;
}

/** Bytes that wait for the peer. */
export function pendingBytes(c: usize): i32 {
  return pendingOut(c) == 0 ? 0 : pendingLen(c) - pendingOff(c);
}
