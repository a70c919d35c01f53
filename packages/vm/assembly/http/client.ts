/**
 * Connections that the handler opens (`fetch`). Here they are bytes in and out; HTTP is the library's (lib/web/fetch-http.ts). They share the connections' table and
 * numbers with those that were accepted, and the host's `write` and `close`. Whether a place may be reached at all is the host's decision.
 */
import { hostClose, hostConnect, hostWrite } from "../host";
import { release } from "./response";
import { Flag, RECORD, State, addFlag, clearFlag, connAddress, connIndex, ensureRecord, generationOf, handleOf, hasFlag, isDraining, setGeneration, setState, stateOf, tableCount } from "./state";

/** The connection of a live handle, or 0. */
export function clientOfHandle(h: i32): usize {
  const index = h & 0xffff;
  if (h < 0 || index >= tableCount()) return 0;
  const c = connAddress(index);
  return stateOf(c) == State.Client && handleOf(c) == h ? c : 0;
}

export function clientAt(index: i32): usize {
  if (<u32>index >= <u32>tableCount()) return 0;
  const c = connAddress(index);
  return stateOf(c) == State.Client ? c : 0;
}

/** Begin to connect to `host:port`: a handle, or what the host says (negative). */
export function connect(authority: usize, n: i32): i32 {
  const index = hostConnect(authority, n);
  if (index < 0) return index;
  if (!ensureRecord(index)) { hostClose(index); return -5; }
  const c = connAddress(index);
  if (stateOf(c) != State.Free) release(c, false);
  const generation = generationOf(c);
  memory.fill(c, 0, RECORD);
  setGeneration(c, generation);
  setState(c, State.Client);
  return handleOf(c);
}

/** Bytes taken; -1 when none now (the library hears when it can go on), -2 when the peer is gone. */
export function send(c: usize, p: usize, n: i32): i32 { return hostWrite(connIndex(c), p, n); }

/** Whether received bytes are wanted now. */
export function pause(c: usize, on: bool): void {
  if (on) addFlag(c, Flag.Paused);
  else clearFlag(c, Flag.Paused);
}

/** Mark as kept for a later request. False while draining: it should be closed. */
export function setIdle(c: usize, on: bool): bool {
  if (on) addFlag(c, Flag.Idle);
  else clearFlag(c, Flag.Idle);
  return !on || !isDraining();
}

export function closeClient(c: usize): void { release(c, true); }

/** Nobody will need the kept connections any more. */
export function closeIdleClients(): void {
  for (let i = 0, n = tableCount(); i < n; i++) {
    const c = connAddress(i);
    if (stateOf(c) == State.Client && hasFlag(c, Flag.Idle)) release(c, true);
  }
}
