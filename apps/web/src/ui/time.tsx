"use client";
import { useEffect, useState } from "react";
import { formatAgo } from "../lib/format.ts";
import { useIsAlive, useNow } from "../lib/now.ts";

type Moment = string | number | Date;

/** The same on the server and in every browser. */
const plain = (date: Date) => date.toISOString().slice(0, 19).replace("T", " ");

/** "5 min ago" that stays true, with the exact time on hover. */
export function Ago({ at }: { at: Moment | null }) {
  const isAlive = useIsAlive();
  const now = useNow();
  const [, tick] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => tick((n) => n + 1), 10_000);
    return () => clearInterval(timer);
  }, []);
  if (at === null) return <span className="text-muted">never</span>;
  const date = new Date(at);
  return (
    <time dateTime={date.toISOString()} title={isAlive ? date.toLocaleString() : plain(date)} className="whitespace-nowrap">
      {formatAgo(date, Math.max(now, date.getTime()))}
    </time>
  );
}

/** A moment in the reader's own time zone and language. */
export function At({ at, as = "moment" }: { at: Moment; as?: "moment" | "day" }) {
  const date = new Date(at);
  const isAlive = useIsAlive();
  const text = as === "day" ? plain(date).slice(0, 10) : plain(date);
  return <time dateTime={date.toISOString()}>{isAlive ? (as === "day" ? date.toLocaleDateString() : date.toLocaleString()) : text}</time>;
}
