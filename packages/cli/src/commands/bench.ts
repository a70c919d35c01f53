import { writeFile } from "node:fs/promises";
import { Command } from "commander";
import type { Artifact } from "@zerostart/build";
import { measureInTurns, StartError, type StartMeasurement } from "@zerostart/launcher";
import type { LaunchMode } from "@zerostart/protocol";
import { build, handlerName, hostTarget, modesHelp, parseCount, parseModes, withArtifacts } from "../artifacts.ts";
import { coldStartRows, coldStartTable } from "../cold-start-report.ts";
import { exitCodes, exitCodesHelp, Failure } from "../failure.ts";
import { compileFile } from "../sources.ts";

type Options = { runs: number; warmup: number; mode: LaunchMode[]; path: string; json?: string | true };

export const benchCommand = new Command("bench")
  .description("measure a handler's cold start, spawn to last byte of the first response, in one or several launch modes that take turns")
  .argument("<handler>", "JavaScript, TypeScript, JSX or TSX file")
  .option("--runs <n>", "measured starts of each mode", parseCount(1, 100_000), 30)
  .option("--warmup <n>", "starts that are dropped first", parseCount(0, 10_000), 3)
  .option("--mode <modes>", `one or several, separated by commas: ${modesHelp}`, parseModes, ["snapshot"])
  .option("--path <path>", "path of the request", "/")
  .option("--json [file]", "write figures and samples to a file, or to stdout instead of the table")
  .addHelpText("after", exitCodesHelp)
  .action(async (handler: string, options: Options) => {
    const compiled = await compileFile(handler);
    const name = handlerName(handler);
    const builds: { name: string; mode: LaunchMode; artifact: Artifact }[] = [];
    for (const mode of options.mode) builds.push({ name: `${name}-${mode}`, mode, artifact: await build({ compiled, name, mode, target: hostTarget }) });
    const samples: StartMeasurement[][] = builds.map(() => []);
    await withArtifacts(builds, (commands) =>
      measureInTurns({
        subjects: commands.map((command) => ({ command: [...command, "--port", "{port}"], trace: true, path: options.path })),
        runs: options.runs,
        warmup: options.warmup,
        onStart: (index, measurement) => samples[index]!.push(measurement),
        onFailure: (index, error) => {
          if (!(error instanceof StartError)) throw error;
          throw new Failure(exitCodes.failed, `a start in mode ${builds[index]!.mode} failed: ${error.message}`);
        },
        onRound: (round) => {
          if (process.stderr.isTTY) process.stderr.write(round + 1 === options.runs ? "\r\x1b[K" : `\rround ${round + 1} of ${options.runs}   `);
        },
      }),
    );
    const rows = coldStartRows(
      builds.map(({ mode, artifact }, i) => ({ name: mode, detail: artifact.executor, binaryBytes: artifact.sizeBytes, samples: samples[i]! })),
    );
    const statuses = [...new Set(samples.flat().map((sample) => sample.status))].sort();
    const report = JSON.stringify({ handler, target: hostTarget, runs: options.runs, warmup: options.warmup, path: options.path, statuses, rows }, null, 1);
    if (options.json === true) return console.log(report);
    if (options.json) await writeFile(options.json, `${report}\n`);
    console.log(coldStartTable(rows));
    if (statuses.some((status) => status >= 400)) console.error(`note: ${options.path} was answered with ${statuses.join(", ")}`);
    const problem = samples.flat().find((sample) => sample.traceError)?.traceError;
    if (problem) console.error(`note: some starts have no phases: ${problem}`);
  });
