/**
 * Group commit: what comes within a moment is written in one transaction, and everybody is answered when that is on the disk.
 * With a thousand agents a commit each would be bound by the disk's flushes.
 */
const gatherMs = 4;

type Options = {
  /** Items in one write. */
  most: number;
  /** From one write's beginning to the next at least: what nobody waits for can come in fewer, larger writes. */
  everyMs?: number;
  /** Writes under way at once, where the database takes several; 1 unless given. */
  atOnce?: number;
};

export class Gather<T, R> {
  readonly #write: (items: T[]) => Promise<R>;
  readonly #most: number;
  readonly #everyMs: number;
  #waiting: { item: T; resolve: (result: R) => void; reject: (error: unknown) => void }[] = [];
  readonly #atOnce: number;
  #writing = 0;
  #timer: NodeJS.Timeout | undefined;
  #beganMs = -Infinity;

  constructor(write: (items: T[]) => Promise<R>, { most, everyMs = 0, atOnce = 1 }: Options) {
    this.#write = write;
    this.#most = most;
    this.#everyMs = everyMs;
    this.#atOnce = atOnce;
  }

  /** Resolves with the result of the write that the item was part of. One that fails with others is tried once more alone. */
  add(item: T): Promise<R> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject });
      this.#schedule();
    });
  }

  #schedule(): void {
    if (this.#writing >= this.#atOnce || this.#timer || this.#waiting.length === 0) return;
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined;
        void this.#flush();
      },
      Math.max(gatherMs, this.#beganMs + this.#everyMs - performance.now()),
    );
  }

  async #flush(): Promise<void> {
    this.#writing++;
    this.#beganMs = performance.now();
    const batch = this.#waiting.splice(0, this.#most);
    this.#schedule();
    try {
      const result = await this.#write(batch.map(({ item }) => item));
      for (const { resolve } of batch) resolve(result);
    } catch (error) {
      if (batch.length === 1) batch[0]?.reject(error);
      else for (const { item, resolve, reject } of batch) await this.#write([item]).then(resolve, reject);
    }
    this.#writing--;
    this.#schedule();
  }
}
