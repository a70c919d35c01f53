import { Command } from "commander";
import type { LaunchMode } from "@zerostart/protocol";
import {
  build,
  handlerName,
  hostTarget,
  modeArguments,
  modesHelp,
  parseCount,
  parseMode,
  parsePrime,
  parseVariable,
  primeHelp,
  runToEnd,
  withArtifacts,
} from "../artifacts.ts";
import { exitCodesHelp } from "../failure.ts";
import { compileFile } from "../sources.ts";

type Options = { port: number; host: string; mode: LaunchMode; prime: string[]; env: Record<string, string>; json?: boolean };

export const runCommand = new Command("run")
  .description("build a handler for this machine and serve it until Ctrl-C")
  .argument("<handler>", "JavaScript, TypeScript, JSX or TSX file")
  .argument("[options...]", "after --: options of the program itself, such as --cpu-ms, --heap-mb, --pool and --prewarm")
  .option("--port <n>", "0 picks a free one", parseCount(0, 65_535), 8080)
  .option("--host <address>", "where to listen", "127.0.0.1")
  .option("--mode <mode>", `launch mode: ${modesHelp}`, parseMode, "snapshot")
  .option("--prime <path>", primeHelp, parsePrime, [])
  .option("--env <name=value>", "variable of the handler's env (repeatable)", parseVariable, {})
  .option("--json", "print one line of JSON about the program before it starts")
  .addHelpText("after", exitCodesHelp)
  .action(async (handler: string, programOptions: string[], options: Options) => {
    const name = handlerName(handler);
    const compiled = await compileFile(handler);
    const artifact = await build({ compiled, name, mode: options.mode, prime: options.prime, target: hostTarget });
    const env = Object.fromEntries(Object.entries(options.env).map(([key, value]) => [`ZS_ENV_${key}`, value]));
    const { bytes: _, ...facts } = artifact;
    if (options.json) console.log(JSON.stringify({ ...facts, host: options.host, port: options.port }));
    else if (options.port > 0) console.error(`${name} (${options.mode}, ${artifact.executor}): http://${options.host}:${options.port}`);
    process.exitCode = await withArtifacts([{ name, artifact }], ([command]) =>
      runToEnd(
        command!,
        [
          "--port",
          String(options.port),
          "--host",
          options.host,
          ...(options.port === 0 ? ["--verbose"] : []),
          ...modeArguments(options.mode),
          ...programOptions,
        ],
        env,
        compiled.mapStack,
      ),
    );
  });
