/** Reads what each process says it has answered (packages/protocol/src/requests.ts), and tells the difference every few seconds. */
import { randomUUID } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { encodeRequestPage, parseRequestPage, type RequestCounts, type RequestWindow } from "@zerostart/protocol";

export class RequestMeters {
  readonly #folder: string;
  readonly #onWindow: (window: RequestWindow) => void;
  readonly #meters = new Set<RequestMeter>();
  readonly #timer: NodeJS.Timeout;
  #made = 0;

  constructor(folder: string, onWindow: (window: RequestWindow) => void, everyMs: number) {
    this.#folder = folder;
    this.#onWindow = onWindow;
    rmSync(folder, { recursive: true, force: true }); // of processes that are gone
    this.#timer = setInterval(() => this.#meters.forEach((meter) => meter.tell()), everyMs);
  }

  /** For one process (or pool) about to be started. Undefined when the disk has no room: then nothing is counted. */
  open(deploymentId: string, instanceId: string): RequestMeter | undefined {
    const path = join(this.#folder, `${instanceId}.${++this.#made}`);
    try {
      mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
      // Written out whole: a process that maps a file without blocks behind it would fault on a full disk.
      writeFileSync(path, encodeRequestPage(), { mode: 0o600 });
    } catch {
      return undefined;
    }
    const meter = new RequestMeter(path, { deploymentId, instanceId }, this.#onWindow, () => this.#meters.delete(meter));
    this.#meters.add(meter);
    return meter;
  }

  close(): void {
    clearInterval(this.#timer);
    for (const meter of this.#meters) meter.close();
  }
}

export class RequestMeter {
  readonly path: string;
  readonly #of: { deploymentId: string; instanceId: string };
  readonly #onWindow: (window: RequestWindow) => void;
  readonly #onClose: () => void;
  #told: RequestCounts = { byClass: [0, 0, 0, 0, 0, 0], connections: 0, sumNs: 0, lastNs: 0, buckets: new Map() };
  #from = new Date();

  constructor(path: string, of: { deploymentId: string; instanceId: string }, onWindow: (window: RequestWindow) => void, onClose: () => void) {
    this.path = path;
    this.#of = of;
    this.#onWindow = onWindow;
    this.#onClose = onClose;
  }

  /** What the process has counted until now; undefined when that cannot be read. */
  read(): RequestCounts | undefined {
    try {
      return parseRequestPage(readFileSync(this.path));
    } catch {
      return undefined;
    }
  }

  /** Tell what came since the last time, if anything did. */
  tell(): void {
    const to = new Date();
    const now = this.read();
    // Counters are read while they change, so one may lag behind another by a request; the next window has it.
    const byClass = now?.byClass.map((count, i) => Math.max(0, count - (this.#told.byClass[i] ?? 0))) ?? [];
    if (now && byClass.some((count) => count > 0)) {
      const buckets = [...now.buckets]
        .map(([bucket, count]): [number, number] => [bucket, count - (this.#told.buckets.get(bucket) ?? 0)])
        .filter(([, count]) => count > 0);
      const sumNs = Math.max(0, now.sumNs - this.#told.sumNs);
      this.#onWindow({ id: randomUUID(), ...this.#of, from: this.#from.toISOString(), to: to.toISOString(), byClass, sumNs, buckets });
      this.#told = now;
    }
    this.#from = to;
  }

  /** The process is gone. */
  close(): void {
    this.tell();
    rmSync(this.path, { force: true });
    this.#onClose();
  }
}
