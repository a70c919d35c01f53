/**
 * Runs a script of this repository on the pinned Node, installing the dependencies first when they are missing or outdated.
 * Plain JavaScript and no imports but Node's own: it must run on any Node from 18 on, before anything is installed.
 *
 *   node scripts/bootstrap.mjs scripts/test.ts [arguments]
 */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { constants } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const pinnedNode = join(root, "node_modules/node/bin/node");

function fail(message) {
  console.error(`zerostart: ${message}`);
  process.exit(1);
}

/** Is what is installed what package-lock.json says? Optional packages of other platforms are never installed. */
function isInstalled() {
  try {
    const wanted = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")).packages;
    const have = JSON.parse(readFileSync(join(root, "node_modules/.package-lock.json"), "utf8")).packages;
    return (
      existsSync(pinnedNode) &&
      Object.entries(wanted).every(
        ([path, entry]) => path === "" || !path.includes("node_modules/") || entry.optional || entry.link || have[path]?.version === entry.version,
      )
    );
  } catch {
    return false;
  }
}

function installDependencies() {
  const npm = spawnSync("npm", ["--version"], { encoding: "utf8" });
  if (npm.error || npm.status !== 0) fail("npm was not found; install Node with npm (https://nodejs.org)");
  // With a node_modules folder at hand only the difference is installed, which is much quicker.
  const command = existsSync(join(root, "node_modules")) ? "install" : "ci";
  console.error(`installing dependencies (npm ${command}) ...`);
  const began = Date.now();
  const result = spawnSync("npm", [command, "--no-audit", "--no-fund", "--loglevel=error"], { cwd: root, stdio: ["ignore", 2, 2] });
  if (result.status !== 0) fail(`npm ${command} failed; its messages are above`);
  if (!existsSync(pinnedNode)) fail("npm has not installed the pinned Node (package `node`): were install scripts switched off? Try `npm rebuild node`");
  console.error(`dependencies installed in ${((Date.now() - began) / 1000).toFixed(1)} s`);
}

/** Run a script to its end with this process's streams; exits as it did. Signals that reach this process are passed on. */
export function runPinned(script, args) {
  const major = Number(process.versions.node.split(".")[0]);
  if (major < 18) fail(`this is Node ${process.version}; 18 or later is needed`);
  if (!isInstalled()) installDependencies();
  const child = spawn(pinnedNode, [resolve(root, script), ...args], {
    stdio: "inherit",
    env: {
      ...process.env,
      PATH: join(root, "node_modules/.bin") + delimiter + (process.env.PATH ?? ""),
      NEXT_TELEMETRY_DISABLED: "1",
      TURBO_TELEMETRY_DISABLED: "1",
      DO_NOT_TRACK: "1",
    },
  });
  // Ctrl-C reaches the child through the terminal too, but not when this process runs in the background.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("error", (error) => fail(`the pinned Node cannot be run: ${error.message}`));
  child.on("exit", (code, signal) => process.exit(signal ? 128 + constants.signals[signal] : code));
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const [script, ...args] = process.argv.slice(2);
  if (!script) fail("usage: node scripts/bootstrap.mjs SCRIPT [arguments]");
  runPinned(script, args);
}
