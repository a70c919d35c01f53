/** What has to be built before anything runs. Each step is skipped when the content it depends on has not changed. */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";

export const root = join(import.meta.dirname, "..");
const stamps = join(process.env["ZEROSTART_CACHE"] ?? join(root, ".cache"), "stamps");

/** A step could not be done. Its output was already shown. */
export class StepError extends Error {}

const seconds = (since: number) => `${((Date.now() - since) / 1000).toFixed(1)} s`;
const note = (text: string) => process.stderr.write(`${text}\n`);

/** Run a command quietly; its output is shown when it fails, or as it comes with `loud`. */
export function runCommand(command: string, args: string[], options: { cwd?: string; env?: NodeJS.ProcessEnv; loud?: boolean } = {}): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: options.cwd ?? root,
      env: { ...process.env, ...options.env },
      stdio: options.loud ? ["ignore", 2, 2] : ["ignore", "pipe", "pipe"],
    });
    const output: Buffer[] = [];
    child.stdout?.on("data", (data: Buffer) => output.push(data));
    child.stderr?.on("data", (data: Buffer) => output.push(data));
    child.once("error", reject);
    child.once("close", (code, signal) => {
      if (code === 0) return resolve();
      process.stderr.write(Buffer.concat(output));
      reject(new StepError(`${[command, ...args].map((word) => relative(root, word) || word).join(" ")} ended with ${signal ?? `exit code ${code}`}`));
    });
  });
}

const ignored = new Set(["node_modules", ".next", "build", "test", ".cache", "generated", "test-results"]);

async function filesBelow(path: string): Promise<string[]> {
  const entries = await readdir(path, { withFileTypes: true }).catch(() => undefined);
  if (!entries) return existsSync(path) ? [path] : [];
  const lists = await Promise.all(
    entries.filter((entry) => !ignored.has(entry.name)).map((entry) => (entry.isDirectory() ? filesBelow(join(path, entry.name)) : [join(path, entry.name)])),
  );
  return lists.flat();
}

async function digestOf(inputs: string[]): Promise<string> {
  const hash = createHash("sha256").update(process.version);
  const files = (await Promise.all(inputs.map((input) => filesBelow(join(root, input))))).flat().sort();
  for (const file of files) hash.update(`\0${relative(root, file)}\0`).update(await readFile(file));
  return hash.digest("hex");
}

type Step = {
  name: string;
  /** Files and folders, relative to the root, whose content decides whether the step has to run again. */
  inputs: string[];
  /** What the step leaves; it runs again when one of these is gone. */
  outputs: string[];
  run: () => Promise<void>;
};

async function perform(step: Step): Promise<void> {
  const digest = await digestOf(step.inputs);
  const stamp = join(stamps, step.name.replaceAll(/\W+/g, "-"));
  const last = await readFile(stamp, "utf8").catch(() => "");
  if (last === digest && step.outputs.every((output) => existsSync(join(root, output)))) return;
  const began = Date.now();
  note(`${step.name} ...`);
  await step.run();
  await mkdir(stamps, { recursive: true });
  await writeFile(stamp, digest);
  note(`${step.name}: done in ${seconds(began)}`);
}

const node = (script: string, ...args: string[]) => runCommand(process.execPath, [join(root, script), ...args]);
const engineInputs = ["packages/vm", "packages/compiler/src", "packages/bytecode/src", "package-lock.json"];

const steps: Record<"toolchain" | "engine" | "stubs" | "commandLine" | "launcher" | "agent" | "web", Step> = {
  toolchain: {
    name: "toolchain (zig, wasm2c)",
    inputs: ["scripts/toolchain.ts", "packages/build/src/toolchain.ts"],
    outputs: [],
    run: () => runCommand(process.execPath, [join(root, "scripts/toolchain.ts")], { loud: true }),
  },
  engine: {
    name: "engine (vm.wasm and its base image)",
    inputs: engineInputs,
    outputs: ["packages/vm/build/vm.wasm", "packages/vm/build/vm.symbols.json", "packages/vm/build/vm.tracing.wasm"],
    run: () => node("packages/vm/scripts/build.ts"),
  },
  stubs: {
    name: "stubs (the native host of each target)",
    inputs: [...engineInputs, "packages/build/src"],
    outputs: [],
    run: () => runCommand(process.execPath, [join(root, "scripts/stubs.ts")], { loud: true }),
  },
  commandLine: {
    name: "command line (its bundle)",
    inputs: [
      "packages/cli",
      "packages/build/src",
      "packages/compiler/src",
      "packages/bytecode/src",
      "packages/vm/src",
      "packages/launcher/src",
      "packages/protocol/src",
      "packages/stats/src",
      "package-lock.json",
    ],
    outputs: ["packages/cli/build/current.json"],
    run: () => node("packages/cli/scripts/bundle.ts"),
  },
  launcher: {
    name: "launcher",
    inputs: ["packages/launcher/native", "packages/launcher/src/native.ts"],
    outputs: [],
    run: async () => {
      const [program] = await (await import("@zerostart/launcher")).launcherCommand();
      if (program === process.execPath) note("no C compiler: starts are launched and timed from Node, which adds milliseconds of its own to the figures");
    },
  },
  agent: {
    name: "agent (the one file for other hosts)",
    inputs: ["apps/agent/src", "apps/agent/scripts", "apps/agent/package.json", "packages/launcher", "packages/protocol/src", "package-lock.json"],
    outputs: ["apps/agent/build/zerostart-agent.mjs"],
    run: async () => {
      const { NoCompilerError } = await import("@zerostart/launcher/native.ts");
      const { bundleAgent } = await import("../apps/agent/scripts/bundle.ts");
      // Without a compiler there is no launcher to put into it; hosts are then not upgraded from here.
      await bundleAgent().catch((error: unknown) => {
        if (!(error instanceof NoCompilerError)) throw error;
      });
    },
  },
  web: {
    name: "dashboard (next build)",
    inputs: ["apps/web", "prisma", "packages/protocol/src", "packages/stats/src", "package-lock.json"],
    outputs: ["apps/web/.next/BUILD_ID"],
    run: () => runCommand("npm", ["run", "build", "--workspace", "@zerostart/web"]),
  },
};

/** Build what is missing or outdated. @throws StepError */
export async function setUp(names: (keyof typeof steps)[] = ["toolchain", "engine", "stubs", "commandLine", "launcher", "agent", "web"]): Promise<void> {
  for (const name of names) await perform(steps[name]);
}
