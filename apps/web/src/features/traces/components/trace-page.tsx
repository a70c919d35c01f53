"use client";
import type { FrameKind, StartTrace } from "@zerostart/protocol";
import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Download, Flame, Info, RotateCw } from "lucide-react";
import { useRouter } from "next/navigation";
import { parseAsArrayOf, parseAsInteger, parseAsString, parseAsStringLiteral, useQueryStates } from "nuqs";
import { toast } from "sonner";
import { errorText, useTRPC } from "../../../lib/api.ts";
import { formatCount, formatNs, formatPercent, formatStarts } from "../../../lib/format.ts";
import { apiPath } from "../../../lib/project.ts";
import { StateBadge } from "../../../ui/badge.tsx";
import { Button } from "../../../ui/button.tsx";
import { Card, Stat } from "../../../ui/card.tsx";
import { ConfirmButton } from "../../../ui/confirm.tsx";
import { CopyButton } from "../../../ui/copy.tsx";
import { Empty, ErrorNote, NotShown, Skeleton } from "../../../ui/feedback.tsx";
import { FilterSelect } from "../../../ui/filter-select.tsx";
import { PageHeader } from "../../../ui/page.tsx";
import { Tabs } from "../../../ui/tabs.tsx";
import { Ago } from "../../../ui/time.tsx";
import { useCan } from "../../shell/helpers/session.ts";
import { CompareTable } from "./compare-table.tsx";
import { EventsTables } from "./events-tables.tsx";
import { FlameGraph } from "./flame-graph.tsx";
import { FunctionsTable } from "./functions-table.tsx";
import { TraceProgress } from "./trace-progress.tsx";
import { TraceTimeline } from "./trace-timeline.tsx";
import type { Trace } from "./traces-table.tsx";
import { modeName } from "../../builds/helpers/build-name.ts";

const kinds = ["kernel", "host", "engine", "library", "handler"] as const satisfies FrameKind[];
/** All that can be chosen is in the address. */
const parsers = {
  tab: parseAsStringLiteral(["flame", "timeline", "functions", "compare"] as const).withDefault("flame"),
  focus: parseAsString.withDefault(""),
  q: parseAsString.withDefault(""),
  hide: parseAsArrayOf(parseAsStringLiteral(kinds)).withDefault([]),
  event: parseAsString,
  from: parseAsInteger,
  to: parseAsInteger,
  with: parseAsString,
};

export function TracePage({ traceId }: { traceId: string }) {
  const trpc = useTRPC();
  const router = useRouter();
  const queryClient = useQueryClient();
  const canTrace = useCan("deployer");
  const { data: row, error } = useQuery(trpc.traces.get.queryOptions({ traceId }));
  const { data: content, error: contentError } = useQuery(trpc.traces.read.queryOptions({ traceId }, { enabled: row?.state === "done", staleTime: Infinity }));
  const again = useMutation(
    trpc.traces.create.mutationOptions({
      onSuccess: (made) => router.push(`/profiles/${made.traceId}`),
      onError: (e) => toast.error("Not traced", { description: errorText(e) }),
    }),
  );
  const remove = useMutation(
    trpc.traces.remove.mutationOptions({
      onSuccess: () => {
        toast.success("Trace deleted");
        void queryClient.invalidateQueries();
        router.push(`/profiles?handlerId=${row?.handlerId ?? ""}`);
      },
      onError: (e) => toast.error("Not deleted", { description: errorText(e) }),
    }),
  );
  if (error) return <NotShown what="trace" error={error} back={{ label: "Profiles", href: "/profiles" }} />;
  if (!row)
    return (
      <>
        <PageHeader title="Trace" trail={[{ label: "Profiles", href: "/profiles" }]} />
        <Skeleton className="h-96" />
      </>
    );
  const going = row.state === "queued" || row.state === "running";
  return (
    <>
      <PageHeader
        title={`${row.handlerName} v${row.versionNumber} · ${modeName(row)}`}
        trail={[
          { label: "Profiles", href: "/profiles" },
          { label: row.handlerName, href: `/handlers/${row.handlerId}?tab=profiles` },
          { label: "Build", href: `/builds/${row.buildId}` },
        ]}
        actions={
          <>
            <span className="flex items-center gap-1 text-[13px] text-muted">
              Share <CopyButton label="Copy link to what is shown" />
            </span>
            {!going && canTrace && (
              <Button
                busy={again.isPending}
                onClick={() => again.mutate({ buildId: row.buildId, hostId: row.hostId, runs: row.runs, path: row.path, knobs: row.knobs })}
              >
                <RotateCw /> Trace again
              </Button>
            )}
          </>
        }
      >
        <span className="flex flex-wrap items-center gap-2">
          <StateBadge state={row.state} /> {row.target} on {row.hostName}, GET {row.path}; asked by {row.createdBy}, <Ago at={row.createdAt} />
        </span>
      </PageHeader>
      <div className="flex flex-col gap-4">
        {going && <TraceProgress trace={row} />}
        {row.error && <ErrorNote title="This start was not traced">{row.error}</ErrorNote>}
        {contentError && <ErrorNote title="The trace cannot be read" error={contentError} />}
        {row.state === "cancelled" && (
          <Card flush>
            <Empty icon={<Flame />} title="Cancelled">
              Trace again to have one.
            </Empty>
          </Card>
        )}
        {row.state === "done" && !contentError && (content ? <Content row={row} trace={content} /> : <Skeleton className="h-96" />)}
        {!going && canTrace && (
          <div className="mt-6 flex flex-wrap items-center justify-between gap-3 border-t pt-4 text-sm text-muted">
            <p>The newest hundred traces of a handler are kept, for ninety days.</p>
            <ConfirmButton
              title="Delete this trace?"
              description="This cannot be undone."
              action="Delete trace"
              busy={remove.isPending}
              onConfirm={() => remove.mutate({ traceId })}
            >
              Delete trace
            </ConfirmButton>
          </div>
        )}
      </div>
    </>
  );
}

