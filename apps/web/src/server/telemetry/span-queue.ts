/**
 * What waits to be exported: starts and requests, not yet their spans. Adding one costs a comparison and a push; when the
 * collector is slow or away, the queue fills up to its bound and what comes then is dropped and counted, so that whoever
 * adds never waits and memory stays flat. (The SDK's BatchSpanProcessor bounds spans that were made already, a dozen a start.)
 */
import { ExportResultCode } from "@opentelemetry/core";
import type { ReadableSpan, SpanExporter } from "@opentelemetry/sdk-trace";

export type Pending = () => Promise<ReadableSpan[]>;

const most = 4_096;
const mostAtOnce = 128;
const gatherMs = 1_000;

export class SpanQueue {
  readonly #exporter: SpanExporter;
  readonly #onError: (error: Error) => void;
  #waiting: Pending[] = [];
  #timer: NodeJS.Timeout | undefined;
  #exporting: Promise<void> | undefined;
  /** Traces. */
  readonly counts = { exported: 0, dropped: 0 };

  constructor(exporter: SpanExporter, onError: (error: Error) => void) {
    this.#exporter = exporter;
    this.#onError = onError;
  }

  add(pending: Pending): void {
    if (this.#waiting.length >= most) {
      this.counts.dropped++;
      return;
    }
    this.#waiting.push(pending);
    if (!this.#exporting) this.#timer ??= setTimeout(() => void this.#export(), gatherMs).unref();
  }

  /** One batch after the other until nothing waits. */
  #export(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#exporting ??= (async () => {
      while (this.#waiting.length > 0) {
        const batch = this.#waiting.splice(0, mostAtOnce);
        const spans = (await Promise.all(batch.map((pending) => pending()))).flat();
        const error = await new Promise<Error | undefined>((resolve) =>
          this.#exporter.export(spans, (result) =>
            resolve(result.code === ExportResultCode.SUCCESS ? undefined : (result.error ?? new Error("the collector did not take the spans"))),
          ),
        );
        this.counts[error ? "dropped" : "exported"] += batch.length;
        if (error) this.#onError(error);
      }
      this.#exporting = undefined;
    })();
    return this.#exporting;
  }

  /** Exports what waits, within some time, and forgets the rest. */
  async close(withinMs: number): Promise<void> {
    const late = setTimeout(() => this.#forget(), withinMs).unref();
    await this.#export();
    clearTimeout(late);
    await this.#exporter.shutdown();
  }

  #forget(): void {
    this.counts.dropped += this.#waiting.length;
    this.#waiting = [];
  }
}
