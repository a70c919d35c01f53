"use client";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { parseAsInteger, useQueryState } from "nuqs";
import { useTRPC } from "../../../lib/api.ts";
import { formatCount, formatNs, formatPercent, formatRate } from "../../../lib/format.ts";
import { Card, Stat } from "../../../ui/card.tsx";
import { ErrorNote, Skeleton } from "../../../ui/feedback.tsx";
import { LatencyChart, RateChart } from "./lazy-charts.tsx";

const spans = [
  [15, "15 minutes"],
  [60, "hour"],
  [6 * 60, "6 hours"],
  [24 * 60, "day"],
  [7 * 24 * 60, "week"],
  [30 * 24 * 60, "30 days"],
] as const;

/** Rate, errors and latency of a deployment's requests, with the span of time in the URL. */
export function RequestsCard({ deploymentId }: { deploymentId: string }) {
  const trpc = useTRPC();
  const [minutes, setMinutes] = useQueryState("minutes", parseAsInteger.withDefault(15).withOptions({ history: "replace" }));
  const { data, error } = useQuery(
    trpc.requests.timeline.queryOptions({ deploymentId, minutes }, { refetchInterval: 10_000, placeholderData: keepPreviousData }),
  );
  const ns = (value: number | null) => (value === null ? "–" : formatNs(value));
  return (
    <Card
      title="Requests"
      note="Counted by each instance, from a request's first byte to the first byte of its answer."
      actions={
        <select
          aria-label="Span of time"
          value={minutes}
          onChange={(e) => void setMinutes(Number(e.target.value))}
          className="h-8 rounded-md border border-line-strong/50 bg-surface px-2 text-sm"
        >
          {spans.map(([value, label]) => (
            <option key={value} value={value}>
              last {label}
            </option>
          ))}
        </select>
      }
    >
      {error ? (
        <ErrorNote title="Requests cannot be shown" error={error} />
      ) : !data ? (
        <div role="status" aria-label="Loading">
          <Skeleton className="h-72" />
        </div>
      ) : (
        <div className="flex flex-col gap-5">
          <dl className="grid grid-cols-2 gap-3 lg:grid-cols-4">
            <Stat label="Rate" value={formatRate(data.total.perSecond)} hint={`${formatCount(data.total.count)} request${data.total.count === 1 ? "" : "s"}`} />
            <Stat
              label="Errors"
              value={data.total.errorShare === null ? "–" : formatPercent(data.total.errorShare)}
              hint={`${formatCount(data.total.serverErrors)} × 5xx, ${formatCount(data.total.unanswered)} without answer`}
            />
            <Stat label="Latency p50" value={ns(data.total.p50Ns)} hint={`p90 ${ns(data.total.p90Ns)}`} />
            <Stat label="Latency p99" value={ns(data.total.p99Ns)} hint={`mean ${ns(data.total.meanNs)}`} />
          </dl>
          {data.total.count === 0 ? (
            <p className="py-8 text-center text-sm text-muted">No requests in this time. Figures arrive within ten seconds of a request.</p>
          ) : (
            <div className="grid gap-6 lg:grid-cols-2">
              <div className="min-w-0">
                <RateChart timeline={data} />
              </div>
              <div className="min-w-0">
                <LatencyChart timeline={data} />
              </div>
            </div>
          )}
        </div>
      )}
    </Card>
  );
}
