/** From a path on the command line to the files that a handler is made of. */
import { readFile, stat } from "node:fs/promises";
import { dirname, join, relative, resolve, sep } from "node:path";
import type { CompileResult, Diagnostic } from "@zerostart/build";
import { exitCodes, Failure } from "./failure.ts";

export type Sources = { files: Record<string, Uint8Array>; entry: string; resolveDir: string };

const extensions = ["", ".ts", ".tsx", ".mts", ".js", ".jsx", ".mjs", ".cjs", ".json"];
/** Relative specifiers of imports, exports and requires. Too many matches do no harm: what is not there is not read. */
const specifiers = /(?:\bfrom\s*|\bimport\s*\(?\s*|\brequire\s*\(\s*)(["'])(\.{1,2}\/[^"'\n]*|\.{1,2})\1/g;
const largestSourceBytes = 5 << 20;

/**
 * The entry file and every file it imports by a relative path, directly or not, named from their common folder.
 * npm packages are resolved from the entry's folder by the bundler.
 * @throws Failure when the entry cannot be read
 */
export async function readSources(path: string): Promise<Sources> {
  const entry = resolve(path);
  const contents = new Map<string, Uint8Array>();
  let total = 0;
  const waiting = [entry];
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (contents.has(file)) continue;
    const content = await readFile(file).catch((error: NodeJS.ErrnoException) => {
      const why = error.code === "ENOENT" ? "there is no such file" : error.code === "EISDIR" ? "it is a folder; name the entry file" : error.message;
      throw new Failure(exitCodes.usage, `${path}: ${why}`);
    });
    total += content.length;
    if (total > largestSourceBytes) throw new Failure(exitCodes.usage, `${path}: its sources are larger than ${largestSourceBytes >> 20} MiB`);
    contents.set(file, content);
    if (file.endsWith(".json")) continue;
    for (const [, , specifier] of content.toString("utf8").matchAll(specifiers)) {
      const found = await locate(resolve(dirname(file), specifier!));
      if (found) waiting.push(found);
    }
  }
  const folder = commonFolder([...contents.keys()]);
  const name = (file: string) => relative(folder, file).split(sep).join("/");
  return { files: Object.fromEntries([...contents].map(([file, content]) => [name(file), content])), entry: name(entry), resolveDir: dirname(entry) };
}

/** Whether any of the files imports something that is not a relative path: an npm package. */
export function importsPackages(sources: Sources): boolean {
  const bare = /(?:\bfrom\s*|\bimport\s*\(?\s*|\brequire\s*\(\s*)(["'])[^"'./\n][^"'\n]*\1/;
  return Object.entries(sources.files).some(([file, content]) => !file.endsWith(".json") && bare.test(Buffer.from(content).toString("utf8")));
}

async function locate(path: string): Promise<string | undefined> {
  // TypeScript's habit of naming the file that will be made from the source.
  const bases = [path, join(path, "index")].flatMap((base) => [base, base.replace(/\.([cm]?)js(x?)$/, ".$1ts$2")]);
  for (const base of bases) {
    for (const extension of extensions) {
      if (
        await stat(base + extension).then(
          (found) => found.isFile(),
          () => false,
        )
      )
        return base + extension;
    }
  }
  return undefined;
}

function commonFolder(files: string[]): string {
  let folder = dirname(files[0]!);
  while (!files.every((file) => file.startsWith(folder.endsWith(sep) ? folder : folder + sep))) folder = dirname(folder);
  return folder;
}

/** What is said of a diagnostic on a terminal: place, message and the lines around it. */
export function formatDiagnostic(diagnostic: Diagnostic): string {
  const place = diagnostic.line > 0 ? `${diagnostic.file}:${diagnostic.line}:${diagnostic.column}: ` : `${diagnostic.file}: `;
  return `${place}${diagnostic.severity}: ${diagnostic.message}${diagnostic.codeFrame ? `\n${diagnostic.codeFrame}` : ""}`;
}

/** Compile what `path` names. Warnings go to stderr. @throws Failure with every diagnostic when it does not compile */
export async function compileFile(path: string, kind: "handler" | "script" = "handler", adapter?: "lambda"): Promise<CompileResult> {
  return compileSources(await readSources(path), path, kind, adapter);
}

/** The same for sources that were read already. */
export async function compileSources(sources: Sources, path: string, kind: "handler" | "script", adapter?: "lambda"): Promise<CompileResult> {
  const { compileHandler } = await import("@zerostart/build");
  const compiled = await compileHandler({ ...sources, kind, adapter });
  const shown = compiled.diagnostics.map(formatDiagnostic).join("\n\n");
  if (!compiled.ok) throw new Failure(exitCodes.failed, shown || `${path} does not compile`, { diagnostics: compiled.diagnostics });
  if (shown) console.error(shown);
  return compiled;
}
