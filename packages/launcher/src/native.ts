/** Finds or compiles the native launcher; compiled once per content of its sources, kept under the cache folder. */
import { execFile } from "node:child_process";
import { createHash, randomUUID } from "node:crypto";
import { access, mkdir, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const sourceFolder = join(import.meta.dirname, "../native");
const flags = ["-std=gnu11", "-O2", "-Wall", "-Wextra", "-static", "-s"];
/** In order of preference. musl's static binary is the smallest; glibc's works too. */
const compilers = [
  ["musl-gcc"],
  ["python3", "-m", "ziglang", "cc", "-target", `${process.arch === "arm64" ? "aarch64" : "x86_64"}-linux-musl`],
  ["cc"],
  ["gcc"],
];

/** Folder for what is built once and can be built again. */
export function cacheFolder(): string {
  return process.env["ZEROSTART_CACHE"] ?? join(import.meta.dirname, "../../../.cache");
}

/** No compiler on this machine could make the program. */
export class NoCompilerError extends Error {}

/**
 * Compile a static program from C sources, or find it compiled. Safe for several processes at a time.
 * @param name the program's name in the cache
 * @throws NoCompilerError that names every compiler tried and what it said
 */
export async function compileNative(name: string, sources: string[], dependencies: string[] = []): Promise<string> {
  const hash = createHash("sha256").update(JSON.stringify([flags, process.arch]));
  for (const file of [...sources, ...dependencies]) hash.update(await readFile(file));
  const folder = join(cacheFolder(), "native", hash.digest("hex").slice(0, 32));
  const program = join(folder, name);
  if (
    await access(program).then(
      () => true,
      () => false,
    )
  )
    return program;

  await mkdir(folder, { recursive: true });
  const failures: string[] = [];
  for (const [command, ...prefix] of compilers as [string, ...string[]][]) {
    const temporary = join(folder, `${name}.${randomUUID()}`);
    try {
      await run(command, [...prefix, ...flags, "-o", temporary, ...sources], { timeout: 300_000 });
      await rename(temporary, program);
      return program;
    } catch (error) {
      await rm(temporary, { force: true });
      const { code, stderr, message } = error as NodeJS.ErrnoException & { stderr?: string };
      failures.push(`${[command, ...prefix].join(" ")}: ${code === "ENOENT" ? "not installed" : stderr?.trim() || message}`);
    }
  }
  throw new NoCompilerError(`${name} cannot be compiled; install musl-tools or gcc. Tried:\n${failures.join("\n")}`);
}

/** The command of the launcher: the native one, or where no compiler is, the one that runs on Node. */
export async function launcherCommand(): Promise<[string, ...string[]]> {
  try {
    return [await launcherPath()];
  } catch (error) {
    if (!(error instanceof NoCompilerError)) throw error;
    return [process.execPath, join(import.meta.dirname, "portable-launcher.ts")];
  }
}

/** Path of the compiled launcher. */
export async function launcherPath(): Promise<string> {
  if (process.platform !== "linux") throw new Error("starts can be launched and measured on Linux only");
  const files = (await readdir(sourceFolder)).sort().map((file) => join(sourceFolder, file));
  const ending = (end: string) => files.filter((file) => file.endsWith(end));
  return compileNative("zerostart-launcher", ending(".c"), ending(".h"));
}

/** Path of the compiled tracer (native/tracer/tracer.c). @throws NoCompilerError */
export async function tracerPath(): Promise<string> {
  const source = (name: string) => join(sourceFolder, name);
  return compileNative("zerostart-tracer", [source("tracer/tracer.c"), source("response.c")], [source("launcher.h")]);
}
