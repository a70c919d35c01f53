/** A traced start in the formats of other viewers. */
import type { StartTrace } from "./start-trace.ts";

export const traceFormats = ["zerostart", "speedscope", "chrome"] as const;
export type TraceFormat = (typeof traceFormats)[number];

/** What to call a trace's file. */
export function traceFileName(trace: Pick<StartTrace, "subject">, format: TraceFormat): string {
  const name = trace.subject.handler.replaceAll(/[^A-Za-z0-9._-]+/g, "-") || "handler";
  return `${name}-${trace.subject.mode}${format === "zerostart" ? ".trace.json" : `.${format}.json`}`;
}

export function exportTrace(trace: StartTrace, format: TraceFormat): unknown {
  return format === "speedscope" ? toSpeedscope(trace) : format === "chrome" ? toChromeTrace(trace) : trace;
}

const title = ({ subject, host }: StartTrace) => `${subject.handler}, ${subject.mode}, ${subject.target} on ${host.name}`;

/** speedscope's file format (https://www.speedscope.app/file-format-schema.json): stacks with how long each was seen, of all starts. */
function toSpeedscope(trace: StartTrace): unknown {
  const { intervalNs, stacks, total } = trace.samples;
  return {
    $schema: "https://www.speedscope.app/file-format-schema.json",
    name: title(trace),
    exporter: "zerostart",
    activeProfileIndex: 0,
    shared: { frames: trace.frames.map(({ name, kind, file }) => ({ name, file: file ?? `(${kind})` })) },
    profiles: [
      {
        type: "sampled",
        name: `processor, ${trace.starts.sampled.count} starts`,
        unit: "nanoseconds",
        startValue: 0,
        endValue: total * intervalNs,
        samples: stacks.map((s) => s.frames),
        weights: stacks.map((s) => s.count * intervalNs),
      },
    ],
  };
}

/** The Trace Event Format of Chrome's and Perfetto's viewers; times in microseconds. One row each for phases, system calls, page faults and samples. */
function toChromeTrace(trace: StartTrace): unknown {
  const micros = (ns: number) => ns / 1000;
  const threads = ["phases", "system calls", "page faults", "processor samples"];
  const complete = (tid: number, name: string, atNs: number, ns: number, args: Record<string, unknown> = {}) => ({
    ph: "X",
    pid: 1,
    tid,
    name,
    cat: threads[tid - 1],
    ts: micros(atNs),
    dur: micros(ns),
    args,
  });
  return {
    displayTimeUnit: "ns",
    traceEvents: [
      { ph: "M", pid: 1, name: "process_name", args: { name: title(trace) } },
      ...threads.map((name, i) => ({ ph: "M", pid: 1, tid: i + 1, name: "thread_name", args: { name } })),
      ...trace.reference.phases.map((p) => complete(1, p.phase, p.fromNs, p.toNs - p.fromNs)),
      ...trace.syscalls.map((call) => complete(2, call.name, call.atNs, call.ns, { args: call.args, result: call.result })),
      ...trace.faults.map((fault) => ({
        ph: "i",
        s: "t",
        pid: 1,
        tid: 3,
        name: fault.segment,
        cat: "page faults",
        ts: micros(fault.atNs),
        args: { address: `0x${fault.address}`, by: trace.frames[fault.by]?.name },
      })),
      ...trace.samples.timeline.map(([atNs, index]) => {
        const frames = (trace.samples.stacks[index]?.frames ?? []).map((f) => trace.frames[f]?.name ?? "");
        return { ph: "i", s: "t", pid: 1, tid: 4, name: frames.at(-1) ?? "", cat: "processor samples", ts: micros(atNs), args: { stack: frames } };
      }),
    ],
  };
}
