"use client";
import { CartesianGrid, ResponsiveContainer } from "recharts";
import type { ReactNode } from "react";

/** What charts share: axes, labels, the box of figures under the pointer, a named frame. */
export const axis = { tickLine: false, axisLine: false, tick: { fill: "var(--muted)", fontSize: 11 } } as const;
export const grid = <CartesianGrid vertical={false} stroke="var(--line)" />;
export const margin = { top: 8, right: 24, bottom: 18, left: 8 };
const labelStyle = { fill: "var(--muted)", fontSize: 11, textAnchor: "middle" } as const;
export const below = (value: string) => ({ value, position: "insideBottom" as const, offset: -14, style: labelStyle });
export const beside = (value: string) => ({ value, angle: -90, position: "insideLeft" as const, offset: 0, style: labelStyle });

/** Labels of a time axis, as fine as its span wants them. */
export function timeTick(spanMs: number): (ms: number) => string {
  return (ms) =>
    spanMs > 2 * 86_400_000
      ? new Date(ms).toLocaleDateString(undefined, { month: "short", day: "numeric" })
      : new Date(ms).toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit", ...(spanMs < 600_000 ? { second: "2-digit" } : {}) });
}

export function Box({ title, rows }: { title: ReactNode; rows: { color?: string; name: string; value: string }[] }) {
  return (
    <div className="rounded-md border bg-surface px-3 py-2 text-xs shadow-lg">
      <p className="mb-1 font-medium">{title}</p>
      <table>
        <tbody>
          {rows.map((row) => (
            <tr key={row.name}>
              <td className="pr-4">
                {row.color && <span aria-hidden className="mr-1.5 inline-block size-2 rounded-[2px]" style={{ background: row.color }} />}
                {row.name}
              </td>
              <td className="text-right">{row.value}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** A chart of the height given, named for those who cannot see it. */
export function Frame({ label, height, children }: { label: string; height: number; children: ReactNode }) {
  return (
    <figure aria-label={label} className="m-0">
      <ResponsiveContainer width="100%" height={height}>
        {children as never}
      </ResponsiveContainer>
    </figure>
  );
}
