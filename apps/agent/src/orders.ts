/** Orders of the control plane that are carried out once each, one at a time: measurements and traces. */
import { join } from "node:path";
import { z } from "zod";
import { readJson } from "./files.ts";

const ledgerSchema = z.record(z.string(), z.enum(["running", "ended"]));

/** One after the other, whoever asks: what is measured must not be disturbed by what else this agent looks into. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  take<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work, work);
    this.#last = result.catch(() => undefined);
    return result;
  }
}

export type OrderQueueOptions<Order> = {
  idOf: (order: Order) => string;
  dataFolder: string;
  /** Name of the file there in which it is kept which orders were begun. */
  ledger: string;
  /** Writes a file there, as far as the disk lets it. */
  keepFile: (name: string, text: string) => void;
  turns: Turns;
  work: (order: Order, signal: AbortSignal) => Promise<void>;
  /** `error`: why it failed; undefined when it did not. */
  onEnd: (orderId: string, error: string | undefined) => void;
  /** Said of one that was running when this agent ended. */
  interrupted: string;
};

export class OrderQueue<Order> {
  readonly #options: OrderQueueOptions<Order>;
  /** Which orders were begun, so that one is never run twice although it is listed until its result has arrived. */
  readonly #ledger: Map<string, "running" | "ended">;
  readonly #queue: Order[] = [];
  #current: { order: Order; abort: AbortController } | undefined;
  #work: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(options: OrderQueueOptions<Order>) {
    this.#options = options;
    this.#ledger = new Map(Object.entries(readJson(join(options.dataFolder, options.ledger), ledgerSchema) ?? {}));
    for (const [id, state] of this.#ledger) if (state === "running") this.#end(id, options.interrupted);
  }

  /** The orders that the control plane lists now. New ones are queued; one that is no longer listed is called off. */
  setOrders(orders: Order[]): void {
    const { idOf, turns } = this.#options;
    const listed = new Set(orders.map(idOf));
    const currentId = this.#current && idOf(this.#current.order);
    for (const id of this.#ledger.keys()) if (!listed.has(id) && currentId !== id) this.#ledger.delete(id);
    for (let i = this.#queue.length - 1; i >= 0; i--) if (!listed.has(idOf(this.#queue[i]!))) this.#queue.splice(i, 1);
    if (this.#current && !listed.has(currentId!)) this.#current.abort.abort(new Error("called off"));
    for (const order of orders) {
      const id = idOf(order);
      if (this.#ledger.has(id) || this.#queue.some((queued) => idOf(queued) === id)) continue;
      this.#queue.push(order);
    }
    if (this.#queue.length > 0) this.#work = this.#work.then(() => turns.take(() => this.#drain()));
  }

  /** Queued or running. */
  get waiting(): Order[] {
    return [...this.#queue, ...(this.#current ? [this.#current.order] : [])];
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#queue.length = 0;
    this.#current?.abort.abort();
    await this.#work;
  }

  async #drain(): Promise<void> {
    const { idOf, work } = this.#options;
    for (let order = this.#queue.shift(); order && !this.#isClosed; order = this.#queue.shift()) {
      const abort = new AbortController();
      this.#current = { order, abort };
      this.#note(idOf(order), "running");
      const error = await work(order, abort.signal).then(
        () => undefined,
        (reason: unknown) => (reason instanceof Error ? reason.message : String(reason)),
      );
      this.#current = undefined;
      // Ended by our own end: the ledger tells the next life of this agent.
      if (this.#isClosed && abort.signal.aborted) return;
      this.#end(idOf(order), error);
    }
  }

  #note(id: string, state: "running" | "ended"): void {
    this.#ledger.set(id, state);
    this.#options.keepFile(this.#options.ledger, JSON.stringify(Object.fromEntries(this.#ledger)));
  }

  #end(id: string, error: string | undefined): void {
    this.#options.onEnd(id, error);
    this.#note(id, "ended");
  }
}
