"use client";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { ArrowLeftRight, GitCompareArrows } from "lucide-react";
import { parseAsString, useQueryState, useQueryStates } from "nuqs";
import { useState } from "react";
import { useTRPC, type Outputs } from "../../../lib/api.ts";
import { cn } from "../../../lib/cn.ts";
import { formatStarts } from "../../../lib/format.ts";
import { Badge } from "../../../ui/badge.tsx";
import { Button } from "../../../ui/button.tsx";
import { Card, Stat } from "../../../ui/card.tsx";
import { Empty, ErrorNote, Skeleton } from "../../../ui/feedback.tsx";
import { SelectField } from "../../../ui/field.tsx";
import { PageHeader } from "../../../ui/page.tsx";
import { Tip } from "../../../ui/tip.tsx";
import { executorLabels, executorNames, type ExecutorName } from "../../cold-starts/helpers/filter.ts";
import { MeasureDialog } from "../../measurements/components/measure-dialog.tsx";
import { useCan } from "../../shell/helpers/session.ts";
import { comparisonOf, kinds, sidesParsers } from "../helpers/choice.ts";
import { formatDifference, formatP, formatValue, verdictSentence } from "../helpers/verdict.ts";

type Metric = Outputs["compare"]["run"]["metrics"][number];

/** The interval on an axis that holds zero: where it crosses zero, nothing is claimed. */
function IntervalBar({ metric }: { metric: Metric }) {
  const { low, high, difference } = metric.result.median;
  const reach = Math.max(Math.abs(low), Math.abs(high), 1e-9);
  const at = (v: number) => 50 + (v / reach) * 46;
  const color = metric.result.verdict === "lower" ? "bg-good" : metric.result.verdict === "higher" ? "bg-bad" : "bg-line-strong";
  return (
    <div aria-hidden className="relative h-4 w-36">
      <div className="absolute inset-y-0 left-1/2 w-px bg-line-strong/60" />
      <div className={cn("absolute top-1.5 h-1 rounded-full", color)} style={{ left: `${at(low)}%`, width: `${Math.max(1, at(high) - at(low))}%` }} />
      <div className={cn("absolute top-0.5 h-3 w-0.5 rounded", color)} style={{ left: `${at(difference)}%` }} />
    </div>
  );
}

function Verdict({ metric }: { metric: Metric }) {
  const { verdict } = metric.result;
  if (verdict === "too-few") return <Badge>too few</Badge>;
  if (verdict === "not-significant") return <Badge>not significant</Badge>;
  return <Badge tone={verdict === "lower" ? "good" : "bad"}>{verdict}</Badge>;
}

