"use client";
import { Bar, BarChart, Line, LineChart, ReferenceLine, Tooltip, XAxis, YAxis, type TooltipContentProps } from "recharts";
import type { Outputs } from "../../../lib/api.ts";
import { formatBytes, formatNs, formatStarts, nsScale } from "../../../lib/format.ts";
import { phaseColor, phaseLabel, presentPhases, type Sample } from "./phases.tsx";
import { axis, below, beside, Box, Frame, grid, margin, timeTick } from "../../../ui/chart-parts.tsx";
import { axisEndNs } from "../helpers/axis-end.ts";
import { modeName } from "../../builds/helpers/build-name.ts";

/** Every start as a bar of its phases, oldest left. */
export function StartsChart({ samples, selectedId, onSelect }: { samples: Sample[]; selectedId: string | undefined; onSelect: (id: string) => void }) {
  const present = presentPhases(samples);
  const totals = samples.map((s) => s.totalNs);
  const endNs = axisEndNs(totals);
  const { unit, divisor } = nsScale(endNs ?? Math.max(1, ...totals));
  const rows = samples.toReversed().map((s) => ({ id: s.id, sample: s, ...Object.fromEntries(s.phases.map((p) => [p.phase, p.ns / divisor])) }));
  return (
    <Frame label={`Newest ${formatStarts(samples.length)}, stacked by phase, in ${unit}`} height={260}>
      <BarChart
        data={rows}
        margin={margin}
        barCategoryGap={rows.length > 40 ? 1 : "12%"}
        onClick={(state) => {
          const row = rows[Number(state.activeTooltipIndex)];
          if (row) onSelect(row.id);
        }}
        className="cursor-pointer"
      >
        {grid}
        <XAxis dataKey="id" tick={false} height={8} axisLine={false} tickLine={false} label={below("starts, oldest to newest")} />
        <YAxis
          {...axis}
          width={52}
          label={beside(`time, ${unit}`)}
          {...(endNs !== undefined && {
            domain: [0, endNs / divisor] as [number, number],
            allowDataOverflow: true,
            tickFormatter: (v: number) => String(Number(v.toPrecision(3))),
          })}
        />
        <Tooltip
          cursor={{ fill: "var(--raised)" }}
          isAnimationActive={false}
          content={({ active, payload }: TooltipContentProps) => {
            const sample = (payload?.[0]?.payload as { sample?: Sample } | undefined)?.sample;
            if (!active || !sample) return null;
            return (
              <Box
                title={`${formatNs(sample.totalNs)} · ${sample.mode} · ${new Date(sample.startedAtMs).toLocaleString()}`}
                rows={[
                  ...sample.phases.map((p) => ({ color: phaseColor(p.phase), name: phaseLabel(p.phase), value: formatNs(p.ns) })),
                  { name: "RSS", value: formatBytes(sample.rssBytes) },
                ]}
              />
            );
          }}
        />
        {selectedId && rows.some((r) => r.id === selectedId) && <ReferenceLine x={selectedId} stroke="var(--fg)" strokeDasharray="2 3" />}
        {present.map((phase) => (
          <Bar
            key={phase}
            dataKey={phase}
            stackId="start"
            fill={phaseColor(phase)}
            stroke="var(--surface)"
            strokeWidth={rows.length > 80 ? 0 : 0.5}
            isAnimationActive={false}
            maxBarSize={36}
          />
        ))}
      </BarChart>
    </Frame>
  );
}

