/**
 * The TLS client of stubs whose handler fetches (vm/host/tls): the one of Zig's standard library, as it comes with the pinned compiler, and one check more. The library
 * does not ask whether a certificate that issued another was allowed to; a line that calls host/tls/policy.zig is put where it reads each certificate of a chain.
 */
import { existsSync } from "node:fs";
import { copyFile, mkdir, mkdtemp, readFile, readdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { TargetTriple } from "@zerostart/protocol";
import { cacheDirectory, sha256, withLock } from "./cache.ts";
import { repositoryRoot } from "./engine-files.ts";
import { run } from "./run.ts";
import type { Compiler } from "./toolchain.ts";

const tlsDirectory = join(repositoryRoot, "packages/vm/host/tls");
const commonFlags =
  "-O ReleaseSafe -fcompiler-rt -fsingle-threaded -fno-unwind-tables -fstrip -fno-stack-check -fno-stack-protector -ffunction-sections -fdata-sections".split(
    " ",
  );
/** Programs of the other systems are loaded anywhere. */
const flagsFor = (target: TargetTriple): string[] => [
  ...commonFlags,
  ...(target.includes("linux") ? ["-fno-PIE", "-fno-PIC"] : []),
  ...(target.startsWith("x86_64") ? ["-mcpu=x86_64_v2"] : []),
];

/** Of everything that the object is made from; part of a stub's key. */
export async function tlsDigest(): Promise<string> {
  const files = (await readdir(tlsDirectory)).sort();
  const texts = await Promise.all([import.meta.filename, ...files.map((f) => join(tlsDirectory, f))].map((f) => readFile(f)));
  return sha256(...texts);
}

/** The object for a target, built when it is not in the cache. Only zig can. */
export async function tlsObject(compiler: Compiler, target: TargetTriple, signal?: AbortSignal): Promise<string> {
  const flags = flagsFor(target);
  const key = sha256(JSON.stringify([compiler.version, target, flags, await tlsDigest()])).slice(0, 32);
  const path = cacheDirectory("objects", `tls-${key}.o`);
  if (existsSync(path)) return path;
  await mkdir(dirname(path), { recursive: true });
  return withLock(
    `${path}.lock`,
    async () => {
      if (existsSync(path)) return path;
      const work = await mkdtemp(`${path}.`);
      try {
        for (const file of await readdir(tlsDirectory)) await copyFile(join(tlsDirectory, file), join(work, file));
        await writeFile(join(work, "client.zig"), stricterClient(await readFile(await clientOf(compiler), "utf8")));
        const env = { ...process.env, ZIG_LOCAL_CACHE_DIR: cacheDirectory("zig"), ZIG_GLOBAL_CACHE_DIR: cacheDirectory("zig") };
        await run(compiler.path, ["build-obj", "tls.zig", "-target", target.endsWith("-windows") ? `${target}-gnu` : target, ...flags, "-femit-bin=tls.o"], {
          cwd: work,
          env,
          signal,
          timeoutMs: 900_000,
        });
        await rename(join(work, "tls.o"), path);
      } finally {
        await rm(work, { recursive: true, force: true });
      }
      return path;
    },
    signal,
  );
}

async function clientOf(compiler: Compiler): Promise<string> {
  const standardLibrary = /\.std_dir = "([^"]+)"/.exec(await run(compiler.path, ["env"]))?.[1];
  if (!standardLibrary) throw new Error(`${compiler.path} does not say where its standard library is`);
  return join(standardLibrary, "crypto/tls/Client.zig");
}

/** Exported for its test. Throws when the library is not the one that is known. */
export function stricterClient(source: string): string {
  const replace = (text: string, from: string, to: string) => {
    if (text.split(from).length !== 2) throw new Error(`the TLS client of this zig is not the one that is known: ${from}`);
    return text.replace(from, to);
  };
  const parse = "const subject = try subject_cert.parse();\n";
  const checked = replace(source, parse, `${parse}try @import("policy.zig").check(certd.rest(), cert_index);\n`);
  return replace(checked, '@import("../../std.zig")', '@import("std")');
}
