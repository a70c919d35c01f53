/** Which cold parts of an image (cold-parts.ts) stay packed beside a handler whose first request was rehearsed. */
import { payloadLayout } from "@zerostart/protocol/payload-layout.ts";
import type { MemoryImage } from "@zerostart/vm/image.ts";

type ColdRanges = NonNullable<MemoryImage["cold"]>;

/** COLD_PIECE and COLD_PARTS of host.h. */
export const pieceBytes = payloadLayout.coldPiece;
export const maxParts = 4;

/** Between pieces that are known to be touched there are others; so many at most are taken for such where few are known. */
const nearbyPieces = 3;
/** A part costs a mapping, 3 to 4 µs at each start. */
const leastPieces = 4;

/**
 * What of an image's cold parts stays packed when a handler's first request touches these words of 8 bytes (their addresses divided by 8): a piece that it needs costs it 75 µs,
 * a start that has it in the file almost nothing.
 */
export function coldBeside(words: readonly number[], cold: ColdRanges): ColdRanges {
  const parts = cold.flatMap(({ start, end }) => {
    const pieces = Math.ceil((end - start) / pieceBytes);
    const touched = [...new Set(words.filter((word) => word * 8 >= start && word * 8 < end).map((word) => Math.floor((word * 8 - start) / pieceBytes)))];
    touched.sort((a, b) => a - b);
    if (touched.length === 0) return [{ start, end }];
    const nearby = Math.max(nearbyPieces, touched.length);
    const bounds = [-1, ...touched, pieces];
    return bounds.slice(1).flatMap((next, i) => {
      const first = bounds[i]! + 1;
      const least = next - first <= nearby ? Infinity : leastPieces;
      return next - first < least ? [] : [{ start: start + first * pieceBytes, end: Math.min(end, start + next * pieceBytes) }];
    });
  });
  while (parts.length > maxParts) parts.splice(parts.indexOf(parts.reduce((a, b) => (b.end - b.start < a.end - a.start ? b : a))), 1);
  return parts;
}
