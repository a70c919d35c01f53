/** What an experiment compares, as it is stored and shown. */
import { knobs, launchMode, targetTriple, type Knobs } from "@zerostart/protocol";
import { z } from "zod";

export const maxVariants = 16;

/** One cell of the matrix, before its build is known. */
export const variantInput = z.object({
  versionId: z.string().optional(),
  mode: launchMode,
  target: targetTriple,
  /** The program keeps its symbol table. */
  symbols: z.boolean().default(false),
  knobs: knobs.default({}),
});

export const storedVariants = z.array(z.object({ label: z.string(), buildId: z.string(), knobs }));
export type StoredVariant = z.infer<typeof storedVariants>[number];

const knobLabels: { [name in keyof Knobs]-?: (value: NonNullable<Knobs[name]>) => string } = {
  cpuMs: (v) => `CPU ${v} ms`,
  heapMb: (v) => `heap ${v} MB`,
  pool: (v) => `pool ${v}`,
  prewarm: (v) => `prewarm ${v}`,
  sandbox: (v) => (v ? "sandbox" : "no sandbox"),
  pages: (v) => `${v} pages`,
};

export function knobText(values: Knobs): string {
  return (Object.keys(knobLabels) as (keyof Knobs)[])
    .flatMap((name) => {
      const value = values[name];
      return value === undefined ? [] : [(knobLabels[name] as (value: number | boolean | string) => string)(value)];
    })
    .join(", ");
}

type Facts = { mode: string; target: string; symbols: boolean; versionNumber: number; knobs: Knobs };

/** Names each variant by what tells it from the others, and by its mode when nothing does. */
export function labelVariants(list: Facts[]): string[] {
  const differs = (pick: (v: Facts) => unknown) => new Set(list.map((v) => JSON.stringify(pick(v)))).size > 1;
  const parts = [
    differs((v) => v.versionNumber) ? (v: Facts) => `v${v.versionNumber}` : undefined,
    differs((v) => v.mode) || list.length === 1 ? (v: Facts) => v.mode : undefined,
    differs((v) => v.target) ? (v: Facts) => v.target : undefined,
    differs((v) => v.symbols) ? (v: Facts) => (v.symbols ? "with symbols" : "stripped") : undefined,
    differs((v) => v.knobs) ? (v: Facts) => knobText(v.knobs) || "defaults" : undefined,
  ].filter((part) => part !== undefined);
  return list.map((v) => parts.map((part) => part(v)).join(", ") || v.mode);
}
