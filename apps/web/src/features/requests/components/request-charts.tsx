"use client";
import { Bar, BarChart, Line, LineChart, Tooltip, XAxis, YAxis, type TooltipContentProps } from "recharts";
import type { Outputs } from "../../../lib/api.ts";
import { formatNs, formatPercent, formatRate, nsScale } from "../../../lib/format.ts";
import { axis, below, beside, Box, Frame, grid, margin, timeTick } from "../../../ui/chart-parts.tsx";

type Timeline = Outputs["requests"]["timeline"];
type Point = Timeline["points"][number];

const timeAxis = (t: Timeline) => ({
  ...axis,
  dataKey: "atMs",
  type: "number" as const,
  scale: "time" as const,
  domain: [t.fromMs, t.toMs - t.stepMs],
  tickFormatter: timeTick(t.toMs - t.fromMs),
  minTickGap: 40,
  label: below("time"),
});
const pointOf = (payload: TooltipContentProps["payload"] | undefined) => (payload?.[0]?.payload as { raw?: Point } | undefined)?.raw;

const kinds = [
  { key: "ok", name: "answered", color: "var(--phase-first_request)" },
  { key: "client", name: "client errors (4xx)", color: "var(--phase-handler_init)" },
  { key: "failed", name: "errors (5xx, no answer)", color: "var(--bad)" },
] as const;

/** Requests a second, errors stacked on top. */
export function RateChart({ timeline }: { timeline: Timeline }) {
  const rows = timeline.points.map((p) => {
    const each = p.count === 0 ? 0 : p.perSecond / p.count;
    const failed = p.serverErrors + p.unanswered;
    return { atMs: p.atMs, raw: p, ok: (p.count - failed - p.clientErrors) * each, client: p.clientErrors * each, failed: failed * each };
  });
  const barSize = Math.max(2, Math.floor(380 / Math.max(1, rows.length)));
  return (
    <>
      <Frame label="Requests a second over time" height={220}>
        <BarChart data={rows} margin={margin} barCategoryGap={0} barGap={0}>
          {grid}
          <XAxis {...timeAxis(timeline)} />
          <YAxis {...axis} width={52} label={beside("requests/s")} tickFormatter={(v: number) => `${Number(v.toPrecision(3))}`} />
          <Tooltip
            isAnimationActive={false}
            content={({ active, payload }: TooltipContentProps) => {
              const p = pointOf(payload);
              return active && p ? (
                <Box
                  title={new Date(p.atMs).toLocaleString()}
                  rows={[
                    { name: "rate", value: formatRate(p.perSecond) },
                    { name: "requests", value: String(p.count) },
                    { name: "client errors (4xx)", value: String(p.clientErrors), color: kinds[1].color },
                    { name: "server errors (5xx)", value: String(p.serverErrors), color: kinds[2].color },
                    { name: "no answer", value: String(p.unanswered), color: kinds[2].color },
                    ...(p.errorShare === null ? [] : [{ name: "error share", value: formatPercent(p.errorShare) }]),
                  ]}
                />
              ) : null;
            }}
          />
          {kinds.map(({ key, color }) => (
            <Bar key={key} dataKey={key} stackId="all" fill={color} isAnimationActive={false} barSize={barSize} />
          ))}
        </BarChart>
      </Frame>
      <ul className="mt-1 flex flex-wrap gap-x-4 gap-y-1 text-xs text-muted" aria-label="Colours">
        {kinds.map(({ key, name, color }) => (
          <li key={key} className="flex items-center gap-1.5">
            <span aria-hidden className="size-2.5 rounded-[3px]" style={{ background: color }} />
            {name}
          </li>
        ))}
      </ul>
    </>
  );
}

const lines = [
  ["p50Ns", "p50", "var(--phase-spawn)", ""],
  ["p90Ns", "p90", "var(--phase-handler_init)", "6 3"],
  ["p99Ns", "p99", "var(--phase-compile)", "2 3"],
] as const;

/** Latency percentiles: from a request's first byte to the first byte of its answer, as the process sees it. */
export function LatencyChart({ timeline }: { timeline: Timeline }) {
  const { unit, divisor } = nsScale(Math.max(1, ...timeline.points.map((p) => p.p99Ns ?? 0)));
  const scaled = (ns: number | null) => (ns === null ? null : ns / divisor);
  const rows = timeline.points.map((p) => ({ atMs: p.atMs, raw: p, p50Ns: scaled(p.p50Ns), p90Ns: scaled(p.p90Ns), p99Ns: scaled(p.p99Ns) }));
  return (
    <>
      <Frame label={`Latency percentiles over time, in ${unit}`} height={220}>
        <LineChart data={rows} margin={margin}>
          {grid}
          <XAxis {...timeAxis(timeline)} />
          <YAxis {...axis} width={52} domain={[0, "auto"]} label={beside(`latency, ${unit}`)} tickFormatter={(v: number) => `${Number(v.toPrecision(3))}`} />
          <Tooltip
            isAnimationActive={false}
            content={({ active, payload }: TooltipContentProps) => {
              const p = pointOf(payload);
              return active && p && p.count > 0 ? (
                <Box
                  title={`${new Date(p.atMs).toLocaleString()}, ${p.count} requests`}
                  rows={lines.map(([key, name, color]) => ({ name, color, value: p[key] === null ? "–" : formatNs(p[key]) }))}
                />
              ) : null;
            }}
          />
          {lines.map(([key, name, color, dash]) => (
            <Line
              key={key}
              name={name}
              dataKey={key}
              stroke={color}
              strokeWidth={1.75}
              strokeDasharray={dash}
              dot={{ r: 2, strokeDasharray: "0" }}
              isAnimationActive={false}
              type="monotone"
            />
          ))}
        </LineChart>
      </Frame>
      <ul className="mt-1 flex flex-wrap gap-x-4 gap-y-1 text-xs text-muted" aria-label="Lines">
        {lines.map(([key, name, color, dash]) => (
          <li key={key} className="flex items-center gap-1.5">
            <svg aria-hidden width="18" height="6">
              <line x1="0" x2="18" y1="3" y2="3" strokeWidth="2" stroke={color} strokeDasharray={dash} />
            </svg>
            {name}
          </li>
        ))}
      </ul>
    </>
  );
}
