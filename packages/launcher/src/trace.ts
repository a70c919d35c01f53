/**
 * The trace that a started process hands over (docs/architecture.md, "how a start reports its phases") and the accounting
 * that turns it into durations which add up to the time measured from outside.
 */
import { phaseNames, type PhaseDuration, type PhaseName } from "@zerostart/protocol";

const headerBytes = 8;
const entryBytes = 16;

/** The trace was malformed; the start itself was measured, its phases are unknown. */
export class TraceError extends Error {}

/**
 * Durations by phase, in the order of the phase table, each phase at most once; they add up to `totalNs` exactly.
 *
 * The process may read its clock a moment after the observer already had the last byte, so an end after the observer's
 * end counts as the observer's end. What no entry claims is `other`.
 *
 * @param trace the bytes read from the trace pipe; empty when the process does not report phases
 * @param beginNs CLOCK_MONOTONIC just before the spawn, ns
 * @param totalNs from there to the last byte of the first response, ns
 * @throws TraceError when the bytes do not follow the contract
 */
export function accountPhases(trace: Uint8Array, beginNs: bigint, totalNs: number): PhaseDuration[] {
  const durations = new Map<PhaseName, number>();
  const add = (name: PhaseName, ns: number) => durations.set(name, (durations.get(name) ?? 0) + ns);
  let accounted = 0;
  for (const { phase, endNs } of trace.length === 0 ? [] : decodeTrace(trace)) {
    const sinceBegin = Number(endNs - beginNs);
    if (sinceBegin < 0) throw new TraceError(`the phase ${phase} ended before the process was started`);
    const end = Math.min(sinceBegin, totalNs);
    if (end < accounted) throw new TraceError(`the phase ${phase} ended before the one that came first`);
    add(phase, end - accounted);
    accounted = end;
  }
  add("other", totalNs - accounted);
  return phaseNames.filter((name) => durations.has(name)).map((name) => ({ phase: name, ns: durations.get(name)! }));
}

/** The entries of a trace, in order; the first ends `spawn`. @throws TraceError when the bytes do not follow the contract */
export function decodeTrace(trace: Uint8Array): { phase: PhaseName; endNs: bigint }[] {
  const view = new DataView(trace.buffer, trace.byteOffset, trace.byteLength);
  if (trace.length < headerBytes || view.getUint32(0, false) !== 0x5a535431 /* ZST1 */) throw new TraceError("the trace does not begin with ZST1");
  const count = view.getUint32(4, true);
  if (trace.length !== headerBytes + count * entryBytes) {
    throw new TraceError(`the trace announces ${count} entries and has ${trace.length - headerBytes} bytes of them`);
  }
  return Array.from({ length: count }, (_, i) => {
    const offset = headerBytes + i * entryBytes;
    const index = view.getUint32(offset, true);
    const phase = phaseNames[index];
    if (phase === undefined) throw new TraceError(`the trace names the unknown phase ${index}`);
    return { phase, endNs: view.getBigUint64(offset + 8, true) };
  });
}
