/** What a run of an outside suite says: rates by directory, what is out of scope and why, what fails; and the expectations that make a regression fail the run. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import type { Outcome } from "./pool.ts";

export interface ReportOptions {
  readonly outcomes: readonly Outcome[];
  /** Path segments that make a row. */
  readonly depth: number;
  readonly expectationsFile: string;
  /** Write the expectations instead of comparing with them. */
  readonly update: boolean;
  readonly json: string | undefined;
  readonly verbose: boolean;
  readonly seconds: number;
}

interface Row {
  pass: number;
  fail: number;
  crash: number;
  hang: number;
}
const totalOf = (row: Row) => row.pass + row.fail + row.crash + row.hang;
const percent = (row: Row) => (totalOf(row) === 0 ? "-" : `${((100 * row.pass) / totalOf(row)).toFixed(2)}%`);
const firstLine = (text: string) => text.split("\n")[0]!.slice(0, 300);

/** One thing that passes or does not: a file, or a test within it. */
interface Check {
  readonly name: string;
  readonly file: string;
  readonly result: "pass" | "fail" | "crash" | "hang";
  readonly message: string;
}

/** Prints the report; true when nothing is worse than expected. */
export function report({ outcomes, depth, expectationsFile, update, json, verbose, seconds }: ReportOptions): boolean {
  const rows = new Map<string, Row>();
  const all: Row = { pass: 0, fail: 0, crash: 0, hang: 0 };
  const skipped = new Map<string, number>();
  const failing: Check[] = [];
  const count = (file: string, result: keyof Row, n = 1) => {
    const name = file.split("/").slice(0, depth).join("/");
    const row = rows.get(name) ?? { pass: 0, fail: 0, crash: 0, hang: 0 };
    row[result] += n;
    all[result] += n;
    rows.set(name, row);
  };
  for (const { file, result, message, passed = 0, failures = {}, beyond = {} } of outcomes) {
    for (const [reason, n] of Object.entries(beyond)) skipped.set(`${reason} (tests)`, (skipped.get(`${reason} (tests)`) ?? 0) + n);
    if (result === "skip") {
      skipped.set(message, (skipped.get(message) ?? 0) + 1);
      continue;
    }
    const named = Object.entries(failures);
    if (passed > 0) count(file, "pass", passed);
    for (const [name, why] of named) {
      count(file, "fail");
      failing.push({ name: `${file}: ${name}`, file, result: "fail", message: why });
    }
    if (result === "pass" ? passed === 0 && Object.keys(beyond).length === 0 : named.length === 0 || result !== "fail") {
      count(file, result);
      if (result !== "pass") failing.push({ name: file, file, result, message });
    }
  }

  if (verbose) for (const { name, result, message } of failing) console.log(`${result} ${name}: ${firstLine(message)}`);
  for (const [name, row] of [...rows].sort())
    console.log(
      `${percent(row).padStart(8)}  ${String(row.pass).padStart(5)}/${String(totalOf(row)).padEnd(5)}  ${name}${row.crash + row.hang > 0 ? `  (${row.crash} crash, ${row.hang} hang)` : ""}`,
    );
  for (const [reason, files] of [...skipped].sort()) console.log(`out of scope  ${String(files).padStart(5)}  ${reason}`);
  console.log(
    `in scope: ${all.pass} of ${totalOf(all)} pass (${percent(all)}), ${all.fail} fail, ${all.crash} crash, ${all.hang} hang; ${seconds.toFixed(0)} s`,
  );
  if (json !== undefined)
    writeFileSync(
      json,
      `${JSON.stringify({ inScope: totalOf(all), ...all, seconds, directories: Object.fromEntries([...rows].sort()), outOfScope: Object.fromEntries(skipped), failing }, null, 2)}\n`,
    );
  return compareWithExpectations(outcomes, failing, expectationsFile, update);
}

/** The file lists what is expected to fail, a name a line; nothing else may, and nothing at all may crash or hang. */
function compareWithExpectations(outcomes: readonly Outcome[], failing: readonly Check[], file: string, update: boolean): boolean {
  const expected = new Set(existsSync(file) ? readFileSync(file, "utf8").split("\n").filter(Boolean) : []);
  const ran = new Set(outcomes.flatMap((o) => (o.result === "skip" ? [] : [o.file])));
  const wasRun = (name: string) => ran.has(name) || ran.has(name.slice(0, name.indexOf(": ")));
  const broken = failing.filter((f) => f.result !== "fail");
  for (const { name, result, message } of broken) console.log(`${result}: ${name}: ${firstLine(message)}`);
  const oneLine = (name: string) => name.replaceAll(/[\n\r]/g, " ");
  if (update) {
    const kept = [...expected].filter((name) => !wasRun(name));
    const lines = new Set([...kept, ...failing.map((f) => oneLine(f.name))]);
    writeFileSync(file, [...lines].sort().join("\n") + (lines.size > 0 ? "\n" : ""));
    return broken.length === 0;
  }
  const names = new Set(failing.map((f) => oneLine(f.name)));
  const worse = failing.filter((f) => f.result === "fail" && !expected.has(oneLine(f.name)));
  const better = [...expected].filter((name) => wasRun(name) && !names.has(name));
  for (const { name, message } of worse.slice(0, 100)) console.log(`unexpected failure: ${name}: ${firstLine(message)}`);
  if (worse.length > 100) console.log(`... and ${worse.length - 100} more`);
  if (better.length > 0) console.log(`${better.length} pass that were expected to fail; --update takes them off the list`);
  return worse.length === 0 && broken.length === 0;
}
