/** OpenTelemetry against a receiver that speaks OTLP over HTTP: what arrives, what a second delivery adds (nothing), and a receiver that is away. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { promisify } from "node:util";
import { readTelemetryConfig } from "../src/server/telemetry/config.ts";
import { builtHandler, eventually, sampleOf, startServer } from "./support/harness.ts";

type Value = { stringValue?: string; intValue?: number | string; boolValue?: boolean; doubleValue?: number };
type Attribute = { key: string; value: Value };
type OtlpSpan = {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  attributes: Attribute[];
};
type DataPoint = { attributes: Attribute[]; count?: string | number; sum?: number; asInt?: string | number; asDouble?: number };
type Metric = {
  name: string;
  unit: string;
  histogram?: { dataPoints: DataPoint[] };
  sum?: { dataPoints: DataPoint[] };
  gauge?: { dataPoints: DataPoint[] };
};

/** A receiver; `pause()` lets it take requests without answering them. */
async function startReceiver() {
  const spans: OtlpSpan[] = [];
  let metrics: Metric[] = [];
  const resources: Attribute[][] = [];
  const requests: { path: string; headers: IncomingMessage["headers"] }[] = [];
  let isPaused = false;
  const server = createServer((req, res) => {
    void (async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of req as AsyncIterable<Buffer>) chunks.push(chunk);
      requests.push({ path: req.url ?? "", headers: req.headers });
      if (isPaused) return;
      if (req.headers["content-type"] === "application/json") {
        const body = JSON.parse(Buffer.concat(chunks).toString()) as {
          resourceSpans?: { resource: { attributes: Attribute[] }; scopeSpans: { spans: OtlpSpan[] }[] }[];
          resourceMetrics?: { resource: { attributes: Attribute[] }; scopeMetrics: { metrics: Metric[] }[] }[];
        };
        for (const { resource, scopeSpans } of body.resourceSpans ?? []) {
          resources.push(resource.attributes);
          spans.push(...scopeSpans.flatMap((s) => s.spans));
        }
        // Cumulative: the last export says it all.
        for (const { scopeMetrics } of body.resourceMetrics ?? []) metrics = scopeMetrics.flatMap((s) => s.metrics);
      }
      res.writeHead(200, { "content-type": req.headers["content-type"] ?? "" }).end(req.headers["content-type"] === "application/json" ? "{}" : "");
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    resources,
    requests,
    metric: (name: string) => metrics.find((m) => m.name === name),
    pause: () => (isPaused = true),
    stop() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** The exporters read their part of the environment themselves. */
function withEnvironment(env: Record<string, string>) {
  Object.assign(process.env, env);
  const telemetry = readTelemetryConfig(process.env);
  for (const name of Object.keys(env)) if (!name.endsWith("ENDPOINT") && !name.endsWith("HEADERS") && name !== "OTEL_SERVICE_NAME") delete process.env[name];
  return { config: { telemetry } };
}

const text = (attributes: Attribute[], key: string) => {
  const value = attributes.find((a) => a.key === key)?.value;
  return value && String(Object.values(value)[0]);
};

test("a start is a trace whose phases are spans, once however often it is told", async (t) => {
  const receiver = await startReceiver();
  const server = await startServer(
    withEnvironment({
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
      OTEL_EXPORTER_OTLP_HEADERS: "x-key=secret%20word",
      OTEL_SERVICE_NAME: "my-zerostart",
      OTEL_METRIC_EXPORT_INTERVAL: "100",
    }),
  );
  t.after(async () => {
    await server.stop();
    receiver.stop();
  });
  const admin = await server.person("admin");
  const agent = await server.agent("default", "host-t");
  const { builds } = await builtHandler(admin.api, "traced");
  const build = builds[0];
  assert.ok(build);
  const startedAt = new Date(Date.now() - 60_000).toISOString();
  const sample = sampleOf(build, 456_789, { startedAt });
  await agent.api.agent.report.mutate({ starts: [sample] });
  await agent.api.agent.report.mutate({ starts: [sample] });
  const later = sampleOf(build, 1_000_000, { startedAt });
  await agent.api.agent.report.mutate({ starts: [later] });
  const traceId = sample.id.replaceAll("-", "");
  const spansOf = (id: string) => receiver.spans.filter((s) => s.traceId === id.replaceAll("-", ""));
  await eventually("the later one arrives", async () => spansOf(later.id).length === 4);

  const spans = spansOf(sample.id);
  assert.equal(spans.length, 4, "told twice, it is sent once");
  const root = spans.find((s) => s.name === "cold start");
  assert.ok(root && !root.parentSpanId);
  assert.equal(root.traceId, traceId);
  const start = BigInt(Date.parse(startedAt)) * 1_000_000n;
  assert.deepEqual([BigInt(root.startTimeUnixNano), BigInt(root.endTimeUnixNano)], [start, start + 456_789n]);
  let at = start;
  for (const { phase, ns } of sample.phases) {
    const span = spans.find((s) => s.name === phase);
    assert.ok(span, phase);
    assert.equal(span.parentSpanId, root.spanId);
    assert.deepEqual([BigInt(span.startTimeUnixNano), BigInt(span.endTimeUnixNano)], [at, at + BigInt(ns)], phase);
    at += BigInt(ns);
  }
  assert.equal(at, BigInt(root.endTimeUnixNano), "the phases add up to the start");
  const expected = {
    "faas.name": "traced",
    "faas.version": "1",
    "faas.coldstart": "true",
    "host.name": "host-t",
    "zerostart.build.id": build.id,
    "zerostart.target": build.target,
    "zerostart.launch_mode": build.mode,
    "zerostart.rss": "300000",
  };
  for (const [key, value] of Object.entries(expected)) assert.equal(text(root.attributes, key), value, key);
  assert.equal(text(receiver.resources[0] ?? [], "service.name"), "my-zerostart");
  const traceRequest = receiver.requests.find((r) => r.path === "/v1/traces");
  assert.equal(traceRequest?.headers["x-key"], "secret word");

  const create = await eventually("requests are spans too", async () => receiver.spans.find((s) => s.name === "POST /api/trpc/handlers.create"));
  assert.equal(text(create.attributes, "http.response.status_code"), "200");
  const duration = await eventually("metrics arrive", async () => {
    const points = receiver.metric("zerostart.cold_start.duration")?.histogram?.dataPoints;
    return points?.length === 1 && Number(points[0]?.count) === 2 && points[0];
  });
  assert.ok(Math.abs((duration.sum ?? 0) - 0.001456789) < 1e-9);
  assert.equal(text(duration.attributes, "faas.name"), "traced");
  const handlers = await eventually("states are metrics", async () => receiver.metric("zerostart.handlers")?.gauge?.dataPoints[0]);
  assert.equal(Number(handlers.asInt ?? handlers.asDouble), 1);
  assert.equal(text(handlers.attributes, "zerostart.project"), "default");

  const status = await admin.api.settings.telemetry.query();
  assert.equal(status?.traces?.endpoint, `${receiver.url}/v1/traces`);
  assert.ok((status?.traces?.exported ?? 0) >= 2);
  assert.equal(status?.traces?.dropped, 0);
  assert.equal(status?.metrics?.lastError, null);
  const viewer = await server.person("viewer");
  await assert.rejects(viewer.api.settings.telemetry.query(), /needs the role/);
});

test("handlers' requests are counted once", async (t) => {
  const receiver = await startReceiver();
  const server = await startServer(
    withEnvironment({ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, OTEL_EXPORTER_OTLP_PROTOCOL: "http/json", OTEL_METRIC_EXPORT_INTERVAL: "100" }),
  );
  t.after(async () => {
    await server.stop();
    receiver.stop();
  });
  const admin = await server.person("admin");
  const agent = await server.agent("default", "host-r");
  const { builds } = await builtHandler(admin.api, "counted");
  const { deploymentId } = await admin.api.deployments.create.mutate({ buildId: builds[0]?.id ?? "" });
  const at = new Date().toISOString();
  const requests = [{ id: crypto.randomUUID(), deploymentId, instanceId: "i", from: at, to: at, byClass: [1, 0, 7, 0, 2, 0], sumNs: 3_000_000, buckets: [] }];
  await agent.api.agent.report.mutate({ requests });
  await agent.api.agent.report.mutate({ requests });
  const points = await eventually("counts arrive", async () => {
    const all = receiver.metric("zerostart.handler.requests")?.sum?.dataPoints;
    return all?.length === 3 && all;
  });
  const byClass = Object.fromEntries(points.map((p) => [text(p.attributes, "http.response.status_class"), Number(p.asInt)]));
  assert.deepEqual(byClass, { none: 1, "2xx": 7, "4xx": 2 });
});

test("a collector that never answers slows nothing: the queue is bounded, what is too much is counted", async (t) => {
  const receiver = await startReceiver();
  receiver.pause();
  const server = await startServer(withEnvironment({ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url }));
  t.after(async () => {
    await server.stop();
    receiver.stop();
  });
  const admin = await server.person("admin");
  const agent = await server.agent();
  const { builds } = await builtHandler(admin.api, "many");
  const build = builds[0];
  assert.ok(build);
  for (let i = 0; i < 5; i++) {
    const { accepted } = await agent.api.agent.report.mutate({ starts: Array.from({ length: 1_000 }, () => sampleOf(build, 400_000)) });
    assert.equal(accepted.length, 1_000);
  }
  assert.ok(((await admin.api.settings.telemetry.query())?.traces?.dropped ?? 0) > 0);
  // Protobuf is the protocol unless another is named.
  const request = await eventually("a first batch is sent", async () => receiver.requests.find((r) => r.path === "/v1/traces"));
  assert.equal(request.headers["content-type"], "application/x-protobuf");
});

test("the variables: off without an endpoint, sampling, errors that name what is wrong", () => {
  assert.equal(readTelemetryConfig({}), undefined);
  assert.equal(readTelemetryConfig({ OTEL_EXPORTER_OTLP_ENDPOINT: "" }), undefined);
  assert.equal(readTelemetryConfig({ OTEL_EXPORTER_OTLP_ENDPOINT: "http://c:4318", OTEL_SDK_DISABLED: "true" }), undefined);
  assert.deepEqual(readTelemetryConfig({ OTEL_EXPORTER_OTLP_ENDPOINT: "http://c:4318/", OTEL_METRICS_EXPORTER: "none" }), {
    traces: { endpoint: "http://c:4318/v1/traces", protocol: "http/protobuf", ratio: 1 },
  });
  const sampled = readTelemetryConfig({
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "https://c/t",
    OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: "http/json",
    OTEL_TRACES_SAMPLER: "parentbased_traceidratio",
    OTEL_TRACES_SAMPLER_ARG: "0.25",
  });
  assert.deepEqual(sampled, { traces: { endpoint: "https://c/t", protocol: "http/json", ratio: 0.25 } });
  assert.throws(() => readTelemetryConfig({ OTEL_EXPORTER_OTLP_PROTOCOL: "grpc" }), /OTEL_EXPORTER_OTLP_PROTOCOL[\s\S]*gRPC is not spoken/);
  assert.throws(() => readTelemetryConfig({ OTEL_EXPORTER_OTLP_ENDPOINT: "collector:4318" }), /OTEL_EXPORTER_OTLP_ENDPOINT/);
});

// The API package (types and constants) comes with prom-client anyway.
test("while it is off, nothing of OpenTelemetry is loaded", async () => {
  const script = `
    import { registerHooks } from "node:module";
    registerHooks({ resolve(specifier, context, next) { if (/^@opentelemetry.(?!api$)/.test(specifier)) throw new Error("loaded " + specifier); return next(specifier, context); } });
    await import("./src/server/http.ts");
    const { openTelemetry } = await import("./src/server/telemetry/telemetry.ts");
    const { readTelemetryConfig } = await import("./src/server/telemetry/config.ts");
    console.log(await openTelemetry(readTelemetryConfig({}), {}));`;
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", script], {
    cwd: new URL("..", import.meta.url),
  });
  assert.equal(stdout.trim(), "undefined");
});
