"use client";
import { useEffect, useState } from "react";
import { formatAgo } from "../lib/format.ts";

/** "5 min ago" that stays true, with the exact time on hover. */
export function Ago({ at }: { at: string | number | Date | null }) {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 10_000);
    return () => clearInterval(timer);
  }, []);
  if (at === null) return <span className="text-muted">never</span>;
  const date = new Date(at);
  return (
    <time dateTime={date.toISOString()} title={date.toLocaleString()} className="whitespace-nowrap" suppressHydrationWarning>
      {formatAgo(date, Math.max(now, date.getTime()))}
    </time>
  );
}
