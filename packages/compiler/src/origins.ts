/**
 * Where the text of a bundle came from, as a source map (ECMA-426) of just the positions that its line tables name. A program that compiles its own source
 * carries one, so that its stack traces name the original files too.
 */
import { decode, encode, type SourceMapSegment } from "@jridgewell/sourcemap-codec";
import type { CompileOptions } from "./compile.ts";

type Origin = NonNullable<CompileOptions["origin"]>;

/** Asks `origin`, and keeps what it answered. */
export function recordOrigins(origin: Origin): { origin: Origin; toJson: () => string } {
  const lines: SourceMapSegment[][] = [];
  const sources = new Map<string, number>();
  return {
    origin(line, column) {
      const from = origin(line, column);
      if (from) {
        let source = sources.get(from.file);
        if (source === undefined) sources.set(from.file, (source = sources.size));
        while (lines.length < line) lines.push([]);
        lines[line - 1]!.push([column - 1, source, from.line - 1, from.column - 1]);
      }
      return from;
    },
    toJson() {
      for (const line of lines) line.sort((a, b) => a[0] - b[0]);
      return JSON.stringify({ version: 3, sources: [...sources.keys()], mappings: encode(lines) });
    },
  };
}

/** The answers that `recordOrigins` kept; none for any other position. */
export function originsOf(json: string): Origin {
  const { sources, mappings } = JSON.parse(json) as { sources: string[]; mappings: string };
  const lines = decode(mappings);
  return (line, column) => {
    const segments = lines[line - 1] ?? [];
    let low = 0;
    let high = segments.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (segments[middle]![0] < column - 1) low = middle + 1;
      else high = middle;
    }
    const segment = segments[low];
    return segment?.length === 4 && segment[0] === column - 1 ? { file: sources[segment[1]]!, line: segment[2] + 1, column: segment[3] + 1 } : undefined;
  };
}
