/** What is wrong with a source text, for people: position, message and the lines around it. */

export interface Diagnostic {
  readonly severity: "error" | "warning";
  readonly message: string;
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  /** 1-based, in UTF-16 units. */
  readonly column: number;
  /** The line with its neighbours, numbered, and a caret under the column. */
  readonly codeFrame: string;
}

/** An expected error of the source at hand; `compile` turns it into a Diagnostic. */
export class CompileError extends Error {
  /** UTF-16 offset in the source. */
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

/** Start offset of each line; line terminators as in ECMA-262 (LF, CR, CRLF, U+2028, U+2029). */
export function lineStarts(source: string): number[] {
  const starts = [0];
  const length = source.length;
  for (let i = 0; i < length; i++) {
    const unit = source.charCodeAt(i);
    if (unit > 13 && unit < 0x2028) continue;
    if (unit === 13 && source.charCodeAt(i + 1) === 10) i++;
    else if (unit !== 10 && unit !== 13 && unit !== 0x2028 && unit !== 0x2029) continue;
    starts.push(i + 1);
  }
  return starts;
}

/** Index of the line that holds the offset. */
export function lineAt(starts: readonly number[], offset: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (starts[middle]! <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}

const CONTEXT_LINES = 2;
const MAX_WIDTH = 120;

/** Two lines of context each side; long lines are cut to a window around the column. */
export function codeFrame(source: string, starts: readonly number[], line: number, column: number): string {
  const first = Math.max(1, line - CONTEXT_LINES);
  const last = Math.min(starts.length, line + CONTEXT_LINES);
  const width = String(last).length;
  const cut = column > MAX_WIDTH - 20 ? column - MAX_WIDTH / 2 : 0;
  const rows: string[] = [];
  for (let n = first; n <= last; n++) {
    const end = n < starts.length ? starts[n]! : source.length;
    let text = source.slice(starts[n - 1]! + cut, Math.min(end, starts[n - 1]! + cut + MAX_WIDTH));
    text = text.replace(/[\r\n\u2028\u2029]+$/, "").replaceAll("\t", " ");
    rows.push(`${n === line ? ">" : " "} ${String(n).padStart(width)} | ${text}`.trimEnd());
    if (n === line) rows.push(`  ${" ".repeat(width)} | ${" ".repeat(column - 1 - cut)}^`);
  }
  return rows.join("\n");
}

export function diagnosticAt(severity: Diagnostic["severity"], message: string, file: string, source: string, offset: number): Diagnostic {
  const starts = lineStarts(source);
  const at = Math.max(0, Math.min(offset, source.length));
  const index = lineAt(starts, at);
  const column = at - starts[index]! + 1;
  return { severity, message, file, line: index + 1, column, codeFrame: codeFrame(source, starts, index + 1, column) };
}
