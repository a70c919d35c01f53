/**
 * What becomes of a start and of a request as spans. A start's trace id is the sample's own id, so that a sample that is told
 * twice is one trace, and a trace is found from the dashboard and the other way round.
 */
import { createHash } from "node:crypto";
import { SpanKind, SpanStatusCode, TraceFlags, type Attributes, type HrTime, type SpanContext } from "@opentelemetry/api";
import type { Resource } from "@opentelemetry/resources";
import type { ReadableSpan } from "@opentelemetry/sdk-trace";
import { phaseColumns, type SampleRow } from "../db/dialect.ts";
import type { BuildName } from "./names.ts";

export type RequestEnd = {
  method: string;
  /** The address's pattern, without ids. */
  route: string;
  status: number;
  startedAtMs: number;
  durationMs: number;
  kind: string;
};

type Times = { /** Since the epoch. */ startNs: bigint; endNs: bigint };

const hrTime = (ns: bigint): HrTime => [Number(ns / 1_000_000_000n), Number(ns % 1_000_000_000n)];
const scope = { name: "zerostart" };

export const traceIdOf = (sampleId: string): string => sampleId.replaceAll("-", "").toLowerCase();
const spanIdOf = (traceId: string, name: string): string => createHash("sha256").update(`${traceId} ${name}`).digest("hex").slice(0, 16);

type Made = Times & { traceId: string; spanId: string; parentSpanId?: string; name: string; kind: SpanKind; attributes: Attributes; isError?: boolean };

function span(resource: Resource, made: Made): ReadableSpan {
  const context = (spanId: string): SpanContext => ({ traceId: made.traceId, spanId, traceFlags: TraceFlags.SAMPLED });
  return {
    name: made.name,
    kind: made.kind,
    spanContext: () => context(made.spanId),
    ...(made.parentSpanId === undefined ? {} : { parentSpanContext: context(made.parentSpanId) }),
    startTime: hrTime(made.startNs),
    endTime: hrTime(made.endNs),
    duration: hrTime(made.endNs - made.startNs),
    status: { code: made.isError ? SpanStatusCode.ERROR : SpanStatusCode.UNSET },
    attributes: made.attributes,
    links: [],
    events: [],
    ended: true,
    resource,
    instrumentationScope: scope,
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}

/** The root `cold start` and one child for each phase that took time, one after the other as the phase table has them. */
export function coldStartSpans(resource: Resource, row: SampleRow, build: BuildName, host: string): ReadableSpan[] {
  const traceId = traceIdOf(String(row["id"]));
  const rootId = spanIdOf(traceId, "cold start");
  const startNs = BigInt(row["startedAtMs"] as number) * 1_000_000n;
  const attributes: Attributes = {
    "faas.coldstart": true,
    "faas.name": build.handler,
    "faas.version": build.version,
    "host.id": String(row["hostId"]),
    "host.name": host,
    "zerostart.project.id": String(row["projectId"]),
    "zerostart.build.id": String(row["buildId"]),
    "zerostart.target": String(row["target"]),
    "zerostart.launch_mode": String(row["mode"]),
    "zerostart.executor": String(row["executor"]),
    "zerostart.start.kind": String(row["kind"]),
    "zerostart.rss": Number(row["rssBytes"]),
    "zerostart.binary.size": Number(row["binaryBytes"]),
  };
  const more = {
    deploymentId: "zerostart.deployment.id",
    measurementId: "zerostart.measurement.id",
    pssBytes: "zerostart.pss",
    minorFaults: "zerostart.faults",
  };
  for (const [column, name] of Object.entries(more)) if (row[column] !== null && row[column] !== undefined) attributes[name] = row[column];
  const spans = [
    span(resource, {
      traceId,
      spanId: rootId,
      name: "cold start",
      kind: SpanKind.INTERNAL,
      startNs,
      endNs: startNs + BigInt(row["totalNs"] as number),
      attributes,
    }),
  ];
  let at = startNs;
  for (const { phase, column } of phaseColumns) {
    const ns = BigInt((row[column] as number | undefined) ?? 0);
    if (ns === 0n) continue;
    const spanId = spanIdOf(traceId, phase);
    const times = { startNs: at, endNs: at + ns };
    spans.push(
      span(resource, { traceId, spanId, parentSpanId: rootId, name: phase, kind: SpanKind.INTERNAL, ...times, attributes: { "zerostart.phase": phase } }),
    );
    at += ns;
  }
  return spans;
}

export function requestSpan(resource: Resource, traceId: string, request: RequestEnd): ReadableSpan {
  const { method, route, status } = request;
  const startNs = BigInt(Math.round(request.startedAtMs * 1e6));
  return span(resource, {
    traceId,
    spanId: spanIdOf(traceId, route),
    name: `${method} ${route}`,
    kind: SpanKind.SERVER,
    startNs,
    endNs: startNs + BigInt(Math.round(request.durationMs * 1e6)),
    attributes: { "http.request.method": method, "http.route": route, "http.response.status_code": status },
    isError: status >= 500,
  });
}
