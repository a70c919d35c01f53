/** The lines around a place in a source, with a caret under it. */
const context = 2;
const widest = 160;

/** `line` and `column` from 1. Long lines are cut around the place; tabs count as one column. */
export function codeFrame(source: string, line: number, column: number): string {
  const lines = source.split(/\r\n|[\n\r\u2028\u2029]/);
  if (line < 1 || line > lines.length) return "";
  const first = Math.max(1, line - context);
  const last = Math.min(lines.length, line + context);
  const gutter = String(last).length;
  const cut = column > widest - 20 ? column - 60 : 0;
  const out: string[] = [];
  for (let n = first; n <= last; n++) {
    const text = lines[n - 1]!.replaceAll("\t", " ").slice(cut, cut + widest);
    out.push(`${n === line ? ">" : " "} ${String(n).padStart(gutter)} | ${text}`.trimEnd());
    if (n === line) out.push(`  ${" ".repeat(gutter)} | ${" ".repeat(Math.max(0, column - 1 - cut))}^`);
  }
  return out.join("\n");
}
