"use client";
import { phases, type PhaseName } from "@zerostart/protocol";
import type { Outputs } from "../../../lib/api.ts";

export type Sample = Outputs["coldStarts"]["list"]["samples"][number];

export const phaseColor = (phase: PhaseName) => `var(--phase-${phase})`;
export const phaseLabel = (phase: string) => phases.find((p) => p.name === phase)?.label ?? phase;

export function presentPhases(samples: Sample[]): PhaseName[] {
  const seen = new Set(samples.flatMap((s) => s.phases.map((p) => p.phase)));
  return phases.filter((p) => seen.has(p.name)).map((p) => p.name);
}

/** The phases that occur, in the table's order. */
export function PhaseLegend({ present }: { present: PhaseName[] }) {
  return (
    <ul className="flex flex-wrap gap-x-4 gap-y-1 text-xs text-muted" aria-label="Phases">
      {phases
        .filter((p) => present.includes(p.name))
        .map((p) => (
          <li key={p.name} className="flex items-center gap-1.5">
            <span aria-hidden className="size-2.5 rounded-[3px]" style={{ background: phaseColor(p.name) }} />
            {p.label}
          </li>
        ))}
    </ul>
  );
}
