/**
 * The command line as a few files of JavaScript instead of some three hundred modules: to find, read and link those takes longer than what most commands do.
 * `bin/zerostart.mjs` makes the bundle when there is none of the sources as they are.
 *
 *   node packages/cli/scripts/bundle.ts      (to packages/cli/build)
 */
import { createHash, randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { build, type Metafile, type Plugin } from "esbuild";
import { oneAcorn } from "../../vm/scripts/one-acorn.ts";

const folder = join(import.meta.dirname, "..");
const root = join(folder, "../..");
/** Replaced whole when another bundle is to be used. `inputs`: path from the root, time of change in ms, bytes. */
type Current = { main: string; inputs: [path: string, mtimeMs: number, bytes: number][] };

/** Bundles of sources that are no more may still be running. */
const keptMs = 24 * 60 * 60 * 1000;

/**
 * Modules go on seeing the address of their own source, from which they find other files, also in the bundle. A worker's module is an entry of the bundle.
 *
 * @param from the folder of the bundle
 */
function ownAddresses(from: string): Plugin {
  return {
    name: "own addresses",
    setup: ({ onLoad }) =>
      onLoad({ filter: /\/packages\/[^/]+\/src\/.*\.ts$/ }, async ({ path }) => {
        const text = await readFile(path, "utf8");
        if (!/\bimport\.meta\.\w/.test(text)) return undefined;
        const address = `new URL(${JSON.stringify(relative(from, path))}, import.meta.url)`;
        const contents = text
          .replaceAll(/\bimport\.meta\.(url|dirname|filename)\b/g, "ownAddress.$1")
          .replaceAll(/new Worker\(new URL\("\.\/([\w-]+)\.ts", ownAddress\.url\)/g, 'new Worker(new URL("./$1.mjs", import.meta.url)');
        const own = `const ownAddress = { url: ${address}.href, filename: ownPath(${address}), dirname: ownPath(new URL(".", ${address})) };`;
        return { contents: `import { fileURLToPath as ownPath } from "node:url";\n${own}\n${contents}`, loader: "ts" };
      }),
  };
}

async function make(outdir: string): Promise<Metafile> {
  const { metafile } = await build({
    entryPoints: [join(folder, "src/main.ts"), join(root, "packages/build/src/snapshot-worker.ts")],
    outdir,
    entryNames: "[name]",
    outExtension: { ".js": ".mjs" },
    bundle: true,
    // Each command's modules are loaded when it is wanted.
    splitting: true,
    platform: "node",
    format: "esm",
    target: "node24",
    // esbuild is a program beside its module; protobufjs belongs to a part of a library that nobody uses, and is not installed.
    external: ["esbuild", "protobufjs"],
    legalComments: "none",
    // Packages in CommonJS ask for Node's own modules by require.
    banner: { js: `import { createRequire as __createRequire } from "node:module";\nconst require = __createRequire(import.meta.url);` },
    plugins: [ownAddresses(outdir), oneAcorn],
    metafile: true,
    absWorkingDir: root,
    logLevel: "error",
  });
  return metafile;
}

/** Our sources, and for those of packages what npm writes whenever it installs (others do not). */
async function inputsOf(metafile: Metafile): Promise<Current["inputs"]> {
  const installed = "node_modules/.package-lock.json";
  const files = Object.keys(metafile.inputs).filter((file) => !file.includes("node_modules/"));
  return Promise.all(
    [...(existsSync(join(root, installed)) ? [installed] : []), relative(root, import.meta.filename), ...files].sort().map(async (file) => {
      const { mtimeMs, size } = await stat(join(root, file));
      return [file, mtimeMs, size];
    }),
  );
}

/** @returns path of the bundle's main file */
export async function bundleCommandLine(): Promise<string> {
  const builds = join(folder, "build");
  await mkdir(builds, { recursive: true });
  const work = await mkdtemp(join(builds, "making-"));
  try {
    const metafile = await make(work);
    const inputs = await inputsOf(metafile);
    const hash = createHash("sha256");
    for (const file of (await readdir(work)).sort()) hash.update(`${file}\0`).update(await readFile(join(work, file)));
    const made = join(builds, hash.digest("hex").slice(0, 16));
    await rename(work, made).catch(async (error: NodeJS.ErrnoException) => {
      // The same sources give the same bundle: another process was quicker, or they are as they were before.
      if (error.code !== "ENOTEMPTY" && error.code !== "EEXIST") throw error;
      await rm(work, { recursive: true });
    });
    const current: Current = { main: join(relative(folder, made), "main.mjs"), inputs };
    const aside = `${made}.${randomUUID()}.json`;
    await writeFile(aside, JSON.stringify(current));
    await rename(aside, join(builds, "current.json"));
    for (const other of await readdir(builds)) {
      const path = join(builds, other);
      const isOld =
        path !== made &&
        other !== "current.json" &&
        (await stat(path).then(
          (at) => Date.now() - at.mtimeMs > keptMs,
          () => false,
        ));
      if (isOld) await rm(path, { recursive: true, force: true });
    }
    return join(made, "main.mjs");
  } catch (error) {
    await rm(work, { recursive: true, force: true });
    throw error;
  }
}

if (process.argv[1] === import.meta.filename) console.log(await bundleCommandLine());
