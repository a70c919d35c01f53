/**
 * Wake-ups: "something about this topic changed, look again". Carries no data: the database is the truth, so a lost or
 * doubled event costs a query at most. With several replicas a relay takes them to the others (relay.ts).
 */
import { EventEmitter } from "node:events";

export type Topic =
  | `host:${string}`
  | `build:${string}`
  | `cancel:${string}`
  | `logs:${string}`
  | `measurement:${string}`
  | `trace:${string}`
  | `project:${string}`
  | "jobs"
  | "automation";

const soonMs = 200;

export class Events {
  readonly #emitter = new EventEmitter().setMaxListeners(0);
  readonly #listeners = new Set<(topic: Topic | undefined) => void>();
  readonly #soon = new Map<Topic, NodeJS.Timeout>();
  /** Takes a topic to the other replicas; set by whoever makes one. */
  publish: ((topic: Topic) => void) | undefined;

  notify(topic: Topic): void {
    this.receive(topic);
    this.publish?.(topic);
  }

  /** For what happens many times a second: all of a topic within a moment is one event. */
  notifySoon(topic: Topic): void {
    if (this.#soon.has(topic)) return;
    const tell = () => {
      this.#soon.delete(topic);
      this.notify(topic);
    };
    this.#soon.set(topic, setTimeout(tell, soonMs).unref());
  }

  /** What came from another replica: for the listeners here alone. */
  receive(topic: Topic): void {
    for (const listener of this.#listeners) listener(topic);
    this.#emitter.emit(topic);
  }

  /** Wakes every listener: after a time in which events may have been lost. */
  receiveAll(): void {
    for (const listener of this.#listeners) listener(undefined);
    for (const topic of this.#emitter.eventNames()) this.#emitter.emit(topic);
  }

  /** Hears every event before those who wait for its topic; undefined: any may have been lost. */
  onEvery(listener: (topic: Topic | undefined) => void): void {
    this.#listeners.add(listener);
  }

  on(topic: Topic, listener: () => void): () => void {
    this.#emitter.on(topic, listener);
    return () => this.#emitter.off(topic, listener);
  }

  /** Resolves at the next event of the topic, after `timeoutMs`, or when aborted; true when there was an event. */
  wait(topic: Topic, timeoutMs: number, signal?: AbortSignal): Promise<boolean> {
    return new Promise((resolve) => {
      const done = (happened: boolean) => {
        clearTimeout(timer);
        this.#emitter.off(topic, onEvent);
        signal?.removeEventListener("abort", onAbort);
        resolve(happened);
      };
      const onEvent = () => done(true);
      const onAbort = () => done(false);
      const timer = setTimeout(onAbort, timeoutMs);
      this.#emitter.once(topic, onEvent);
      signal?.addEventListener("abort", onAbort, { once: true });
      if (signal?.aborted) done(false);
    });
  }

  /**
   * Yields at once and then after every event of these topics (and at least every `everyMs`), until aborted. Events between two turns
   * are one turn, so a slow reader is not flooded and no change is missed.
   */
  async *turns(topics: Topic | Topic[], everyMs: number, signal: AbortSignal): AsyncGenerator<void> {
    let pending = true;
    let wake: (() => void) | undefined;
    const offs = [topics].flat().map((topic) =>
      this.on(topic, () => {
        pending = true;
        wake?.();
      }),
    );
    const onAbort = () => wake?.();
    signal.addEventListener("abort", onAbort);
    try {
      while (!signal.aborted) {
        if (!pending) {
          let timer: NodeJS.Timeout | undefined;
          await new Promise<void>((resolve) => {
            wake = resolve;
            timer = setTimeout(resolve, everyMs);
          });
          clearTimeout(timer);
          wake = undefined;
          if (signal.aborted) return;
        }
        pending = false;
        yield;
      }
    } finally {
      for (const off of offs) off();
      signal.removeEventListener("abort", onAbort);
    }
  }
}
