/**
 * The `http_*` exports and what the VM's own exports need of the Web part (docs/architecture.md, "the VM's WebAssembly interface"). Here requests meet the
 * interpreter: each request, event and timer is a turn of its own (turn.ts: CPU limit, jobs, unhandled rejections), and one that fails costs no other.
 */
import { HOOK_HTTP_CLOSED, HOOK_HTTP_REQUEST, HOOK_HTTP_WRITABLE, HOOK_TIMER } from "../generated/hooks";
import { hostClock, hostLog } from "../host";
import { setEnvironment } from "../natives/webhttp";
import { timersFreeze, timersNext, timersPending, timersTake } from "../natives/webtimer";
import { errorLen, errorPtr } from "../state";
import { callHook } from "../turn";
import { fromInt } from "../value";
import { respondError } from "./response";
import * as server from "./server";
import { Event, connOfHandle, httpReset, inFlight, popEvent, setMaxBody } from "./state";

/** Run what became ready: requests first, then what streams wait for. */
function pump(): void {
  while (true) {
    const handle = server.takeRequest();
    if (handle >= 0) {
      if (!callHook(HOOK_HTTP_REQUEST, fromInt(handle))) stopped(handle);
      continue;
    }
    const event = popEvent();
    if (event == 0) return;
    if (!callHook(<i32>(event >> 32) == Event.Writable ? HOOK_HTTP_WRITABLE : HOOK_HTTP_CLOSED, fromInt(<i32>event))) stopped(<i32>event);
  }
}

/** A turn ended by a limit, or by an error that the library could not catch. */
function stopped(handle: i32): void {
  hostLog(3, errorPtr(), errorLen());
  const c = connOfHandle(handle);
  if (c != 0) respondError(c, 503, "The handler was stopped: it used more time or memory than it may");
}

export function http_open(conn: i32): i32 { return server.open(conn); }
export function http_buffer(conn: i32): usize { return server.receiveAddress(conn); }
export function http_buffer_size(conn: i32): i32 { return server.receiveSize(conn); }
export function http_receive(conn: i32, n: i32): i32 {
  server.receive(conn, n);
  pump();
  server.settle(conn);
  return server.wantsWritable(conn);
}
export function http_writable(conn: i32): i32 {
  server.writable(conn);
  pump();
  return server.wantsWritable(conn);
}
export function http_closed(conn: i32): void {
  server.closed(conn);
  pump();
}
export function http_drain(): void {
  server.drain();
}

/** `NAME=VALUE\0` strings without the prefix, in a buffer that stays: what handlers get as `env`. */
export function vm_env(ptr: usize, len: i32): void { setEnvironment(ptr, len); }

// ---------------------------------------------------------------- For vm_poll, vm_resume, vm_set_limits and vm_image_prepare

/** Run due timers, answer requests that are over their time; ns until there is something to do, -1 when nothing is pending. Jobs were run already. */
export function pollWeb(): i64 {
  if (!timersPending() && inFlight() == 0) return -1;
  const now = hostClock();
  for (let id = timersTake(now); id != 0; id = timersTake(now)) {
    if (!callHook(HOOK_TIMER, fromInt(id))) hostLog(3, errorPtr(), errorLen());
    pump();
  }
  const deadline = server.expire(now);
  pump();
  const timer = timersNext(now);
  return deadline < 0 ? timer : timer < 0 || deadline < timer ? deadline : timer;
}

/** Are timers or requests pending? Reads no clock. */
export function isWebPending(): bool { return timersPending() || inFlight() != 0; }

/** An image was restored: no connection of its former life exists. */
export function resumeWeb(): void { httpReset(); }

/** The image is about to be taken. */
export function freezeWeb(): void { timersFreeze(); }

export function setBodyLimit(bytes: i32): void { if (bytes > 0) setMaxBody(bytes); }
