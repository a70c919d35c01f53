import type { ReactNode } from "react";
import { cn } from "../lib/cn.ts";

/** A titled surface. `actions` sit at the right of the title. */
export function Card({
  title,
  note,
  actions,
  children,
  className,
  flush,
}: {
  title?: ReactNode;
  note?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
  className?: string;
  flush?: boolean;
}) {
  return (
    <section className={cn("min-w-0 rounded-lg border bg-surface", className)}>
      {title && (
        <header className="flex flex-wrap items-center justify-between gap-x-4 gap-y-1 border-b px-4 py-3">
          <div className="min-w-0">
            <h2 className="text-sm font-semibold">{title}</h2>
            {note && <p className="text-[13px] text-muted">{note}</p>}
          </div>
          {actions && <div className="flex items-center gap-2">{actions}</div>}
        </header>
      )}
      <div className={flush ? "" : "p-4"}>{children}</div>
    </section>
  );
}

/** One figure with its name; `hint` is the small print below. */
export function Stat({ label, value, hint }: { label: string; value: ReactNode; hint?: ReactNode }) {
  return (
    <div className="min-w-0 rounded-lg border bg-surface px-4 py-3">
      <dt className="text-[13px] text-muted">{label}</dt>
      <dd className="tnum mt-0.5 truncate text-xl font-semibold tracking-tight">{value}</dd>
      {hint && <dd className="mt-0.5 truncate text-[13px] text-muted">{hint}</dd>}
    </div>
  );
}
