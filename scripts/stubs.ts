/** Builds the stubs of the usual targets in every launch mode, where this machine has a compiler for them, so that a first build is quick. */
import { buildArtifact, compileHandler, toolchainStatus } from "@zerostart/build";
import { launchModes, targets } from "@zerostart/protocol";

const compiled = await compileHandler({ files: { "index.js": "export default () => new Response('');\n" }, entry: "index.js" });
if (!compiled.ok) throw new Error(compiled.diagnostics.map((diagnostic) => diagnostic.codeFrame || diagnostic.message).join("\n"));
const status = await toolchainStatus();
const buildable = new Set(status.compilers.flatMap((compiler) => compiler.targets));
for (const item of status.missing) console.error(`missing: ${item.what} (${item.why}); to install it: ${item.install}`);
if (status.portableOnly) console.error("no native toolchain: handlers run by the portable path (the engine under Node)");
/** The others' stubs are built when they are first asked for. */
const usual = ["x86_64-linux-musl", "aarch64-linux-musl"];
for (const target of targets) {
  if (!usual.includes(target.triple) || !target.available || !buildable.has(target.triple)) continue;
  for (const mode of launchModes) {
    if (!mode.available) continue;
    const began = Date.now();
    const artifact = await buildArtifact({ compiled, name: "stub", mode: mode.name, target: target.triple });
    console.error(`  ${target.triple} ${mode.name}: ${Math.round(artifact.sizeBytes / 1000)} kB in ${((Date.now() - began) / 1000).toFixed(1)} s`);
  }
}
