import { writeFile } from "node:fs/promises";
import { Command, Option } from "commander";
import type { Artifact } from "@zerostart/build";
import type { StartMeasurement } from "@zerostart/launcher";
import { primeProblem } from "@zerostart/protocol/prime.ts";
import { affinities, isPooled, launchModes, pageKinds, type Affinity, type LaunchMode, type PageKind } from "@zerostart/protocol/targets.ts";
import { build, handlerName, hostTarget, modeArguments, modesHelp, parseCount, parseModes, parsePrime, primeHelp, withArtifacts } from "../artifacts.ts";
import { type Budget, budgetHelp, exceeded, parseBudget } from "../budget.ts";
import { exitCodes, exitCodesHelp, Failure } from "../failure.ts";
import { compileFile } from "../sources.ts";
import { progress } from "../terminal.ts";

type Options = {
  runs: number;
  warmup: number;
  mode: LaunchMode[];
  pool?: number;
  prewarm?: number;
  pages?: PageKind;
  affinity?: Affinity;
  prime: string[];
  strip: boolean;
  sandbox: boolean;
  path: string;
  budget: Budget[];
  json?: string | true;
};

export const benchCommand = new Command("bench")
  .description("measure a handler's cold start, spawn to last byte of the first response, in one or several launch modes that take turns")
  .argument("<handler>", "JavaScript, TypeScript, JSX or TSX file")
  .option("--runs <n>", "measured starts of each mode", parseCount(1, 100_000), 30)
  .option("--warmup <n>", "starts that are dropped first", parseCount(0, 10_000), 3)
  .option("--mode <modes>", `one or several, separated by commas: ${modesHelp}`, parseModes, ["snapshot"])
  .option("--pool <n>", "processes of a pooled mode (prefork, clone)", parseCount(1, 64))
  .option("--prewarm <n>", "of these, started before the first request", parseCount(0, 64))
  .addOption(
    new Option("--pages <kind>", "how a start gets its memory: by page faults, the image's pages at once, in huge pages, or kept from being paged out").choices(
      pageKinds,
    ),
  )
  .addOption(
    new Option("--affinity <kind>", "where the first process of a pool that waits does so: on the processor that connections come in on, or any").choices(
      affinities,
    ),
  )
  .option("--prime <path>", `${primeHelp}; modes without a snapshot stay as they are`, parsePrime, [])
  .option("--no-strip", "keep the symbols")
  .option("--no-sandbox", "start without the sandbox around a process that serves: what it costs")
  .option("--path <path>", "path of the request", "/")
  .option("--budget <limit>", `fail with exit code ${exitCodes.budget} when exceeded: ${budgetHelp}`, parseBudget, [])
  .option("--json [file]", "write figures and samples to a file, or to stdout instead of the table")
  .addHelpText("after", exitCodesHelp)
  .action(async (handler: string, options: Options) => {
    const { measureInTurns, StartError } = await import("@zerostart/launcher");
    const { coldStartRows, coldStartTable } = await import("../cold-start-report.ts");
    const compiled = await compileFile(handler);
    const name = handlerName(handler);
    const builds: { name: string; mode: LaunchMode; artifact: Artifact }[] = [];
    for (const mode of options.mode) {
      const prime = launchModes.find((each) => each.name === mode)?.payload === "snapshot" ? options.prime : [];
      builds.push({ name: `${name}-${mode}`, mode, artifact: await build({ compiled, name, mode, target: hostTarget, prime, strip: options.strip }) });
    }
    if (options.prime.length > 0 && builds.every(({ mode }) => launchModes.find((each) => each.name === mode)?.payload !== "snapshot"))
      throw new Failure(exitCodes.usage, primeProblem(options.prime, options.mode[0]!)!);
    const samples: StartMeasurement[][] = builds.map(() => []);
    await withArtifacts(builds, (commands) =>
      measureInTurns({
        subjects: commands.map((command, i) => {
          const { mode } = builds[i]!;
          const pool = isPooled(mode)
            ? [...given("--pool", options.pool), ...given("--prewarm", options.prewarm), ...given("--affinity", options.affinity)]
            : [];
          return {
            command: [
              ...command,
              "--port",
              "{port}",
              ...modeArguments(mode),
              ...pool,
              ...given("--pages", options.pages),
              ...(options.sandbox ? [] : ["--sandbox", "off"]),
            ],
            trace: true,
            pooled: isPooled(mode),
            path: options.path,
          };
        }),
        runs: options.runs,
        warmup: options.warmup,
        onStart: (index, measurement) => samples[index]!.push(measurement),
        onFailure: (index, error) => {
          if (!(error instanceof StartError)) throw error;
          throw new Failure(exitCodes.failed, `a start in mode ${builds[index]!.mode} failed: ${error.message}`);
        },
        onRound: (round) => {
          progress("measuring", options.warmup + round + 1, options.warmup + options.runs);
        },
      }),
    );
    const rows = coldStartRows(
      builds.map(({ mode, artifact }, i) => ({ name: mode, detail: artifact.executor, binaryBytes: artifact.sizeBytes, samples: samples[i]! })),
    );
    const statuses = [...new Set(samples.flat().map((sample) => sample.status))].sort();
    const overBudget = exceeded(options.budget, rows);
    if (overBudget.length > 0) process.exitCode = exitCodes.budget;
    const report = JSON.stringify(
      { handler, overBudget, target: hostTarget, runs: options.runs, warmup: options.warmup, path: options.path, statuses, rows },
      null,
      1,
    );
    if (options.json && options.json !== true) await writeFile(options.json, `${report}\n`);
    console.log(options.json === true ? report : coldStartTable(rows));
    for (const line of overBudget) console.error(line);
    if (statuses.some((status) => status >= 400)) console.error(`note: ${options.path} was answered with ${statuses.join(", ")}`);
    const problem = samples.flat().find((sample) => sample.traceError)?.traceError;
    if (problem) console.error(`note: some starts have no phases: ${problem}`);
  });

const given = (name: string, value: number | string | undefined): string[] => (value === undefined ? [] : [name, String(value)]);
