/**
 * Group commit: what comes within a moment is written in one transaction, and everybody is answered when that is on the disk.
 * With a thousand agents a commit each would be bound by the disk's flushes.
 */
const gatherMs = 4;

export class Gather<T, R> {
  readonly #write: (items: T[]) => Promise<R>;
  readonly #most: number;
  #waiting: { item: T; resolve: (result: R) => void; reject: (error: unknown) => void }[] = [];
  #isWriting = false;
  #timer: NodeJS.Timeout | undefined;

  /** @param most items in one write */
  constructor(write: (items: T[]) => Promise<R>, most: number) {
    this.#write = write;
    this.#most = most;
  }

  /** Resolves with the result of the write that the item was part of. One that fails with others is tried once more alone. */
  add(item: T): Promise<R> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject });
      this.#schedule();
    });
  }

  #schedule(): void {
    if (this.#isWriting || this.#timer || this.#waiting.length === 0) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.#flush();
    }, gatherMs);
  }

  async #flush(): Promise<void> {
    this.#isWriting = true;
    const batch = this.#waiting.splice(0, this.#most);
    try {
      const result = await this.#write(batch.map(({ item }) => item));
      for (const { resolve } of batch) resolve(result);
    } catch (error) {
      if (batch.length === 1) batch[0]?.reject(error);
      else for (const { item, resolve, reject } of batch) await this.#write([item]).then(resolve, reject);
    }
    this.#isWriting = false;
    this.#schedule();
  }
}
