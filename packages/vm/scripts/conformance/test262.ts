/** `npm run conformance -- --test262 DIR [--filter GLOB | --list FILE]`: the official suite against our compiler and VM. DIR is a checkout of tc39/test262. */
import { existsSync, globSync, readFileSync } from "node:fs";
import path from "node:path";
import { type Outcome, runPool } from "./pool.ts";
import type { WorkerInput } from "./test262-worker.ts";

export interface Test262Options {
  readonly directory: string;
  readonly filter: string | undefined;
  readonly list: string | undefined;
  readonly jobs: number | undefined;
}

export async function runTest262({ directory, filter = "**/*.js", list, jobs }: Test262Options): Promise<Outcome[]> {
  if (!existsSync(path.join(directory, "harness/assert.js"))) throw new Error("--test262 DIR must name a checkout of tc39/test262");
  const built = path.join(import.meta.dirname, "../../build");
  const workerData: WorkerInput = { directory, wasm: readFileSync(path.join(built, "vm.wasm")), image: readFileSync(path.join(built, "base.image")) };
  const pattern = filter.includes("*") || filter.endsWith(".js") ? filter : `${filter}/**/*.js`;
  const names = list === undefined ? globSync(pattern, { cwd: path.join(directory, "test") }) : readFileSync(list, "utf8").split("\n");
  const files = names.filter((f) => f.endsWith(".js") && !f.endsWith("_FIXTURE.js")).sort();
  return runPool({ script: new URL("./test262-worker.ts", import.meta.url), workerData, files, jobs, timeoutMs: 120_000 });
}
