#!/usr/bin/env node
// Runs on any Node: when this one is too old for unbuilt TypeScript, the pinned Node of the installation takes over.
import { spawn } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import module, { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("..", import.meta.url));
const root = join(folder, "../..");

/** The bundle of the sources as they are (scripts/bundle.ts); undefined when there is none. */
function bundleOfSources() {
  try {
    const { main, inputs } = JSON.parse(readFileSync(join(folder, "build/current.json"), "utf8"));
    const isSame = inputs.every(([path, mtimeMs, bytes]) => {
      const file = statSync(join(root, path), { throwIfNoEntry: false });
      return file?.mtimeMs === mtimeMs && file.size === bytes;
    });
    return isSame ? join(folder, main) : undefined;
  } catch {
    return undefined;
  }
}

/** Where it cannot be made, the command runs from its sources. */
async function makeBundle() {
  try {
    return await (await import("../scripts/bundle.ts")).bundleCommandLine();
  } catch {
    return join(folder, "src/main.ts");
  }
}

const [major, minor] = process.versions.node.split(".").map(Number);
// What Node made of each module, types stripped and compiled, checked against the module's text.
const modules = (process.env.NODE_COMPILE_CACHE ??= join(process.env.ZEROSTART_CACHE ?? join(root, ".cache"), "modules"));
if (major > 24 || (major === 24 && minor >= 2)) {
  module.enableCompileCache(modules);
  await import(bundleOfSources() ?? (await makeBundle()));
} else {
  let node;
  try {
    node = join(dirname(createRequire(import.meta.url).resolve("node/package.json")), "bin/node");
  } catch {
    console.error(`zerostart needs Node 24 or later; this is ${process.version}, and the pinned one is not installed. Run npm install.`);
    process.exit(2);
  }
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.once("error", (error) => {
    throw error;
  });
  child.once("exit", (code, signal) => {
    if (signal) process.removeAllListeners(signal).kill(process.pid, signal);
    else process.exitCode = code;
  });
}
