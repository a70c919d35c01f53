"use client";
import { isPooled, phases, type LaunchMode } from "@zerostart/protocol";
import Link from "next/link";
import { formatBytes, formatNs, formatPercent } from "../../../lib/format.ts";
import { phaseColor, type Sample } from "./phases.tsx";

/** One start, phase after phase, on one time axis. */
export function Waterfall({ sample }: { sample: Sample }) {
  let from = 0;
  const rows = sample.phases.map(({ phase, ns }) => {
    const row = { phase, ns, from, info: phases.find((p) => p.name === phase) };
    from += ns;
    return row;
  });
  const memory = [
    ["RSS", sample.rssBytes],
    ["PSS", sample.pssBytes],
    ["Private dirty", sample.privateDirtyBytes],
    ["Binary", sample.binaryBytes],
  ] as const;
  return (
    <div className="flex flex-col gap-4">
      <table className="relative w-full table-fixed text-sm">
        <caption className="sr-only">Phases of one start of {formatNs(sample.totalNs)}</caption>
        <colgroup>
          <col className="w-26" />
          <col />
          <col className="w-30" />
        </colgroup>
        <thead className="sr-only">
          <tr>
            <th scope="col">Phase</th>
            <th scope="col">When</th>
            <th scope="col">Time</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.phase} title={row.info ? `${row.info.what}. Shrinks with: ${row.info.shrink}` : undefined}>
              <th scope="row" className="w-24 py-1 pr-2 text-left text-[13px] font-normal">
                {row.info?.label ?? row.phase}
              </th>
              <td className="py-1">
                <div className="relative h-4 rounded bg-raised">
                  <div
                    className="absolute inset-y-0 min-w-px rounded-[3px]"
                    style={{ left: `${(row.from / sample.totalNs) * 100}%`, width: `${(row.ns / sample.totalNs) * 100}%`, background: phaseColor(row.phase) }}
                  />
                </div>
              </td>
              <td className="w-28 py-1 pl-2 text-right text-[13px] whitespace-nowrap">
                {formatNs(row.ns)} <span className="inline-block w-11 text-muted">{formatPercent(row.ns / sample.totalNs)}</span>
              </td>
            </tr>
          ))}
          <tr className="border-t">
            <th scope="row" className="pt-2 text-left text-[13px] font-semibold">
              Total
            </th>
            <td className="pt-2 text-[13px] text-muted">spawn to last byte of the first response</td>
            <td className="pt-2 pl-3 text-right text-[13px] font-semibold">
              {formatNs(sample.totalNs)} <span className="inline-block w-11" />
            </td>
          </tr>
        </tbody>
      </table>
      <dl className="flex flex-wrap gap-x-6 gap-y-1 text-[13px]">
        {memory.map(([name, value]) =>
          value === null ? null : (
            <div key={name} className="flex gap-1.5">
              <dt className="text-muted">{name}</dt>
              <dd className="tnum">{formatBytes(value)}</dd>
            </div>
          ),
        )}
        {sample.minorFaults !== null && (
          <div className="flex gap-1.5">
            <dt className="text-muted">Page faults</dt>
            <dd className="tnum">
              {sample.minorFaults} minor, {sample.majorFaults ?? 0} major
            </dd>
          </div>
        )}
      </dl>
      {sample.executor === "native" && !isPooled(sample.mode as LaunchMode) && (
        <p className="text-[13px] text-muted">
          What is in these phases?{" "}
          <Link className="underline hover:text-fg" href={`/profiles?handlerId=${sample.handlerId}&buildId=${sample.buildId}&dialog=trace`}>
            Trace this start
          </Link>
        </p>
      )}
    </div>
  );
}
