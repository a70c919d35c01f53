/**
 * `npm run conformance -- ...`: our engine against outside suites, given by path.
 *
 *   --test262 DIR   the language, a checkout of tc39/test262 (test262.ts)
 *   --wpt DIR       the Web APIs, a checkout of web-platform-tests/wpt (wpt.ts)
 *   --llhttp DIR    the HTTP parser, against the cases of nodejs/llhttp (llhttp.ts)
 *   --fuzz-bytecode N [--seed S]   N mutated bytecode files (fuzz.ts)
 *   --programs N [--seed S]        N generated programs, on our VM and in Node (fuzz.ts)
 *
 * test262 and wpt take --filter GLOB, --json FILE, --jobs N, --verbose, and --update (test262 also --list FILE), which writes the expectations instead of comparing with them.
 * Exits 1 when something fails that is not expected to, or anything crashes or hangs.
 */
import path from "node:path";
import { parseArgs } from "node:util";
import { fuzz } from "./fuzz.ts";
import { compareWithLlhttp } from "./llhttp.ts";
import { report } from "./report.ts";
import { runTest262 } from "./test262.ts";
import { runWpt } from "./wpt.ts";

const { values } = parseArgs({
  options: {
    test262: { type: "string" },
    wpt: { type: "string" },
    llhttp: { type: "string" },
    "fuzz-bytecode": { type: "string" },
    programs: { type: "string" },
    seed: { type: "string", default: "1" },
    filter: { type: "string" },
    list: { type: "string" },
    json: { type: "string" },
    update: { type: "boolean", default: false },
    jobs: { type: "string" },
    verbose: { type: "boolean", default: false },
  },
});
const { filter, list, json, update, verbose } = values;
const jobs = values.jobs === undefined ? undefined : Number(values.jobs);

async function main(): Promise<boolean> {
  const begun = performance.now();
  const seconds = () => (performance.now() - begun) / 1000;
  if (values.llhttp !== undefined) return (await compareWithLlhttp(values.llhttp)) === 0;
  if (values["fuzz-bytecode"] !== undefined) return fuzz("bytecode", Number(values["fuzz-bytecode"]), Number(values.seed), jobs);
  if (values.programs !== undefined) return fuzz("programs", Number(values.programs), Number(values.seed), jobs);
  if (values.test262 !== undefined) {
    const outcomes = await runTest262({ directory: values.test262, filter, list, jobs });
    return report({ outcomes, depth: 2, expectationsFile: path.join(import.meta.dirname, "expectations.txt"), update, json, verbose, seconds: seconds() });
  }
  if (values.wpt !== undefined) {
    const outcomes = await runWpt({ directory: path.resolve(values.wpt), filter, jobs });
    return report({ outcomes, depth: 3, expectationsFile: path.join(import.meta.dirname, "wpt-expectations.txt"), update, json, verbose, seconds: seconds() });
  }
  throw new Error("name what to run: --test262 DIR, --wpt DIR, --llhttp DIR, --fuzz-bytecode N or --programs N");
}

try {
  process.exitCode = (await main()) ? 0 : 1;
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 2;
}
