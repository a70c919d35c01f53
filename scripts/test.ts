/**
 * `npm test`: every package's tests, then the browser's. The last line is `N passed, N failed`, summed over all runners.
 *
 *   npm test -- [--skip-e2e] [--only NAME[,NAME]] [--no-setup]
 */
import { existsSync, globSync, readFileSync, mkdtempSync, rmSync } from "node:fs";
import { spawn } from "node:child_process";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { run } from "node:test";
import { spec } from "node:test/reporters";
import { pipeline } from "node:stream/promises";
import { inspect, parseArgs } from "node:util";
import { root, setUp } from "./setup.ts";

type Result = { suite: string; passed: number; failed: number; skipped: number; seconds: number };

const { values } = parseArgs({ options: { "skip-e2e": { type: "boolean" }, only: { type: "string" }, "no-setup": { type: "boolean" } } });
const only = values.only?.split(",");
const isWanted = (suite: string) => !only || only.some((name) => suite === name || suite.endsWith(`/${name}`));

/** No suite takes half as long on two cores. */
const suiteMinutes = 12;

/** A package's tests, each file in a process of its own. */
async function runUnitTests(suite: string): Promise<Result> {
  const folder = join(root, suite);
  const files = globSync("test/**/*.test.ts", { cwd: folder })
    .map((file) => join(folder, file))
    .sort();
  const began = Date.now();
  const result: Result = { suite, passed: 0, failed: 0, skipped: 0, seconds: 0 };
  if (files.length === 0) return result;
  // A file ends with its last test, whatever that test left open; one that hangs all the same ends the suite, not the run.
  const hung = new AbortController();
  const events = run({ files, cwd: folder, concurrency: 2, timeout: 5 * 60_000, forceExit: false, execArgv: ["--test-force-exit"], signal: hung.signal });
  const going = new Set(files);
  const watchdog = setTimeout(() => {
    console.error(`${suite} did not end within ${suiteMinutes} minutes; still running: ${[...going].map((file) => relative(folder, file)).join(", ")}`);
    hung.abort();
    setTimeout(finish, 30_000, 1).unref();
  }, suiteMinutes * 60_000);
  events.on("test:summary", ({ file, counts }) => {
    if (file !== undefined) {
      going.delete(file);
      return;
    }
    result.passed = counts.passed;
    result.failed = counts.tests - counts.passed - counts.skipped - counts.todo;
    result.skipped = counts.skipped + counts.todo;
  });
  events.on("test:fail", ({ name, file, details }) => {
    if (details.type !== "suite") failures.push(`${relative(root, file ?? suite)}: ${name}\n${inspect(details.error.cause ?? details.error)}`);
  });
  await pipeline(events, new spec(), process.stdout, { end: false });
  clearTimeout(watchdog);
  if (hung.signal.aborted) result.failed = Math.max(1, result.failed);
  result.seconds = (Date.now() - began) / 1000;
  return result;
}

type PlaywrightReport = { stats: { expected: number; unexpected: number; flaky: number; skipped: number } };

/**
 * The browser against the real stack, beside the other suites, which leave a processor idle: what it prints is told when it has ended. A flaky test counts as
 * failed: it did fail.
 */
async function runBrowserTests(): Promise<Result & { output: string }> {
  const began = Date.now();
  const printed: Buffer[] = [];
  const folder = mkdtempSync(join(tmpdir(), "zerostart-e2e-"));
  const report = join(folder, "report.json");
  const code = await new Promise<number>((resolve) => {
    const child = spawn(process.execPath, [join(root, "node_modules/@playwright/test/cli.js"), "test", "--reporter=list,json"], {
      cwd: join(root, "e2e"),
      env: { ...process.env, PLAYWRIGHT_JSON_OUTPUT_NAME: report },
      stdio: ["ignore", "pipe", "pipe"],
    });
    process.once("exit", () => child.kill());
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (bytes: Buffer) => printed.push(bytes));
    child.once("error", () => resolve(1));
    child.once("close", (exit) => resolve(exit ?? 1));
  });
  const stats = existsSync(report)
    ? (JSON.parse(readFileSync(report, "utf8")) as PlaywrightReport).stats
    : { expected: 0, unexpected: 0, flaky: 0, skipped: 0 };
  rmSync(folder, { recursive: true, force: true });
  const failed = stats.unexpected + stats.flaky;
  // The runner itself may fail with no test to blame.
  return {
    suite: "e2e",
    passed: stats.expected,
    failed: code !== 0 && failed === 0 ? 1 : failed,
    skipped: stats.skipped,
    seconds: (Date.now() - began) / 1000,
    output: Buffer.concat(printed).toString(),
  };
}

/** What failed and why, told once more before the totals: the log above them is long. */
const failures: string[] = [];

const suites = globSync(["packages/*", "apps/*", "bench", "examples", "scripts"], { cwd: root }).filter((path) => existsSync(join(root, path, "test")));
const unitSuites = suites.sort().filter(isWanted);
const withBrowser = !values["skip-e2e"] && isWanted("e2e");

const unknown = only?.filter((name) => name !== "e2e" && !suites.some((suite) => suite === name || suite.endsWith(`/${name}`))) ?? [];
if (unknown.length > 0) {
  console.error(`no such suite: ${unknown.join(", ")} (there are ${[...suites, "e2e"].join(", ")})`);
  process.exit(2);
}

const results: Result[] = [];
let setUpFailed = false;

/** Print what ran and end, with `unfinished` suites counted as failed. */
function finish(unfinished: number): never {
  console.log("");
  for (const failure of failures) console.log(`failed: ${failure}\n`);
  for (const { suite, passed, failed, skipped, seconds } of results) {
    console.log(`${relative("", suite).padEnd(22)} ${passed} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ""} (${seconds.toFixed(1)} s)`);
  }
  const empty = results.filter((result) => result.passed + result.failed === 0);
  for (const { suite } of empty) console.log(`${suite} ran no test: that counts as a failure`);
  const passed = results.reduce((sum, result) => sum + result.passed, 0);
  const failed = results.reduce((sum, result) => sum + result.failed, 0) + empty.length + (setUpFailed ? 1 : 0) + unfinished;
  console.log(`${passed} passed, ${failed} failed`);
  process.exit(failed === 0 ? 0 : 1);
}

if (!values["no-setup"]) {
  try {
    await setUp(withBrowser || unitSuites.includes("apps/agent") ? undefined : ["toolchain", "engine", "stubs", "commandLine", "launcher"]);
  } catch (error) {
    // Tests that do not need what could not be built still tell something.
    setUpFailed = true;
    console.error(`set-up failed: ${error instanceof Error ? error.message : String(error)}`);
  }
}
let browser: ReturnType<typeof runBrowserTests> | undefined;
for (const suite of unitSuites) {
  // Not beside the agent's tests: some look at what the host's memory does.
  if (withBrowser && suite !== "apps/agent") browser ??= runBrowserTests();
  console.log(`\n== ${suite}`);
  results.push(await runUnitTests(suite));
}
if (withBrowser) {
  const { output, ...result } = await (browser ?? runBrowserTests());
  console.log(`\n== e2e\n${output}`);
  results.push(result);
}

finish(0);
