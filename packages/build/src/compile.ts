/** From a handler's files to bytecode: bundling where it imports, then our compiler. */
import { compile, type Diagnostic as CompilerDiagnostic } from "@zerostart/compiler";
import { recordOrigins } from "@zerostart/compiler/origins.ts";
import { bytecodeSections } from "./artifact.ts";
import { type Bundle, bundle, needsBundling } from "./bundle.ts";
import { codeFrame } from "./code-frame.ts";
import { withAdapter } from "./adapters/with-adapter.ts";

export interface Diagnostic {
  severity: "error" | "warning";
  message: string;
  file: string;
  /** From 1; 0 when no place is known. */
  line: number;
  /** From 1; 0 when no place is known. */
  column: number;
  codeFrame: string;
  code?: string;
}
export interface CompileInput {
  /** Path -> content, paths relative with forward slashes. */
  files: Record<string, Uint8Array | string>;
  /** One of the paths. */
  entry: string;
  /** A folder on disk from which npm packages are resolved; none unless given. */
  resolveDir?: string;
  /** "script": no exports are expected. */
  kind?: "handler" | "script";
  /** What stands between the handler and who calls it, bundled with it: "lambda" takes the events of AWS Lambda. */
  adapter?: "lambda" | undefined;
}
export interface CompileResult {
  ok: boolean;
  diagnostics: Diagnostic[];
  /** The one source text that was compiled. */
  bundledSource?: string;
  /** The name it was compiled under: its extension says which language it is in. */
  bundledName?: string;
  bytecode?: Uint8Array;
  sections?: { name: string; sizeBytes: number }[];
  sourceBytes: number;
  bytecodeBytes: number;
  /** Of a bundle: a source map of the positions that stack traces name. A program that compiles `bundledSource` itself needs it. */
  originMap?: () => string;
  /** Rewrites positions in the bundled text to the original files. Stack traces of artifacts name those already. */
  mapStack?: (stack: string) => string;
}

/** Larger sources are refused: nothing that is meant as a handler is. */
export const maxSourceBytes = 32 << 20;

/** Compile a handler. Never throws for the user's errors: see diagnostics. */
export async function compileHandler(input: CompileInput): Promise<CompileResult> {
  const read = readSources(input.files, input.entry);
  if ("ok" in read) return read;
  const { texts, entry, source, sourceBytes } = read;
  const bundled: Bundle = input.adapter
    ? await bundle(...(await withAdapter(texts, entry, input.adapter)), input.resolveDir)
    : needsBundling(source, texts, entry)
      ? await bundle(texts, entry, input.resolveDir)
      : { ok: true, code: source, diagnostics: [] };
  if (!bundled.ok) return { ok: false, diagnostics: bundled.diagnostics, sourceBytes, bytecodeBytes: 0 };
  const bundledName = bundled.map ? `${entry.replace(/\.\w+$/, "")}.bundle.jsx` : entry;
  const origins = bundled.map && recordOrigins(bundled.map.original);
  const compileAs = (sourceType: "script" | "module") =>
    compile(bundled.code, { filename: bundledName, sourceType, ...(origins ? { origin: origins.origin } : {}) });
  // What is a module is told by its name, or as Node does by its syntax: it does not compile as a script, but as a module.
  let compiled = compileAs(input.kind === "script" && !/\.m[jt]s$/.test(entry) ? "script" : "module");
  if (!compiled.ok && input.kind === "script") {
    const asModule = compileAs("module");
    if (asModule.ok) compiled = asModule;
  }
  const found = compiled.ok ? compiled.warnings : compiled.diagnostics;
  const diagnostics = [...bundled.diagnostics, ...found.map((d) => place(d, bundled, texts, entry))];
  const result: CompileResult = { ok: compiled.ok, diagnostics, bundledSource: bundled.code, bundledName, sourceBytes, bytecodeBytes: 0 };
  if (bundled.map) result.mapStack = (stack) => mapStack(stack, bundledName, bundled.map!);
  if (!compiled.ok) return result;
  if (origins) result.originMap = origins.toJson;
  return { ...result, bytecode: compiled.bytecode, bytecodeBytes: compiled.bytecode.length, sections: bytecodeSections(compiled.bytecode) };
}

/** The files as text, under plain paths; or why they are none of ours. */
export function readSources(files: CompileInput["files"], entryPath: string): Sources | CompileResult {
  const texts = new Map<string, string>();
  let sourceBytes = 0;
  for (const [path, content] of Object.entries(files)) {
    const bytes = typeof content === "string" ? Buffer.byteLength(content) : content.length;
    sourceBytes += bytes;
    if (sourceBytes > maxSourceBytes) return failed(entryPath, `the source is larger than ${maxSourceBytes >> 20} MiB`, sourceBytes, "source-too-large");
    texts.set(normalise(path), typeof content === "string" ? content : decodeUtf8(content));
  }
  const entry = normalise(entryPath);
  const source = texts.get(entry);
  if (source === undefined) return failed(entryPath, "the entry file is not among the files", sourceBytes, "no-entry");
  for (const [path, text] of texts) {
    if (text.includes("\0") && /\.[cm]?[jt]sx?$/.test(path)) return failed(path, "this is not a text file", sourceBytes, "not-text");
  }
  return { texts, entry, source, sourceBytes };
}
type Sources = { texts: Map<string, string>; entry: string; source: string; sourceBytes: number };

function failed(file: string, message: string, sourceBytes: number, code: string): CompileResult {
  return { ok: false, diagnostics: [{ severity: "error", message, file, line: 0, column: 0, codeFrame: "", code }], sourceBytes, bytecodeBytes: 0 };
}

export function normalise(path: string): string {
  const out: string[] = [];
  for (const part of path.replaceAll("\\", "/").split("/")) {
    if (part === "..") out.pop();
    else if (part && part !== ".") out.push(part);
  }
  return out.join("/");
}

function decodeUtf8(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

/** A compiler's diagnostic at its place in the original files. */
function place(d: CompilerDiagnostic, bundled: Bundle & { ok: true }, texts: Map<string, string>, entry: string): Diagnostic {
  const origin = bundled.map?.original(d.line, d.column);
  const file = origin?.file ?? entry;
  const line = origin?.line ?? (bundled.map ? 0 : d.line);
  const column = origin?.column ?? (bundled.map ? 0 : d.column);
  const text = texts.get(file);
  const frame = bundled.map
    ? text !== undefined && line > 0
      ? codeFrame(text, line, column)
      : codeFrame(bundled.code, d.line, d.column)
    : d.codeFrame || codeFrame(bundled.code, d.line, d.column);
  return { severity: d.severity, message: d.message, file, line, column, codeFrame: frame };
}

/** Only places in the bundle are meant: a time of day, say, stays as it is. */
function mapStack(stack: string, bundleName: string, map: NonNullable<(Bundle & { ok: true })["map"]>): string {
  return stack
    .split(/(?<![\w./@-])(?=[\w./@-]+:\d+:\d+)/)
    .map((part) => {
      if (!part.startsWith(`${bundleName}:`)) return part;
      return part.slice(bundleName.length).replace(/^:(\d+):(\d+)/, (_whole, line, column) => {
        const origin = map.original(Number(line), Number(column));
        return origin ? `${origin.file}:${origin.line}:${origin.column}` : `${bundleName}:${line}:${column}`;
      });
    })
    .join("");
}
