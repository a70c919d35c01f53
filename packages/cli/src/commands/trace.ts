import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Command } from "commander";
import { isPooled, type LaunchMode } from "@zerostart/protocol";
import { build, handlerName, hostTarget, modeArguments, modesHelp, parseCount, parseMode, withArtifacts } from "../artifacts.ts";
import { exitCodes, exitCodesHelp, Failure } from "../failure.ts";
import { compileFile } from "../sources.ts";
import { traceProgram, type StartTrace } from "../start-trace.ts";

type Options = { mode: LaunchMode; runs: number; path: string; sandbox: boolean; json?: string | true };

export const traceCommand = new Command("trace")
  .description("look into a handler's start: system calls, page faults, and where the processor was")
  .argument("<handler>", "JavaScript, TypeScript, JSX or TSX file")
  .option("--mode <mode>", `launch mode: ${modesHelp}`, parseMode, "snapshot")
  .option("--runs <n>", "starts that are sampled", parseCount(1, 1_000), 30)
  .option("--path <path>", "path of the request", "/")
  .option("--no-sandbox", "start without the sandbox around a process that serves")
  .option("--json [file]", "write the trace to a file, or to stdout instead of the tables")
  .addHelpText("after", exitCodesHelp)
  .action(async (handler: string, options: Options) => {
    if (process.platform !== "linux") throw new Failure(exitCodes.failed, "starts are traced on Linux alone");
    if (isPooled(options.mode)) throw new Failure(exitCodes.usage, "a pooled start is a fork of a running process: trace the mode snapshot");
    const compiled = await compileFile(handler);
    const name = handlerName(handler);
    const artifact = await build({ compiled, name, mode: options.mode, target: hostTarget, strip: false });
    if (artifact.executor !== "native")
      throw new Failure(exitCodes.failed, "only a native program can be traced: install the toolchain (zig or musl-gcc, and wabt)");
    let trace: StartTrace | undefined;
    await withArtifacts([{ name, artifact }], async ([command]) => {
      const archHeader = await readFile(join(import.meta.dirname, "../../../vm/host/arch.h"), "utf8");
      const sandbox = options.sandbox ? [] : ["--sandbox", "off"];
      try {
        trace = await traceProgram([...command!, "--port", "{port}", ...modeArguments(options.mode), ...sandbox], {
          program: artifact.bytes,
          archHeader,
          path: options.path,
          runs: options.runs,
        });
      } catch (error) {
        throw new Failure(exitCodes.failed, `the start could not be traced: ${(error as Error).message}`);
      }
    });
    const text = JSON.stringify(trace, null, 1);
    if (options.json && options.json !== true) await writeFile(options.json, `${text}\n`);
    console.log(options.json === true ? text : tables(trace!));
  });

const micros = (ns: number) => `${(ns / 1000).toFixed(1)} µs`;

function tables(trace: StartTrace): string {
  const { undisturbed, profile } = trace;
  const out = [`system calls of one start under trace, ${micros(trace.totalNs)} in all:`];
  for (const call of trace.syscalls) out.push(`  ${micros(call.atNs).padStart(12)}  ${micros(call.ns).padStart(12)}  ${call.name} = ${call.result}`);
  if (undisturbed) {
    out.push("", `phases and page faults of one start that is only watched, ${micros(undisturbed.totalNs)} in all:`);
    const events = [
      ...undisturbed.phases.map((p) => ({ at: p.toNs, text: `end of ${p.phase}, after ${micros(p.toNs - p.fromNs)}` })),
      ...undisturbed.faults.map((f) => ({ at: f.atNs, text: `  fault: ${f.by} touches ${f.what}` })),
    ].sort((a, b) => a.at - b.at);
    for (const event of events) out.push(`  ${micros(event.at).padStart(12)}  ${event.text}`);
  }
  const total = profile.stacks.reduce((sum, s) => sum + s.count, 0);
  if (total > 0) {
    out.push("", `where the processor was, ${total} samples of ${profile.starts} starts:`);
    for (const f of trace.hot.slice(0, 20)) out.push(`  ${((100 * f.samples) / total).toFixed(1).padStart(5)} %  ${f.name}${f.kernel ? " (kernel)" : ""}`);
  }
  for (const { what, why } of trace.unavailable) out.push("", `not available here: ${what} (${why})`);
  return out.join("\n");
}
