/** `npm run bench -- NAME [options]`: each benchmark is a file `bench/src/NAME.bench.ts` that exports `command`. */
import { readdir } from "node:fs/promises";
import { Command } from "commander";

const names = (await readdir(import.meta.dirname)).flatMap((file) => (file.endsWith(".bench.ts") ? [file.slice(0, -".bench.ts".length)] : [])).sort();
const program = new Command("bench").description("Benchmarks, peers included. Run them on a quiet machine.").showHelpAfterError();
// Only the one that is asked for is loaded; all of them to show what there is.
const asked = names.filter((name) => name === process.argv[2]);
for (const name of asked.length > 0 ? asked : names) {
  const { command } = (await import(`./${name}.bench.ts`)) as { command: Command };
  program.addCommand(command);
}
await program.parseAsync();