/** p50, p90 and p99 over time; dashes tell the lines apart beside their colours. */
export function TimelineChart({ timeline }: { timeline: Outputs["coldStarts"]["timeline"] }) {
  const { unit, divisor } = nsScale(Math.max(1, ...timeline.points.map((p) => p.p99)));
  const rows = timeline.points.map((p) => ({ ...p, p50: p.p50 / divisor, p90: p.p90 / divisor, p99: p.p99 / divisor, raw: p }));
  const span = rows.length > 1 ? (rows.at(-1)?.bucketMs ?? 0) - (rows[0]?.bucketMs ?? 0) : 0;
  const time = timeTick(span);
  const lines = [
    ["p50", "var(--phase-spawn)", ""],
    ["p90", "var(--phase-handler_init)", "6 3"],
    ["p99", "var(--phase-compile)", "2 3"],
  ] as const;
  return (
    <Frame label={`Percentiles over time, in ${unit}`} height={220}>
      <LineChart data={rows} margin={margin}>
        {grid}
        <XAxis
          {...axis}
          dataKey="bucketMs"
          type="number"
          scale="time"
          domain={["dataMin", "dataMax"]}
          tickFormatter={time}
          minTickGap={40}
          label={below("when the starts began")}
        />
        <YAxis {...axis} width={52} domain={[0, "auto"]} label={beside(`total time, ${unit}`)} />
        <Tooltip
          isAnimationActive={false}
          content={({ active, payload }: TooltipContentProps) => {
            const raw = (payload?.[0]?.payload as { raw?: Outputs["coldStarts"]["timeline"]["points"][number] } | undefined)?.raw;
            return active && raw ? (
              <Box
                title={`${new Date(raw.bucketMs).toLocaleString()}, ${formatStarts(raw.count)}`}
                rows={lines.map(([name, color]) => ({ name, color, value: formatNs(raw[name]) }))}
              />
            ) : null;
          }}
        />
        {lines.map(([name, color, dash]) => (
          <Line
            key={name}
            dataKey={name}
            stroke={color}
            strokeWidth={1.75}
            strokeDasharray={dash}
            dot={rows.length < 30 ? { r: 2.5, strokeDasharray: "0" } : false}
            isAnimationActive={false}
            type="monotone"
          />
        ))}
      </LineChart>
    </Frame>
  );
}

/** How often which total time occurred, with the percentiles marked. */
export function HistogramChart({ histogram }: { histogram: Outputs["coldStarts"]["histogram"] }) {
  const { bins, markers } = histogram;
  const { unit, divisor } = nsScale(bins.at(-1)?.high ?? 1);
  const rows = bins.map((b) => ({ ...b, middle: (b.low + b.high) / 2 / divisor }));
  const domain: [number, number] = [(bins[0]?.low ?? 0) / divisor, (bins.at(-1)?.high ?? 1) / divisor];
  return (
    <Frame label={`Histogram of total time, in ${unit}`} height={220}>
      <BarChart data={rows} margin={{ ...margin, top: 16 }} barCategoryGap={1}>
        {grid}
        <XAxis
          {...axis}
          dataKey="middle"
          type="number"
          domain={domain}
          tickCount={7}
          tickFormatter={(v: number) => `${Number(v.toPrecision(3))}`}
          minTickGap={24}
          label={below(`total time, ${unit}`)}
        />
        <YAxis {...axis} width={48} allowDecimals={false} label={beside("starts")} />
        <Tooltip
          cursor={{ fill: "var(--raised)" }}
          isAnimationActive={false}
          content={({ active, payload }: TooltipContentProps) => {
            const bin = payload?.[0]?.payload as (typeof rows)[number] | undefined;
            return active && bin ? <Box title={`${formatNs(bin.low)} to ${formatNs(bin.high)}`} rows={[{ name: "starts", value: String(bin.count) }]} /> : null;
          }}
        />
        {markers &&
          (["p50", "p90", "p99"] as const)
            .filter((name) => markers[name] / divisor <= domain[1])
            .map((name) => (
              <ReferenceLine
                key={name}
                x={markers[name] / divisor}
                stroke="var(--muted)"
                strokeDasharray="3 3"
                label={{ value: name, position: "top", fontSize: 10, fill: "var(--muted)" }}
              />
            ))}
        <Bar
          dataKey="count"
          fill="var(--phase-spawn)"
          isAnimationActive={false}
          radius={[2, 2, 0, 0]}
          barSize={Math.max(2, Math.floor(420 / Math.max(1, rows.length)))}
        />
      </BarChart>
    </Frame>
  );
}

