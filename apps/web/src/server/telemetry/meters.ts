/** The instruments: names and units as OpenTelemetry's semantic conventions have them, where they have one. */
import { ValueType, type Meter } from "@opentelemetry/api";
import type { Db } from "../db/client.ts";
import type { SampleRow } from "../db/dialect.ts";
import { forProject } from "../db/tenant.ts";
import { stateCounts } from "../metrics.ts";
import type { Names } from "./names.ts";
import type { RequestEnd } from "./spans.ts";
import type { HandlerRequests } from "./telemetry.ts";

/** Seconds: a cold start is a tenth of a millisecond to a quarter of a second; requests of the control plane take longer. */
const startBoundaries = [1e-4, 2e-4, 3e-4, 4e-4, 5e-4, 7.5e-4, 1e-3, 1.5e-3, 2e-3, 3e-3, 5e-3, 1e-2, 2.5e-2, 5e-2, 0.1, 0.25];
const requestBoundaries = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const byteBoundaries = [2.5e5, 5e5, 1e6, 2e6, 4e6, 8e6, 1.6e7, 3.2e7, 6.4e7, 1.28e8];

export class Meters {
  readonly #names: Names;
  readonly #coldStart;
  readonly #rss;
  readonly #handlerRequests;
  readonly #handlerTime;
  readonly #serverRequest;

  constructor(meter: Meter, db: Db, names: Names, droppedTraces: () => number) {
    this.#names = names;
    const histogram = (name: string, unit: string, description: string, explicitBucketBoundaries: number[]) =>
      meter.createHistogram(name, { unit, description, advice: { explicitBucketBoundaries } });
    this.#coldStart = histogram("zerostart.cold_start.duration", "s", "From the spawn to the last byte of the first response", startBoundaries);
    this.#rss = histogram("zerostart.cold_start.rss", "By", "Resident memory after the first response", byteBoundaries);
    this.#serverRequest = histogram("http.server.request.duration", "s", "Requests to the control plane", requestBoundaries);
    this.#handlerRequests = meter.createCounter("zerostart.handler.requests", {
      unit: "{request}",
      description: "Requests that handlers answered",
      valueType: ValueType.INT,
    });
    this.#handlerTime = meter.createCounter("zerostart.handler.time", { unit: "s", description: "Time that these requests took, added up" });
    meter
      .createObservableCounter("zerostart.telemetry.dropped", { unit: "{trace}", description: "Traces that the collector did not take in time" })
      .addCallback((result) => result.observe(droppedTraces()));
    meter
      .createObservableUpDownCounter("process.memory.usage", { unit: "By", description: "Resident memory of the control plane" })
      .addCallback((result) => result.observe(process.memoryUsage.rss()));
    meter.createObservableCounter("process.cpu.time", { unit: "s", description: "Processor time of the control plane" }).addCallback((result) => {
      const { user, system } = process.cpuUsage();
      result.observe(user / 1e6, { "cpu.mode": "user" });
      result.observe(system / 1e6, { "cpu.mode": "system" });
    });
    const gauges = new Map(
      stateCounts.map(({ name, help }) => [name, meter.createObservableGauge(`zerostart.${name}`, { unit: `{${name.replace(/s$/, "")}}`, description: help })]),
    );
    // Read together, once an export. While the database is away they are simply not told.
    meter.addBatchObservableCallback(
      async (result) => {
        const projects = await db.project.findMany({ select: { id: true, slug: true } }).catch(() => []);
        for (const { id, slug } of projects) {
          await Promise.allSettled(
            stateCounts.map(async ({ name, read }) => {
              for (const { key, count } of await read(forProject(db, id)))
                result.observe(gauges.get(name)!, count, { "zerostart.project": slug, ...(key === "" ? {} : { state: key }) });
            }),
          );
        }
      },
      [...gauges.values()],
    );
  }

  starts(rows: SampleRow[]): void {
    void this.#recordStarts(rows);
  }

  async #recordStarts(rows: SampleRow[]): Promise<void> {
    for (const [buildId, same] of Map.groupBy(rows, (row) => String(row["buildId"]))) {
      const { handler, version } = await this.#names.build(buildId);
      for (const row of same) {
        const attributes = {
          "faas.name": handler,
          "faas.version": version,
          "zerostart.launch_mode": String(row["mode"]),
          "zerostart.target": String(row["target"]),
          "zerostart.executor": String(row["executor"]),
          "zerostart.start.kind": String(row["kind"]),
        };
        this.#coldStart.record(Number(row["totalNs"]) / 1e9, attributes);
        this.#rss.record(Number(row["rssBytes"]), attributes);
      }
    }
  }

  handlerRequests(requests: HandlerRequests[]): void {
    void this.#recordHandlerRequests(requests);
  }

  async #recordHandlerRequests(requests: HandlerRequests[]): Promise<void> {
    for (const { handlerId, hostId, byClass, sumNs } of requests) {
      const attributes = { "faas.name": await this.#names.handler(handlerId), "host.name": await this.#names.host(hostId) };
      for (const [digit, count] of byClass.entries())
        if (count > 0) this.#handlerRequests.add(count, { ...attributes, "http.response.status_class": digit === 0 ? "none" : `${digit}xx` });
      this.#handlerTime.add(sumNs / 1e9, attributes);
    }
  }

  request({ method, status, durationMs, kind }: RequestEnd): void {
    this.#serverRequest.record(durationMs / 1_000, {
      "http.request.method": method,
      "http.response.status_code": status,
      "zerostart.request.kind": kind,
    });
  }
}