function Content({ row, trace }: { row: Trace; trace: StartTrace }) {
  const [state, setState] = useQueryStates(parsers, { history: "replace", clearOnDefault: true });
  const { starts, reference, samples } = trace;
  const span = state.from !== null && state.to !== null && state.to > state.from ? { fromNs: state.from, toNs: state.to } : undefined;
  const slower = starts.plain.medianNs > 0 && starts.sampled.count > 0 ? starts.sampled.medianNs / starts.plain.medianNs - 1 : null;
  return (
    <>
      {trace.unavailable.map(({ what, why, remedy }) => (
        <div key={what} role="note" className="flex gap-2.5 rounded-md border border-warn/30 bg-warn/8 p-3 text-sm">
          <Info aria-hidden className="mt-0.5 size-4 shrink-0 text-warn" />
          <p>
            <strong className="font-medium">Not available: {what}</strong> ({why}). {remedy}
          </p>
        </div>
      ))}
      <dl className="grid grid-cols-2 gap-3 lg:grid-cols-4">
        <Stat label="Start, watched" value={formatNs(reference.totalNs)} hint={`${formatNs(starts.plain.medianNs)} unwatched (median)`} />
        <Stat
          label="Processor samples"
          value={formatCount(samples.total)}
          hint={`${formatStarts(starts.sampled.count)}${slower === null ? "" : `, ${formatPercent(Math.max(0, slower))} slower by it`}`}
        />
        <Stat label="System calls" value={trace.syscalls.length} hint={`${formatNs(trace.syscalls.reduce((sum, c) => sum + c.ns, 0))} in all`} />
        <Stat label="Page faults" value={trace.faults.length} hint="of the watched start" />
      </dl>
      <Tabs
        label="Views of the trace"
        value={state.tab}
        onChange={(tab) => void setState({ tab: tab as typeof state.tab })}
        tabs={[
          {
            value: "flame",
            label: "Flame graph",
            content:
              samples.total === 0 ? (
                <NoSamples />
              ) : (
                <Card>
                  <FlameGraph
                    trace={trace}
                    focus={state.focus}
                    onFocus={(focus) => void setState({ focus })}
                    search={state.q}
                    onSearch={(q) => void setState({ q })}
                    hidden={state.hide}
                    onHidden={(hide) => void setState({ hide: hide as typeof state.hide, focus: "" })}
                  />
                </Card>
              ),
          },
          {
            value: "timeline",
            label: "Timeline",
            content: (
              <div className="flex flex-col gap-4">
                <Card
                  title="One start, one time axis"
                  note="Phases and page faults are of one start that was only watched. System calls and samples are of others, placed by phase; durations are as measured."
                >
                  <TraceTimeline
                    trace={trace}
                    span={span}
                    onSpan={(next) => void setState({ from: next ? Math.round(next.fromNs) : null, to: next ? Math.round(next.toNs) : null })}
                    selectedId={state.event ?? undefined}
                    onSelect={(event) => void setState({ event: event ?? null })}
                  />
                </Card>
                <EventsTables trace={trace} selectedId={state.event ?? undefined} onSelect={(event) => void setState({ event })} />
              </div>
            ),
          },
          {
            value: "functions",
            label: "Functions",
            content:
              samples.total === 0 ? (
                <NoSamples />
              ) : (
                <Card
                  title="Functions by time of their own"
                  note="Shares of all samples, and processor time a start. Choose one to find it in the flame graph"
                  actions={<SearchField value={state.q} onChange={(q) => void setState({ q })} />}
                  flush
                >
                  <FunctionsTable trace={trace} search={state.q} onShow={(name) => void setState({ tab: "flame", q: name, focus: "" })} />
                </Card>
              ),
          },
          {
            value: "compare",
            label: "Compare",
            content: <Compare row={row} trace={trace} withId={state.with} onWith={(id) => void setState({ with: id })} search={state.q} />,
          },
        ]}
      />
      <Card title="Take it with you">
        <ul className="flex flex-wrap gap-x-6 gap-y-2 text-sm">
          {[
            ["zerostart", "JSON", "as zerostart trace writes it"],
            ["speedscope", "speedscope", "for speedscope.app"],
            ["chrome", "Chrome trace", "for chrome://tracing and Perfetto"],
          ].map(([format, label, what]) => (
            <li key={format}>
              <a className="inline-flex items-center gap-1.5 underline hover:no-underline" href={apiPath(`/api/traces/${row.id}.${format}.json`)} download>
                <Download aria-hidden className="size-4" /> {label}
              </a>{" "}
              <span className="text-muted">{what}</span>
            </li>
          ))}
        </ul>
      </Card>
    </>
  );
}

