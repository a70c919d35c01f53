/** What readers of a program must know of the descriptor in it, `struct payload` of packages/vm/host/host.h. Little-endian. */
export const payloadLayout = {
  magic: "ZEROSTART\0PAYLD1",
  version: 3,
  /** Where linear memory begins in the process. */
  memoryBase: 0x20000000,
  /** In the descriptor: image ranges of 24 bytes, and behind them the cold parts: u32 count, at +8 parts of 24 bytes. */
  rangesAt: 192,
  maxRanges: 16,
  coldAt: 192 + 16 * 24,
  maxCold: 4,
  /** Bytes of a cold part that are packed together. */
  coldPiece: 16_384,
  /** In the table of a cold part, the two bits above where a piece begins: log2 of the lanes that its bytes were taken apart into. */
  lanesShift: 30,
} as const;
