/** From the spools to the control plane: at least once, in order, samples before the result of their measurement. */
import { randomUUID } from "node:crypto";
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import {
  logLine,
  measurementResult,
  requestWindow,
  startSample,
  traceReport,
  type LogLine,
  type MeasurementResult,
  type ReportInput,
  type ReportOutput,
  type RequestWindow,
  type StartSample,
  type TraceReport,
} from "@zerostart/protocol";
import { Backoff, pause } from "./backoff.ts";
import { ControlPlaneError } from "./control-plane.ts";
import { isNoRoom } from "./files.ts";
import { Spool } from "./spool.ts";

type Record =
  | { kind: "start"; value: StartSample }
  | { kind: "measurement"; value: MeasurementResult }
  | { kind: "requests"; value: RequestWindow }
  | { kind: "trace"; value: TraceReport }
  | { kind: "log"; value: LogLine };

function parseRecord(value: unknown): Record {
  const { kind, value: inner } = value as { kind: unknown; value: unknown };
  if (kind === "start") return { kind, value: startSample.parse(inner) };
  if (kind === "measurement") return { kind, value: measurementResult.parse(inner) };
  if (kind === "requests") return { kind, value: requestWindow.parse(inner) };
  if (kind === "trace") return { kind, value: traceReport.parse(inner) };
  if (kind === "log") return { kind, value: logLine.parse(inner) };
  throw new Error("a record of an unknown kind");
}

const batchBytes = 1 << 20;
const flushMs = 200;
/** Within the schema's limits. */
const batchRecords = 2_000;

export type ReporterOptions = { folder: string; logCapBytes: number; send: (input: ReportInput) => Promise<ReportOutput>; complain: (text: string) => void };

export class Reporter {
  /** Starts and results: never dropped, flushed to disk. */
  readonly #samples: Spool<Record>;
  /** Log lines: the oldest give way when the control plane is away for long. */
  readonly #logs: Spool<Record>;
  readonly #options: ReporterOptions;
  readonly #backoff = new Backoff(500, 15_000);
  /** Samples and results that the disk would not take; tried again with every flush. */
  #unwritten: Record[] = [];
  #lostLogLines = 0;
  #flushComplaint = "";
  #wake: AbortController | undefined;
  #flushTimer: NodeJS.Timeout | undefined;