function SearchField({ value, onChange }: { value: string; onChange: (text: string) => void }) {
  return (
    <input
      type="search"
      aria-label="Search functions"
      placeholder="Search"
      value={value}
      onChange={(e) => onChange(e.target.value)}
      className="h-8 w-44 rounded-md border border-line-strong/50 bg-surface px-2 text-[13px]"
    />
  );
}

const NoSamples = () => (
  <Card flush>
    <Empty icon={<Flame />} title="No sample of the processor">
      This host does not permit them; what would help is said above. The timeline shows what could be recorded.
    </Empty>
  </Card>
);

type CompareProps = { row: Trace; trace: StartTrace; withId: string | null; onWith: (id: string | null) => void; search: string };

function Compare({ row, trace, withId, onWith, search }: CompareProps) {
  const trpc = useTRPC();
  const { data: list } = useQuery(trpc.traces.list.queryOptions({ handlerId: row.handlerId, limit: 100 }));
  const { data: other, error } = useQuery(
    trpc.traces.read.queryOptions({ traceId: withId ?? "" }, { enabled: withId !== null, placeholderData: keepPreviousData }),
  );
  const choices = (list?.traces ?? []).filter((t) => t.id !== row.id && t.state === "done");
  return (
    <Card
      title="Functions of two traces"
      note="Processor time of their own, a start; mind that few samples make large differences"
      actions={
        <FilterSelect
          label="The other trace"
          value={withId}
          all="choose one"
          choices={choices.map((t) => ({
            value: t.id,
            label: `v${t.versionNumber} · ${modeName(t)} · ${t.hostName} · ${new Date(t.createdAt).toLocaleString()}`,
          }))}
          onChange={onWith}
        />
      }
      flush
    >
      {error ? (
        <div className="p-4">
          <ErrorNote title="The other trace cannot be read" error={error} />
        </div>
      ) : withId === null || !other ? (
        <Empty title={choices.length === 0 ? "There is no other trace of this handler" : "Choose a trace to compare with"}>
          {choices.length === 0 ? "Trace another version, launch mode or host of it." : "Another version, launch mode or host of the same handler."}
        </Empty>
      ) : (
        <CompareTable before={other} after={trace} search={search} />
      )}
    </Card>
  );
}
