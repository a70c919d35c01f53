/**
 * `npm run fuzz-rest -- [--seconds N] [--seed N] [--role ROLE]`: fuzzes the REST API for as long as it is told (5 minutes), with another seed each round. Prints what
 * it finds with the command to repeat it, and ends with 1 then.
 */
import { parseArgs } from "node:util";
import { fuzzAs } from "../test/support/rest-fuzz.ts";

const { values } = parseArgs({ options: { seconds: { type: "string", default: "300" }, seed: { type: "string", default: "1" }, role: { type: "string" } } });
const roles = (["viewer", "deployer", "admin"] as const).filter((role) => values.role === undefined || role === values.role);
if (roles.length === 0 || !/^\d+$/.test(values.seconds) || !/^\d+$/.test(values.seed)) {
  console.error("usage: npm run fuzz-rest -- [--seconds N] [--seed N] [--role viewer|deployer|admin]");
  process.exit(2);
}
const until = Date.now() + Number(values.seconds) * 1_000;
let failed = 0;
for (let seed = Number(values.seed); Date.now() < until || seed === Number(values.seed); seed++) {
  const role = roles[seed % roles.length] as (typeof roles)[number];
  const { isClean, output } = await fuzzAs(role, { seed, maxExamples: 100, maxSeconds: Math.max(30, Math.ceil((until - Date.now()) / 1_000)) });
  const [cases = "no cases"] = /\d+ generated.*/.exec(output) ?? [];
  console.log(`seed ${seed}, ${role}: ${cases}${isClean ? "" : `\n${output}`}`);
  if (!isClean) failed++;
}
console.log(failed === 0 ? "nothing found" : `${failed} rounds found something`);
process.exit(failed === 0 ? 0 : 1);
