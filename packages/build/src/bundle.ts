/**
 * Bundling with esbuild: the handler's own files come from memory, npm packages from a folder on disk. What a handler
 * imports is code of somebody unknown: no path outside its own files and its packages is read.
 */
import { SourceMap } from "node:module";
import type { Loader, Message, Plugin } from "esbuild";
import { codeFrame } from "./code-frame.ts";
import type { Diagnostic } from "./compile.ts";

export interface OriginMap {
  /** Place in the original files of a place in the bundle; from 1. */
  original(line: number, column: number): { file: string; line: number; column: number } | undefined;
}
export type Bundle = { ok: true; code: string; diagnostics: Diagnostic[]; map?: OriginMap } | { ok: false; diagnostics: Diagnostic[] };

const namespace = "handler";
const extensions = ["", ".ts", ".tsx", ".mts", ".js", ".jsx", ".mjs", ".cjs", ".json", "/index.ts", "/index.tsx", "/index.js", "/index.jsx"];
const loaders: Record<string, Loader> = {
  ts: "ts",
  mts: "ts",
  cts: "ts",
  tsx: "tsx",
  js: "jsx",
  jsx: "jsx",
  mjs: "jsx",
  cjs: "jsx",
  json: "json",
  txt: "text",
  html: "text",
  css: "text",
  md: "text",
  svg: "text",
};

