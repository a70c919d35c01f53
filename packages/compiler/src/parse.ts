/** Source text to syntax tree: plain acorn for JavaScript, with the JSX or TypeScript plugin where the file name asks for it. */
import { tsPlugin } from "@sveltejs/acorn-typescript";
import { Parser, type Options, type Program } from "acorn";
import jsx from "acorn-jsx";
import { CompileError } from "./diagnostics.ts";

export interface ParseResult {
  readonly program: Program;
  readonly typescript: boolean;
  /** JSX may occur. */
  readonly jsx: boolean;
}

let jsxParser: typeof Parser | null = null;
let tsParser: typeof Parser | null = null;
let tsxParser: typeof Parser | null = null;

/** Throws CompileError for syntax errors. */
export function parse(source: string, filename: string, sourceType: "module" | "script", forceTypescript = false): ParseResult {
  const extension = /\.[^./\\]*$/.exec(filename)?.[0].toLowerCase() ?? "";
  const options: Options = { ecmaVersion: "latest", sourceType, allowHashBang: true };
  try {
    switch (forceTypescript ? ".ts" : extension) {
      case ".ts":
      case ".mts":
      case ".cts":
        tsParser ??= Parser.extend(tsPlugin());
        return { program: tsParser.parse(source, { ...options, locations: true }), typescript: true, jsx: false };
      case ".tsx":
        tsxParser ??= Parser.extend(tsPlugin({ jsx: true }));
        return { program: tsxParser.parse(source, { ...options, locations: true }), typescript: true, jsx: true };
      case ".jsx":
        return { program: parseJsx(source, options), typescript: false, jsx: true };
    }
    try {
      return { program: Parser.parse(source, options), typescript: false, jsx: false };
    } catch (error) {
      // JSX in a .js file is common; its error is the plain parser's when it does not help.
      if (!(error instanceof SyntaxError) || !source.includes("<")) throw error;
      try {
        return { program: parseJsx(source, options), typescript: false, jsx: true };
      } catch {
        throw error;
      }
    }
  } catch (error) {
    if (error instanceof SyntaxError && typeof (error as { pos?: unknown }).pos === "number") {
      throw new CompileError(error.message.replace(/ \(\d+:\d+\)$/, ""), (error as unknown as { pos: number }).pos);
    }
    throw error;
  }
}

function parseJsx(source: string, options: Options): Program {
  jsxParser ??= Parser.extend(jsx());
  return jsxParser.parse(source, options);
}
