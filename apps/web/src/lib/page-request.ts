/**
 * What a page knows of the request that it is rendered for on the server, and how it asks the API there without a round trip. Pages are
 * bundled apart from the control plane but run in its process: the two meet at a name on the global object. In a browser there is none.
 */
import type { AsyncLocalStorage } from "node:async_hooks";

export type PageRequest = {
  /** Path and query that were asked for. */
  url: URL;
  /** When it came, ms since the epoch. */
  atMs: number;
  /** A query's answer as JSON, asked as whoever asked for the page; rejects as the API does. */
  query: (path: string, input: unknown) => Promise<unknown>;
};

const key = Symbol.for("zerostart.page-request");
type Global = { [key]?: AsyncLocalStorage<PageRequest> };

export const pageRequest = (): PageRequest | undefined => (globalThis as Global)[key]?.getStore();

/** For the server alone: where the request in hand is kept. */
export function keepPageRequests(storage: AsyncLocalStorage<PageRequest>): void {
  (globalThis as Global)[key] = storage;
}
