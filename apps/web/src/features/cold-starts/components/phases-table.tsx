"use client";
import { phases } from "@zerostart/protocol";
import type { Outputs } from "../../../lib/api.ts";
import { formatNs, formatPercent } from "../../../lib/format.ts";
import { isOtherRuntime, type ExecutorName } from "../helpers/filter.ts";
import { phaseColor } from "./phases.tsx";

/** Each phase that occurs: its figures, what it is, and what makes it shorter. */
export function PhasesTable({ summary, executor }: { summary: NonNullable<Outputs["coldStarts"]["summary"]>; executor: ExecutorName }) {
  const sum = summary.phases.reduce((n, p) => n + p.p50Ns, 0);
  return (
    <div className="relative overflow-x-auto" tabIndex={0} role="region" aria-label="Phases">
      <table className="w-full text-sm">
        <thead>
          <tr className="border-b text-xs text-muted">
            {["Phase", "Median", "p95", "Share", "What it is", "What shrinks it"].map((h, i) => (
              <th key={h} scope="col" className={`px-4 py-2 font-medium whitespace-nowrap ${i > 0 && i < 4 ? "text-right" : "text-left"}`}>
                {h}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {phases.map((phase) => {
            const figures = summary.phases.find((p) => p.phase === phase.name);
            if (!figures || figures.maxNs === 0) return null;
            return (
              <tr key={phase.name} className="border-b last:border-b-0">
                <th scope="row" className="px-4 py-2 text-left font-medium whitespace-nowrap">
                  <span aria-hidden className="mr-2 inline-block size-2.5 rounded-[3px]" style={{ background: phaseColor(phase.name) }} />
                  {phase.label}
                </th>
                <td className="px-4 py-2 text-right whitespace-nowrap">{formatNs(figures.p50Ns)}</td>
                <td className="px-4 py-2 text-right whitespace-nowrap">{formatNs(figures.p95Ns)}</td>
                <td className="px-4 py-2 text-right whitespace-nowrap">{formatPercent(sum ? figures.p50Ns / sum : 0)}</td>
                <td className="min-w-48 px-4 py-2 text-muted">{phase.what}</td>
                <td className="min-w-48 px-4 py-2 text-muted">{isOtherRuntime(executor) ? "–" : phase.shrink}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
