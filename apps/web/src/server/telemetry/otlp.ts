/** Telemetry that is on: the only file that loads the SDK and its exporters. */
import { randomBytes } from "node:crypto";
import { context } from "@opentelemetry/api";
import { ExportResultCode } from "@opentelemetry/core";
import { detectResources, envDetector, resourceFromAttributes } from "@opentelemetry/resources";
import { MeterProvider, PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics";
import { SamplingDecision, TraceIdRatioBasedSampler } from "@opentelemetry/sdk-trace";
import type { Db } from "../db/client.ts";
import type { Signal, TelemetryConfig } from "./config.ts";
import { Meters } from "./meters.ts";
import { Names } from "./names.ts";
import { SpanQueue } from "./span-queue.ts";
import { coldStartSpans, requestSpan, traceIdOf } from "./spans.ts";
import type { SignalStatus, Telemetry } from "./telemetry.ts";

/** A collector that is away does not hold up the end of the process for longer. */
const closeWithinMs = 2_000;
const complainEveryMs = 60_000;

/** The last error is kept for the settings page and told in the log, at most once a minute. */
class Errors {
  readonly #what: string;
  #toldAtMs = 0;
  last: { message: string; at: Date } | null = null;

  constructor(what: string) {
    this.#what = what;
  }

  note(error: Error): void {
    this.last = { message: error.message || error.name, at: new Date() };
    if (Date.now() - this.#toldAtMs < complainEveryMs) return;
    this.#toldAtMs = Date.now();
    console.error(`telemetry: ${this.#what} could not be exported: ${this.last.message}`);
  }
}

async function traceExporter({ protocol }: Signal) {
  const { OTLPTraceExporter } = await (protocol === "http/json"
    ? import("@opentelemetry/exporter-trace-otlp-http")
    : import("@opentelemetry/exporter-trace-otlp-proto"));
  return new OTLPTraceExporter();
}

async function metricExporter({ protocol }: Signal) {
  const { OTLPMetricExporter } = await (protocol === "http/json"
    ? import("@opentelemetry/exporter-metrics-otlp-http")
    : import("@opentelemetry/exporter-metrics-otlp-proto"));
  return new OTLPMetricExporter();
}

const withoutCredentials = (address: string): string => {
  const url = new URL(address);
  url.username = url.password = url.search = "";
  return url.href;
};

export async function openOtlp(config: TelemetryConfig, { db, instanceId }: { db: Db; instanceId: string }): Promise<Telemetry> {
  const resource = resourceFromAttributes({ "service.name": "zerostart", "service.instance.id": instanceId }).merge(
    detectResources({ detectors: [envDetector] }),
  );
  const names = new Names(db);
  const traceErrors = new Errors("traces");
  const metricErrors = new Errors("metrics");
  const queue = config.traces ? new SpanQueue(await traceExporter(config.traces), (error) => traceErrors.note(error)) : undefined;
  const sampler = new TraceIdRatioBasedSampler(config.traces?.ratio ?? 0);
  const isSampled = (traceId: string) => sampler.shouldSample(context.active(), traceId).decision === SamplingDecision.RECORD_AND_SAMPLED;

  let provider: MeterProvider | undefined;
  const metricCounts = { exported: 0, dropped: 0 };
  if (config.metrics) {
    const exporter = await metricExporter(config.metrics);
    const send = exporter.export.bind(exporter);
    exporter.export = (metrics, done) =>
      send(metrics, (result) => {
        metricCounts[result.code === ExportResultCode.SUCCESS ? "exported" : "dropped"]++;
        if (result.error) metricErrors.note(result.error);
        done(result);
      });
    const { intervalMs } = config.metrics;
    const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: intervalMs, exportTimeoutMillis: Math.min(intervalMs, 10_000) });
    provider = new MeterProvider({ resource, readers: [reader] });
  }
  const meters = provider && new Meters(provider.getMeter("zerostart"), db, names, () => queue?.counts.dropped ?? 0);

  const statusOf = (signal: Signal, counts: { exported: number; dropped: number }, errors: Errors): SignalStatus => {
    return { endpoint: withoutCredentials(signal.endpoint), ...counts, lastError: errors.last };
  };
  return {
    starts(rows) {
      meters?.starts(rows);
      if (!queue) return;
      for (const row of rows) {
        if (!isSampled(traceIdOf(String(row["id"])))) continue;
        queue.add(async () => coldStartSpans(resource, row, await names.build(String(row["buildId"])), await names.host(String(row["hostId"]))));
      }
    },
    handlerRequests(requests) {
      meters?.handlerRequests(requests);
    },
    request(request) {
      meters?.request(request);
      const traceId = randomBytes(16).toString("hex");
      if (queue && isSampled(traceId)) queue.add(async () => [requestSpan(resource, traceId, request)]);
    },
    status: () => ({
      traces: config.traces && queue ? { ...statusOf(config.traces, queue.counts, traceErrors), ratio: config.traces.ratio } : null,
      metrics: config.metrics ? { ...statusOf(config.metrics, metricCounts, metricErrors), intervalMs: config.metrics.intervalMs } : null,
    }),
    async close() {
      let timer: NodeJS.Timeout | undefined;
      const isLate = new Promise((resolve) => (timer = setTimeout(resolve, closeWithinMs)));
      await Promise.race([isLate, Promise.allSettled([queue?.close(closeWithinMs), provider?.shutdown()])]);
      clearTimeout(timer);
    },
  };
}