/** Memory after the first response, start by start. */
export function MemoryChart({ samples }: { samples: Sample[] }) {
  const rows = samples.toReversed().map((s) => ({
    id: s.id,
    rss: s.rssBytes / 1e3,
    pss: s.pssBytes === null ? null : s.pssBytes / 1e3,
    dirty: s.privateDirtyBytes === null ? null : s.privateDirtyBytes / 1e3,
    sample: s,
  }));
  const lines = (
    [
      ["rss", "RSS", "var(--phase-first_request)", ""],
      ["pss", "PSS", "var(--phase-listen)", "6 3"],
      ["dirty", "Private dirty", "var(--phase-handler_init)", "2 3"],
    ] as const
  ).filter(([key]) => rows.some((r) => r[key] !== null));
  return (
    <Frame label="Memory after the first response of the newest starts, in kB" height={220}>
      <LineChart data={rows} margin={margin}>
        {grid}
        <XAxis dataKey="id" tick={false} height={8} axisLine={false} tickLine={false} label={below("starts, oldest to newest")} />
        <YAxis {...axis} width={60} domain={[0, "auto"]} tickFormatter={(v: number) => v.toLocaleString("en-US")} label={beside("memory, kB")} />
        <Tooltip
          isAnimationActive={false}
          content={({ active, payload }: TooltipContentProps) => {
            const sample = (payload?.[0]?.payload as { sample?: Sample } | undefined)?.sample;
            if (!active || !sample) return null;
            const value = { rss: sample.rssBytes, pss: sample.pssBytes, dirty: sample.privateDirtyBytes };
            return (
              <Box
                title={new Date(sample.startedAtMs).toLocaleString()}
                rows={[
                  ...lines.map(([key, name, color]) => ({ name, color, value: formatBytes(value[key] ?? 0) })),
                  { name: "Minor faults", value: sample.minorFaults === null ? "–" : String(sample.minorFaults) },
                ]}
              />
            );
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
            dot={false}
            isAnimationActive={false}
            connectNulls
          />
        ))}
      </LineChart>
    </Frame>
  );
}

export type BuildFigures = Outputs["coldStarts"]["byBuild"]["builds"][number];
const seriesColors = ["--phase-first_request", "--phase-handler_init", "--phase-load", "--phase-spawn", "--phase-link", "--phase-listen", "--phase-compile"];
const dashes = ["", "6 3", "2 3", "8 3 2 3"];

const seriesOf = (b: BuildFigures) => `${modeName(b)} · ${b.target}`;

/** Binary size from build to build, a line for each launch mode and platform, oldest left. */
export function SizeTrendChart({ builds }: { builds: BuildFigures[] }) {
  const series = [...new Set(builds.map((b) => seriesOf(b)))].sort();
  const rows = builds.toReversed().map((b) => ({ id: b.id, build: b, [seriesOf(b)]: b.binaryBytes / 1e3 }));
  return (
    <>
      <Frame label="Binary size from build to build, in kB" height={220}>
        <LineChart data={rows} margin={margin}>
          {grid}
          <XAxis dataKey="id" tick={false} height={8} axisLine={false} tickLine={false} label={below("builds, oldest to newest")} />
          <YAxis {...axis} width={60} domain={[0, "auto"]} tickFormatter={(v: number) => v.toLocaleString("en-US")} label={beside("size, kB")} />
          <Tooltip
            isAnimationActive={false}
            content={({ active, payload }: TooltipContentProps) => {
              const build = (payload?.[0]?.payload as { build?: BuildFigures } | undefined)?.build;
              return active && build ? (
                <Box
                  title={`v${build.versionNumber} · ${seriesOf(build)}`}
                  rows={[
                    { name: "Binary", value: formatBytes(build.binaryBytes) },
                    { name: "Built", value: new Date(build.createdAt).toLocaleString() },
                  ]}
                />
              ) : null;
            }}
          />
          {series.map((name, i) => (
            <Line
              key={name}
              dataKey={name}
              stroke={`var(${seriesColors[i % seriesColors.length]})`}
              strokeWidth={1.75}
              strokeDasharray={dashes[i % dashes.length] ?? ""}
              dot={{ r: 3, strokeDasharray: "0" }}
              isAnimationActive={false}
              connectNulls
            />
          ))}
        </LineChart>
      </Frame>
      <ul className="mt-2 flex flex-wrap gap-x-4 gap-y-1 text-xs text-muted" aria-label="Lines">
        {series.map((name, i) => (
          <li key={name} className="flex items-center gap-1.5">
            <svg aria-hidden width="18" height="6">
              <line
                x1="0"
                x2="18"
                y1="3"
                y2="3"
                strokeWidth="2"
                stroke={`var(${seriesColors[i % seriesColors.length]})`}
                strokeDasharray={dashes[i % dashes.length]}
              />
            </svg>
            {name}
          </li>
        ))}
      </ul>
    </>
  );
}
