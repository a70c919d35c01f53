"use client";
import { useSubscription } from "@trpc/tanstack-react-query";
import { useEffect, useMemo, useState } from "react";
import { parseAsString, useQueryState } from "nuqs";
import { errorText, useTRPC } from "../../../lib/api.ts";
import { Card } from "../../../ui/card.tsx";
import { ErrorNote } from "../../../ui/feedback.tsx";
import { LogLines, type BuildLine } from "../../builds/components/build-logs.tsx";

const keptLines = 5_000;
/** A search is sent when the typist has paused for this long. */
const typingMs = 300;
const levels = ["debug", "info", "warn", "error"] as const;
type Level = (typeof levels)[number];
type Line = BuildLine & { source: string; instanceId: string };

const control = "h-8 rounded-md border border-line-strong/50 bg-surface px-2 text-sm";

/** A handler's log as it is written, or that of one deployment; search and level in the URL. What does not match is not sent. */
export function LogTail({ handlerId, deploymentId, instanceIds = [] }: { handlerId: string; deploymentId?: string; instanceIds?: string[] }) {
  const trpc = useTRPC();
  const [lines, setLines] = useState<Line[]>([]);
  const [error, setError] = useState<string | null>(null);
  const [search, setSearch] = useQueryState("search", parseAsString.withDefault("").withOptions({ history: "replace", throttleMs: typingMs }));
  const [level, setLevel] = useQueryState("level", parseAsString.withDefault("").withOptions({ history: "replace" }));
  const [instanceId, setInstanceId] = useQueryState("instance", parseAsString.withDefault("").withOptions({ history: "replace" }));
  const [sent, setSent] = useState(search);
  useEffect(() => {
    const timer = setTimeout(() => setSent(search), typingMs);
    return () => clearTimeout(timer);
  }, [search]);
  const wanted = {
    handlerId,
    ...(deploymentId ? { deploymentId } : {}),
    ...(instanceId ? { instanceId } : {}),
    ...(sent ? { search: sent } : {}),
    ...(levels.includes(level as Level) ? { level: level as Level } : {}),
  };
  const key = JSON.stringify(wanted);
  useEffect(() => setLines([]), [key]);
  const { status } = useSubscription(
    trpc.deployments.logs.subscriptionOptions(wanted, {
      onData: ({ data }) => {
        setError(null);
        setLines((old) => (old.length > 0 && (old.at(-1) as Line).seq >= data.seq ? old : [...old, data].slice(-keptLines)));
      },
      onError: (e) => setError(errorText(e)),
    }),
  );
  const isFiltered = Boolean(sent || level || instanceId);
  const shown = useMemo(
    () =>
      lines.map((l) => {
        const who = instanceIds.length > 1 ? `#${l.instanceId.split("-").at(-1)} ` : "";
        return { ...l, text: l.source === "agent" ? `${who}[agent] ${l.text}` : `${who}${l.text}` };
      }),
    [lines, instanceIds.length],
  );
  return (
    <Card
      title="Log"
      flush
      note={
        status === "pending" ? (
          <span className="inline-flex items-center gap-1.5" role="status">
            <span aria-hidden className="size-1.5 animate-pulse rounded-full bg-good" />
            live, {lines.length} line{lines.length === 1 ? "" : "s"}
            {isFiltered && " that match"}
          </span>
        ) : (
          "connecting…"
        )
      }
      actions={
        <div className="flex flex-wrap items-center gap-2">
          {instanceIds.length > 1 && (
            <select aria-label="Instance" value={instanceId} onChange={(e) => void setInstanceId(e.target.value || null)} className={control}>
              <option value="">all instances</option>
              {instanceIds.map((id) => (
                <option key={id} value={id}>
                  #{id.split("-").at(-1)}
                </option>
              ))}
            </select>
          )}
          <select aria-label="Level" value={level} onChange={(e) => void setLevel(e.target.value || null)} className={control}>
            <option value="">all levels</option>
            {levels.map((l) => (
              <option key={l}>{l}</option>
            ))}
          </select>
          <input
            type="search"
            aria-label="Search in the log"
            placeholder="Search"
            value={search}
            onChange={(e) => void setSearch(e.target.value || null)}
            className={`${control} w-36`}
          />
        </div>
      }
    >
      {error && (
        <div className="p-4">
          <ErrorNote title="The log cannot be followed">{error}</ErrorNote>
        </div>
      )}
      {isFiltered && shown.length === 0 ? (
        <p className="p-4 text-sm text-muted">No line matches yet. New ones appear here as they are written.</p>
      ) : (
        <LogLines lines={shown} label="Handler log" className="h-[60dvh] rounded-b-lg" />
      )}
    </Card>
  );
}
