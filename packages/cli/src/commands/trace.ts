import { writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { Command } from "commander";
import { exportTrace, hotFunctions, isPooled, type LaunchMode, type StartTrace, type TraceFormat } from "@zerostart/protocol";
import { build, handlerName, hostTarget, modeArguments, modesHelp, parseCount, parseMode, parsePrime, primeHelp, withArtifacts } from "../artifacts.ts";
import { exitCodes, exitCodesHelp, Failure } from "../failure.ts";
import { compileFile } from "../sources.ts";
import { progress } from "../terminal.ts";

type Options = { mode: LaunchMode; runs: number; path: string; prime: string[]; sandbox: boolean; json?: string | true; out?: string };

export const traceCommand = new Command("trace")
  .description("look into a handler's start: system calls, page faults, and where the processor was, down to the handler's functions")
  .argument("<handler>", "JavaScript, TypeScript, JSX or TSX file")
  .option("--mode <mode>", `launch mode: ${modesHelp}`, parseMode, "snapshot")
  .option("--runs <n>", "starts that are sampled", parseCount(1, 2_000), 200)
  .option("--path <path>", "path of the request", "/")
  .option("--prime <path>", primeHelp, parsePrime, [])
  .option("--no-sandbox", "start without the sandbox around a process that serves")
  .option("--json [file]", "write the trace to a file, or to stdout instead of the tables; the dashboard's format")
  .option(
    "--out <file>",
    "write the trace to a file: NAME.speedscope.json for speedscope, NAME.chrome.json for Chrome's trace viewer or Perfetto, else the dashboard's format",
  )
  .addHelpText("after", exitCodesHelp)
  .action(async (handler: string, options: Options) => {
    if (process.platform !== "linux") throw new Failure(exitCodes.failed, "starts are traced on Linux alone");
    if (isPooled(options.mode)) throw new Failure(exitCodes.usage, "a pooled start is a fork of a running process: trace the mode snapshot");
    const { traceStart } = await import("@zerostart/launcher");
    const compiled = await compileFile(handler);
    const name = handlerName(handler);
    const artifact = await build({ compiled, name, mode: options.mode, prime: options.prime, target: hostTarget });
    if (artifact.executor !== "native")
      throw new Failure(exitCodes.failed, "only a native program can be traced: install the toolchain (zig or musl-gcc, and wabt)");
    let trace: StartTrace | undefined;
    await withArtifacts([{ name, artifact }], async ([command]) => {
      const sandbox = options.sandbox ? [] : ["--sandbox", "off"];
      try {
        trace = await traceStart([...command!, "--port", "{port}", ...modeArguments(options.mode), ...sandbox], {
          program: artifact.bytes,
          symbols: artifact.symbols,
          subject: { handler: name, mode: options.mode, target: hostTarget, path: options.path, artifactSha256: artifact.sha256 },
          hostName: hostname(),
          runs: options.runs,
          onProgress: (done, of) => {
            progress("tracing", done, of);
          },
        });
      } catch (error) {
        throw new Failure(exitCodes.failed, `the start could not be traced: ${(error as Error).message}`);
      }
    });
    const text = JSON.stringify(trace, null, 1);
    if (options.json && options.json !== true) await writeFile(options.json, `${text}\n`);
    if (options.out) await writeFile(options.out, `${JSON.stringify(exportTrace(trace!, formatOf(options.out)))}\n`);
    console.log(options.json === true ? text : tables(trace!));
  });

const formatOf = (file: string): TraceFormat => (file.endsWith(".speedscope.json") ? "speedscope" : file.endsWith(".chrome.json") ? "chrome" : "zerostart");

const micros = (ns: number) => `${(ns / 1000).toFixed(1)} µs`;
const percent = (part: number, of: number) => `${((100 * part) / of).toFixed(1).padStart(5)} %`;

function tables(trace: StartTrace): string {
  const { starts, reference, samples } = trace;
  const out = [`one start, ${micros(reference.totalNs)}: phases, system calls and page faults`];
  const events = [
    ...reference.phases.map((p) => ({ at: p.toNs, text: `end of ${p.phase}, after ${micros(p.toNs - p.fromNs)}` })),
    ...trace.faults.map((f) => ({ at: f.atNs, text: `  fault: ${trace.frames[f.by]?.name} touches ${f.segment} at ${f.address}` })),
    ...trace.syscalls.map((c) => ({ at: c.atNs, text: `  ${c.name}(${c.args}) = ${c.result}  ${micros(c.ns)}` })),
  ].sort((a, b) => a.at - b.at);
  for (const event of events) out.push(`  ${micros(event.at).padStart(12)}  ${event.text}`);
  if (samples.total > 0) {
    out.push("", `where the processor was, ${samples.total} samples of ${starts.sampled.count} starts:`, "     self     total");
    for (const f of hotFunctions(trace).slice(0, 25))
      out.push(`  ${percent(f.selfSamples, samples.total)}  ${percent(f.totalSamples, samples.total)}  ${f.name}  (${f.kind}${f.file ? `, ${f.file}` : ""})`);
  }
  out.push("", "what tracing cost, median from execve to the last byte of the answer (its own pauses taken off):");
  for (const [kind, { count, medianNs }] of Object.entries(starts)) out.push(`  ${micros(medianNs).padStart(12)}  ${kind}, ${count} starts`);
  for (const { what, why, remedy } of trace.unavailable) out.push("", `not available here: ${what} (${why})${remedy ? `. ${remedy}` : ""}`);
  return out.join("\n");
}
