/**
 * `npm run conformance -- --fuzz-bytecode N [--seed S]`: mutated bytecode files, seeds S to S + N - 1, on all processors (test/fuzz): none may get the engine to
 * trap, to hang or to overwrite what is not its own. `--programs N` likewise: generated programs on our VM and in Node (test/differential). A seed that fails is
 * printed and stays reproducible.
 */
import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import path from "node:path";
import { Worker } from "node:worker_threads";
import type { FuzzInput, FuzzMessage } from "./fuzz-worker.ts";

/** A worker that says nothing while this process, for each of its workers, uses so much processor time hangs in one of the seeds after that which it named last. */
const hangMs = 60_000;

/** True when no seed failed. */
export async function fuzz(kind: FuzzInput["kind"], count: number, seed: number, jobs = availableParallelism()): Promise<boolean> {
  if (!(count > 0) || !(seed >= 1)) throw new Error("how many, and from which seed (1 or more)?");
  const built = path.join(import.meta.dirname, "../../build");
  const wasm = readFileSync(path.join(built, "vm.wasm"));
  const image = readFileSync(path.join(built, "base.image"));
  const begun = performance.now();
  const fates: Record<string, number> = {};
  let broken = 0;
  let done = 0;
  let told = 0;
  const share = Math.ceil(count / jobs);

  const drive = async (first: number, end: number): Promise<void> => {
    let from = first;
    while (from < end) {
      const workerData: FuzzInput = { kind, wasm, image, from, end };
      from = await new Promise<number>((resolve) => {
        const worker = new Worker(new URL("./fuzz-worker.ts", import.meta.url), { workerData });
        let at = from;
        const next = (to: number) => {
          clearInterval(timer);
          worker.removeAllListeners();
          void worker.terminate();
          resolve(to);
        };
        const lost = (what: string) => {
          broken++;
          console.log(`seed ${at}: ${what}`);
          next(at + 1);
        };
        let since = process.cpuUsage();
        const timer = setInterval(() => {
          const { user, system } = process.cpuUsage(since);
          if ((user + system) / 1000 > hangMs * jobs) lost("hangs");
        }, 1000);
        worker.on("error", (error) => lost(`crash: ${error.message}`));
        worker.on("message", (message: FuzzMessage) => {
          since = process.cpuUsage();
          done += message.at - at;
          at = message.at;
          for (const text of message.broken) console.log(text);
          broken += message.broken.length;
          for (const [fate, n] of Object.entries(message.fates)) fates[fate] = (fates[fate] ?? 0) + n;
          if (done - told >= Math.min(20_000, count / 50) || process.stderr.isTTY) {
            told = done;
            process.stderr.write(
              `${process.stderr.isTTY ? "\r" : ""}${done}/${count}, ${broken} failed, ${(done / ((performance.now() - begun) / 1000)).toFixed(0)}/s${process.stderr.isTTY ? "" : "\n"}`,
            );
          }
          if (at >= end) next(end);
        });
      });
    }
  };
  await Promise.all(Array.from({ length: jobs }, (_, i) => drive(seed + i * share, Math.min(seed + count, seed + (i + 1) * share))));
  const seconds = (performance.now() - begun) / 1000;
  console.log(
    `${count} ${kind === "bytecode" ? "mutants" : "programs"} from seed ${seed}: ${Object.entries(fates)
      .map(([fate, n]) => `${n} ${fate}`)
      .join(", ")}; ${broken} failed; ${seconds.toFixed(0)} s`,
  );
  return broken === 0;
}
