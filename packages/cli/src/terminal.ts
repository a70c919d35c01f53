/** What only a terminal gets: colours and a progress bar. */
import { styleText } from "node:util";

type Style = "red" | "green" | "yellow" | "dim" | "bold";

/** Plain when `stream`, where it is printed to, is no terminal, or NO_COLOR is set. */
export const colour = (style: Style, text: string, stream: NodeJS.WriteStream = process.stderr): string => styleText(style, text, { stream });

/** A line that is written over itself; nothing where there is no terminal. */
export function progress(what: string, done: number, total: number): void {
  if (!process.stderr.isTTY) return;
  const width = 24;
  const filled = Math.round((width * done) / total);
  process.stderr.write(done >= total ? "\r\x1b[K" : `\r${what} ${"█".repeat(filled)}${"░".repeat(width - filled)} ${done} of ${total} `);
}

/** Columns as wide as their widest cell. */
export function table(head: string[], rows: string[][]): string {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return all
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
