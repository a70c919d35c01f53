/** How many instances a deployment has, between its bounds, by how busy they are. An instance is one process with one thread. */
import { readFileSync } from "node:fs";

/** Busier than this on average, one more is started. */
const busyShare = 0.7;
/** One is ended when the others would be no busier than this without it. */
const quietShare = 0.4;
/** For how long that has to be so, when the deployment does not say. */
const defaultQuietMs = 60_000;

/**
 * For how long a process and its children had something to do, seconds: on a processor, or waiting for one that others use. Undefined when it is
 * gone, or the kernel keeps no such account.
 */
export function busySecondsOf(pid: number): number | undefined {
  try {
    const [ranNs = "0", waitedNs = "0"] = readFileSync(`/proc/${pid}/schedstat`, "utf8").split(" ");
    const own = (Number(ranNs) + Number(waitedNs)) / 1e9;
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
    return children === "" ? own : children.split(" ").reduce((sum, child) => sum + (busySecondsOf(Number(child)) ?? 0), own);
  } catch {
    return undefined;
  }
}

export class Scaler {
  #quietSince: number | undefined;
  #last: { at: number; seconds: number } | undefined;

  /**
   * The number of instances there should be now.
   * @param seconds busy time of all instances together until `at`
   * @param at ms of a monotonic clock
   */
  wanted(input: { count: number; min: number; max: number; seconds: number; at: number; quietMs?: number | undefined }): number {
    const { count, min, max, seconds, at, quietMs = defaultQuietMs } = input;
    const last = this.#last;
    this.#last = { at, seconds };
    if (count < min) return min;
    if (count > max) return max;
    // After a restart the sum is smaller than before, and says nothing.
    if (!last || at <= last.at || seconds < last.seconds) return count;
    const busy = ((seconds - last.seconds) * 1_000) / (at - last.at);
    if (busy > busyShare * count) {
      this.#quietSince = undefined;
      return Math.min(max, count + 1);
    }
    if (count === min || busy > quietShare * (count - 1)) {
      this.#quietSince = undefined;
      return count;
    }
    this.#quietSince ??= at;
    if (at - this.#quietSince < quietMs) return count;
    this.#quietSince = undefined;
    return count - 1;
  }
}
