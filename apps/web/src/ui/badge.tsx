import type { ReactNode } from "react";
import { cn } from "../lib/cn.ts";

export type Tone = "neutral" | "good" | "warn" | "bad" | "info";
const tones: Record<Tone, string> = {
  neutral: "text-muted border-line bg-raised",
  good: "text-good border-good/30 bg-good/10",
  warn: "text-warn border-warn/30 bg-warn/10",
  bad: "text-bad border-bad/30 bg-bad/10",
  info: "text-info border-info/30 bg-info/10",
};

export function Badge({ tone = "neutral", children, className }: { tone?: Tone; children: ReactNode; className?: string }) {
  return (
    <span className={cn("inline-flex h-5.5 items-center gap-1.5 rounded-full border px-2 text-xs font-medium whitespace-nowrap", tones[tone], className)}>
      {children}
    </span>
  );
}

const stateTones: Record<string, Tone> = {
  succeeded: "good",
  healthy: "good",
  active: "good",
  done: "good",
  online: "good",
  running: "info",
  starting: "info",
  preparing: "info",
  queued: "neutral",
  superseded: "neutral",
  idle: "neutral",
  stopped: "neutral",
  cancelled: "neutral",
  offline: "warn",
  failed: "bad",
  unhealthy: "bad",
  backoff: "warn",
};
const dots: Record<Tone, string> = { neutral: "bg-muted", good: "bg-good", warn: "bg-warn", bad: "bg-bad", info: "bg-info animate-pulse" };

/** A state by its name, with a dot so that colour is not the only sign. */
export function StateBadge({ state }: { state: string }) {
  const tone = stateTones[state] ?? "neutral";
  return (
    <Badge tone={tone}>
      <span aria-hidden className={cn("size-1.5 rounded-full", dots[tone])} />
      {state}
    </Badge>
  );
}
