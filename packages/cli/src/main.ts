/** `zerostart`: see --help. Results go to stdout, everything else to stderr. */
import { Command } from "commander";
import { benchCommand } from "./commands/bench.ts";
import { buildCommand } from "./commands/build.ts";
import { completionCommand } from "./commands/completion.ts";
import { deployCommand } from "./commands/deploy.ts";
import { devCommand } from "./commands/dev.ts";
import { disassembleCommand } from "./commands/disassemble.ts";
import { execCommand } from "./commands/exec.ts";
import { hostsCommand } from "./commands/hosts.ts";
import { initCommand } from "./commands/init.ts";
import { logsCommand } from "./commands/logs.ts";
import { openCommand } from "./commands/open.ts";
import { promoteCommand, takeBackCommand } from "./commands/promote.ts";
import { rollbackCommand } from "./commands/rollback.ts";
import { runCommand } from "./commands/run.ts";
import { scaleCommand } from "./commands/scale.ts";
import { testCommand } from "./commands/test.ts";
import { traceCommand } from "./commands/trace.ts";
import { exitCodes, exitCodesHelp, Failure } from "./failure.ts";

const program = new Command("zerostart")
  .description("HTTP handlers in JavaScript and TypeScript with the smallest possible cold start.")
  .version("0.1.0")
  .addHelpText("after", exitCodesHelp)
  .showHelpAfterError("(--help shows what there is)");
const local = [initCommand, devCommand, testCommand, buildCommand, runCommand, execCommand, benchCommand, traceCommand, disassembleCommand];
const remote = [deployCommand, rollbackCommand, promoteCommand, takeBackCommand, scaleCommand, logsCommand, openCommand, hostsCommand];
for (const command of [...local, ...remote]) program.addCommand(command);
program.addCommand(completionCommand(program));
for (const command of [program, ...program.commands, ...hostsCommand.commands])
  command.exitOverride((error) => process.exit(error.exitCode === 0 ? exitCodes.ok : exitCodes.usage));

// A reader that has seen enough, such as `head`, is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? exitCodes.ok : exitCodes.failed));

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof Failure)) throw error;
  console.error(error.message);
  if (process.argv.includes("--json")) console.log(JSON.stringify({ error: error.message, ...error.details }));
  process.exitCode = error.exitCode;
}
