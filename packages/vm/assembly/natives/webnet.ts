/** What the library does with connections that the handler opened (assembly/http/client.ts). */
import * as client from "../http/client";
import { bufferAlloc, bufferFree } from "../http/memory";
import { EXCEPTION, FALSE, UNDEFINED, Value, asInt, fromBool, fromInt, isInt, isTrue, ptrOf } from "../value";
import { throwRangeError } from "../errors";
import { utf8Length, writeUtf8 } from "../string";
import { viewLength, viewPointer } from "./webbytes";

@inline function at(args: usize, i: i32): Value { return load<u64>(args + (<usize>i << 3)); }
@inline function conn(args: usize): usize {
  const h = at(args, 0);
  return isInt(h) ? client.clientOfHandle(asInt(h)) : 0;
}

export function netConnect(args: usize, argc: i32): Value {
  const text = ptrOf(at(args, 0));
  const n = utf8Length(text);
  const p = bufferAlloc(n);
  if (p == 0) { throwRangeError("Out of memory"); return EXCEPTION; }
  writeUtf8(text, p);
  const result = client.connect(p, n);
  bufferFree(p);
  return fromInt(result);
}

export function netSend(args: usize, argc: i32): Value {
  const c = conn(args);
  if (c == 0) return fromInt(-2);
  const view = at(args, 1);
  const from = asInt(at(args, 2));
  return fromInt(client.send(c, viewPointer(view) + <usize>from, viewLength(view) - from));
}

export function netPause(args: usize, argc: i32): Value {
  const c = conn(args);
  if (c != 0) client.pause(c, isTrue(at(args, 1)));
  return UNDEFINED;
}

export function netIdle(args: usize, argc: i32): Value {
  const c = conn(args);
  return c == 0 ? FALSE : fromBool(client.setIdle(c, isTrue(at(args, 1))));
}

export function netClose(args: usize, argc: i32): Value {
  const c = conn(args);
  if (c != 0) client.closeClient(c);
  return UNDEFINED;
}
