/**
 * A traced start, as it is made by agent and command line, stored by the control plane, drawn by the dashboard and written to files.
 *
 * It is put together from many starts of one program, of four kinds (`starts`). All times lie on one axis: the nanoseconds of `reference`, one start that was
 * only watched. What another start saw is placed on it by phase: at the same share of the same phase. Durations are as measured.
 */
import { z } from "zod";
import { knobs, launchMode, phaseName, sha256Hex, targetTriple } from "./agent.ts";

const ns = z.number().int().nonnegative();
const text = (max: number) => z.string().max(max);

/** Who runs: `phase` is not a function but the part of the start in which it ran; `host` the C program, `engine` our VM, `library` its built-ins in JavaScript. */
export const frameKinds = ["phase", "kernel", "host", "engine", "library", "handler"] as const;

export const traceFrame = z.object({
  name: text(300),
  kind: z.enum(frameKinds),
  /** Of JavaScript. */
  file: text(300).optional(),
});

export const tracePhase = z.object({ phase: phaseName, fromNs: ns, toNs: ns });

/** Starts of one kind; times from the program's execve to the last byte of the answer, without the pauses that tracing made. */
export const traceStarts = z.object({ count: z.number().int().nonnegative(), minNs: ns, medianNs: ns });

export const startTrace = z.object({
  version: z.literal(2),
  recordedAt: z.iso.datetime(),
  subject: z.object({
    handler: text(200),
    mode: launchMode,
    target: targetTriple,
    path: text(2_048),
    artifactSha256: sha256Hex.optional(),
    knobs: knobs.optional(),
  }),
  host: z.object({ name: text(253), kernel: text(256), cpuModel: text(256), arch: text(64) }),
  /** What stacks and faults refer to, by index. */
  frames: z.array(traceFrame).max(20_000),
  starts: z.object({
    /** Nothing watched them. */
    plain: traceStarts,
    /** Under ptrace, for system calls. */
    syscalls: traceStarts,
    /** Under perf events, for page faults. */
    watched: traceStarts,
    /** Under perf events and stopped at each sample. */
    sampled: traceStarts,
  }),
  reference: z.object({ totalNs: ns, phases: z.array(tracePhase).max(64) }),
  syscalls: z.array(z.object({ name: text(64), args: text(600), result: text(100), failed: z.boolean(), atNs: ns, ns })).max(5_000),
  faults: z
    .array(
      z.object({
        atNs: ns,
        /** Hexadecimal. */
        address: z.string().regex(/^[0-9a-f]{1,16}$/),
        segment: text(100),
        /** The frame that touched the page. */
        by: z.number().int().nonnegative(),
      }),
    )
    .max(20_000),
  samples: z.object({
    intervalNs: ns,
    total: z.number().int().nonnegative(),
    /** Outermost first, the phase before all; by how often each was seen. */
    stacks: z.array(z.object({ frames: z.array(z.number().int().nonnegative()).min(1).max(256), count: z.number().int().positive() })).max(20_000),
    /** When each was seen: (atNs, index into `stacks`), by time; a part of them when there are very many. */
    timeline: z.array(z.tuple([ns, z.number().int().nonnegative()])).max(5_000),
  }),
  /** What this host does not permit, and what would help. */
  unavailable: z.array(z.object({ what: text(200), why: text(500), remedy: text(500).optional() })).max(20),
});

export type FrameKind = (typeof frameKinds)[number];
export type TraceFrame = z.infer<typeof traceFrame>;
export type TracePhase = z.infer<typeof tracePhase>;
export type StartTrace = z.infer<typeof startTrace>;

export type HotFunction = { name: string; kind: FrameKind; file?: string | undefined; selfSamples: number; totalSamples: number };

/** Functions with the samples in which they ran themselves, and those in which they were on the stack; most self first. A recursive one counts once a stack. */
export function hotFunctions(trace: Pick<StartTrace, "frames" | "samples">): HotFunction[] {
  const byFrame = new Map<number, HotFunction>();
  const of = (index: number): HotFunction | undefined => {
    const frame = trace.frames[index];
    if (!frame || frame.kind === "phase") return undefined;
    const known = byFrame.get(index) ?? { ...frame, selfSamples: 0, totalSamples: 0 };
    byFrame.set(index, known);
    return known;
  };
  for (const { frames, count } of trace.samples.stacks) {
    for (const index of new Set(frames)) {
      const hot = of(index);
      if (hot) hot.totalSamples += count;
    }
    const own = of(frames.at(-1)!);
    if (own) own.selfSamples += count;
  }
  return [...byFrame.values()].sort((a, b) => b.selfSamples - a.selfSamples || b.totalSamples - a.totalSamples || a.name.localeCompare(b.name));
}
