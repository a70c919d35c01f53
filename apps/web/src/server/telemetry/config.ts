/** What OpenTelemetry's standard variables say. Headers, time-outs, compression and certificates are read by the exporters themselves. */
import { z } from "zod";

/** By the specification an empty variable is one that is not set. */
const optional = <T extends z.ZodType>(schema: T) => z.preprocess((value) => (value === "" ? undefined : value), schema.optional());
const protocol = optional(z.enum(["http/protobuf", "http/json"], { error: 'must be "http/protobuf" or "http/json"; gRPC is not spoken here' }));
const endpoint = optional(z.url({ protocol: /^https?$/, error: "an address like http://collector:4318" }));
const exporter = optional(z.enum(["otlp", "none"]));
const samplers = ["always_on", "always_off", "traceidratio", "parentbased_always_on", "parentbased_always_off", "parentbased_traceidratio"] as const;

const environment = z.object({
  OTEL_SDK_DISABLED: optional(z.string()),
  OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: endpoint,
  OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: endpoint,
  OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
  OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: protocol,
  OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: protocol,
  OTEL_TRACES_EXPORTER: exporter,
  OTEL_METRICS_EXPORTER: exporter,
  OTEL_TRACES_SAMPLER: optional(z.enum(samplers)),
  OTEL_TRACES_SAMPLER_ARG: optional(z.coerce.number().min(0).max(1)),
  OTEL_METRIC_EXPORT_INTERVAL: optional(z.coerce.number().int().min(100)),
});

export type Signal = { endpoint: string; protocol: "http/protobuf" | "http/json" };
export type TelemetryConfig = {
  traces?: Signal & { /** Share of traces that are kept, 0 to 1. */ ratio: number };
  metrics?: Signal & { intervalMs: number };
};

/** Undefined without an endpoint: telemetry is off. Throws a ZodError that names the variable when one is malformed. */
export function readTelemetryConfig(env: Record<string, string | undefined>): TelemetryConfig | undefined {
  const parsed = environment.parse(env);
  if (parsed.OTEL_SDK_DISABLED?.toLowerCase() === "true") return undefined;
  const signal = (name: "TRACES" | "METRICS"): Signal | undefined => {
    const base = parsed.OTEL_EXPORTER_OTLP_ENDPOINT?.replace(/\/$/, "");
    const address = parsed[`OTEL_EXPORTER_OTLP_${name}_ENDPOINT`] ?? (base && `${base}/v1/${name.toLowerCase()}`);
    if (!address || parsed[`OTEL_${name}_EXPORTER`] === "none") return undefined;
    return { endpoint: address, protocol: parsed[`OTEL_EXPORTER_OTLP_${name}_PROTOCOL`] ?? parsed.OTEL_EXPORTER_OTLP_PROTOCOL ?? "http/protobuf" };
  };
  const traces = signal("TRACES");
  const metrics = signal("METRICS");
  if (!traces && !metrics) return undefined;
  const sampler = parsed.OTEL_TRACES_SAMPLER ?? "parentbased_always_on";
  const ratio = sampler.endsWith("always_off") ? 0 : sampler.endsWith("traceidratio") ? (parsed.OTEL_TRACES_SAMPLER_ARG ?? 1) : 1;
  return {
    ...(traces ? { traces: { ...traces, ratio } } : {}),
    ...(metrics ? { metrics: { ...metrics, intervalMs: parsed.OTEL_METRIC_EXPORT_INTERVAL ?? 60_000 } } : {}),
  };
}
