/**
 * Stubs: the engine and the C host compiled to a static executable per target, waiting for a payload. Built once per
 * engine, host, compiler and target, and kept in the cache under a digest of these.
 */
import { availableParallelism } from "node:os";
import { mkdir, mkdtemp, readFile, readdir, rename, rm, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { basename, dirname, isAbsolute, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type StubKind, targets, type TargetTriple } from "@zerostart/protocol/targets.ts";
import { cacheDirectory, sha256, withLock } from "./cache.ts";
import type { Engine } from "./engine.ts";
import { repositoryRoot } from "./engine-files.ts";
import { rewriteGeneratedC } from "./generated-c.ts";
import { startOrder } from "@zerostart/vm/start-order.ts";
import { findPayload } from "./payload.ts";
import { run } from "./run.ts";
import { encodeSymbols, haveSameCode, symbolsOf } from "./symbols.ts";
import { tlsDigest, tlsObject } from "./tls.ts";
import { type Compiler, findToolchain } from "./toolchain.ts";

export interface Stub {
  target: TargetTriple;
  bytes: Uint8Array;
  sha256: string;
  /** Where struct payload lies in `bytes`. */
  payloadOffset: number;
  compiler: string;
  /** Gzipped ProgramSymbols, for Linux; absent where they are not known. */
  symbols?: Uint8Array | undefined;
}
export interface StubOptions {
  onLog?: (line: string) => void;
  signal?: AbortSignal;
  /** Instead of the first compiler that can build for the target. */
  compiler?: Compiler["name"];
  /** Without symbols, unless false. */
  strip?: boolean | undefined;
  /** With the TLS client, for handlers that fetch; left out when the compiler cannot build it. */
  tls?: boolean;
  /** C files beside the host's own, and what the linker is told about them: tests build broken hosts so. */
  extra?: { files: string[]; linkFlags: string[] };
}

export class ToolchainMissingError extends Error {}

const hostDirectory = join(repositoryRoot, "packages/vm/host");
/** Standalone programs beside the host's own files. */
const notOfTheHost = new Set(["floor.c"]);

/** C files that only one operating system's host is made of. Those that name none are everybody's. */
const onlyFor: Record<string, (typeof targets)[number]["os"][]> = {
  "pool.c": ["linux", "macos"],
  "sandbox.c": ["linux"],
  "lambda.c": ["linux"],
};
/** What no ordinary start runs comes behind the engine, so that the rest of the host lies beside the functions of the engine that a start runs. */
const afterTheEngine = new Set("cache.c cold.c fetch.c inflate.c lambda.c pool.c requests.c secure.c sha256.c verify.c".split(" "));
/** Flags of one file beside those of all: a copy loop of text.c must not become a call of itself; what is seldom run is made small, but what unpacks and hashes. */
function flagsOf(file: string): string[] {
  if (file === "text.c") return ["-fno-builtin"];
  return afterTheEngine.has(file) && !["cold.c", "inflate.c", "sha256.c", "verify.c"].includes(file) ? ["-Os"] : [];
}
/** Stands for the host's folder in a stub's key, which may not depend on where this repository lies. */
const anywhere = "<host>";

/** Without -fno-plt: a call through a table of addresses would read the host's data before start.c has put it there. */
const commonFlags = [
  ..."-std=gnu11 -O2 -fno-math-errno -fno-strict-aliasing -fno-stack-protector -fno-unwind-tables -fno-asynchronous-unwind-tables".split(" "),
  ..."-fvisibility=hidden -ffunction-sections -fdata-sections -fomit-frame-pointer -w".split(" "),
];
const elfLinkFlags = "-no-pie -Wl,--gc-sections -Wl,--build-id=none -Wl,-z,norelro -Wl,-z,max-page-size=4096".split(" ");
const staticLinkFlags = ["-nostdlib", "-static", `-Wl,-T,${join(hostDirectory, "stub.ld")}`];
/** The control of experiments: the same host, and a C library that it needs but does not use, so that the dynamic linker runs. */
const dynamicLinkFlags = ["-nostdlib", "-Wl,-dynamic-linker,/lib64/ld-linux-x86-64.so.2", "-Wl,--no-as-needed", "libc.so.6"];
/** Room for the load commands that embedding adds. */
const machoLinkFlags = ["-Wl,-dead_strip", "-Wl,-headerpad,0x400"];
/** As much stack as elsewhere. */
const peLinkFlags = "-nostdlib -Wl,--gc-sections -Wl,-e,windows_start -Wl,--stack,8388608 -lkernel32 -lws2_32 -lbcrypt".split(" ");

function osOf(target: TargetTriple): (typeof targets)[number]["os"] {
  return targets.find((t) => t.triple === target)!.os;
}

function compileCommand(compiler: Compiler, target: TargetTriple, strip = true): { command: string; compile: string[]; link: string[] } {
  const x86 = target.startsWith("x86_64");
  const os = osOf(target);
  const systemFlags =
    os === "macos" ? machoLinkFlags : os === "windows" ? peLinkFlags : [...elfLinkFlags, ...(target.endsWith("-gnu") ? dynamicLinkFlags : staticLinkFlags)];
  const linkFlags = [...systemFlags, ...(strip ? ["-s"] : [])];
  if (compiler.name === "zig") {
    // Nothing of zig's libc is used, so nothing of it is built either; macOS has its library itself.
    const base = ["cc", "-target", os === "windows" ? `${target}-gnu` : target, ...(x86 ? ["-march=x86_64_v2"] : [])];
    return {
      command: compiler.path,
      compile: [...base, ...commonFlags, ...(os === "linux" ? ["-fno-pie"] : []), "-fno-sanitize=all"],
      link: [...base, ...linkFlags],
    };
  }
  const base = x86 ? ["-march=x86-64-v2"] : [];
  return {
    command: compiler.path,
    compile: [...base, ...commonFlags, "-fno-pie", "-fcf-protection=none"].filter((f) => x86 || !f.startsWith("-fcf")),
    link: [...base, ...linkFlags],
  };
}

/** Where the linker does not leave out what is not there, the host is compiled for it; Windows' authorities come from a library of its own. */
function commandWithTls(command: ReturnType<typeof compileCommand>, target: TargetTriple): ReturnType<typeof compileCommand> {
  const os = osOf(target);
  if (os === "linux") return command;
  return {
    ...command,
    compile: [...command.compile, "-DZEROSTART_TLS"],
    link: [...command.link, ...(os === "windows" ? ["-lcrypt32"] : [])],
  };
}

/** Digest of everything that a stub is made from, but the compiler: who fetches one asks for it by this. */
export async function stubIdentity(engine: Engine, { target, symbols, tls }: StubKind): Promise<string> {
  const { compile, link } = compileCommand({ name: "zig", path: "", version: "", targets: [] }, target, !symbols);
  const [sources, rewriter] = await Promise.all([hostSources(osOf(target)), rewriterDigest()]);
  return sha256(
    JSON.stringify([engine.sha256, sources.digest, rewriter, target, compile, link, ...(tls ? [await tlsDigest()] : [])]).replaceAll(hostDirectory, anywhere),
  );
}

/** Read a stub from the cache or build it. Two processes that want the same one build it once. */
export async function getStub(engine: Engine, target: TargetTriple, options: StubOptions = {}): Promise<Stub> {
  const toolchain = await findToolchain();
  const compiler = toolchain.compilers.find((c) => c.targets.includes(target) && (!options.compiler || c.name === options.compiler));
  if (!compiler || !toolchain.wasm2c) {
    const why = toolchain.missing.map((m) => `${m.what} (${m.install})`).join(", ");
    throw new ToolchainMissingError(`No native stub for ${target} can be built here${why ? `: missing ${why}` : ""}`);
  }
  const sources = await hostSources(osOf(target));
  const command = compileCommand(compiler, target, options.strip);
  const withTls = options.tls === true && compiler.name === "zig";
  if (options.tls && !withTls) options.onLog?.("Warning: the artifact has no TLS, which takes zig: fetch of https will fail");
  const made = [engine.sha256, await rewriterDigest(), compiler.name, compiler.version, toolchain.wasm2c.version, target, command.compile];
  const extra = await Promise.all((options.extra?.files ?? []).map((f) => readFile(f)));
  const key = sha256(
    JSON.stringify([
      ...made,
      sources.digest,
      command.link,
      withTls && (await tlsDigest()),
      options.extra?.linkFlags,
      sha256(...extra),
      sha256(JSON.stringify(engine.symbols ?? null)),
    ]).replaceAll(hostDirectory, anywhere),
  ).slice(0, 32);
  const engineObjects = cacheDirectory("objects", sha256(JSON.stringify([...made, sources.headersDigest]).replaceAll(hostDirectory, anywhere)).slice(0, 32));
  const path = cacheDirectory("stubs", `${target}-${key}`);
  const builder = `${compiler.name} ${compiler.version}`;
  const cached = await readStub(path, target, builder);
  if (cached) return cached;
  return withLock(
    `${path}.lock`,
    async () => {
      const built = await readStub(path, target, builder);
      if (built) return built;
      const begun = Date.now();
      options.onLog?.(`Building the stub for ${target} with ${builder}`);
      await mkdir(cacheDirectory("stubs"), { recursive: true });
      const work = await mkdtemp(`${path}.`);
      try {
        const objects = await compileEngine(engineObjects, work, engine, command, toolchain.wasm2c!.path, options.signal);
        if (withTls) objects.push(await tlsObject(compiler, target, options.signal));
        const hostFiles = [...sources.files.filter((f) => f.endsWith(".c")), ...(options.extra?.files ?? [])];
        const linked = await compileStub(work, objects, hostFiles, withTls ? commandWithTls(command, target) : command, options);
        const symbols = osOf(target) === "linux" && (await symbolsFor(linked, engine, command, options));
        // Before the stub: one that is there has them.
        if (symbols) await writeFile(symbolsPath(path), symbols);
        await rename(linked.file, path);
      } finally {
        await rm(work, { recursive: true, force: true });
      }
      const stub = await readStub(path, target, builder);
      if (!stub) throw new Error(`the stub for ${target} has no payload section`);
      options.onLog?.(`Built the stub for ${target}: ${stub.bytes.length} bytes in ${((Date.now() - begun) / 1000).toFixed(1)} s`);
      return stub;
    },
    options.signal,
  );
}

/** Undefined when there is none, or something else. `compiler`: who made it. */
export async function readStub(path: string, target: TargetTriple, compiler: string): Promise<Stub | undefined> {
  let bytes: Uint8Array;
  try {
    bytes = new Uint8Array(await readFile(path));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  const payloadOffset = findPayload(bytes);
  if (payloadOffset < 0) return undefined;
  const symbols = await readFile(symbolsPath(path)).catch(() => undefined);
  return { target, bytes, sha256: sha256(bytes), payloadOffset, compiler, symbols: symbols && new Uint8Array(symbols) };
}

const symbolsPath = (stub: string) => `${stub}.symbols`;

async function hostSources(os: (typeof targets)[number]["os"]): Promise<{ files: string[]; digest: string; headersDigest: string }> {
  const files = (await readdir(hostDirectory)).filter((f) => /\.(?:[ch]|ld)$/.test(f) && !notOfTheHost.has(f) && (onlyFor[f]?.includes(os) ?? true)).sort();
  const texts = await Promise.all(files.map((f) => readFile(join(hostDirectory, f))));
  const digest = (which: (file: string) => boolean) => sha256(...files.flatMap((f, i) => (which(f) ? [f, ...flagsOf(f), "\0", texts[i]!, "\0"] : [])));
  return { files, digest: digest(() => true), headersDigest: digest((f) => f.endsWith(".h")) };
}

async function rewriterDigest(): Promise<string> {
  const texts = await Promise.all(["generated-c.ts", "threaded-code.ts"].map((f) => readFile(fileURLToPath(new URL(f, import.meta.url)))));
  return sha256(...texts);
}

/** The engine's C files, in `directory`. */
export async function writeEngineC(engine: Engine, directory: string, wasm2c: string, signal?: AbortSignal): Promise<string[]> {
  await writeFile(join(directory, "vm.wasm"), engine.wasm);
  await run(wasm2c, ["-n", "vm", "vm.wasm", "-o", "vm.c"], { cwd: directory, signal, timeoutMs: 120_000 });
  const generated = (await readFile(join(directory, "vm.h"), "utf8")) + (await readFile(join(directory, "vm.c"), "utf8"));
  const { files } = rewriteGeneratedC(generated, startOrder(engine.wasm));
  await rm(join(directory, "vm.c"));
  for (const [name, text] of files) await writeFile(join(directory, name), text);
  return [...files.keys()].filter((f) => f.endsWith(".c"));
}

const zigEnvironment = () => ({
  ...process.env,
  ZIG_LOCAL_CACHE_DIR: cacheDirectory("zig"),
  ZIG_GLOBAL_CACHE_DIR: cacheDirectory("zig"),
  SOURCE_DATE_EPOCH: "0",
});

/** Compile C files, in `directory`, to objects that are named by their index; the objects' names. */
async function compileAll(
  directory: string,
  files: string[],
  command: ReturnType<typeof compileCommand>,
  prefix: string,
  signal: AbortSignal | undefined,
): Promise<string[]> {
  const objects = files.map((_, i) => `${prefix}${i}.o`);
  let next = 0;
  const worker = async () => {
    for (let i = next++; i < files.length; i = next++) {
      await run(command.command, [...command.compile, ...flagsOf(basename(files[i]!)), "-I", hostDirectory, "-I", ".", "-c", files[i]!, "-o", objects[i]!], {
        cwd: directory,
        env: zigEnvironment(),
        signal,
        timeoutMs: 900_000,
      });
    }
  };
  await Promise.all(Array.from({ length: Math.min(availableParallelism(), files.length) }, worker));
  return objects;
}

/** The engine's objects: most of the work, and the same for every stub of a target. Kept in `kept`. */
async function compileEngine(
  kept: string,
  work: string,
  engine: Engine,
  command: ReturnType<typeof compileCommand>,
  wasm2c: string,
  signal: AbortSignal | undefined,
): Promise<string[]> {
  // In the order in which they were written: engine-9.o before engine-10.o.
  const list = async () => (await readdir(kept)).sort((a, b) => a.length - b.length || (a < b ? -1 : 1)).map((f) => join(kept, f));
  if (existsSync(kept)) return list();
  // Largest first, so that all cores end at about the same time.
  const objects = await compileAll(work, await writeEngineC(engine, work, wasm2c, signal), command, "engine-", signal);
  const made = join(work, "engine");
  await mkdir(made);
  for (const object of objects) await rename(join(work, object), join(made, object));
  await mkdir(dirname(kept), { recursive: true });
  try {
    await rename(made, kept);
  } catch (error) {
    // Another stub of the target was quicker.
    if (!existsSync(kept)) throw error;
  }
  return list();
}

interface Linked {
  file: string;
  /** Link the same objects once more, in the same order. */
  link: (flags: string[], to: string) => Promise<string>;
}

/** Undefined when they are not known: the engine has no names, or a second link does not give the same code. */
async function symbolsFor(
  { file, link }: Linked,
  engine: Engine,
  command: ReturnType<typeof compileCommand>,
  { onLog }: StubOptions,
): Promise<Uint8Array | undefined> {
  if (!engine.symbols) return undefined;
  const isStripped = command.link.includes("-s");
  const unstripped = isStripped
    ? await link(
        command.link.filter((flag) => flag !== "-s"),
        `${file}.unstripped`,
      )
    : file;
  const [bytes, own] = await Promise.all([readFile(unstripped), readFile(file)]);
  if (isStripped && !haveSameCode(bytes, own)) {
    onLog?.("Warning: the stub with symbols has other code than the one without: profiles will show no names");
    return undefined;
  }
  return encodeSymbols(symbolsOf(bytes, engine.symbols));
}

async function compileStub(
  directory: string,
  engineObjects: string[],
  hostFiles: string[],
  command: ReturnType<typeof compileCommand>,
  { signal, extra }: StubOptions,
): Promise<Linked> {
  const env = zigEnvironment();
  const files = hostFiles.map((f) => (isAbsolute(f) ? f : join(hostDirectory, f)));
  const [late, early] = [true, false].map((is) => files.filter((file) => afterTheEngine.has(basename(file)) === is));
  const objects = await compileAll(directory, [...early!, ...late!], command, "host-", signal);
  if (command.link.includes("libc.so.6")) {
    // What the linker needs to know of the library: its name.
    await writeFile(join(directory, "empty.c"), "");
    await run(command.command, [...command.compile, "-shared", "-fPIC", "-nostdlib", "-Wl,-soname,libc.so.6", "empty.c", "-o", "libc.so.6"], {
      cwd: directory,
      env,
      signal,
    });
  }
  const link = async (flags: string[], to: string) => {
    await run(
      command.command,
      [...flags, ...(extra?.linkFlags ?? []), ...objects.slice(0, early!.length), ...engineObjects, ...objects.slice(early!.length), "-o", to],
      {
        cwd: directory,
        env,
        signal,
        timeoutMs: 300_000,
      },
    );
    return to;
  };
  return { file: await link(command.link, join(directory, "stub")), link };
}
