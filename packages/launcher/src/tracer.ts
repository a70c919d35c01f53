/** Looking into starts: system calls, page faults and where the processor was (native/tracer/tracer.c). Linux only. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { z } from "zod";
import { compileNative } from "./native.ts";

const nanoseconds = z.number().int().nonnegative();
/** Hexadecimal, without 0x. */
const address = z.string().regex(/^[0-9a-f]+$/);
const line = z.discriminatedUnion("type", [
  z.object({ type: z.literal("run"), run: z.number().int(), beginNs: nanoseconds, endNs: nanoseconds, trace: z.string() }),
  z.object({ type: z.literal("syscall"), number: z.number().int(), atNs: nanoseconds, ns: nanoseconds, result: z.number() }),
  z.object({ type: z.literal("fault"), run: z.number().int(), atNs: nanoseconds, ip: address, address }),
  z.object({ type: z.literal("sample"), run: z.number().int(), atNs: nanoseconds, ip: address, user: address, kernel: z.array(address) }),
  z.object({ type: z.literal("unavailable"), what: z.string(), why: z.string() }),
]);
export type TracerLine = z.infer<typeof line>;

/** What one kind of line has to say, in order. */
export function linesOf<T extends TracerLine["type"]>(lines: TracerLine[], type: T): Extract<TracerLine, { type: T }>[] {
  return lines.filter((each): each is Extract<TracerLine, { type: T }> => each.type === type);
}

/**
 * Start `command` (with {port} where the port goes) once under ptrace, run 0, and `runs` times under perf events, runs 1 and on.
 * @throws Error when it did not answer
 */
export async function traceStarts(command: string[], options: { path: string; runs: number }): Promise<TracerLine[]> {
  const native = join(import.meta.dirname, "../native");
  const source = (name: string) => join(native, name);
  const tracer = await compileNative("zerostart-tracer", [source("tracer/tracer.c"), source("response.c")], [source("launcher.h")]);
  const { stdout } = await promisify(execFile)(tracer, [options.path, String(options.runs), ...command], { maxBuffer: 1 << 28, timeout: 120_000 });
  return stdout
    .split("\n")
    .filter(Boolean)
    .map((text) => line.parse(JSON.parse(text)));
}
