"use client";
import { useSubscription } from "@trpc/tanstack-react-query";
import { useMemo, useState } from "react";
import { errorText, useTRPC } from "../../../lib/api.ts";
import { Badge } from "../../../ui/badge.tsx";
import { Card } from "../../../ui/card.tsx";
import { ErrorNote } from "../../../ui/feedback.tsx";
import { LogLines, type BuildLine } from "../../builds/components/build-logs.tsx";

const keptLines = 5_000;
type Line = BuildLine & { source: string };

/** A handler's log as it is written, with a filter. */
export function LogTail({ handlerId }: { handlerId: string }) {
  const trpc = useTRPC();
  const [lines, setLines] = useState<Line[]>([]);
  const [error, setError] = useState<string | null>(null);
  const [search, setSearch] = useState("");
  const [level, setLevel] = useState("");
  const { status } = useSubscription(
    trpc.deployments.logs.subscriptionOptions(
      { handlerId },
      {
        onData: ({ data }) => {
          setError(null);
          setLines((old) => (old.length > 0 && (old.at(-1) as Line).seq >= data.seq ? old : [...old, data].slice(-keptLines)));
        },
        onError: (e) => setError(errorText(e)),
      },
    ),
  );
  const shown = useMemo(() => {
    const wanted = search.toLowerCase();
    return lines
      .filter((l) => (level === "" || l.level === level) && (wanted === "" || l.text.toLowerCase().includes(wanted)))
      .map((l) => (l.source === "agent" ? { ...l, text: `[agent] ${l.text}` } : l));
  }, [lines, search, level]);
  return (
    <Card
      title="Log"
      flush
      note={
        status === "pending" ? (
          <span className="inline-flex items-center gap-1.5">
            <span aria-hidden className="size-1.5 animate-pulse rounded-full bg-good" />
            live, {lines.length} lines
          </span>
        ) : (
          "connecting…"
        )
      }
      actions={
        <>
          <select
            aria-label="Level"
            value={level}
            onChange={(e) => setLevel(e.target.value)}
            className="h-8 rounded-md border border-line-strong/50 bg-surface px-2 text-sm"
          >
            <option value="">all levels</option>
            {["debug", "info", "warn", "error"].map((l) => (
              <option key={l}>{l}</option>
            ))}
          </select>
          <input
            type="search"
            aria-label="Search in the log"
            placeholder="Search"
            value={search}
            onChange={(e) => setSearch(e.target.value)}
            className="h-8 w-36 rounded-md border border-line-strong/50 bg-surface px-2.5 text-sm"
          />
        </>
      }
    >
      {error && (
        <div className="p-4">
          <ErrorNote title="The log cannot be followed">{error}</ErrorNote>
        </div>
      )}
      {lines.length > 0 && shown.length === 0 ? (
        <p className="p-4 text-sm text-muted">
          No line matches. <Badge>{lines.length} lines</Badge>
        </p>
      ) : (
        <LogLines lines={shown} label="Handler log" className="h-[60dvh] rounded-b-lg" />
      )}
    </Card>
  );
}
