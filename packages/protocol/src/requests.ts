/**
 * What an instance has answered: the page of counters that it keeps in the file named by ZEROSTART_REQUESTS
 * (packages/vm/host/requests.c has the same layout), and its latency histogram, which merges by addition.
 *
 * Buckets are log-linear, 16 to each power of two from 2^10 ns (1 µs) to 2^36 ns (69 s): a percentile read off them is within
 * 3 % of the truth. What is shorter or longer is in the first or last.
 */
const firstExponent = 10;
const exponents = 26;
export const latencyBuckets = exponents * 16;

/** Bytes of the file. */
export const requestPageBytes = 4_096;
const headWords = 16;

/** The latency at which a bucket begins, ns; of the first one 0. */
export function latencyBucketLowNs(bucket: number): number {
  return bucket === 0 ? 0 : 2 ** (firstExponent + (bucket >> 4)) * (1 + (bucket & 15) / 16);
}

/** The bucket of a latency in ns. */
export function latencyBucketOf(ns: number): number {
  if (ns < 2 ** firstExponent) return 0;
  const exponent = Math.floor(Math.log2(ns));
  if (exponent >= firstExponent + exponents) return latencyBuckets - 1;
  return (exponent - firstExponent) * 16 + Math.floor((ns / 2 ** exponent - 1) * 16);
}

/** Counts since the process (or pool) began. Index of `byClass` is the status's first digit; 0: requests that got no answer. */
export type RequestCounts = { byClass: number[]; connections: number; sumNs: number; lastNs: number; buckets: Map<number, number> };

/** Reads a page; undefined when it is none. */
export function parseRequestPage(page: Uint8Array): RequestCounts | undefined {
  if (page.length < (headWords + latencyBuckets) * 8) return undefined;
  const view = new DataView(page.buffer, page.byteOffset, page.byteLength);
  const word = (index: number) => Number(view.getBigInt64(index * 8, true));
  if (view.getBigUint64(0, true) !== 0x315152535an) return undefined;
  const buckets = new Map<number, number>();
  for (let bucket = 0; bucket < latencyBuckets; bucket++) {
    const count = word(headWords + bucket);
    if (count > 0) buckets.set(bucket, count);
  }
  return { byClass: Array.from({ length: 6 }, (_, i) => word(1 + i)), connections: Math.max(0, word(7)), sumNs: word(8), lastNs: word(9), buckets };
}

/** The page for these counts; without, one in which nothing was counted yet. */
export function encodeRequestPage(counts: RequestCounts = { byClass: [], connections: 0, sumNs: 0, lastNs: 0, buckets: new Map() }): Uint8Array {
  const page = new Uint8Array(requestPageBytes);
  const view = new DataView(page.buffer);
  const put = (index: number, value: number) => view.setBigInt64(index * 8, BigInt(Math.round(value)), true);
  view.setBigUint64(0, 0x315152535an, true);
  counts.byClass.forEach((count, i) => put(1 + i, count));
  put(7, counts.connections);
  put(8, counts.sumNs);
  put(9, counts.lastNs);
  for (const [bucket, count] of counts.buckets) put(headWords + bucket, count);
  return page;
}

/**
 * A percentile of a histogram, ns, linear within its bucket; undefined when it is empty.
 * @param p 0 to 1
 */
export function latencyPercentile(buckets: ReadonlyMap<number, number>, p: number): number | undefined {
  let total = 0;
  for (const count of buckets.values()) total += count;
  if (total === 0) return undefined;
  const rank = p * total;
  let before = 0;
  let last = 0;
  for (const [bucket, count] of [...buckets].sort(([a], [b]) => a - b)) {
    last = bucket;
    if (before + count >= rank) {
      const low = latencyBucketLowNs(bucket);
      const high = latencyBucketLowNs(bucket + 1);
      return low + (high - low) * (count === 0 ? 0 : Math.max(0, rank - before) / count);
    }
    before += count;
  }
  return latencyBucketLowNs(last + 1);
}
