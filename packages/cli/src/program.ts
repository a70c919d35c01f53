/** The commands. Results go to stdout, everything else to stderr. */
import { Command } from "commander";
import { exitCodes, exitCodesHelp, Failure } from "./failure.ts";

const program = new Command("zerostart")
  .description("HTTP handlers in JavaScript and TypeScript with the smallest possible cold start.")
  .version("0.1.0")
  .addHelpText("after", exitCodesHelp)
  .showHelpAfterError("(--help shows what there is)");

/** Each command's modules are loaded when it is the one that is wanted: loading those of all takes longer than most commands. */
const commands: Record<string, () => Promise<Command>> = {
  init: async () => (await import("./commands/init.ts")).initCommand,
  dev: async () => (await import("./commands/dev.ts")).devCommand,
  test: async () => (await import("./commands/test.ts")).testCommand,
  build: async () => (await import("./commands/build.ts")).buildCommand,
  run: async () => (await import("./commands/run.ts")).runCommand,
  exec: async () => (await import("./commands/exec.ts")).execCommand,
  bench: async () => (await import("./commands/bench.ts")).benchCommand,
  trace: async () => (await import("./commands/trace.ts")).traceCommand,
  disassemble: async () => (await import("./commands/disassemble.ts")).disassembleCommand,
  deploy: async () => (await import("./commands/deploy.ts")).deployCommand,
  rollback: async () => (await import("./commands/rollback.ts")).rollbackCommand,
  promote: async () => (await import("./commands/promote.ts")).promoteCommand,
  "take-back": async () => (await import("./commands/promote.ts")).takeBackCommand,
  scale: async () => (await import("./commands/scale.ts")).scaleCommand,
  logs: async () => (await import("./commands/logs.ts")).logsCommand,
  open: async () => (await import("./commands/open.ts")).openCommand,
  hosts: async () => (await import("./commands/hosts.ts")).hostsCommand,
  completion: async () => (await import("./commands/completion.ts")).completionCommand(program),
};
const wanted = process.argv[2] ?? "";
for (const name of Object.hasOwn(commands, wanted) && wanted !== "completion" ? [wanted] : Object.keys(commands)) program.addCommand(await commands[name]!());
for (const command of [program, ...program.commands, ...program.commands.flatMap((each) => each.commands)])
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
