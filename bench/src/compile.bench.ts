/**
 * The compiler on Node: MB of source a second, by step, and the size of the bytecode beside the same source minified. The sources are bundles of 1 and 2
 * MB made of npm packages, as the build pipeline hands them to the compiler.
 */
import { readFile, readdir, writeFile } from "node:fs/promises";
import { cpus } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { sectionsOf } from "@zerostart/bytecode/decode.ts";
import { verify } from "@zerostart/bytecode/verify.ts";
import { compileHandler } from "@zerostart/build";
import { parseCount } from "@zerostart/cli/artifacts.ts";
import { compileSource, type CompileOptions, type CompileStep } from "@zerostart/compiler/compile.ts";
import { Command } from "commander";
import { transform } from "esbuild";

type Options = { runs: number; warmup: number; json?: string };
type Source = { name: string; text: string; filename: string };

const root = join(import.meta.dirname, "..");
const steps = ["parse", "analyze", "generate", "encode"] as const satisfies readonly CompileStep[];
/** Milliseconds. `cpu` is the processor time of all threads of the process, the collector's included, for what `total` is by the clock. */
type Timing = Record<CompileStep | "total" | "cpu" | "verify", number>;

export const command = new Command("compile")
  .description("speed of the compiler on Node, by step, and size of the bytecode beside the minified source")
  .option("--runs <n>", "measured compilations of each, interleaved", parseCount(1, 1000), 15)
  .option("--warmup <n>", "compilations of each that are dropped first", parseCount(0, 1000), 5)
  .option("--json <file>", "write everything, samples included, to this file")
  .action(async ({ runs, warmup, json }: Options) => {
    const sources = await Promise.all([largeHandler(), packageHandlers()]);
    const subjects = sources.flatMap((source) => [false, true].map((stripLines) => ({ source, stripLines, samples: [] as Timing[] })));
    for (let round = -warmup; round < runs; round++)
      for (const { source, stripLines, samples } of subjects) {
        const timing = timed(source, stripLines);
        if (round >= 0) samples.push(timing);
      }
    const speeds = subjects.map(({ source, stripLines, samples }) => speedOf(source, stripLines, samples));
    const sizes = await Promise.all(sources.map(sizesOf));
    console.log(speedTable(speeds));
    console.log(`\n${sizesTable(sizes)}`);
    console.log(`\n${runs} compilations of each after ${warmup} warm-ups, interleaved; ${cpus().length} x ${cpus()[0]?.model ?? ""}, Node ${process.version}`);
    if (json) await writeFile(json, `${JSON.stringify({ benchmark: "compile", at: new Date().toISOString(), runs, warmup, speeds, sizes }, null, 1)}\n`);
  });

/** The large handler of the cold-start benchmark. */
async function largeHandler(): Promise<Source> {
  const folder = join(root, "handlers");
  return bundled("large handler", { "large.js": await readFile(join(folder, "large.js"), "utf8") }, "large.js", folder);
}

/** Most handlers of examples/packages in one bundle, about 2 MB. */
async function packageHandlers(): Promise<Source> {
  const folder = join(root, "../examples/packages");
  const left = ["cheerio.js", "graphql.js", "jose.js", "lodash-es.js", "ramda.js", "validator.js"];
  const names = (await readdir(folder)).filter((name) => !left.includes(name)).sort();
  const files = Object.fromEntries(await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name), "utf8")] as const)));
  const imports = names.map((name, i) => `import handler${i} from "./${name}";\n`).join("");
  const entry = `${imports}const handlers = [${names.map((_, i) => `handler${i}`).join(", ")}];\nexport default (request) => handlers[request.url.length % handlers.length](request);\n`;
  return bundled("packages", { ...files, "all.js": entry }, "all.js", folder);
}

async function bundled(name: string, files: Record<string, string>, entry: string, resolveDir: string): Promise<Source> {
  const compiled = await compileHandler({ files, entry, resolveDir });
  if (!compiled.ok) throw new Error(`${name} does not compile:\n${compiled.diagnostics.map((d) => d.codeFrame).join("\n")}`);
  return { name, text: compiled.bundledSource!, filename: compiled.bundledName! };
}

function bytecodeOf({ text, filename }: Source, options: Partial<CompileOptions>): Uint8Array {
  const compiled = compileSource(text, { filename, sourceType: "module", ...options });
  if (!compiled.ok) throw new Error(compiled.diagnostics.map((d) => d.codeFrame).join("\n"));
  return compiled.bytecode;
}

