"use client";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { GitCompareArrows, Timer } from "lucide-react";
import Link from "next/link";
import { parseAsString, useQueryState } from "nuqs";
import { useTRPC } from "../../../lib/api.ts";
import { formatBytes, formatCount, formatNs, formatPercent, formatStarts } from "../../../lib/format.ts";
import { Badge } from "../../../ui/badge.tsx";
import { Button } from "../../../ui/button.tsx";
import { Card, Stat } from "../../../ui/card.tsx";
import { Empty, ErrorNote, Skeleton, TableSkeleton } from "../../../ui/feedback.tsx";
import { Ago, At } from "../../../ui/time.tsx";
import { MeasurementProgress } from "../../measurements/components/measure-dialog.tsx";
import { useCan } from "../../shell/helpers/session.ts";
import { basisText } from "../helpers/basis.ts";
import { axisEndNs } from "../helpers/axis-end.ts";
import { executorLabels, isOtherRuntime, shownStarts } from "../helpers/filter.ts";
import { useSampleFilter } from "../helpers/use-filter.ts";
import { HistogramChart, MemoryChart, SizeTrendChart, StartsChart, TimelineChart } from "./lazy-charts.tsx";
import { PhaseLegend, presentPhases } from "./phases.tsx";
import { BuildFiguresTable } from "./build-figures-table.tsx";
import { FilterBar } from "./filter-bar.tsx";
import { PhasesTable } from "./phases-table.tsx";
import { StartsTable } from "./starts-table.tsx";
import { Waterfall } from "./waterfall.tsx";

function CurrentMeasurement({ handlerId }: { handlerId: string }) {
  const trpc = useTRPC();
  const { data } = useQuery(trpc.measurements.list.queryOptions({ handlerId, limit: 1 }));
  const going = data?.find((m) => m.state === "queued" || m.state === "running");
  return going ? (
    <Card title="Measuring now">
      <MeasurementProgress measurementId={going.id} />
    </Card>
  ) : null;
}

