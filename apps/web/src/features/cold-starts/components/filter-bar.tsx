"use client";
import { Download, RotateCcw } from "lucide-react";
import type { ReactNode } from "react";
import type { Outputs } from "../../../lib/api.ts";
import { apiPath } from "../../../lib/project.ts";
import { Button } from "../../../ui/button.tsx";
import { FilterSelect } from "../../../ui/filter-select.tsx";
import { executorLabels, windows, type ExecutorName, type WindowName } from "../helpers/filter.ts";
import type { FilterState } from "../helpers/use-filter.ts";

type Facets = Outputs["coldStarts"]["facets"];
const windowLabels: Record<string, string> = {
  "1h": "Last hour",
  "24h": "Last 24 hours",
  "7d": "Last 7 days",
  "30d": "Last 30 days",
  all: "All time",
  custom: "From … to …",
};

function queryOf(filter: FilterState["filter"]): string {
  return new URLSearchParams(Object.entries(filter).flatMap(([k, v]) => (v === undefined ? [] : [[k, String(v)]]))).toString();
}

/** A moment of the reader's own time zone; kept in the URL as ms since the epoch. */
function Moment({ label, ms, onChange }: { label: string; ms: number | null; onChange: (ms: number | null) => void }) {
  const local = ms === null ? "" : new Date(ms - new Date(ms).getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
  return (
    <label className="flex min-w-0 flex-col gap-1 text-xs text-muted">
      {label}
      <input
        type="datetime-local"
        value={local}
        onChange={(e) => onChange(e.target.value === "" ? null : new Date(e.target.value).getTime())}
        className="h-8 w-full min-w-0 rounded-md border border-line-strong/50 bg-surface px-2 text-[13px] text-fg"
      />
    </label>
  );
}

/** What the charts below are about; all of it is in the URL. */
export function FilterBar({ facets, filter: { filter, state, setState }, actions }: { facets: Facets; filter: FilterState; actions?: ReactNode }) {
  const plain = (list: { value: string; count: number }[]) => list.map((c) => ({ value: c.value, label: `${c.value} (${c.count})` }));
  const versions = [...new Map(facets.builds.map((b) => [b.versionId, { value: b.versionId, label: `v${b.versionNumber}` }])).values()];
  const set = (name: string) => (value: string | null) => void setState({ [name]: value });
  const narrowed = ["versionId", "buildId", "target", "mode", "hostId", "kind", "measurementId"].some((k) => state[k as keyof typeof state] !== null);
  return (
    <div className="flex flex-col gap-3 rounded-lg border bg-surface p-3">
      <div className="grid grid-cols-2 gap-2 sm:grid-cols-4" role="group" aria-label="Filters">
        <FilterSelect
          label="Runs"
          value={state.executor}
          choices={(facets.executors.length > 0 ? facets.executors : [{ value: "native", count: 0 }]).map((e) => ({
            value: e.value,
            label: `${executorLabels[e.value as ExecutorName]} (${e.count})`,
          }))}
          onChange={set("executor")}
        />
        <FilterSelect
          label="Time"
          value={state.window}
          choices={Object.keys(windows).map((w) => ({ value: w, label: windowLabels[w] ?? w }))}
          onChange={(value) =>
            void setState(
              value === "custom" ? { window: "custom", fromMs: Date.now() - 86_400_000 } : { window: value as WindowName, fromMs: null, toMs: null },
            )
          }
        />
        <FilterSelect label="Version" value={state.versionId} all="all" choices={versions} onChange={set("versionId")} />
        <FilterSelect label="Build" value={state.buildId} all="all" choices={facets.builds} onChange={set("buildId")} />
        <FilterSelect label="Launch mode" value={state.mode} all="all" choices={plain(facets.modes)} onChange={set("mode")} />
        <FilterSelect label="Platform" value={state.target} all="all" choices={plain(facets.targets)} onChange={set("target")} />
        <FilterSelect
          label="Host"
          value={state.hostId}
          all="all"
          choices={facets.hosts.map((h) => ({ value: h.value, label: `${h.label} (${h.count})` }))}
          onChange={set("hostId")}
        />
        <FilterSelect label="Kind" value={state.kind} all="real and measured" choices={plain(facets.kinds)} onChange={set("kind")} />
      </div>
      {state.window === "custom" && (
        <div className="grid grid-cols-2 gap-2 sm:grid-cols-4">
          <Moment label="From" ms={state.fromMs} onChange={(fromMs) => void setState({ fromMs })} />
          <Moment label="To" ms={state.toMs} onChange={(toMs) => void setState({ toMs })} />
        </div>
      )}
      <div className="flex flex-wrap items-center justify-between gap-2">
        <div className="flex flex-wrap gap-2">
          {narrowed && (
            <Button
              size="sm"
              variant="ghost"
              onClick={() => void setState({ versionId: null, buildId: null, target: null, mode: null, hostId: null, kind: null, measurementId: null })}
            >
              <RotateCcw /> Reset filters
            </Button>
          )}
          <Button asChild size="sm" variant="ghost">
            <a href={apiPath(`/api/cold-starts.csv?${queryOf(filter)}`)} download>
              <Download /> CSV
            </a>
          </Button>
          <Button asChild size="sm" variant="ghost">
            <a href={apiPath(`/api/cold-starts.json?${queryOf(filter)}`)} download>
              <Download /> JSON
            </a>
          </Button>
        </div>
        <div className="flex gap-2">{actions}</div>
      </div>
    </div>
  );
}