/** Whether a source refers to other modules, or is written as CommonJS. Too often yes is harmless. */
export function needsBundling(source: string, files: Map<string, string>, entry: string): boolean {
  if (entry.endsWith(".json")) return true;
  if (/@jsxImportSource\b/.test(source)) return true;
  if (/\bimport\s*(?:[\w*{"'`(\s]|\/[*/])/.test(source) && /\b(?:from|import)\s*(?:\(\s*)?["'`]/.test(source)) return true;
  if (/\bexport\s+(?:\*|\{[^}]*\})\s*(?:as\s+[\w$]+\s*)?from\b/.test(source)) return true;
  return (files.size > 1 && /\brequire\s*\(/.test(source)) || /\bmodule\.exports\b|\brequire\s*\(\s*["']/.test(source);
}

/** Where JSX without a library would come from, for a bundle that other runtimes run. */
const ownJsxSource = "zerostart";

/** @param runsElsewhere on other runtimes than ours, which know nothing of our JSX: it is refused */
export async function bundle(files: Map<string, string>, entry: string, resolveDir: string | undefined, runsElsewhere = false): Promise<Bundle> {
  const usesJsxRuntime = [...files.values()].some((text) => /@jsxImportSource\b/.test(text));
  // Loaded when it is wanted: most handlers import nothing.
  const { build } = await import("esbuild");
  try {
    const result = await build({
      entryPoints: [entry],
      bundle: true,
      write: false,
      format: "esm",
      target: "esnext",
      platform: "browser",
      // As other edge runtimes do: a package's browser build, or its map that leaves Node's modules out, before its Node build.
      mainFields: ["browser", "module", "main"],
      conditions: ["worker", "browser", "import", "default"],
      jsx: usesJsxRuntime || runsElsewhere ? "automatic" : "preserve",
      ...(runsElsewhere && !usesJsxRuntime && { jsxImportSource: ownJsxSource }),
      sourcemap: "external",
      sourcesContent: false,
      outfile: "bundle.js",
      charset: "utf8",
      legalComments: "none",
      logLevel: "silent",
      treeShaking: true,
      define: { "process.env.NODE_ENV": '"production"' },
      plugins: [memoryFiles(files, entry, resolveDir)],
      tsconfigRaw: "{}",
    });
    const code = result.outputFiles.find((f) => f.path.endsWith(".js"))!.text;
    const map = result.outputFiles.find((f) => f.path.endsWith(".map"))!.text;
    return { ok: true, code, diagnostics: result.warnings.map((m) => toDiagnostic(m, "warning", files, entry)), map: originMap(map) };
  } catch (error) {
    const errors = (error as { errors?: Message[] }).errors;
    if (!errors) throw error;
    return { ok: false, diagnostics: errors.map((m) => toDiagnostic(m, "error", files, entry)) };
  }
}

function memoryFiles(files: Map<string, string>, entry: string, resolveDir: string | undefined): Plugin {
  return {
    name: "handler-files",
    setup(setup) {
      setup.onResolve({ filter: /.*/ }, (args) => {
        // esbuild puts ./ before an entry that happens to be in its working folder too.
        if (args.kind === "entry-point") return { path: entry, namespace };
        // Packages resolve their own files as esbuild does, from where they lie.
        if (args.namespace !== namespace) return args.path.startsWith("/") || /^[a-z]+:/i.test(args.path) ? refuse(args.path) : undefined;
        if (/^\.\.?(?:\/|$)/.test(args.path)) return relative(files, args.importer, args.path);
        if (args.path.startsWith("/") || /^[a-z]+:/i.test(args.path) || args.path.split("/").includes("..")) return refuse(args.path);
        if (args.path === `${ownJsxSource}/jsx-runtime`)
          return { errors: [{ text: "JSX that renders to HTML by itself is Zerostart's own: other runtimes need a JSX library here (@jsxImportSource)" }] };
        if (!resolveDir)
          return { errors: [{ text: `Cannot find the package "${args.path}": packages are resolved from the handler's folder, and none was given` }] };
        return setup.resolve(args.path, { resolveDir, kind: args.kind, namespace: "file", importer: resolveDir });
      });
      setup.onLoad({ filter: /.*/, namespace }, (args) => ({
        contents: files.get(args.path)!,
        loader: loaders[args.path.split(".").at(-1)!.toLowerCase()] ?? "text",
        resolveDir,
      }));
    },
  };
}

function refuse(path: string): { errors: { text: string }[] } {
  const why = path.startsWith("node:")
    ? "Node's built-in modules are not available in a handler"
    : "only the handler's own files and npm packages can be imported";
  return { errors: [{ text: `Cannot import "${path}": ${why}` }] };
}

function relative(files: Map<string, string>, importer: string, path: string): { path: string; namespace: string } | { errors: { text: string }[] } {
  const parts = importer.split("/").slice(0, -1);
  for (const part of path.split("/")) {
    if (part === "..") {
      if (parts.length === 0) return { errors: [{ text: `Cannot import "${path}": it leads out of the handler's folder` }] };
      parts.pop();
    } else if (part && part !== ".") parts.push(part);
  }
  const base = parts.join("/");
  // TypeScript lets an import name the .js file that its .ts file will become.
  const candidates = [
    ...extensions.map((e) => base + e),
    ...(/\.[cm]?jsx?$/.test(base) ? [base.replace(/js(x?)$/, "ts$1"), base.replace(/\.js$/, ".tsx")] : []),
  ];
  const found = candidates.find((c) => files.has(c));
  return found !== undefined ? { path: found, namespace } : { errors: [{ text: `Cannot find "${path}" among the handler's files` }] };
}

function toDiagnostic(message: Message, severity: "error" | "warning", files: Map<string, string>, entry: string): Diagnostic {
  const at = message.location;
  if (!at) return { severity, message: message.text, file: entry, line: 0, column: 0, codeFrame: "", code: "bundle" };
  const file = at.file.replace(/^handler:/, "");
  const source = files.get(file);
  // esbuild counts columns in UTF-8 bytes, from 0.
  const column = Buffer.from(at.lineText).subarray(0, at.column).toString().length + 1;
  return {
    severity,
    message: message.text,
    file,
    line: at.line,
    column,
    codeFrame: source === undefined ? codeFrame(at.lineText, 1, column) : codeFrame(source, at.line, column),
    code: "bundle",
  };
}

function originMap(json: string): OriginMap {
  const map = new SourceMap(JSON.parse(json) as ConstructorParameters<typeof SourceMap>[0]);
  return {
    original(line, column) {
      const entry = map.findEntry(line - 1, column - 1);
      // A file that a package's browser map empties has no source.
      if (!("originalSource" in entry) || !entry.originalSource) return undefined;
      return { file: entry.originalSource.replace(/^handler:/, ""), line: entry.originalLine + 1, column: entry.originalColumn + 1 };
    },
  };
}
