/** Comparing starts fairly: subjects take turns, in an order shuffled per round. */
import { Launcher, type StartMeasurement, type StartOptions } from "./client.ts";

export type InterleaveOptions = {
  subjects: StartOptions[];
  /** Measured starts of each subject. */
  runs: number;
  /** Starts of each that come first and are dropped. */
  warmup: number;
  signal?: AbortSignal;
  /** A measured start, as it comes. May throw to reject it (a wrong answer, say). */
  onStart: (subject: number, measurement: StartMeasurement) => void;
  /** A start that failed or was rejected; warm-ups included. Throw to give up. */
  onFailure: (subject: number, error: unknown) => void;
  /** After each round; negative numbers are warm-ups. */
  onRound?: (round: number) => void;
};

/**
 * Start every subject once per round. Drift of the machine, and the influence of whatever ran just before, then fall on
 * all alike. One launcher times them all, by the same method; failed starts are told, never retried.
 */
export async function measureInTurns(options: InterleaveOptions): Promise<void> {
  const { subjects, runs, warmup, signal } = options;
  const launcher = await Launcher.open();
  try {
    for (let round = -warmup; round < runs; round++) {
      for (const subject of shuffled(subjects.length)) {
        signal?.throwIfAborted();
        try {
          const measurement = await launcher.measure(subjects[subject]!);
          if (round >= 0) options.onStart(subject, measurement);
        } catch (error) {
          options.onFailure(subject, error);
        }
      }
      options.onRound?.(round);
    }
  } finally {
    await launcher.close();
  }
}

function shuffled(count: number): number[] {
  const order = Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(Math.random() * (i + 1));
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}
