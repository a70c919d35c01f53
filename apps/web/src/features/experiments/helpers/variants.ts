/** What an experiment compares, as it is stored and shown. */
import { artifactMode, artifactTarget, knobs, runtimes, type Knobs, type RuntimeName } from "@zerostart/protocol";
import { z } from "zod";
import { primeInput } from "../../builds/helpers/prime.ts";

export const maxVariants = 16;

/** One cell of the matrix, before its build is known. Node, Deno or Bun instead of us: mode `module`, target `any`, and the runtime as the one knob. */
export const variantInput = z
  .object({
    versionId: z.string().optional(),
    mode: artifactMode,
    target: artifactTarget,
    /** The program keeps its symbol table. */
    symbols: z.boolean().default(false),
    /** Paths that it is asked for when its snapshot is made. */
    prime: primeInput.default([]),
    knobs: knobs.default({}),
  })
  .refine(({ mode, target, knobs: { runtime } }) => (mode === "module") === (target === "any") && (mode === "module") === (runtime !== undefined), {
    error: "a variant of another runtime has the mode module, the target any and the knob runtime; no other variant has any of them",
  })
  .refine(
    ({ knobs: { runtime, ...rest }, symbols, prime }) =>
      runtime === undefined || (!symbols && prime.length === 0 && Object.values(rest).every((value) => value === undefined)),
    {
      error: "another runtime knows none of our settings",
    },
  );

export const storedVariants = z.array(z.object({ label: z.string(), buildId: z.string(), knobs }));
export type StoredVariant = z.infer<typeof storedVariants>[number];

const knobLabels: { [name in keyof Knobs]-?: (value: NonNullable<Knobs[name]>) => string } = {
  cpuMs: (v) => `CPU ${v} ms`,
  heapMb: (v) => `heap ${v} MB`,
  pool: (v) => `pool ${v}`,
  prewarm: (v) => `prewarm ${v}`,
  sandbox: (v) => (v ? "sandbox" : "no sandbox"),
  pages: (v) => `${v} pages`,
  affinity: (v) => `affinity ${v}`,
  runtime: (v) => runtimeLabel(v),
};

export const runtimeLabel = (name: RuntimeName): string => runtimes.find((r) => r.name === name)?.label ?? name;

export function knobText(values: Knobs): string {
  return (Object.keys(knobLabels) as (keyof Knobs)[])
    .flatMap((name) => {
      const value = values[name];
      return value === undefined ? [] : [(knobLabels[name] as (value: number | boolean | string) => string)(value)];
    })
    .join(", ");
}

type Facts = { mode: string; target: string; symbols: boolean; prime: readonly string[]; versionNumber: number; knobs: Knobs };

const primeLabel = (paths: readonly string[], isOneOfSeveral: boolean) =>
  paths.length === 0 ? "not primed" : isOneOfSeveral ? `primed with ${paths.join(" ")}` : "primed";

/** An experiment's name when it is given none: "A or B", of many the first and how many others. */
export function titleOf(labels: readonly string[]): string {
  const [first = "", ...others] = labels;
  const all = labels.join(" or ");
  return all.length <= 80 ? all : `${first.length <= 80 ? first : `${first.slice(0, 79)}…`} or ${others.length} other${others.length === 1 ? "" : "s"}`;
}

/** Names each variant by what tells it from the others, and by its mode when nothing does. One of another runtime is named by that, and has none of what else may differ. */
export function labelVariants(all: Facts[]): string[] {
  const list = all.filter(({ knobs: { runtime } }) => runtime === undefined);
  const differs = (pick: (v: Facts) => unknown, among = list) => new Set(among.map((v) => JSON.stringify(pick(v)))).size > 1;
  const version = differs((v) => v.versionNumber, all) ? (v: Facts) => `v${v.versionNumber}` : undefined;
  const parts = [
    version,
    differs((v) => v.mode) || list.length === 1 || list.length < all.length ? (v: Facts) => v.mode : undefined,
    differs((v) => v.target) ? (v: Facts) => v.target : undefined,
    differs((v) => v.symbols) ? (v: Facts) => (v.symbols ? "with symbols" : "stripped") : undefined,
    differs((v) => v.prime)
      ? (v: Facts) => primeLabel(v.prime, new Set(list.filter((w) => w.prime.length > 0).map((w) => w.prime.join())).size > 1)
      : undefined,
    differs((v) => v.knobs) ? (v: Facts) => knobText(v.knobs) || "defaults" : undefined,
  ].filter((part) => part !== undefined);
  return all.map((v) => {
    const { runtime } = v.knobs;
    if (runtime !== undefined) return [...(version ? [version(v)] : []), runtimeLabel(runtime)].join(", ");
    return parts.map((part) => part(v)).join(", ") || v.mode;
  });
}
