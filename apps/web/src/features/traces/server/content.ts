/** Traces at rest: gzipped JSON that we wrote ourselves, in the store of traces. */
import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import { maxTraceJsonBytes, startTrace, type StartTrace } from "@zerostart/protocol";
import type { App } from "../../../server/app.ts";
import { AppError } from "../../../server/errors.ts";

const [pack, unpack] = [promisify(gzip), promisify(gunzip)];

/** @throws Error fit to be told to the agent: not gzip, too long, not a trace */
export async function parseTrace(packed: Uint8Array): Promise<StartTrace> {
  const text = await unpack(packed, { maxOutputLength: maxTraceJsonBytes }).catch((error: unknown) => {
    throw new Error(`the trace cannot be unpacked: ${error instanceof Error ? error.message : String(error)}`);
  });
  const trace = startTrace.parse(JSON.parse(text.toString("utf8")));
  const { frames, faults, samples } = trace;
  const isKnown = (index: number) => index < frames.length;
  if (
    !faults.every((fault) => isKnown(fault.by)) ||
    !samples.stacks.every((s) => s.frames.every(isKnown)) ||
    !samples.timeline.every(([, s]) => s < samples.stacks.length)
  )
    throw new Error("the trace refers to frames or stacks that it does not have");
  return trace;
}

export async function keepTrace(app: App, trace: StartTrace): Promise<{ contentSha256: string; sizeBytes: number }> {
  const bytes = await pack(JSON.stringify(trace));
  return { contentSha256: await app.traces.put(bytes), sizeBytes: bytes.byteLength };
}

export async function readTrace(app: App, contentSha256: string): Promise<StartTrace> {
  if ((await app.traces.size(contentSha256)) === undefined) throw new AppError("NOT_FOUND", "The trace's file is gone from the store. Trace the start again.");
  return startTrace.parse(JSON.parse((await unpack(await app.traces.get(contentSha256), { maxOutputLength: maxTraceJsonBytes })).toString("utf8")));
}
