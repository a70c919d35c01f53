/** Building for the command line, and running what was built. */
import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { constants, homedir, tmpdir } from "node:os";
import { basename, join } from "node:path";
import { createInterface } from "node:readline";
import type { Artifact, BuildInput } from "@zerostart/build";
import { InvalidArgumentError } from "commander";
import { primePathProblem } from "@zerostart/protocol/prime.ts";
import { launchModes, targets, type LaunchMode, type TargetTriple } from "@zerostart/protocol/targets.ts";
import { exitCodes, Failure } from "./failure.ts";
import { formatDiagnostic } from "./sources.ts";

export const availableModes = launchModes.filter((mode) => mode.available).map((mode) => mode.name as LaunchMode);
const availableTargets = targets.filter((target) => target.available).map((target) => target.triple as TargetTriple);

/** The static target that this machine runs natively. */
export const hostTarget: TargetTriple = process.arch === "arm64" ? "aarch64-linux-musl" : "x86_64-linux-musl";
export const targetsHelp = `${availableTargets.join(", ")}, or all`;
export const modesHelp = availableModes.join(", ");

const oneOf =
  <T extends string>(what: string, known: readonly T[]) =>
  (text: string): T => {
    const found = known.find((name) => name === text);
    if (found === undefined) throw new InvalidArgumentError(`${text} is not a ${what} that can be built (${known.join(", ")})`);
    return found;
  };
/** Parsers of options. */
export const parseTarget = oneOf("target", availableTargets);
export const parseMode = oneOf("launch mode", availableModes);
export const parseTargets = (text: string): TargetTriple[] => [
  ...new Set(text.split(",").flatMap((part) => (part === "all" ? availableTargets : parseTarget(part)))),
];
export const parseModes = (text: string): LaunchMode[] => [...new Set(text.split(",").map(parseMode))];
export function parseCount(minimum: number, maximum: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < minimum || value > maximum) throw new InvalidArgumentError(`a whole number from ${minimum} to ${maximum}`);
    return value;
  };
}
/** A path that the handler is asked for when its snapshot is made; repeatable. */
export function parsePrime(path: string, all: string[]): string[] {
  const problem = primePathProblem(path);
  if (problem !== undefined) throw new InvalidArgumentError(problem);
  return [...all, path];
}
export const primeHelp =
  "GET this path when the snapshot is made, and keep what the handler keeps of it: caches, what its libraries put off (repeatable, in order)";
/** NAME=VALUE, repeatable. */
export function parseVariable(text: string, all: Record<string, string>): Record<string, string> {
  const split = text.indexOf("=");
  if (split < 1) throw new InvalidArgumentError("a variable is NAME=VALUE");
  return { ...all, [text.slice(0, split)]: text.slice(split + 1) };
}

/** @throws Failure for what the person can mend */
export async function build(input: BuildInput): Promise<Artifact> {
  for await (const artifact of buildAll(input, [input.target])) return artifact;
  throw new Failure(exitCodes.usage, "no target was given");
}

/** One artifact for each target, in order. @throws Failure for what the person can mend */
export async function* buildAll(input: Omit<BuildInput, "target">, wanted: TargetTriple[]): AsyncGenerator<Artifact, void, undefined> {
  // Loaded when it is needed: compiler and bundler are much, and --help needs neither.
  const { BuildError, buildArtifacts } = await import("@zerostart/build");
  const { EngineMissingError } = await import("@zerostart/build/engine.ts");
  try {
    yield* buildArtifacts(input, wanted);
  } catch (error) {
    if (error instanceof EngineMissingError) throw new Failure(exitCodes.failed, `${error.message} (\`npm start\` builds everything that is missing.)`);
    if (!(error instanceof BuildError)) throw error;
    const frames = error.diagnostics.filter((diagnostic) => diagnostic.codeFrame).map(formatDiagnostic);
    throw new Failure(exitCodes.failed, [error.message, ...frames].join("\n\n"), { diagnostics: error.diagnostics });
  }
}

/** The command that runs an artifact on this host: a portable one is a script for Node. */
export function commandOf(path: string, artifact: Artifact): [string, ...string[]] {
  return artifact.executor === "portable" ? [process.execPath, path] : [path];
}

/** Options of the program that its launch mode needs here. */
export function modeArguments(mode: LaunchMode): string[] {
  return mode === "cached" ? ["--cache", join(process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "zerostart")] : [];
}

/** The name of a handler's file without folder and extension. */
export function handlerName(path: string): string {
  return basename(path).replace(/\.\w+$/, "") || "handler";
}

/** Write artifacts into a folder that is gone afterwards. */
export async function withArtifacts<T>(artifacts: { name: string; artifact: Artifact }[], use: (commands: [string, ...string[]][]) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "zerostart-"));
  try {
    const commands: [string, ...string[]][] = [];
    for (const { name, artifact } of artifacts) {
      const path = join(folder, name);
      // Pages of a file that are not on the disk yet would count as private dirty memory of the process that maps them.
      await writeFile(path, artifact.bytes, { mode: 0o755, flush: true });
      commands.push(commandOf(path, artifact));
    }
    return await use(commands);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

type Rewrite = ((text: string) => string) | undefined;

/**
 * Run to the end with this process's streams. Signals are passed on. Resolves to what this process should exit with.
 * @param rewrite of each line on stderr: the stacks of bundled sources are led back to the files that the person knows
 */
export function runToEnd(command: [string, ...string[]], args: string[], env: NodeJS.ProcessEnv, rewrite?: Rewrite): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(command[0], [...command.slice(1), ...args], { stdio: ["inherit", "inherit", rewrite ? "pipe" : "inherit"], env });
    if (rewrite && child.stderr) createInterface({ input: child.stderr, crlfDelay: Infinity }).on("line", (line) => process.stderr.write(`${rewrite(line)}\n`));
    // Ctrl-C reaches the child through the terminal too, but not when this process runs in the background.
    const pass = (signal: NodeJS.Signals) => child.kill(signal);
    process.on("SIGINT", pass).on("SIGTERM", pass).on("SIGHUP", pass);
    child.once("error", reject);
    child.once("close", (code, signal) => {
      process.off("SIGINT", pass).off("SIGTERM", pass).off("SIGHUP", pass);
      resolve(signal ? 128 + constants.signals[signal] : (code ?? 1));
    });
  });
}

/** Run to the end, keeping what it prints. */
export function runAndCapture(command: [string, ...string[]], args: string[], rewrite: Rewrite): Promise<{ exitCode: number; stdout: string; stderr: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(command[0], [...command.slice(1), ...args], { stdio: ["ignore", "pipe", "pipe"], env: {} });
    const output = { stdout: "", stderr: "" };
    child.stdout.setEncoding("utf8").on("data", (text: string) => (output.stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (output.stderr += text));
    child.once("error", reject);
    child.once("close", (code, signal) =>
      resolve({ exitCode: signal ? 128 + constants.signals[signal] : (code ?? 1), ...output, stderr: rewrite?.(output.stderr) ?? output.stderr }),
    );
  });
}
