/** Runs the native tracer (native/tracer/tracer.c) and parses what it says. Linux only. */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { FrameLayout } from "@zerostart/protocol";
import { z } from "zod";
import { tracerPath } from "../native.ts";

const nanoseconds = z.number().int().nonnegative();
/** Hexadecimal, without 0x. */
const address = z.string().regex(/^[0-9a-f]+$/);
const run = z.number().int();
/** UTF-16 or Latin-1 units; or where the text is in linear memory, when it could not be read there. */
const text = z.union([z.object({ wide: z.boolean(), hex: z.string() }), z.object({ at: address })]);
const line = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("run"),
    run,
    kind: z.enum(["plain", "syscalls", "watched", "sampled"]),
    beginNs: nanoseconds,
    endNs: nanoseconds,
    trace: z.string(),
  }),
  z.object({ type: z.literal("pause"), run, fromNs: nanoseconds, toNs: nanoseconds }),
  z.object({ type: z.literal("enter"), run, number: z.number().int(), atNs: nanoseconds, args: z.array(address), data: z.string().optional() }),
  z.object({ type: z.literal("leave"), run, atNs: nanoseconds, result: z.number() }),
  z.object({ type: z.literal("fault"), run, atNs: nanoseconds, ip: address, address }),
  z.object({ type: z.literal("code"), run, code: z.number().int(), flags: z.number().int(), name: text, file: text }),
  z.object({
    type: z.literal("sample"),
    run,
    atNs: nanoseconds,
    /** Where the program itself was. */
    ip: address,
    /** Functions of the kernel, innermost first. */
    kernel: z.array(address),
    /** Words of the program's stack that may be return addresses, innermost first; with a mark what a signal interrupted, whose stack follows. */
    stack: z.array(z.string().regex(/^!?[0-9a-f]+$/)),
    /** CODE cells of running JavaScript, innermost first. */
    frames: z.array(z.number().int()),
  }),
  z.object({ type: z.literal("unavailable"), what: z.string(), why: z.string() }),
]);
export type TracerLine = z.infer<typeof line>;
export type TracerText = z.infer<typeof text>;

/** What one kind of line has to say, in order. */
export function linesOf<T extends TracerLine["type"]>(lines: TracerLine[], type: T): Extract<TracerLine, { type: T }>[] {
  return lines.filter((each): each is Extract<TracerLine, { type: T }> => each.type === type);
}

export type TracerOptions = {
  path: string;
  runs: { plain: number; syscalls: number; watched: number; sampled: number };
  intervalNs: number;
  /** Addresses of the program's code. */
  text: { from: number; to: number };
  layout: FrameLayout | undefined;
  /** Address of the function that a signal's handler returns to. */
  restorer: number | undefined;
  cwd?: string | undefined;
  /** Of the program; this process's own unless given. */
  env?: Record<string, string> | undefined;
  signal?: AbortSignal | undefined;
  /** After each run. */
  onRun?: ((done: number) => void) | undefined;
};

/** In the order of struct layout of tracer.c. */
const layoutFields = [
  "currentFrame",
  "framesStart",
  "frameBytes",
  "frameCode",
  "framePc",
  "codeFile",
  "codeFlags",
  "codeName",
  "fileName",
  "stringLength",
  "stringData",
  "twoByteFlag",
  "ropeFlag",
  "sliceFlag",
] as const satisfies (keyof FrameLayout)[];

const giveUpMs = 180_000;
/** What the tracer says of a thousand starts stays far below. */
const maxLines = 2_000_000;

/**
 * Start `command` (with {port} where the port goes) as often as `runs` says.
 * @throws Error when it did not answer; `signal`'s reason
 */
export async function runTracer(command: string[], options: TracerOptions): Promise<TracerLine[]> {
  const { runs, layout } = options;
  const tracer = await tracerPath();
  const child = spawn(
    tracer,
    [
      `path=${options.path}`,
      ...Object.entries(runs).map(([kind, count]) => `${kind}=${count}`),
      `interval=${options.intervalNs}`,
      `text=${options.text.from.toString(16)},${options.text.to.toString(16)}`,
      ...(options.restorer === undefined ? [] : [`restorer=${options.restorer.toString(16)}`]),
      ...(layout ? [`layout=${layoutFields.map((field) => layout[field]).join(",")}`] : []),
      "--",
      ...command,
    ],
    { stdio: ["ignore", "pipe", "pipe"], cwd: options.cwd, env: options.env ?? process.env, timeout: giveUpMs, killSignal: "SIGKILL", signal: options.signal },
  );
  const lines: TracerLine[] = [];
  let complaint = "";
  let done = 0;
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => (complaint = (complaint + chunk).slice(-2_000)));
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  ended.catch(() => undefined);
  for await (const each of createInterface({ input: child.stdout })) {
    const parsed = line.parse(JSON.parse(each));
    if (lines.push(parsed) > maxLines) child.kill("SIGKILL");
    if (parsed.type === "run") options.onRun?.(++done);
  }
  const code = await ended.catch((error: unknown) => {
    throw options.signal?.aborted ? options.signal.reason : error;
  });
  options.signal?.throwIfAborted();
  if (code !== 0) throw new Error(complaint.trim() || (code === null ? "it took too long" : `the tracer ended with ${code}`));
  return lines;
}
