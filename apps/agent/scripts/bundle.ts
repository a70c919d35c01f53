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

/** Instead of compiling the programs at their first use, as a checkout does. */
async function embeddedPrograms(): Promise<Plugin> {
  const image = async (path: string) => gzipSync(await readFile(path), { level: 9 }).toString("base64");
  const images = { launcher: await image(await launcherPath()), tracer: await image(await tracerPath()) };
  const contents = `
    import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
    import { tmpdir } from "node:os";
    import { join } from "node:path";
    import { gunzipSync } from "node:zlib";
    const images = ${JSON.stringify(images)};
    const programs = {};
    let folder;
    function program(name) {
      if (process.platform !== "linux" || process.arch !== ${JSON.stringify(process.arch)}) throw new Error("this bundle is for Linux on ${process.arch}, not for " + process.platform + " on " + process.arch);
      if (!programs[name]) {
        // In a folder of its own, which nobody else can have prepared.
        if (!folder) {
          folder = mkdtempSync(join(tmpdir(), "zerostart-agent-"));
          process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
        }
        programs[name] = join(folder, name);
        writeFileSync(programs[name], gunzipSync(Buffer.from(images[name], "base64")), { mode: 0o500 });
      }
      return programs[name];
    }
    export async function launcherCommand() {
      return [program("launcher")];
    }
    export async function tracerPath() {
      return program("tracer");
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
    plugins: [await embeddedPrograms()],
    logLevel: "error",
  });
  await chmod(file, 0o755);
  return file;
}

if (process.argv[1] === import.meta.filename) console.log(await bundleAgent(...process.argv.slice(2, 3)));