  constructor(options: ReporterOptions) {
    this.#options = options;
    this.#samples = new Spool(join(options.folder, "samples"), parseRecord, { durable: true });
    this.#logs = new Spool(join(options.folder, "logs"), parseRecord, {
      durable: false,
      capBytes: options.logCapBytes,
      segmentBytes: Math.min(1 << 20, Math.ceil(options.logCapBytes / 4)),
    });
    const damaged = this.#samples.damaged + this.#logs.damaged;
    if (damaged > 0) options.complain(`${damaged} reports on disk were damaged and passed over`);
  }

  start(value: StartSample): void {
    this.#keep({ kind: "start", value });
  }

  measurement(value: MeasurementResult): void {
    this.#keep({ kind: "measurement", value });
  }

  requests(value: RequestWindow): void {
    this.#keep({ kind: "requests", value });
  }

  trace(value: TraceReport): void {
    this.#keep({ kind: "trace", value });
  }

  #keep(record: Record): void {
    this.#unwritten.push(record);
    this.#writeUnwritten();
    this.#flushSoon();
  }

  #writeUnwritten(): void {
    try {
      for (let record = this.#unwritten[0]; record; record = this.#unwritten[0]) {
        this.#samples.append(record);
        this.#unwritten.shift();
      }
    } catch (error) {
      if (this.#unwritten.length === 1) this.#options.complain(`reports cannot be written to disk and are kept in memory: ${messageOf(error)}`);
    }
  }

  log(value: LogLine): void {
    try {
      this.#writeLog(value);
    } catch (error) {
      if (this.#lostLogLines++ === 0) this.#options.complain(`log lines cannot be written to disk and are lost: ${messageOf(error)}`);
      return;
    }
    if (this.#lostLogLines > 0) this.#options.complain(`log lines are written again; ${this.#lostLogLines} were lost`);
    this.#lostLogLines = 0;
    this.#flushSoon();
  }

  #writeLog(value: LogLine): void {
    const dropped = new Map<string, { first: LogLine; count: number }>();
    for (const record of this.#logs.append({ kind: "log", value })) {
      if (record.kind !== "log") continue;
      const entry = dropped.get(record.value.deploymentId) ?? { first: record.value, count: 0 };
      entry.count++;
      dropped.set(record.value.deploymentId, entry);
    }
    for (const { first, count } of dropped.values()) {
      const text = `${count} log lines from here on were dropped: the control plane was away for too long`;
      this.#logs.append({ kind: "log", value: { ...first, id: randomUUID(), level: "warn", source: "agent", text } });
    }
  }

  #flushSoon(): void {
    this.#flushTimer ??= setTimeout(() => {
      this.flush();
      this.#wake?.abort();
    }, flushMs);
  }

  flush(): void {
    clearTimeout(this.#flushTimer);
    this.#flushTimer = undefined;
    this.#writeUnwritten();
    try {
      this.#samples.flush();
      this.#logs.flush();
    } catch (error) {
      if (!isNoRoom(error)) throw error;
      if (this.#flushComplaint !== messageOf(error)) this.#options.complain(`reports cannot be flushed to disk: ${messageOf(error)}`);
      this.#flushComplaint = messageOf(error);
    }
  }

  /** Deliver as records come, until `signal`. */
  async run(signal: AbortSignal): Promise<void> {
    let isAway = false;
    while (!signal.aborted) {
      try {
        const sent = await this.deliver();
        this.#backoff.reset();
        if (isAway) this.#options.complain("reports are delivered again");
        isAway = false;
        if (!sent) {
          this.#wake = new AbortController();
          await pause(5_000, AbortSignal.any([signal, this.#wake.signal]));
        }
      } catch (error) {
        if (!isAway && !signal.aborted) this.#options.complain(`reports are kept on disk: ${messageOf(error)}`);
        isAway = true;
        await pause(this.#backoff.next(), signal);
      }
    }
  }

  /** One batch of each spool. False when there was nothing. @throws ControlPlaneError when they have to wait */
  async deliver(): Promise<boolean> {
    let sent = false;
    for (const spool of [this.#samples, this.#logs]) {
      this.flush(); // what is sent must be on disk, or a crash could report it under two ids
      const batch = spool.next(batchBytes);
      if (!batch) continue;
      for (let i = 0; i < batch.records.length; i += batchRecords) await this.#send(batch.records.slice(i, i + batchRecords));
      spool.acknowledge(batch.end);
      sent = true;
    }
    // While the disk takes nothing, what waits in memory goes when all that came before it has gone.
    if (!sent && this.#unwritten.length > 0) {
      const waiting = this.#unwritten.slice(0, batchRecords);
      await this.#send(waiting);
      this.#unwritten = this.#unwritten.filter((record) => !waiting.includes(record));
      sent = true;
    }
    return sent;
  }

  async #send(records: Record[]): Promise<void> {
    const input: Required<ReportInput> = { starts: [], logs: [], measurements: [], requests: [], traces: [] };
    for (const record of records) {
      if (record.kind === "start") input.starts.push(record.value);
      else if (record.kind === "log") input.logs.push(record.value);
      else if (record.kind === "requests") input.requests.push(record.value);
      else if (record.kind === "trace") input.traces.push(record.value);
      else input.measurements.push(record.value);
    }
    if (input.measurements.length > 100 || input.traces.length > 10) return this.#halves(records);
    let output: ReportOutput;
    try {
      output = await this.#options.send(input);
    } catch (error) {
      if (!(error instanceof ControlPlaneError) || error.kind !== "refused") throw error;
      if (records.length > 1) return this.#halves(records);
      return this.#setAside(records[0]!, error.message);
    }
    for (const { id, reason } of output.rejected) {
      const record = records.find(({ value }) => value.id === id);
      if (record) this.#setAside(record, reason);
    }
    const settled = new Set([...output.accepted, ...output.rejected.map(({ id }) => id)]);
    const missing = records.filter(({ value }) => !settled.has(value.id)).length;
    if (missing > 0) throw new ControlPlaneError("unreachable", `the control plane did not say what became of ${missing} reports`);
  }

  async #halves(records: Record[]): Promise<void> {
    const middle = records.length >> 1;
    await this.#send(records.slice(0, middle));
    await this.#send(records.slice(middle));
  }

  /** One record that is refused for good must not hold up the others; it is kept for a person to look at. */
  #setAside(record: Record, reason: string): void {
    this.#options.complain(`a report was refused for good: ${reason}`);
    try {
      appendFileSync(join(this.#options.folder, "refused.jsonl"), `${JSON.stringify({ at: new Date().toISOString(), reason, record })}\n`, { mode: 0o600 });
    } catch (error) {
      this.#options.complain(`it cannot be kept for you to look at: ${messageOf(error)}`);
    }
  }

  close(): void {
    this.flush();
    this.#samples.close();
    this.#logs.close();
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
