/** `node reference.ts FIRST COUNT`: a line of JSON for each seed, what its program prints in Node; null when it takes too long there (its strings grow without end). */
import vm from "node:vm";
import { generateProgram } from "./generate.ts";

const [first, count] = process.argv.slice(2).map(Number) as [number, number];

/** One realm for all programs: making one costs more than running a program, and no program changes what it shares with the next. */
let output = "";
const context = vm.createContext({ console: { log: (text: string) => (output += `${text}\n`) } }, { microtaskMode: "afterEvaluate" });

for (let seed = first; seed < first + count; seed++) {
  output = "";
  let line: string | null;
  try {
    vm.runInContext(`(() => {${generateProgram(seed)}})()`, context, { timeout: 2000 });
    line = output;
  } catch {
    line = null;
  }
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