function MetricsTable({ metrics }: { metrics: Metric[] }) {
  return (
    <div className="relative overflow-x-auto" tabIndex={0} role="region" aria-label="Comparison by metric">
      <table className="w-full text-sm">
        <thead>
          <tr className="border-b text-xs text-muted">
            {["", "Median A", "Median B", "B − A", "95 % interval", "", "Rank test", ""].map((h, i) => (
              <th key={i} scope="col" className={cn("px-4 py-2 font-medium whitespace-nowrap", i >= 1 && i <= 4 ? "text-right" : "text-left")}>
                {h || <span className="sr-only">{["Metric", "", "", "", "", "Interval drawn", "", "Verdict"][i]}</span>}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {metrics.map((m) => {
            const { a, b, median, rank } = m.result;
            return (
              <tr key={m.metric} className={cn("border-b last:border-b-0", m.metric === "total" && "font-medium")}>
                <th scope="row" className="px-4 py-2 text-left font-medium whitespace-nowrap">
                  {m.label}
                </th>
                <td className="px-4 py-2 text-right whitespace-nowrap">{formatValue(a.p50, m.unit)}</td>
                <td className="px-4 py-2 text-right whitespace-nowrap">{formatValue(b.p50, m.unit)}</td>
                <td className="px-4 py-2 text-right whitespace-nowrap">{formatDifference(median.difference, m.unit)}</td>
                <td className="px-4 py-2 text-right font-normal whitespace-nowrap text-muted">
                  {formatDifference(median.low, m.unit)} to {formatDifference(median.high, m.unit)}
                </td>
                <td className="px-4 py-2">
                  <IntervalBar metric={m} />
                </td>
                <td className="px-4 py-2 font-normal whitespace-nowrap text-muted">
                  <Tip
                    text={`Mann-Whitney U, two-sided${rank.exact ? ", exact" : ""}. A start of B is slower or larger than one of A in ${(rank.effect * 100).toFixed(0)} % of pairs.`}
                  >
                    <span tabIndex={0}>{formatP(rank.p)}</span>
                  </Tip>
                </td>
                <td className="px-4 py-2">
                  <Verdict metric={m} />
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

export function ComparePage() {
  const trpc = useTRPC();
  const canMeasure = useCan("deployer");
  const [chosenId, setHandlerId] = useQueryState("handlerId", parseAsString);
  const [sides, setSides] = useQueryStates(sidesParsers, { history: "replace" });
  const [measuring, setMeasuring] = useState(false);
  const { data: handlers } = useQuery(trpc.handlers.list.queryOptions());
  const handlerId = chosenId ?? (handlers?.length === 1 ? handlers[0]!.id : null);
  const facets = useQuery(trpc.coldStarts.facets.queryOptions({ handlerId: handlerId ?? "" }, { enabled: handlerId !== null }));
  const { executor, input } = comparisonOf(sides, facets.data);
  const ready = sides.a !== null && sides.b !== null && facets.isSuccess;
  const comparison = useQuery(trpc.compare.run.queryOptions(input, { enabled: ready, placeholderData: keepPreviousData }));
  const builds = facets.data?.builds ?? [];
  const total = comparison.data?.metrics.find((m) => m.metric === "total");
  const rss = comparison.data?.metrics.find((m) => m.metric === "rss");
  const option = (b: (typeof builds)[number]) => (
    <option key={b.value} value={b.value}>
      {b.label} ({b.count})
    </option>
  );
  return (
    <>
      <PageHeader title="Compare">Two builds, or two launch modes, beside each other: what changed, and whether it is more than noise.</PageHeader>
      <div className="flex flex-col gap-4">
        <Card>
          <div className="grid gap-3 sm:grid-cols-2 lg:grid-cols-[1fr_1.4fr_auto_1.4fr]">
            <SelectField
              label="Handler"
              value={handlerId ?? ""}
              onChange={(e) => {
                void setHandlerId(e.target.value || null);
                void setSides({ a: null, b: null, hostId: null });
              }}
            >
              <option value="">Choose…</option>
              {handlers?.map((h) => (
                <option key={h.id} value={h.id}>
                  {h.name}
                </option>
              ))}
            </SelectField>
            <SelectField label="A (before)" disabled={handlerId === null} value={sides.a ?? ""} onChange={(e) => void setSides({ a: e.target.value || null })}>
              <option value="">Choose…</option>
              {builds.map(option)}
            </SelectField>
            <Button aria-label="Swap A and B" className="self-end" disabled={!ready} onClick={() => void setSides({ a: sides.b, b: sides.a })}>
              <ArrowLeftRight />
            </Button>
            <SelectField label="B (after)" disabled={handlerId === null} value={sides.b ?? ""} onChange={(e) => void setSides({ b: e.target.value || null })}>
              <option value="">Choose…</option>
              {builds.map(option)}
            </SelectField>
          </div>
          <div className="mt-3 flex flex-wrap items-end gap-3">
            <SelectField
              label="Starts"
              className="w-48"
              value={sides.kind ?? ""}
              onChange={(e) => void setSides({ kind: (e.target.value || null) as (typeof kinds)[number] | null })}
            >
              <option value="">real and measured</option>
              {kinds.map((k) => (
                <option key={k}>{k}</option>
              ))}
            </SelectField>
            <SelectField label="Host" className="w-44" value={sides.hostId ?? ""} onChange={(e) => void setSides({ hostId: e.target.value || null })}>
              <option value="">all</option>
              {facets.data?.hosts.map((h) => (
                <option key={h.value} value={h.value}>
                  {h.label}
                </option>
              ))}
            </SelectField>
            <SelectField label="Runs" className="w-52" value={executor} onChange={(e) => void setSides({ executor: e.target.value as ExecutorName })}>
              {executorNames
                .filter((e) => e === executor || facets.data?.executors.some((x) => x.value === e))
                .map((e) => (
                  <option key={e} value={e}>
                    {executorLabels[e]}
                  </option>
                ))}
            </SelectField>
            {canMeasure && handlerId && sides.a && sides.b && (
              <Button className="ml-auto" onClick={() => setMeasuring(true)}>
                Measure both, interleaved
              </Button>
            )}
          </div>
        </Card>
        {(facets.error ?? comparison.error) && <ErrorNote title="These cannot be compared" error={facets.error ?? comparison.error} />}
        {!ready && !facets.error && (
          <Card flush>
            <Empty icon={<GitCompareArrows />} title="Choose a handler and two of its builds">
              Builds of different versions show what a change cost; builds of one version in two launch modes show what the mode buys. The choice is in the
              address: share it.
            </Empty>
          </Card>
        )}
        {ready && comparison.isPending && !comparison.error && <Skeleton className="h-72" />}
        {ready && comparison.data && (
          <>
            {total ? (
              <section
                aria-label="Verdict"
                role="status"
                className={cn(
                  "rounded-lg border px-4 py-3 text-[15px]",
                  total.result.verdict === "lower" ? "border-good/40 bg-good/8" : total.result.verdict === "higher" ? "border-bad/40 bg-bad/8" : "bg-surface",
                )}
              >
                <p className="font-medium">{verdictSentence("Total time", total.result, "ns")}</p>
                {rss && <p className="mt-0.5 text-sm text-muted">{verdictSentence("RSS", rss.result, "bytes")}</p>}
              </section>
            ) : (
              <Card flush>
                <Empty title="One side has no starts">
                  A has {comparison.data.countA}, B has {comparison.data.countB} that pass the filter. Measure both.
                </Empty>
              </Card>
            )}
            {total && (
              <dl className="grid grid-cols-2 gap-3 lg:grid-cols-4">
                <Stat
                  label="Median A"
                  value={formatValue(total.result.a.p50, "ns")}
                  hint={`${formatStarts(total.result.a.count)}, p95 ${formatValue(total.result.a.p95, "ns")}`}
                />
                <Stat
                  label="Median B"
                  value={formatValue(total.result.b.p50, "ns")}
                  hint={`${formatStarts(total.result.b.count)}, p95 ${formatValue(total.result.b.p95, "ns")}`}
                />
                <Stat
                  label="Difference"
                  value={formatDifference(total.result.median.difference, "ns")}
                  hint={total.result.ratio === null ? null : `${total.result.ratio.toFixed(2)} times A`}
                />
                <Stat
                  label="95 % interval"
                  value={
                    <span className="text-base">
                      {formatDifference(total.result.median.low, "ns")} to {formatDifference(total.result.median.high, "ns")}
                    </span>
                  }
                  hint={`bootstrap, ${total.result.median.resamples.toLocaleString("en-US")} resamples`}
                />
              </dl>
            )}
            {comparison.data.metrics.length > 0 && (
              <Card
                title="By phase and memory"
                note={`The newest ${comparison.data.maxSamples.toLocaleString("en-US")} starts of each side at most. Many rows are tested at once: a lone p just below 0.05 among them proves little.`}
                flush
              >
                <MetricsTable metrics={comparison.data.metrics} />
              </Card>
            )}
          </>
        )}
      </div>
      {handlerId && sides.a && sides.b && (
        <MeasureDialog key={`${sides.a}${sides.b}`} handlerId={handlerId} buildIds={[sides.b, sides.a]} open={measuring} onOpenChange={setMeasuring} />
      )}
    </>
  );
}
