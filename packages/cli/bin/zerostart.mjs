#!/usr/bin/env node
// Runs on any Node: when this one is too old for unbuilt TypeScript, the pinned Node of the installation takes over.
import { spawn } from "node:child_process";
import module, { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const [major, minor] = process.versions.node.split(".").map(Number);
// What Node made of each module, types stripped and compiled, checked against the module's text: most of what a command takes otherwise.
const modules = (process.env.NODE_COMPILE_CACHE ??= join(process.env.ZEROSTART_CACHE ?? fileURLToPath(new URL("../../../.cache", import.meta.url)), "modules"));
if (major > 24 || (major === 24 && minor >= 2)) {
  module.enableCompileCache(modules);
  await import("../src/main.ts");
} else {
  let node;
  try {
    node = join(dirname(createRequire(import.meta.url).resolve("node/package.json")), "bin/node");
  } catch {
    console.error(`zerostart needs Node 24 or later; this is ${process.version}, and the pinned one is not installed. Run npm install.`);
    process.exit(2);
  }
  const main = new URL("../src/main.ts", import.meta.url).pathname;
  const child = spawn(node, [main, ...process.argv.slice(2)], { stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.once("error", (error) => {
    throw error;
  });
  child.once("exit", (code, signal) => {
    if (signal) process.removeAllListeners(signal).kill(process.pid, signal);
    else process.exitCode = code;
  });
}
