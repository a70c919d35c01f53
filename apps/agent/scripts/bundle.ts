/**
 * The agent as one file for hosts that have nothing but Node: its code, what it depends on, and the compiled launcher and tracer.
 *
 *   node apps/agent/scripts/bundle.ts [FILE]      (default: apps/agent/build/zerostart-agent.mjs)
 */
import { chmod, readFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { launcherPath, tracerPath } from "@zerostart/launcher/native.ts";
import { build, type Plugin } from "esbuild";

const folder = join(import.meta.dirname, "..");

/** Instead of compiling the launcher and the tracer at their first use, as a checkout does. */
async function embeddedPrograms(): Promise<Plugin> {
  const image = async (path: string) => JSON.stringify(gzipSync(await readFile(path), { level: 9 }).toString("base64"));
  const contents = `
    import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
    import { tmpdir } from "node:os";
    import { join } from "node:path";
    import { gunzipSync } from "node:zlib";
    let folder;
    const unpacked = new Map();
    function unpack(name, image) {
      if (process.platform !== "linux" || process.arch !== ${JSON.stringify(process.arch)}) throw new Error("this bundle is for Linux on ${process.arch}, not for " + process.platform + " on " + process.arch);
      if (!folder) {
        // A folder of its own, which nobody else can have prepared.
        folder = mkdtempSync(join(tmpdir(), "zerostart-agent-"));
        process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
      }
      if (!unpacked.has(name)) {
        writeFileSync(join(folder, name), gunzipSync(Buffer.from(image, "base64")), { mode: 0o500 });
        unpacked.set(name, join(folder, name));
      }
      return unpacked.get(name);
    }
    export async function launcherCommand() {
      return [unpack("launcher", ${await image(await launcherPath())})];
    }
    export async function tracerPath() {
      return unpack("tracer", ${await image(await tracerPath())});
    }`;
  return {
    name: "embedded programs",
    setup: ({ onLoad }) => onLoad({ filter: /launcher\/src\/native\.ts$/ }, () => ({ contents, loader: "js", resolveDir: folder })),
  };
}

/** @returns path of the file */
export async function bundleAgent(file = join(folder, "build/zerostart-agent.mjs")): Promise<string> {
  await build({
    entryPoints: [join(folder, "src/main.ts")],
    outfile: file,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    minifySyntax: true,
    legalComments: "inline",
    // Packages in CommonJS ask for Node's own modules by require.
    banner: { js: `#!/usr/bin/env node\nimport { createRequire as __createRequire } from "node:module";\nconst require = __createRequire(import.meta.url);` },
    define: { 'process.env["ZEROSTART_AGENT_BUNDLED"]': '"1"' },
    plugins: [await embeddedPrograms()],
    logLevel: "error",
  });
  await chmod(file, 0o755);
  return file;
}

if (process.argv[1] === import.meta.filename) console.log(await bundleAgent(...process.argv.slice(2, 3)));
