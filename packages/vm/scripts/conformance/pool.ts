/**
 * Runs tests in worker threads, one file after the other in each, and keeps apart what a test can do to its runner: an engine that stops (crash) and one that does
 * not come back (hang). A worker that did either is replaced, and the rest of its batch goes on.
 */
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";

export type Result = "pass" | "fail" | "crash" | "hang" | "skip";
export interface Outcome {
  readonly file: string;
  readonly result: Result;
  /** What went wrong; for a skipped test the reason, a row of the report. */
  readonly message: string;
  /** Tests within the file that passed, and messages of those that did not, by name (web-platform-tests). */
  readonly passed?: number;
  readonly failures?: Readonly<Record<string, string>>;
  /** Tests within the file that are out of scope, by reason. */
  readonly beyond?: Readonly<Record<string, number>>;
}

export interface PoolOptions {
  readonly script: URL;
  readonly workerData: unknown;
  readonly files: readonly string[];
  /** Workers at once; as many as there are processors unless given. */
  readonly jobs?: number | undefined;
  /** A file that says nothing for so long hangs. */
  readonly timeoutMs: number;
}

/** Runs all files; every worker answers a file's name with its Outcome. */
export async function runPool({ script, workerData, files, jobs = availableParallelism(), timeoutMs }: PoolOptions): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  const begun = performance.now();
  let next = 0;
  const failing = () => outcomes.filter((o) => o.result !== "pass" && o.result !== "skip").length;
  const progress = (done: boolean) => {
    const seconds = (performance.now() - begun) / 1000;
    const line = `${outcomes.length}/${files.length} files, ${failing()} not passed, ${(outcomes.length / seconds).toFixed(0)} files/s`;
    if (process.stderr.isTTY) process.stderr.write(`\r${line}${done ? "\n" : ""}`);
    else if (done || outcomes.length % 1000 === 0) console.error(line);
  };
  const drive = async () => {
    let worker: Worker | undefined;
    while (next < files.length) {
      const file = files[next++]!;
      worker ??= new Worker(script, { workerData, resourceLimits: { maxOldGenerationSizeMb: 2048 } });
      const outcome = await ask(worker, file, timeoutMs);
      if (outcome.lost) {
        await worker.terminate();
        worker = undefined;
      }
      outcomes.push(outcome.outcome);
      progress(false);
    }
    await worker?.terminate();
  };
  await Promise.all(Array.from({ length: Math.max(1, Math.min(jobs, files.length)) }, drive));
  progress(true);
  return outcomes.sort((a, b) => (a.file < b.file ? -1 : 1));
}

/** `lost`: the worker is of no use any more. */
function ask(worker: Worker, file: string, timeoutMs: number): Promise<{ outcome: Outcome; lost: boolean }> {
  return new Promise((resolve) => {
    const finish = (outcome: Outcome, lost: boolean) => {
      clearTimeout(timer);
      worker.removeAllListeners("message").removeAllListeners("error").removeAllListeners("exit");
      resolve({ outcome, lost });
    };
    const timer = setTimeout(() => finish({ file, result: "hang", message: `no answer within ${timeoutMs / 1000} s` }, true), timeoutMs);
    worker.once("message", (outcome: Outcome) => finish(outcome, false));
    worker.once("error", (error) => finish({ file, result: "crash", message: String(error.stack ?? error) }, true));
    worker.once("exit", (code) => finish({ file, result: "crash", message: `the worker ended with ${code}` }, true));
    worker.postMessage(file);
  });
}
