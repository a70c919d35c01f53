/**
 * How much of a handler's log goes to the control plane. One that writes in a loop would fill disks here and there, and push out the lines that somebody looks for: beyond so much a minute
 * its lines are dropped and counted, and one line of the agent's says how many.
 */
import type { LogLine } from "@zerostart/protocol";
import { logLineOf, longestLine } from "./log-lines.ts";

export type LogQuotaOptions = { linesPerMinute?: number | undefined; bytesPerMinute?: number; windowMs?: number; pass: (line: LogLine) => void };

const defaultLinesPerMinute = 10_000;
const defaultBytesPerMinute = 4 << 20;

type Window = { lines: number; bytes: number; dropped: number; last: LogLine; timer: NodeJS.Timeout };

export class LogQuota {
  readonly #lines: number;
  readonly #bytes: number;
  readonly #windowMs: number;
  readonly #pass: (line: LogLine) => void;
  /** By deployment. */
  readonly #windows = new Map<string, Window>();

  constructor({ linesPerMinute = defaultLinesPerMinute, bytesPerMinute = defaultBytesPerMinute, windowMs = 60_000, pass }: LogQuotaOptions) {
    this.#lines = linesPerMinute;
    this.#bytes = bytesPerMinute;
    this.#windowMs = windowMs;
    this.#pass = pass;
  }

  /** What the agent itself says is always passed on. */
  log(line: LogLine): void {
    if (line.source !== "handler") return this.#pass(line);
    const window = this.#windowOf(line);
    const bytes = Buffer.byteLength(line.text);
    if (window.lines >= this.#lines || window.bytes + bytes > this.#bytes) {
      window.dropped++;
      window.last = line;
      return;
    }
    window.lines++;
    window.bytes += bytes;
    this.#pass(line);
  }

  /** Whether lines of a deployment's instances would be dropped now: then they need not be read. One that floods must not cost the agent, and with it the others, more than itself. */
  isFull(deploymentId: string): boolean {
    const window = this.#windows.get(deploymentId);
    return window !== undefined && (window.lines >= this.#lines || window.bytes + longestLine > this.#bytes);
  }

  /** Of one that is full: so many lines were not read. */
  drop(deploymentId: string, lines: number): void {
    const window = this.#windows.get(deploymentId);
    if (window) window.dropped += lines;
  }

  /** Tells what has been dropped so far. */
  close(): void {
    for (const deploymentId of this.#windows.keys()) this.#end(deploymentId);
  }

  #windowOf(line: LogLine): Window {
    const known = this.#windows.get(line.deploymentId);
    if (known) return known;
    const timer = setTimeout(() => this.#end(line.deploymentId), this.#windowMs).unref();
    const window = { lines: 0, bytes: 0, dropped: 0, last: line, timer };
    this.#windows.set(line.deploymentId, window);
    return window;
  }

  #end(deploymentId: string): void {
    const window = this.#windows.get(deploymentId)!;
    clearTimeout(window.timer);
    this.#windows.delete(deploymentId);
    if (window.dropped === 0) return;
    const { instanceId } = window.last;
    const limit = `${this.#lines.toLocaleString("en")} lines and ${Math.round(this.#bytes / 1024).toLocaleString("en")} kB a minute`;
    const text = `${window.dropped.toLocaleString("en")} ${window.dropped === 1 ? "line was" : "lines were"} dropped: a handler's log takes ${limit} from a host`;
    this.#pass(logLineOf({ deploymentId, instanceId, level: "warn", source: "agent", text }));
  }
}
