/**
 * OpenTelemetry by OTLP over HTTP: starts as traces with a span for each phase, requests of the control plane as spans, and metrics.
 * Off, and not even loaded, unless the standard variables name a collector (config.ts).
 */
import type { Db } from "../db/client.ts";
import type { SampleRow } from "../db/dialect.ts";
import type { TelemetryConfig } from "./config.ts";
import type { RequestEnd } from "./spans.ts";

/** One counter's worth of answers of handlers, as agents tell them. */
export type HandlerRequests = {
  handlerId: string;
  hostId: string;
  /** Answers by their status's first digit; index 0: requests that got none. */ byClass: number[];
  sumNs: number;
};

export type SignalStatus = { endpoint: string; exported: number; dropped: number; lastError: { message: string; at: Date } | null };
export type TelemetryStatus = { traces: (SignalStatus & { ratio: number }) | null; metrics: (SignalStatus & { intervalMs: number }) | null };

/** None of these waits, and none throws. */
export type Telemetry = {
  /** Starts that are stored now and were not before. */
  starts(rows: SampleRow[]): void;
  handlerRequests(requests: HandlerRequests[]): void;
  request(request: RequestEnd): void;
  status(): TelemetryStatus;
  /** Sends what waits, within some seconds. */
  close(): Promise<void>;
};

export async function openTelemetry(config: TelemetryConfig | undefined, services: { db: Db; instanceId: string }): Promise<Telemetry | undefined> {
  if (!config) return undefined;
  const { openOtlp } = await import("./otlp.ts");
  return openOtlp(config, services);
}
