/** Growing pauses between attempts. */
export class Backoff {
  readonly #firstMs: number;
  readonly #longestMs: number;
  #next: number;

  constructor(firstMs: number, longestMs: number) {
    this.#firstMs = firstMs;
    this.#longestMs = longestMs;
    this.#next = firstMs;
  }

  /** The pause before the next attempt, milliseconds: doubled each time, a fifth of it random so that many do not return at once. */
  next(): number {
    const pause = this.#next;
    this.#next = Math.min(this.#next * 2, this.#longestMs);
    return Math.round(pause * (0.9 + 0.2 * Math.random()));
  }

  reset(): void {
    this.#next = this.#firstMs;
  }
}

/** Resolves after `ms`, or at once when `signal` is aborted. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done);
  });
}
