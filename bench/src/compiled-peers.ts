/**
 * Peers at their best: what each runtime offers against a slow start. They are made once and kept in the build cache; what cannot be made here is
 * named with the reason.
 */
import { spawn } from "node:child_process";
import { access, copyFile, mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { stripVTControlCharacters } from "node:util";
import { build as bundle } from "esbuild";
import { cacheDirectory, sha256 } from "@zerostart/build/cache.ts";
import { type Program, root, runtimePrograms, subject, type Subject } from "./subjects.ts";

/** npm packages that only these peers need, installed into the cache when they are asked for. */
const onDemand = { workerd: "workerd@1.20261117.1", postject: "postject@1.0.0-alpha.6" };

type Made = { name: string; version: string; command: [string, ...string[]]; env?: Record<string, string> };

/** @param work a folder for what lives only as long as the run */
export async function compiledPeers(work: string): Promise<{ subjects: Subject[]; missing: string[] }> {
  const programs = await runtimePrograms();
  const subjects: Subject[] = [];
  const missing: string[] = [];
  const attempt = async (name: string, make: () => Promise<Made>) => {
    try {
      const made = await make();
      const own = await subject(made.name, made.version, made.command);
      subjects.push({ ...own, start: { ...own.start, env: { ...own.start.env, ...made.env } } });
    } catch (error) {
      const why = stripVTControlCharacters(error instanceof Error ? error.message : String(error)).trim();
      missing.push(`${name}: ${why.split("\n").slice(0, 3).join(" ")}`);
    }
  };
  const { node, deno, bun } = programs;
  if (node) {
    await attempt("node (compile cache)", async () => ({
      name: "node (compile cache)",
      version: node.version,
      command: [node.path, join(root, "peers/node-fetch.mjs"), "{port}"],
      env: { NODE_COMPILE_CACHE: join(work, "node-compile-cache") },
    }));
    await attempt("node (SEA, snapshot)", () => singleExecutable(node));
  }
  if (deno) await attempt("deno compile", () => denoCompile(deno, work));
  if (bun) await attempt("bun build --compile --bytecode", () => bunCompile(bun));
  await attempt("workerd", () => workerd(work));
  return { subjects, missing };
}

/** Run a program to its end; what it said when that failed. */
async function run(command: string, args: string[], cwd: string, env: Record<string, string> = {}): Promise<void> {
  const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"], timeout: 180_000 });
  const ended = new Promise<number | null>((resolve, reject) => child.once("error", reject).once("close", resolve));
  const [out, err, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  if (code !== 0) throw new Error(`${[command, ...args].join(" ")} ended with ${code}: ${err || out}`);
}

/** A file or folder of the cache that `make` makes in a folder of its own; made once. */
async function kept(key: string[], make: (folder: string) => Promise<void>): Promise<string> {
  const folder = cacheDirectory("peers", sha256(JSON.stringify(key)).slice(0, 32));
  await mkdir(cacheDirectory("peers"), { recursive: true });
  const own = await mkdtemp(`${folder}.`);
  try {
    // The name without a suffix appears only when all is there.
    const there = await access(folder).then(
      () => true,
      () => false,
    );
    if (there) return folder;
    await make(own);
    // Pages that are not on the disk yet would count as private dirty memory.
    await run("sync", ["--file-system", own], own);
    await rename(own, folder);
    return folder;
  } finally {
    await rm(own, { recursive: true, force: true });
  }
}

async function npmPackage(name: keyof typeof onDemand): Promise<string> {
  const folder = await kept(["npm", onDemand[name]], async (to) => {
    await writeFile(join(to, "package.json"), "{}");
    await run("npm", ["install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", to, onDemand[name]], to);
  });
  return join(folder, "node_modules", name);
}

/** A bundle without imports, as the compiled forms want it. */
async function bundled(entry: string, format: "cjs" | "esm"): Promise<string> {
  const platform = format === "cjs" ? "node" : "neutral";
  const result = await bundle({
    entryPoints: [join(root, "peers", entry)],
    bundle: true,
    write: false,
    logLevel: "error",
    format,
    platform,
    external: ["node:*"],
  });
  return result.outputFiles[0]!.text;
}

/** Node's own snapshot of the heap after the script has run, in one executable. */
async function singleExecutable(node: Program): Promise<Made> {
  const source = await bundled("node-sea.cjs", "cjs");
  const folder = await kept(["sea", node.version, source], async (to) => {
    const postject = await npmPackage("postject");
    await writeFile(join(to, "main.js"), source);
    await writeFile(join(to, "sea.json"), JSON.stringify({ main: "main.js", output: "sea.blob", useSnapshot: true, disableExperimentalSEAWarning: true }));
    await run(node.path, ["--experimental-sea-config", "sea.json"], to);
    await copyFile(node.path, join(to, "server"));
    const fuse = "NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2";
    await run(node.path, [join(postject, "dist/cli.js"), "server", "NODE_SEA_BLOB", "sea.blob", "--sentinel-fuse", fuse], to);
  });
  return { name: "node (SEA, snapshot)", version: node.version, command: [join(folder, "server"), "{port}"] };
}

async function denoCompile(deno: Program, work: string): Promise<Made> {
  const folder = await kept(["deno", deno.version], (to) =>
    run(deno.path, ["compile", "--allow-net", "--no-config", "--output", join(to, "server"), join(root, "peers/deno.mjs")], to, {
      DENO_DIR: join(work, "deno"),
      DENO_NO_UPDATE_CHECK: "1",
    }),
  );
  return { name: "deno compile", version: deno.version, command: [join(folder, "server"), "{port}"] };
}

async function bunCompile(bun: Program): Promise<Made> {
  const source = await bundled("bun.mjs", "esm");
  const folder = await kept(["bun", bun.version, source], async (to) => {
    await writeFile(join(to, "main.js"), source);
    await run(bun.path, ["build", "--compile", "--bytecode", "--minify", join(to, "main.js"), "--outfile", join(to, "server")], to);
  });
  return { name: "bun (compile --bytecode)", version: bun.version, command: [join(folder, "server"), "{port}"] };
}

/** workerd takes its address from the command line and everything else from a file. */
async function workerd(work: string): Promise<Made> {
  const [, version] = onDemand.workerd.split("@");
  const program = join(await npmPackage("workerd"), `../@cloudflare/workerd-linux-${process.arch === "arm64" ? "arm64" : "64"}/bin/workerd`);
  const handler = await bundled("workerd.mjs", "esm");
  const folder = join(work, "workerd");
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "handler.mjs"), handler);
  await writeFile(
    join(folder, "config.capnp"),
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = (modules = [(name = "handler.mjs", esModule = embed "handler.mjs")], compatibilityDate = "2025-01-01"))],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")]
);
`,
  );
  await run(program, ["--version"], folder);
  return { name: "workerd", version: version!, command: [program, "serve", join(folder, "config.capnp"), "--socket-addr", "http=127.0.0.1:{port}"] };
}
