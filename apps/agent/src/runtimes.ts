/**
 * Other runtimes, for experiments that compare with them. What they run is the handler's code with no sandbox of ours: with the agent's rights, as far as the runtime itself
 * does not limit it (Node may read its own file alone and start nothing, but reach the network; Deno may listen on its port alone; Bun may do everything). So they are off
 * unless the person who runs the agent names them.
 */
import { execFile } from "node:child_process";
import { statSync } from "node:fs";
import { copyFile, mkdir, rm } from "node:fs/promises";
import { delimiter, isAbsolute, join } from "node:path";
import { promisify } from "node:util";
import type { StartOptions } from "@zerostart/launcher";
import { runtimes, type ArtifactRef, type HostRuntime, type RuntimeName } from "@zerostart/protocol";
import { isElf, isExecutable } from "./host.ts";
import { startTimeouts } from "./run-artifact.ts";

export type Runtime = HostRuntime & { program: string; programBytes: number };

const versionTimeoutMs = 20_000;
/** The first with a permission model that needs no other flag. */
const oldestNode = [22, 13];

/** Those of the allowed that are here. What was allowed and is not here is complained of. */
export async function findRuntimes(allowed: readonly RuntimeName[], path: string, complain: (text: string) => void): Promise<Runtime[]> {
  const found = await Promise.all(allowed.map((name) => findRuntime(name, path).catch((error: Error) => void complain(`--runtimes: ${error.message}`))));
  return found.filter((runtime) => runtime !== undefined);
}

async function findRuntime(name: RuntimeName, path: string): Promise<Runtime> {
  let script: string | undefined;
  for (const folder of path.split(delimiter).filter(isAbsolute)) {
    const program = join(folder, name);
    if (!isExecutable(program)) continue;
    // npm puts a script of that name beside other commands, which would be measured instead.
    if (isElf(program)) return { name, version: await versionOf(name, program), program, programBytes: statSync(program).size };
    script ??= program;
  }
  throw new Error(script === undefined ? `${name} is not on PATH` : `${script} is a script, not ${name} itself: put the folder of its program on PATH`);
}

async function versionOf(name: RuntimeName, program: string): Promise<string> {
  const { stdout } = await promisify(execFile)(program, ["--version"], { timeout: versionTimeoutMs, env: { PATH: "/usr/bin:/bin", HOME: "/nonexistent" } });
  const version = /\d+\.\d+\.\d+[\w.+-]*/.exec(stdout)?.[0].slice(0, 64);
  if (version === undefined) throw new Error(`${program} --version says no version: ${stdout.slice(0, 100)}`);
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (name === "node" && (major < oldestNode[0]! || (major === oldestNode[0] && minor < oldestNode[1]!)))
    throw new Error(`${program} is ${version}: ${oldestNode.join(".")} or later is needed, whose permission model limits what a handler can do`);
  return version;
}

/** @param file an ES module of that ending */
function commandOf({ name, program }: Runtime, file: string): [string, ...string[]] {
  switch (name) {
    case "node":
      return [program, "--permission", `--allow-fs-read=${file}`, file, "{port}"];
    case "deno":
      return [program, "run", "--no-prompt", "--allow-net=127.0.0.1:{port}", "--no-config", "--no-lock", "--no-remote", "--no-npm", file, "{port}"];
    case "bun":
      return [program, "--no-install", file, "{port}"];
  }
}

/** Where the modules of one order are while it lasts: under a name that says what they are, with a home of their own for what the runtimes keep. */
export class ModuleFolder {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Orders are carried out one at a time: what is there already is of an agent that was killed. */
  static async make(dataFolder: string): Promise<ModuleFolder> {
    const modules = new ModuleFolder(join(dataFolder, "modules"));
    await modules.remove();
    await mkdir(modules.#home, { recursive: true, mode: 0o700 });
    return modules;
  }

  get #home(): string {
    return join(this.#folder, "home");
  }

  async remove(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }

  /** The launcher's options for a verified artifact of mode `module`. */
  async startOptions(runtime: Runtime, { sha256 }: ArtifactRef, verified: string, { cwd, path }: { cwd: string; path: string }): Promise<StartOptions> {
    const file = join(this.#folder, `${sha256}.mjs`);
    await copyFile(verified, file);
    return {
      command: commandOf(runtime, file),
      cwd,
      path,
      // It tells of no phases: all of it is `other`.
      trace: false,
      env: { PATH: "/usr/bin:/bin", HOME: this.#home, DENO_NO_UPDATE_CHECK: "1", DO_NOT_TRACK: "1" },
      ...startTimeouts,
    };
  }
}

/** The runtime that a variant asks for. @throws Error fit to be shown */
export function runtimeFor(name: RuntimeName | undefined, artifact: ArtifactRef, here: readonly Runtime[]): Runtime | undefined {
  const label = runtimes.find((r) => r.name === name)?.label;
  if (artifact.mode !== "module") {
    if (label !== undefined) throw new Error(`${label} was to start a build of mode ${artifact.mode}, which is no module`);
    return undefined;
  }
  if (label === undefined) throw new Error("a build for Node, Deno and Bun is measured in an experiment, which says by which of them");
  const runtime = here.find((r) => r.name === name);
  if (!runtime) throw new Error(`this host's agent does not run ${label}: start it with --runtimes ${name} where ${label} is installed`);
  return runtime;
}
