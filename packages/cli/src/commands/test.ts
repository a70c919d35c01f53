import { readFile } from "node:fs/promises";
import { globSync, statSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { build, handlerName, hostTarget, runAndCapture, withArtifacts } from "../artifacts.ts";
import { exitCodes, exitCodesHelp, Failure } from "../failure.ts";
import { compileSources, readSources } from "../sources.ts";
import { colour } from "../terminal.ts";

type Report = { file: string; passed: number; failed: number; output: string };

const harness = join(import.meta.dirname, "../test-harness.js");

export const testCommand = new Command("test")
  .description("run tests on the native VM; globals: test(name, body), assert, send(handler, path, init, env)")
  .argument("[files...]", "files, and folders to look below; default: this folder, every *.test.js, .jsx, .ts and .tsx")
  .option("--json", "print the results as JSON")
  .addHelpText("after", exitCodesHelp)
  .action(async (named: string[], options: { json?: boolean }) => {
    const files = (named.length > 0 ? named : ["."]).flatMap((path) => (isFolder(path) ? testsBelow(path) : [path]));
    if (files.length === 0) {
      const where = named.length > 0 ? named.join(", ") : "this folder";
      throw new Failure(exitCodes.usage, `there is no test file below ${where} (*.test.js, .jsx, .ts, .tsx); zerostart init writes a first one`);
    }
    const reports: Report[] = [];
    for (const file of files) {
      const report = await runTests(file);
      reports.push(report);
      if (options.json) continue;
      const verdict = report.failed > 0 ? colour("red", `${report.failed} failed`) : colour("green", "passed");
      const count = report.passed + report.failed;
      console.error(`${file}: ${count} test${count === 1 ? "" : "s"}, ${verdict}`);
      process.stdout.write(report.output);
    }
    const failed = reports.reduce((sum, report) => sum + report.failed, 0);
    if (options.json) console.log(JSON.stringify({ passed: reports.reduce((sum, report) => sum + report.passed, 0), failed, files: reports }));
    process.exitCode = failed > 0 ? exitCodes.failed : exitCodes.ok;
  });

const isFolder = (path: string) => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;

function testsBelow(folder: string): string[] {
  const found = globSync("**/*.test.{js,jsx,ts,tsx}", { cwd: folder, exclude: (name) => name === "node_modules" || name.startsWith(".") });
  return found.sort().map((file) => join(folder, file));
}

/** One program for each file: the harness, the tests, and what they import. */
async function runTests(file: string): Promise<Report> {
  const sources = await readSources(file);
  const main = "zerostart-test-main.js";
  const compiled = await compileSources(
    {
      ...sources,
      entry: main,
      files: {
        ...sources.files,
        "zerostart-test-harness.js": await readFile(harness),
        [main]: Buffer.from(`import { finish } from "./zerostart-test-harness.js";\nimport ${JSON.stringify(`./${sources.entry}`)};\nawait finish();\n`),
      },
    },
    file,
    "script",
  );
  const artifact = await build({ compiled, name: handlerName(file), kind: "script", mode: "embedded", target: hostTarget });
  return withArtifacts([{ name: handlerName(file), artifact }], async ([command]) => {
    const { exitCode, stdout, stderr } = await runAndCapture(command!, [], compiled.mapStack);
    const output = compiled.mapStack?.(stdout) ?? stdout;
    const count = (pattern: RegExp) => output.match(pattern)?.length ?? 0;
    const failed = count(/^not ok /gm);
    // A file that fails outside of its tests fails as a whole.
    return { file, passed: count(/^ok /gm), failed: exitCode !== 0 && failed === 0 ? 1 : failed, output: output + (failed > 0 ? "" : stderr) };
  });
}
