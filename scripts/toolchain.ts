/**
 * Finds what native artifacts are built with, and installs what is missing where this machine lets us.
 * `--check` only looks. The exit code is 0 also without a toolchain: artifacts are the portable ones then.
 */
import { installToolchain, findToolchain } from "@zerostart/build/toolchain.ts";

const say = (line: string): void => void process.stderr.write(`${line}\n`);
const toolchain = process.argv.includes("--check") ? await findToolchain() : await installToolchain(say);

for (const compiler of toolchain.compilers) say(`${compiler.name} ${compiler.version}: ${compiler.targets.join(", ")} (${compiler.path})`);
if (toolchain.wasm2c) say(`wasm2c ${toolchain.wasm2c.version} (${toolchain.wasm2c.path})`);
if (process.argv.includes("--check")) for (const tool of toolchain.missing) say(`Missing: ${tool.what} (${tool.why}). Install: ${tool.install}`);
if (toolchain.portableOnly) say("No native artifacts can be built here: handlers are built as portable artifacts, which run on Node.");