/** Everything about the starts that pass the filter: of one handler, or of the project. */
export function ColdStartsPanel({ handlerId, onMeasure }: { handlerId?: string | undefined; onMeasure?: (() => void) | undefined }) {
  const trpc = useTRPC();
  const canMeasure = useCan("deployer");
  const [startId, setStartId] = useQueryState("start", parseAsString.withOptions({ history: "replace" }));
  const facets = useQuery(trpc.coldStarts.facets.queryOptions(handlerId ? { handlerId } : {}));
  const sampleFilter = useSampleFilter(
    handlerId,
    facets.data?.executors.map((e) => e.value),
  );
  const { filter, state } = sampleFilter;
  const ready = { enabled: facets.isSuccess, placeholderData: keepPreviousData };
  const summary = useQuery(trpc.coldStarts.summary.queryOptions(filter, ready));
  const list = useQuery(trpc.coldStarts.list.queryOptions({ ...filter, limit: shownStarts }, ready));
  const timeline = useQuery(trpc.coldStarts.timeline.queryOptions(filter, ready));
  const histogram = useQuery(trpc.coldStarts.histogram.queryOptions(filter, ready));
  const byBuild = useQuery(trpc.coldStarts.byBuild.queryOptions(filter, ready));
  const samples = list.data?.samples ?? [];
  const endNs = axisEndNs(samples.map((x) => x.totalNs));
  const cut = endNs === undefined ? 0 : samples.filter((x) => x.totalNs > endNs).length;
  const beyond = cut === 0 ? "" : ` ${cut === 1 ? "A slower one goes" : `${cut} slower ones go`} beyond the top edge.`;
  const inList = samples.find((s) => s.id === startId);
  const single = useQuery(trpc.coldStarts.get.queryOptions({ sampleId: startId ?? "" }, { enabled: startId !== null && list.isSuccess && !inList }));
  const selected = inList ?? single.data ?? samples[0];
  const failure = facets.error ?? summary.error ?? list.error;
  if (failure) return <ErrorNote title="Cold starts cannot be shown" error={failure} />;
  if (!facets.data || summary.data === undefined || !list.data)
    return (
      <div role="status" aria-label="Loading" className="flex flex-col gap-4">
        <Skeleton className="h-28" />
        <Skeleton className="h-20" />
        <Skeleton className="h-72" />
      </div>
    );
  const measureButton = onMeasure && canMeasure && (
    <Button variant="primary" size="sm" onClick={onMeasure}>
      <Timer /> Measure
    </Button>
  );
  const s = summary.data;
  if (facets.data.totalCount === 0) {
    return (
      <div className="flex flex-col gap-4">
        {handlerId && <CurrentMeasurement handlerId={handlerId} />}
        <Card flush>
          <Empty icon={<Timer />} title="No starts yet" action={measureButton}>
            Every start of a deployed handler is measured. Deploy one, or order a measurement: 30 runs take a few seconds.
          </Empty>
        </Card>
      </div>
    );
  }
  return (
    <div className="flex flex-col gap-4">
      {handlerId && <CurrentMeasurement handlerId={handlerId} />}
      <FilterBar
        facets={facets.data}
        filter={sampleFilter}
        actions={
          <>
            {handlerId && facets.data.builds.length > 1 && (
              <Button asChild size="sm">
                <Link href={`/compare?handlerId=${handlerId}&a=${facets.data.builds[1]?.value}&b=${facets.data.builds[0]?.value}`}>
                  <GitCompareArrows /> Compare
                </Link>
              </Button>
            )}
            {measureButton}
          </>
        }
      />
      {state.executor !== "native" && (
        <p className="text-sm text-muted">
          <Badge tone="warn">{executorLabels[state.executor]}</Badge>{" "}
          {isOtherRuntime(state.executor)
            ? "Of these starts the whole is seen, from outside, and nothing of its phases: all of it is other. Experiments compare it with Zerostart's."
            : "These figures are not comparable with native ones and are never mixed with them."}
        </p>
      )}
      {s === null ? (
        <Card flush>
          <Empty icon={<Timer />} title="No start passes this filter">
            There are {formatCount(facets.data.totalCount)} starts in all; widen the time window or reset the filters.
          </Empty>
        </Card>
      ) : (
        <>
          <dl className="grid grid-cols-2 gap-3 sm:grid-cols-4">
            <Stat label="p50" value={formatNs(s.total.p50)} hint={formatStarts(s.total.count)} />
            <Stat label="p90" value={formatNs(s.total.p90)} />
            <Stat label="p99" value={formatNs(s.total.p99)} hint={s.total.count < 100 ? "few starts: uncertain" : null} />
            <Stat label="Fastest" value={formatNs(s.total.min)} />
            <Stat
              label="RSS p50"
              value={s.rssBytes ? formatBytes(s.rssBytes.p50) : "–"}
              hint={s.privateDirtyBytes ? `${formatBytes(s.privateDirtyBytes.p50)} private dirty` : null}
            />
            <Stat label="PSS p50" value={s.pssBytes ? formatBytes(s.pssBytes.p50) : "–"} hint={s.pssBytes ? "shared pages counted in part" : "not reported"} />
            <Stat label="Binary" value={s.binaryBytes ? formatBytes(s.binaryBytes.p50) : "–"} />
            {isOtherRuntime(state.executor) ? (
              <Stat label="First request" value="–" hint="not visible from outside" />
            ) : (
              <Stat label="First request" value={formatPercent(s.firstRequestShare)} hint="of all time; the rest is start-up" />
            )}
          </dl>
          <p className="-mt-1 text-[13px] text-muted">
            These figures are {basisText(s.basis)}.
            {s.keptFromMs !== null && Number(filter.fromMs ?? 0) < s.keptFromMs ? (
              <>
                {" "}
                Starts before <At at={s.keptFromMs} as="day" /> are not listed one by one any more.
              </>
            ) : null}
          </p>
          <Card title="Starts by phase" note={`The newest ${samples.length}, oldest left. Choose one to see it below.${beyond}`}>
            <StartsChart samples={samples} selectedId={selected?.id} onSelect={(id) => void setStartId(id)} />
            <div className="mt-3">
              <PhaseLegend present={presentPhases(samples)} />
            </div>
          </Card>
          <div className="grid gap-4 lg:grid-cols-2">
            <Card
              title="Percentiles over time"
              note={
                timeline.data
                  ? `p50 solid, p90 dashed, p99 dotted; ${timeline.data.bucketMs < 60_000 ? `${timeline.data.bucketMs / 1000} s` : timeline.data.bucketMs < 3_600_000 ? `${timeline.data.bucketMs / 60_000} min` : `${timeline.data.bucketMs / 3_600_000} h`} a point; ${basisText(timeline.data.basis)}`
                  : null
              }
            >
              {timeline.error ? (
                <ErrorNote error={timeline.error} />
              ) : timeline.data ? (
                <TimelineChart timeline={timeline.data} />
              ) : (
                <Skeleton className="h-[220px]" />
              )}
            </Card>
            <Card
              title="Distribution"
              note={
                histogram.data
                  ? `${
                      histogram.data.above > 0
                        ? `${histogram.data.above} slower start${histogram.data.above === 1 ? " lies" : "s lie"} beyond the right edge`
                        : "Starts by total time"
                    }; ${basisText(histogram.data.basis)}`
                  : null
              }
            >
              {histogram.error ? (
                <ErrorNote error={histogram.error} />
              ) : histogram.data ? (
                <HistogramChart histogram={histogram.data} />
              ) : (
                <Skeleton className="h-[220px]" />
              )}
            </Card>
          </div>
          <div className="grid gap-4 lg:grid-cols-2">
            {selected && (
              <Card
                title="One start"
                note={
                  <>
                    {selected.mode}, {selected.target}, {selected.kind}, <Ago at={selected.startedAtMs} />
                  </>
                }
                actions={
                  <select
                    aria-label="Start"
                    value={selected.id}
                    onChange={(e) => void setStartId(e.target.value)}
                    className="h-8 max-w-40 rounded-md border border-line-strong/50 bg-surface px-2 text-[13px]"
                  >
                    {!samples.some((x) => x.id === selected.id) && <option value={selected.id}>{formatNs(selected.totalNs)}</option>}
                    {samples.map((x, i) => (
                      <option key={x.id} value={x.id}>
                        {i === 0 ? "newest" : `${i} before`}: {formatNs(x.totalNs)}
                      </option>
                    ))}
                  </select>
                }
              >
                <Waterfall sample={selected} />
              </Card>
            )}
            <Card title="Memory" note={`After the first response: RSS solid, PSS dashed, private dirty dotted; of the newest ${samples.length}`}>
              <MemoryChart samples={samples} />
            </Card>
          </div>
          <Card title="Phases" note={`Medians are taken phase by phase, so they need not add up to the median total; ${basisText(s.basis)}.`} flush>
            <PhasesTable executor={state.executor} summary={s} />
          </Card>
          <Card
            title="Builds"
            note={`Speed, memory and size of each build that has starts here, newest first${byBuild.data ? `; ${basisText(byBuild.data.basis)}` : ""}`}
            flush
          >
            {byBuild.error ? (
              <div className="p-4">
                <ErrorNote error={byBuild.error} />
              </div>
            ) : byBuild.data ? (
              <BuildFiguresTable builds={byBuild.data.builds} showHandler={!handlerId} />
            ) : (
              <TableSkeleton rows={3} />
            )}
          </Card>
          {handlerId && byBuild.data && byBuild.data.builds.length > 1 && (
            <Card title="Binary size" note="From build to build, a line for each launch mode and platform">
              <SizeTrendChart builds={byBuild.data.builds} />
            </Card>
          )}
          <StartsTable filter={filter} selectedId={selected?.id} onSelect={(id) => void setStartId(id)} />
        </>
      )}
    </div>
  );
}
