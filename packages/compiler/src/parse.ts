/** Source text to syntax tree: plain acorn for JavaScript, with the JSX or TypeScript plugin where the file name asks for it. */
import { tsPlugin } from "@sveltejs/acorn-typescript";
import { Parser, tokTypes, type Expression, type Options, type Program, type TokenType } from "acorn";
import jsx from "acorn-jsx";
import { CompileError } from "./diagnostics.ts";

export interface ParseResult {
  readonly program: Program;
  readonly typescript: boolean;
  /** JSX may occur. */
  readonly jsx: boolean;
}

/** The parts of acorn's parser that the plugin below works with; acorn's own types leave them out. */
interface ParserInside {
  type: TokenType & { binop: number | null };
  value: string;
  start: number;
  startLoc: unknown;
  next(): void;
  parseMaybeUnary(refDestructuringErrors: null, sawUnary: boolean, incDec: boolean, forInit: boolean): Expression;
  parseExprOp(left: Expression, start: number, startLoc: unknown, minPrecedence: number, forInit: boolean): Expression;
  buildBinary(start: number, startLoc: unknown, left: Expression, right: Expression, operator: string, logical: boolean): Expression;
  raiseRecoverable(position: number, message: string): void;
}

/** acorn's parseExprOp with a loop in place of its tail call, so that a chain of thousands of operators needs no stack. */
function iterativeOperators(Base: typeof Parser): typeof Parser {
  class Iterative extends Base {
    parseExprOp(this: ParserInside, left: Expression, start: number, startLoc: unknown, minPrecedence: number, forInit: boolean): Expression {
      let built = false;
      for (;;) {
        let precedence = this.type.binop;
        if (precedence === null || precedence === undefined || (forInit && this.type === tokTypes._in) || precedence <= minPrecedence) break;
        const logical = this.type === tokTypes.logicalOR || this.type === tokTypes.logicalAND;
        const coalesce = this.type === tokTypes.coalesce;
        // `??` mixes with neither || nor &&: its right side is parsed like theirs, then checked.
        if (coalesce) precedence = (tokTypes.logicalAND as ParserInside["type"]).binop!;
        const operator = this.value;
        this.next();
        const { start: rightStart, startLoc: rightLoc } = this;
        const right = this.parseExprOp(this.parseMaybeUnary(null, false, false, forInit), rightStart, rightLoc, precedence, forInit);
        left = this.buildBinary(start, startLoc, left, right, operator, logical || coalesce);
        built = true;
        if ((logical && this.type === tokTypes.coalesce) || (coalesce && (this.type === tokTypes.logicalOR || this.type === tokTypes.logicalAND))) {
          this.raiseRecoverable(this.start, "Logical expressions and coalesce expressions cannot be mixed. Wrap either by parentheses");
        }
      }
      // A plugin may know more operators (`as`, `satisfies`).
      return built ? this.parseExprOp(left, start, startLoc, minPrecedence, forInit) : left;
    }
  }
  return Iterative as unknown as typeof Parser;
}

/** Names declared in a scope, for the parser: it asks by indexOf, which on the thousands of a bundle's top level would take most of its time. */
class NameList extends Array<string> {
  private names: Set<string> | null = null;

  override push(name: string): number {
    this.names?.add(name);
    return super.push(name);
  }
  override indexOf(name: string): number {
    if (this.names === null) {
      if (this.length < 32) return super.indexOf(name);
      this.names = new Set(this);
    }
    return this.names.has(name) ? 0 : -1;
  }
}

/** The outermost scopes of a file keep their names in NameLists. Not for TypeScript, whose parser takes declarations back by shortening lists. */
function indexedNames(Base: typeof Parser): typeof Parser {
  interface Scopes {
    readonly scopeStack: { var: string[]; lexical: string[]; functions: string[] }[];
  }
  class Indexed extends (Base as unknown as new (...all: unknown[]) => { enterScope(flags: number): void }) {
    override enterScope(this: this & Scopes, flags: number): void {
      super.enterScope(flags);
      if (this.scopeStack.length > 2) return;
      const scope = this.scopeStack[this.scopeStack.length - 1]!;
      scope.var = new NameList();
      scope.lexical = new NameList();
      scope.functions = new NameList();
    }
  }
  return Indexed as unknown as typeof Parser;
}

const BaseParser = iterativeOperators(Parser);
const PlainParser = indexedNames(BaseParser);
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
        tsParser ??= BaseParser.extend(tsPlugin());
        return { program: tsParser.parse(source, { ...options, locations: true }), typescript: true, jsx: false };
      case ".tsx":
        tsxParser ??= BaseParser.extend(tsPlugin({ jsx: true }));
        return { program: tsxParser.parse(source, { ...options, locations: true }), typescript: true, jsx: true };
      case ".jsx":
        return { program: parseJsx(source, options), typescript: false, jsx: true };
    }
    try {
      return { program: PlainParser.parse(source, options), typescript: false, jsx: false };
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
      const message = error.message.replace(/ \(\d+:\d+\)$/, "");
      throw new CompileError(
        message.startsWith("Not enough stack space") ? "The source is nested too deeply" : message,
        (error as unknown as { pos: number }).pos,
      );
    }
    throw error;
  }
}

function parseJsx(source: string, options: Options): Program {
  jsxParser ??= indexedNames(BaseParser.extend(jsx()));
  return jsxParser.parse(source, options);
}
