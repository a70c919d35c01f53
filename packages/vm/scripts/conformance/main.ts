/**
 * `npm run conformance -- --test262 DIR [--filter GLOB | --list FILE] [--json FILE] [--update]`: the official suite against our compiler and VM.
 * DIR is a checkout of tc39/test262. `--llhttp DIR` instead compares our HTTP layer with llhttp's cases (llhttp.ts). Exits 1 when a test that expectations.txt does not list as failing fails, or anything crashes.
 */
import { existsSync, globSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import { compareWithLlhttp } from "./llhttp.ts";
import type { Outcome, WorkerInput } from "./worker.ts";

const { values } = parseArgs({
  options: {
    test262: { type: "string" },
    llhttp: { type: "string" },
    filter: { type: "string", default: "**/*.js" },
    list: { type: "string" },
    json: { type: "string" },
    update: { type: "boolean", default: false },
    jobs: { type: "string" },
    verbose: { type: "boolean", default: false },
  },
});
if (values.llhttp !== undefined) process.exit((await compareWithLlhttp(values.llhttp)) === 0 ? 0 : 1);
const directory = values.test262;
if (directory === undefined || !existsSync(path.join(directory, "harness/assert.js"))) {
  console.error("--test262 DIR must name a checkout of tc39/test262");
  process.exit(2);
}
const built = path.join(import.meta.dirname, "../../build");
const expectationsFile = path.join(import.meta.dirname, "expectations.txt");
const input: WorkerInput = { directory, wasm: readFileSync(path.join(built, "vm.wasm")), image: readFileSync(path.join(built, "base.image")) };
const pattern = values.filter.includes("*") ? values.filter : `${values.filter}/**/*.js`;
const files = (values.list === undefined ? globSync(pattern, { cwd: path.join(directory, "test") }) : readFileSync(values.list, "utf8").split("\n"))
  .filter((f) => f.endsWith(".js") && !f.endsWith("_FIXTURE.js"))
  .sort();
const jobs = Number(values.jobs ?? availableParallelism());
const batchSize = 20;
/** A batch that takes longer than this holds a test that hangs. */
const batchTimeoutMs = 120_000;

const outcomes: Outcome[] = [];
let next = 0;
const begun = performance.now();

async function drive(): Promise<void> {
  let worker: Worker | undefined;
  const replace = async () => {
    await worker?.terminate();
    worker = undefined;
  };
  const ask = (batch: readonly string[], timeoutMs: number) =>
    new Promise<readonly Outcome[]>((resolve, reject) => {
      const current = (worker ??= new Worker(new URL("./worker.ts", import.meta.url), { workerData: input, resourceLimits: { maxOldGenerationSizeMb: 2048 } }));
      const timer = setTimeout(() => finish(() => reject(new Error("hangs"))), timeoutMs);
      const finish = (then: () => void) => {
        clearTimeout(timer);
        current.removeAllListeners("message").removeAllListeners("error");
        then();
      };
      current.once("message", (done: readonly Outcome[]) => finish(() => resolve(done)));
      current.once("error", (error) => finish(() => reject(error)));
      current.postMessage(batch);
    });
  while (next < files.length) {
    const batch = files.slice(next, (next += batchSize));
    try {
      outcomes.push(...(await ask(batch, batchTimeoutMs)));
    } catch {
      await replace();
      for (const file of batch) {
        try {
          outcomes.push(...(await ask([file], 30_000)));
        } catch (error) {
          outcomes.push({ file, result: "crash", message: (error as Error).message });
          await replace();
        }
      }
    }
    if (process.stderr.isTTY) process.stderr.write(`\r${outcomes.length}/${files.length}`);
    else if (Math.floor(outcomes.length / 1000) > Math.floor((outcomes.length - batch.length) / 1000)) console.error(`${outcomes.length}/${files.length}`);
  }
  await worker?.terminate();
}
await Promise.all(Array.from({ length: jobs }, drive));

outcomes.sort((a, b) => (a.file < b.file ? -1 : 1));
const counted = outcomes.filter((o) => o.result !== "skip");
const failing = counted.filter((o) => o.result !== "pass");
const directories = new Map<string, { pass: number; total: number }>();
for (const o of counted) {
  const name = o.file.split("/").slice(0, 2).join("/");
  const row = directories.get(name) ?? { pass: 0, total: 0 };
  row.total++;
  if (o.result === "pass") row.pass++;
  directories.set(name, row);
}
const skipped = new Map<string, number>();
for (const o of outcomes) if (o.result === "skip") skipped.set(o.message, (skipped.get(o.message) ?? 0) + 1);

const percent = (pass: number, total: number) => `${total === 0 ? "-" : ((100 * pass) / total).toFixed(1)}%`;
if (values.verbose) for (const o of failing) console.log(`${o.result} ${o.file}: ${o.message.split("\n")[0]}`);
for (const [name, row] of [...directories].sort())
  console.log(`${percent(row.pass, row.total).padStart(7)}  ${String(row.pass).padStart(5)}/${String(row.total).padEnd(5)}  ${name}`);
for (const [reason, count] of [...skipped].sort()) console.log(`out of scope  ${String(count).padStart(5)}  ${reason}`);
console.log(
  `in scope: ${counted.length - failing.length} of ${counted.length} pass (${percent(counted.length - failing.length, counted.length)}), ${counted.filter((o) => o.result === "crash").length} crash or hang, ${((performance.now() - begun) / 1000).toFixed(0)} s`,
);

if (values.json !== undefined)
  writeFileSync(
    values.json,
    JSON.stringify(
      {
        inScope: counted.length,
        passed: counted.length - failing.length,
        directories: Object.fromEntries(directories),
        outOfScope: Object.fromEntries(skipped),
        failing,
      },
      null,
      2,
    ) + "\n",
  );
const expected = new Set(existsSync(expectationsFile) ? readFileSync(expectationsFile, "utf8").split("\n").filter(Boolean) : []);
if (values.update) {
  const ran = new Set(outcomes.map((o) => o.file));
  const kept = [...expected].filter((file) => !ran.has(file));
  writeFileSync(expectationsFile, [...kept, ...failing.map((o) => o.file)].sort().join("\n") + "\n");
} else {
  const regressions = failing.filter((o) => !expected.has(o.file));
  for (const o of regressions.slice(0, 50)) console.log(`unexpected ${o.result}: ${o.file}: ${o.message.split("\n")[0]}`);
  if (regressions.length > 0) process.exitCode = 1;
}
