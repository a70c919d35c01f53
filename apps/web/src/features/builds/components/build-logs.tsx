"use client";
import { useSubscription } from "@trpc/tanstack-react-query";
import { useEffect, useRef, useState } from "react";
import { errorText, useTRPC } from "../../../lib/api.ts";
import { cn } from "../../../lib/cn.ts";
import { StateBadge } from "../../../ui/badge.tsx";
import { modeName } from "../helpers/build-name.ts";

export type BuildLine = { seq: number; at: string; level: string; text: string };
type Feed = { lines: Map<string, BuildLine[]>; states: Map<string, string>; error: string | null };

/** The logs of some builds as they are written, by build; one connection for all of them. */
export function useBuildLogs(buildIds: string[]): Feed {
  const trpc = useTRPC();
  const [feed, setFeed] = useState<Feed>({ lines: new Map(), states: new Map(), error: null });
  const ids = buildIds.join(",");
  useEffect(() => setFeed({ lines: new Map(), states: new Map(), error: null }), [ids]);
  useSubscription(
    trpc.builds.logs.subscriptionOptions(
      { buildIds },
      {
        enabled: buildIds.length > 0,
        onData: ({ data }) =>
          setFeed((old) => {
            if (data.kind === "state") return { ...old, states: new Map(old.states).set(data.buildId, data.state) };
            const before = old.lines.get(data.buildId) ?? [];
            if (before.some((line) => line.seq === data.seq)) return old;
            return { ...old, lines: new Map(old.lines).set(data.buildId, [...before, data]) };
          }),
        onError: (error) => setFeed((old) => ({ ...old, error: errorText(error) })),
      },
    ),
  );
  return feed;
}

const tones: Record<string, string> = { error: "text-bad", warn: "text-warn" };

/** Lines with their times; stays at the end while the reader is there. */
export function LogLines({ lines, className, label }: { lines: BuildLine[]; className?: string; label: string }) {
  const box = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  useEffect(() => {
    if (box.current && atEnd.current) box.current.scrollTop = box.current.scrollHeight;
  }, [lines]);
  return (
    <div
      ref={box}
      role="log"
      aria-label={label}
      tabIndex={0}
      onScroll={(event) => {
        const { scrollHeight, scrollTop, clientHeight } = event.currentTarget;
        atEnd.current = scrollHeight - scrollTop - clientHeight < 24;
      }}
      className={cn("overflow-auto bg-bg px-3 py-2 font-mono text-xs leading-relaxed", className)}
    >
      {lines.length === 0 ? (
        <p className="text-muted">Waiting for the first line…</p>
      ) : (
        lines.map((line) => (
          <div key={line.seq} className="flex gap-3">
            <time className="shrink-0 text-muted select-none" dateTime={line.at}>
              {new Date(line.at).toLocaleTimeString(undefined, { hour12: false })}
            </time>
            <span className={cn("min-w-0 break-words whitespace-pre-wrap", tones[line.level])}>{line.text}</span>
          </div>
        ))
      )}
    </div>
  );
}

/** Builds that go on now, each with the end of its log. */
export function LiveBuilds({ builds }: { builds: { id: string; target: string; mode: string; symbols: boolean; prime: readonly string[]; state: string }[] }) {
  const { lines, states, error } = useBuildLogs(builds.map((b) => b.id));
  return (
    <div className="grid gap-3 md:grid-cols-2">
      {builds.map((build) => (
        <section key={build.id} aria-label={`Build for ${build.target}, ${build.mode}`} className="overflow-hidden rounded-lg border bg-surface">
          <header className="flex items-center justify-between gap-3 border-b px-3 py-2 text-[13px]">
            <span className="truncate font-mono text-xs">
              {build.target} · {modeName(build)}
            </span>
            <StateBadge state={states.get(build.id) ?? build.state} />
          </header>
          <LogLines lines={lines.get(build.id) ?? []} label={`Log of ${build.target}, ${build.mode}`} className="h-36" />
        </section>
      ))}
      {error && (
        <p className="text-sm text-bad" role="alert">
          {error}
        </p>
      )}
    </div>
  );
}