function timed(source: Source, stripLines: boolean): Timing {
  const timing: Timing = { parse: 0, analyze: 0, generate: 0, encode: 0, total: 0, cpu: 0, verify: 0 };
  const cpu = process.cpuUsage();
  const begun = performance.now();
  let last = begun;
  const lap = (step: keyof Timing) => {
    const now = performance.now();
    timing[step] += now - last;
    last = now;
  };
  const bytecode = bytecodeOf(source, { stripLines, onStep: lap });
  timing.total = performance.now() - begun;
  const { user, system } = process.cpuUsage(cpu);
  timing.cpu = (user + system) / 1000;
  last = performance.now();
  const verified = verify(bytecode);
  lap("verify");
  if (!verified.ok) throw new Error(verified.message);
  return timing;
}

type Speed = {
  name: string;
  stripped: boolean;
  sourceBytes: number;
  bestMBps: number;
  medianMBps: number;
  bestCpuMBps: number;
  bestMs: Timing;
  medianMs: Timing;
  samples: Timing[];
};

function speedOf({ name, text }: Source, stripped: boolean, samples: Timing[]): Speed {
  const at = (share: number): Timing =>
    Object.fromEntries(
      (["total", "cpu", ...steps, "verify"] as const).map((step) => {
        const sorted = samples.map((sample) => sample[step]).sort((a, b) => a - b);
        return [step, sorted[Math.floor((sorted.length - 1) * share)]!];
      }),
    ) as Timing;
  const [bestMs, medianMs] = [at(0), at(0.5)];
  const sourceBytes = Buffer.byteLength(text);
  return {
    name,
    stripped,
    sourceBytes,
    bestMBps: sourceBytes / bestMs.total / 1000,
    medianMBps: sourceBytes / medianMs.total / 1000,
    bestCpuMBps: sourceBytes / bestMs.cpu / 1000,
    bestMs,
    medianMs,
    samples,
  };
}

type Size = { bytes: number; gzipBytes: number };
type Sizes = {
  name: string;
  source: Size;
  minified: Size;
  stripped: Size & { sections: Record<string, number> };
  withLines: Size & { sections: Record<string, number> };
};

/** Lines are those of the bundle: its own name stands once in the file, where the pipeline's table names the packages' files. */
async function sizesOf(source: Source): Promise<Sizes> {
  const size = (content: string | Uint8Array): Size => ({ bytes: Buffer.byteLength(content), gzipBytes: gzipSync(content).length });
  const { code } = await transform(source.text, { minify: true, format: "esm", target: "esnext", charset: "utf8", legalComments: "none", loader: "jsx" });
  const [withLines, stripped] = [false, true].map((stripLines) => {
    const bytecode = bytecodeOf(source, { stripLines });
    return { ...size(bytecode), sections: Object.fromEntries([...sectionsOf(bytecode)].map(([name, { offset, end }]) => [name, end - offset])) };
  }) as [Sizes["withLines"], Sizes["stripped"]];
  return { name: source.name, source: size(source.text), minified: size(code), stripped, withLines };
}

function speedTable(speeds: readonly Speed[]): string {
  const head = ["source", "best MB/s", "median MB/s", "MB/cpu s", "best ms", ...steps, "(verify)"];
  const rows = speeds.map(({ name, stripped, sourceBytes, bestMBps, medianMBps, bestCpuMBps, bestMs }) => [
    `${name}, ${(sourceBytes / 1e6).toFixed(2)} MB${stripped ? ", stripped" : ""}`,
    bestMBps.toFixed(2),
    medianMBps.toFixed(2),
    bestCpuMBps.toFixed(2),
    ...(["total", ...steps, "verify"] as const).map((step) => bestMs[step].toFixed(0)),
  ]);
  return table([head, ...rows]);
}

function sizesTable(sizes: readonly Sizes[]): string {
  const row = (what: string, { bytes, gzipBytes }: Size, minified: number) => [what, String(bytes), (bytes / minified).toFixed(2), String(gzipBytes)];
  return table([
    ["", "bytes", "x minified", "gzip"],
    ...sizes.flatMap(({ name, source, minified, stripped, withLines }) => [
      row(`${name}: source`, source, minified.bytes),
      row(`${name}: minified source (esbuild)`, minified, minified.bytes),
      row(`${name}: bytecode, stripped of lines`, stripped, minified.bytes),
      row(`${name}: bytecode with lines`, withLines, minified.bytes),
      ...Object.entries(withLines.sections).map(([section, bytes]) => [`    ${section}`, String(bytes), (bytes / minified.bytes).toFixed(2), ""]),
    ]),
  ]);
}

/** Columns as wide as their widest cell; all but the first to the right. */
function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)));
  return rows.map((row) => row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join("  ")).join("\n");
}
