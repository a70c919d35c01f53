"use client";
import { parseAsBoolean, useQueryState } from "nuqs";
import type { Outputs } from "../../../lib/api.ts";
import { formatNs } from "../../../lib/format.ts";
import { Button } from "../../../ui/button.tsx";
import { Card } from "../../../ui/card.tsx";
import { Tip } from "../../../ui/tip.tsx";
import { PhaseLegend, phaseColor, phaseLabel } from "../../cold-starts/components/phases.tsx";

type Experiment = Outputs["experiments"]["get"];
/** Where one variant takes so many times as long as another, the phases of the short one are nothing on the axis of both. */
const farApart = 10;
/** Narrower ones have no border, which would be all of them. */
const borderedShare = 0.01;

/** Median phases of every variant: on one time axis, or each over the whole width. */
export function PhasesCard({ variants, figures }: { variants: Experiment["variants"]; figures: Experiment["results"][number]["variants"] }) {
  const [isApart, setApart] = useQueryState("apart", parseAsBoolean.withDefault(false));
  const sums = figures.map((v) => v.phases.reduce((n, p) => n + p.ns, 0));
  const longest = Math.max(1, ...sums);
  const canBeApart = longest >= farApart * Math.min(...sums.filter((ns) => ns > 0));
  const hasElsewhere = variants.some((v) => v.knobs.runtime !== undefined);
  return (
    <Card
      title="Phases"
      note={`Medians phase by phase, ${isApart && canBeApart ? "each bar an axis of its own" : "one time axis"}; they need not add up to the median total`}
      actions={
        canBeApart && (
          <Button size="sm" aria-pressed={isApart} onClick={() => void setApart(!isApart)}>
            {isApart ? "One time axis" : "Each at full width"}
          </Button>
        )
      }
    >
      <figure aria-label="Median of each phase by variant" className="m-0 flex flex-col gap-2">
        {figures.map((v, i) => {
          const width = isApart && canBeApart ? (sums[i] ?? 1) : longest;
          return (
            <div key={variants[i]?.label} className="grid grid-cols-[8rem_1fr_4.5rem] items-center gap-3 text-[13px] sm:grid-cols-[11rem_1fr_5rem]">
              <span className="truncate" title={variants[i]?.label}>
                {variants[i]?.label}
              </span>
              <span className="flex h-5 overflow-hidden rounded bg-raised">
                {v.phases.map((p) => (
                  <Tip key={p.phase} text={`${phaseLabel(p.phase)}: ${formatNs(p.ns)}`}>
                    <span
                      tabIndex={0}
                      role="img"
                      aria-label={`${phaseLabel(p.phase)} ${formatNs(p.ns)}`}
                      className={`h-full ${p.ns / width >= borderedShare ? "border-r border-surface last:border-r-0" : ""}`}
                      style={{ width: `${(p.ns / width) * 100}%`, background: phaseColor(p.phase) }}
                    />
                  </Tip>
                ))}
              </span>
              <span className="tnum text-right">{v.count > 0 ? formatNs(sums[i] ?? 0) : "–"}</span>
            </div>
          );
        })}
        <figcaption className="mt-2 flex flex-col gap-1.5">
          <PhaseLegend present={[...new Set(figures.flatMap((v) => v.phases.map((p) => p.phase)))]} />
          {hasElsewhere && <span className="text-xs text-muted">Other runtimes tell nothing of their phases: of a start in them all is other.</span>}
        </figcaption>
      </figure>
    </Card>
  );
}
