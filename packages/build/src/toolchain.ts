/** Finding and installing what turns vm.wasm into native stubs: wasm2c and a C compiler. */
import { access, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { targetTriples, type TargetTriple } from "@zerostart/protocol/targets.ts";
import { cacheDirectory, remember, sha256 } from "./cache.ts";
import { run, tryRun } from "./run.ts";

/** Installed when no zig is found. Any zig that `zig cc` of is found is used as it is. */
export const zigPackage = "ziglang==0.17.1";
/** The generated C is rewritten (generated-c.ts), so the version is exact. */
export const wasm2cVersion = "1.0.32";

export interface Compiler {
  name: "zig" | "musl-gcc" | "cc";
  path: string;
  version: string;
  targets: TargetTriple[];
}
export interface MissingTool {
  what: string;
  why: string;
  install: string;
}
export interface Toolchain {
  compilers: Compiler[];
  wasm2c: { path: string; version: string } | null;
  /** No native stub can be built here: artifacts are the portable ones. */
  portableOnly: boolean;
  missing: MissingTool[];
}

/** What becomes a program of an operating system: all but the WebAssembly module. */
export const nativeTargets: TargetTriple[] = targetTriples.filter((triple) => triple !== "wasm32");

let found: Promise<Toolchain> | undefined;

/** What is on this machine. Looked up once a process; `refresh` looks again. */
export function findToolchain(refresh = false): Promise<Toolchain> {
  if (refresh || !found) found = look();
  return found;
}

async function look(): Promise<Toolchain> {
  const [zig, hostCompilers, wasm2c] = await Promise.all([findZig(), findHostCompilers(), findWasm2c()]);
  const compilers = zig ? [zig, ...hostCompilers] : hostCompilers;
  const missing: MissingTool[] = [];
  if (!wasm2c.usable) {
    missing.push({
      what: `wasm2c ${wasm2cVersion}${wasm2c.other ? ` (found ${wasm2c.other})` : ""}`,
      why: "turns the engine into C; without it artifacts run on Node (portable)",
      install: "apt-get install wabt",
    });
  }
  if (!zig)
    missing.push({ what: "zig", why: "compiles for every target; without it only this host's own target can be built", install: `pip install ${zigPackage}` });
  if (compilers.length === 0)
    missing.push({ what: "a C compiler", why: "compiles the engine for this host when zig is absent", install: "apt-get install musl-tools" });
  return { compilers, wasm2c: wasm2c.usable, portableOnly: !wasm2c.usable || compilers.length === 0, missing };
}

/** The zig of the environment, of this repository's cache, on the path, or of the Python package. */
async function findZig(): Promise<Compiler | undefined> {
  const fromPython = async () => (await tryRun("python3", ["-c", "import ziglang, os; print(os.path.join(os.path.dirname(ziglang.__file__), 'zig'))"]))?.trim();
  const candidates = [async () => process.env.ZEROSTART_ZIG, async () => join(zigDirectory(), "ziglang", "zig"), async () => "zig", fromPython];
  for (const candidate of candidates) {
    const path = await candidate();
    const version = path && (await versionOf(path, ["version"]));
    if (path && version) return { name: "zig", path, version, targets: nativeTargets };
  }
  return undefined;
}

async function findHostCompilers(): Promise<Compiler[]> {
  const target = nativeTargets.find((t) => t.startsWith(process.arch === "arm64" ? "aarch64" : process.arch === "x64" ? "x86_64" : "none"));
  if (!target || process.platform !== "linux") return [];
  const names = ["musl-gcc", "cc"] as const;
  const versions = await Promise.all(names.map((name) => versionOf(name, ["-dumpfullversion", "-dumpversion"])));
  return names.flatMap((name, i) => (versions[i] ? [{ name, path: name, version: versions[i], targets: [target] }] : []));
}

async function findWasm2c(): Promise<{ usable: Toolchain["wasm2c"]; other?: string }> {
  const path = process.env.ZEROSTART_WASM2C ?? "wasm2c";
  const version = await versionOf(path, ["--version"]);
  if (version === wasm2cVersion) return { usable: { path, version } };
  return { usable: null, other: version };
}

/**
 * What a program says its version is; undefined when it is not there. To start programs is most of a build's time, so what
 * one said is remembered for as long as it is the same file.
 */
async function versionOf(program: string, args: string[]): Promise<string | undefined> {
  const folders = program.includes("/") ? [""] : (process.env.PATH ?? "").split(":");
  for (const folder of folders) {
    const path = folder ? join(folder, program) : program;
    const file = await stat(path).catch(() => undefined);
    if (!file?.isFile()) continue;
    const memo = cacheDirectory("toolchain", "versions", sha256(JSON.stringify([path, file.mtimeMs, file.size, file.ino, args])).slice(0, 32));
    const known = await readFile(memo, "utf8").catch(() => "");
    if (known) return known;
    const version = (await tryRun(path, args))?.trim();
    if (version) await remember(memo, version).catch(() => undefined); // a cache that cannot be written only costs time
    return version;
  }
  return undefined;
}

function zigDirectory(): string {
  return cacheDirectory("toolchain", "zig");
}

/**
 * Install what is missing, as far as this machine lets us: zig from PyPI into the cache, wabt and musl-tools from
 * Debian when we are root. Never throws for a tool that cannot be had: what is still missing is in the result.
 */
export async function installToolchain(onLog: (line: string) => void, signal?: AbortSignal): Promise<Toolchain> {
  let toolchain = await findToolchain(true);
  if (toolchain.missing.length === 0) return toolchain;
  if (!toolchain.wasm2c || toolchain.compilers.length === 0) {
    if (process.getuid?.() === 0) await attempt(onLog, "wabt and musl-tools from Debian", () => aptInstall(["wabt", "musl-tools"], signal));
    else onLog(`Not root: run "sudo apt-get install wabt musl-tools" to build native artifacts.`);
  }
  if (!toolchain.compilers.some((c) => c.name === "zig")) await attempt(onLog, `${zigPackage} from PyPI`, () => pipInstall(signal));
  toolchain = await findToolchain(true);
  for (const tool of toolchain.missing) onLog(`Missing: ${tool.what} (${tool.why}). Install: ${tool.install}`);
  return toolchain;
}

async function attempt(onLog: (line: string) => void, what: string, work: () => Promise<void>): Promise<void> {
  const begun = Date.now();
  onLog(`Installing ${what} ...`);
  try {
    await work();
    onLog(`Installed ${what} in ${((Date.now() - begun) / 1000).toFixed(1)} s`);
  } catch (error) {
    onLog(`Could not install ${what}: ${error instanceof Error ? error.message.split("\n").slice(0, 3).join(" ") : String(error)}`);
  }
}

async function aptInstall(packages: string[], signal?: AbortSignal): Promise<void> {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const install = () => run("apt-get", ["install", "-y", "--no-install-recommends", ...packages], { env, signal, timeoutMs: 300_000 });
  try {
    await install();
  } catch {
    // The package lists of a fresh machine are empty.
    await run("apt-get", ["update"], { env, signal, timeoutMs: 300_000 });
    await install();
  }
}

async function pipInstall(signal?: AbortSignal): Promise<void> {
  const args = ["install", "--quiet", "--disable-pip-version-check", "--no-deps", "--target", zigDirectory(), "--upgrade", zigPackage];
  const hasPip = (await tryRun("python3", ["-m", "pip", "--version"])) !== undefined;
  if (!hasPip && process.getuid?.() === 0) await aptInstall(["python3-pip"], signal);
  await run("python3", ["-m", "pip", ...args], { signal, timeoutMs: 300_000 });
  await access(join(zigDirectory(), "ziglang", "zig"));
}
