"use client";
import Link from "next/link";
import type { Outputs } from "../../../lib/api.ts";
import { cn } from "../../../lib/cn.ts";
import { Badge } from "../../../ui/badge.tsx";
import { Card } from "../../../ui/card.tsx";
import { formatDifference, formatP, formatValue } from "../../compare/helpers/verdict.ts";
import { MeasurementProgress } from "../../measurements/components/measure-dialog.tsx";

type Build = Outputs["builds"]["get"];

export function RegressionBadge() {
  return <Badge tone="bad">regression</Badge>;
}

/** How a build does beside the one it replaces. */
export function CheckCard({ build }: { build: Build }) {
  const { check } = build;
  if (!check) return null;
  const compare = `/compare?handlerId=${build.handlerId}&a=${check.baselineId}&b=${build.id}&kind=measured`;
  return (
    <Card
      title={<span className="flex items-center gap-2">Against the build it replaces {check.isRegression && <RegressionBadge />}</span>}
      note={
        <>
          Measured by itself, in turns with{" "}
          <Link className="underline hover:text-fg" href={`/builds/${check.baselineId}`}>
            the version before
          </Link>
        </>
      }
      actions={
        check.state === "done" && (
          <Link href={compare} className="text-[13px] underline hover:text-fg">
            Compare phase by phase
          </Link>
        )
      }
      flush={check.state === "done"}
    >
      {check.state === "queued" && <p className="text-sm text-muted">Waiting for a host that runs {build.target}.</p>}
      {check.state === "measuring" && check.measurementId && <MeasurementProgress measurementId={check.measurementId} />}
      {check.state === "skipped" && <p className="text-sm text-muted">Not measured: {check.error}</p>}
      {check.state === "done" && (
        <div className="relative overflow-x-auto" tabIndex={0} role="region" aria-label="Against the build it replaces">
          <table className="w-full text-sm">
            <thead>
              <tr className="border-b text-xs text-muted">
                {["Metric", "Before", "Now", "Difference", "95 % interval", "Rank test", ""].map((h, i) => (
                  <th key={h} scope="col" className={cn("px-4 py-2 font-medium whitespace-nowrap", i >= 1 && i <= 4 ? "text-right" : "text-left")}>
                    {h || <span className="sr-only">Verdict</span>}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {check.findings.map((f) => (
                <tr key={f.metric} className="border-b last:border-b-0">
                  <th scope="row" className="px-4 py-2 text-left font-medium whitespace-nowrap">
                    {f.label}
                  </th>
                  <td className="px-4 py-2 text-right whitespace-nowrap">{formatValue(f.before, f.unit)}</td>
                  <td className="px-4 py-2 text-right whitespace-nowrap">{formatValue(f.after, f.unit)}</td>
                  <td className="px-4 py-2 text-right whitespace-nowrap">{formatDifference(f.after - f.before, f.unit)}</td>
                  <td className="px-4 py-2 text-right whitespace-nowrap text-muted">
                    {formatDifference(f.low, f.unit)} to {formatDifference(f.high, f.unit)}
                  </td>
                  <td className="px-4 py-2 whitespace-nowrap text-muted">{formatP(f.p)}</td>
                  <td className="px-4 py-2">
                    {f.isRegression ? (
                      <RegressionBadge />
                    ) : (
                      <Badge tone={f.verdict === "lower" ? "good" : "neutral"}>
                        {f.verdict === "lower" ? "better" : f.verdict === "higher" ? "slightly worse" : f.verdict === "too-few" ? "too few" : "not significant"}
                      </Badge>
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Card>
  );
}
