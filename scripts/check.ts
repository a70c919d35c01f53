/** `npm run check`: format, lint, types and unused code, all at once. Prints the output of what complains. */
import { execFile } from "node:child_process";
import { existsSync, globSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

const root = join(import.meta.dirname, "..");
const { values } = parseArgs({ options: { fix: { type: "boolean", default: false } } });
const tool = (name: string) => join(root, "node_modules/.bin", name);
const projects = globSync(["packages/*", "apps/*", "bench", "e2e", "examples", "scripts"], { cwd: root }).filter((path) =>
  existsSync(join(root, path, "tsconfig.json")),
);

// The types of the dashboard's database client are generated.
await new Promise<void>((resolve) => execFile(process.execPath, ["apps/web/scripts/generate.ts"], { cwd: root }, () => resolve()));

type Check = { name: string; command: string; args: string[] };
const checks: Check[] = [
  {
    name: "format",
    command: tool("prettier"),
    args: [values.fix ? "--write" : "--check", "--cache", "--cache-location", ".cache/prettier", "--log-level", "warn", "."],
  },
  { name: "lint", command: tool("oxlint"), args: [...(values.fix ? ["--fix"] : []), "--deny-warnings"] },
  { name: "unused", command: tool("knip"), args: ["--no-progress"] },
  ...projects.sort().map((project) => ({ name: `types ${project}`, command: tool("tsc"), args: ["--noEmit", "-p", project] })),
];

async function perform({ name, command, args }: Check): Promise<boolean> {
  const began = Date.now();
  const { ok, output } = await new Promise<{ ok: boolean; output: string }>((resolve) => {
    execFile(command, args, { cwd: root, maxBuffer: 64 << 20 }, (error, stdout, stderr) => resolve({ ok: error === null, output: stdout + stderr }));
  });
  if (!ok) console.log(output.trimEnd());
  console.log(`${ok ? "ok    " : "FAILED"} ${name} (${((Date.now() - began) / 1000).toFixed(1)} s)`);
  return ok;
}

const waiting = [...checks];
let failed = 0;
await Promise.all(
  Array.from({ length: Math.min(4, availableParallelism()) }, async () => {
    for (let check = waiting.shift(); check; check = waiting.shift()) if (!(await perform(check))) failed++;
  }),
);
console.log(failed === 0 ? "all checks passed" : `${failed} of ${checks.length} checks failed`);
process.exit(failed === 0 ? 0 : 1);
