/** Prometheus' view of this host: its instances, what they answered, how they started. Served on an address of its own, loopback unless named. */
import { createServer, type Server } from "node:http";
import type { InstanceState, RequestWindow, StartSample } from "@zerostart/protocol";
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";

/** Seconds; a start is some tenths of a millisecond. */
const startBuckets = [1e-4, 2e-4, 3e-4, 4e-4, 5e-4, 7.5e-4, 1e-3, 1.5e-3, 2e-3, 3e-3, 5e-3, 1e-2, 2.5e-2, 5e-2, 0.1, 0.25];

export type NamedInstance = InstanceState & { handler: string };

export class AgentMetrics {
  readonly #registry = new Registry();
  #instances: () => NamedInstance[] = () => [];
  readonly #starts = new Histogram({
    name: "zerostart_cold_start_seconds",
    help: "From the spawn to the last byte of the first response",
    labelNames: ["handler", "mode", "kind"],
    buckets: startBuckets,
    registers: [this.#registry],
  });
  readonly #requests = new Counter({
    name: "zerostart_handler_requests_total",
    help: "Requests by the first digit of the answer's status; none: no answer",
    labelNames: ["handler", "status"],
    registers: [this.#registry],
  });
  readonly #time = new Counter({
    name: "zerostart_handler_request_seconds_total",
    help: "Time that these requests took, added up",
    labelNames: ["handler"],
    registers: [this.#registry],
  });
  #server: Server | undefined;

  constructor() {
    collectDefaultMetrics({ register: this.#registry });
    const gauge = (name: string, help: string, labelNames: string[], set: (gauge: Gauge) => void) =>
      new Gauge({
        name,
        help,
        labelNames,
        registers: [this.#registry],
        collect() {
          this.reset();
          set(this);
        },
      });
    gauge("zerostart_instances", "Instances by handler and state", ["handler", "state"], (g) => {
      for (const { handler, state } of this.#instances()) g.inc({ handler, state });
    });
    const each = (name: string, help: string, value: (instance: NamedInstance) => number | undefined) =>
      gauge(name, help, ["handler", "instance"], (g) => {
        for (const instance of this.#instances()) {
          const figure = value(instance);
          if (figure !== undefined) g.set({ handler: instance.handler, instance: instance.instanceId }, figure);
        }
      });
    each("zerostart_instance_resident_memory_bytes", "Resident memory of an instance", (i) => i.rssBytes);
    each("zerostart_instance_connections", "Connections open to an instance", (i) => i.connections);
    each("zerostart_instance_restarts", "Restarts of an instance", (i) => i.restarts);
  }

  /** Where the instances of now are told. */
  watch(instances: () => NamedInstance[]): void {
    this.#instances = instances;
  }

  start({ mode, kind, totalNs }: StartSample, handler: string): void {
    this.#starts.observe({ handler, mode, kind }, totalNs / 1e9);
  }

  requests({ byClass, sumNs }: RequestWindow, handler: string): void {
    for (const [digit, count] of byClass.entries()) if (count > 0) this.#requests.inc({ handler, status: digit === 0 ? "none" : `${digit}xx` }, count);
    this.#time.inc({ handler }, sumNs / 1e9);
  }

  /** @throws when the address cannot be listened on. @returns the port */
  async listen({ host, port }: { host: string; port: number }): Promise<number> {
    const server = createServer((req, res) => {
      if (req.url?.split("?")[0] !== "/metrics") return void res.writeHead(404, { "content-type": "text/plain" }).end("The metrics are at /metrics.\n");
      if (req.method !== "GET" && req.method !== "HEAD") return void res.writeHead(405, { allow: "GET, HEAD" }).end();
      void this.#registry.metrics().then(
        (text) => res.writeHead(200, { "content-type": this.#registry.contentType, "cache-control": "no-store" }).end(text),
        () => res.writeHead(500).end(),
      );
    });
    await new Promise<void>((resolve, reject) => server.once("error", reject).listen(port, host, resolve));
    this.#server = server;
    const address = server.address();
    return typeof address === "object" && address ? address.port : port;
  }

  close(): void {
    this.#server?.close();
    this.#server?.closeAllConnections();
  }
}
