"use client";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { RotateCw } from "lucide-react";
import Link from "next/link";
import { useRouter } from "next/navigation";
import { parseAsString, useQueryState } from "nuqs";
import { toast } from "sonner";
import { errorText, useTRPC, type Outputs } from "../../../lib/api.ts";
import { cn } from "../../../lib/cn.ts";
import { Badge, StateBadge } from "../../../ui/badge.tsx";
import { Button } from "../../../ui/button.tsx";
import { Card } from "../../../ui/card.tsx";
import { ConfirmButton } from "../../../ui/confirm.tsx";
import { CopyButton } from "../../../ui/copy.tsx";
import { Empty, ErrorNote, NotShown, Skeleton } from "../../../ui/feedback.tsx";
import { PageHeader } from "../../../ui/page.tsx";
import { Ago } from "../../../ui/time.tsx";
import { ProgressBar } from "../../../ui/progress-bar.tsx";
import { formatDifference, formatP, formatValue } from "../../compare/helpers/verdict.ts";
import { useCan } from "../../shell/helpers/session.ts";
import { PhasesCard } from "./phases-card.tsx";
import type { ArtifactMode, ArtifactTarget } from "@zerostart/protocol";

type Experiment = Outputs["experiments"]["get"];
type HostResult = Experiment["results"][number];
type Figures = HostResult["variants"][number];

/** "41 % lower", or "25 times as long" where a percentage says nothing any more. */
function shareText(ratio: number | null, verdict: string): string {
  if (ratio === null) return "";
  return ratio >= 3 ? ` (${ratio.toFixed(ratio < 10 ? 1 : 0)} times as long)` : ` (${Math.abs((1 - ratio) * 100).toFixed(0)} % ${verdict})`;
}

/** "embedded instead of source: −1.2 ms (41 %)", or "… 0 ms, not significant": what may honestly be said. */
function sentence(label: string, base: string, figures: Figures): { text: string; tone: "good" | "bad" | "neutral" } {
  const total = figures.metrics.find((m) => m.metric === "total")?.comparison;
  if (!total) return { text: `${label} instead of ${base}: not measured yet`, tone: "neutral" };
  const lead = `${label} instead of ${base}: ${formatDifference(total.median.difference, "ns")}`;
  if (total.verdict === "too-few") return { text: `${lead}, too few runs to say`, tone: "neutral" };
  if (total.verdict === "not-significant") return { text: `${lead}, not significant`, tone: "neutral" };
  return { text: `${lead}${shareText(total.ratio, total.verdict)}`, tone: total.verdict === "lower" ? "good" : "bad" };
}

function ResultTable({ experiment, result, metric }: { experiment: Experiment; result: HostResult; metric: Experiment["metrics"][number] }) {
  const heads = ["Variant", "Runs", "Median", "p95", "Difference", "95 % interval", "Rank test (adjusted)", ""];
  return (
    <div className="relative overflow-x-auto" tabIndex={0} role="region" aria-label={`${metric.label} by variant`}>
      <table className="w-full text-sm">
        <thead>
          <tr className="border-b text-xs text-muted">
            {heads.map((h, i) => (
              <th key={h} scope="col" className={cn("px-4 py-2 font-medium whitespace-nowrap", i >= 1 && i <= 5 ? "text-right" : "text-left")}>
                {h || <span className="sr-only">Verdict</span>}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {result.variants.map((v, i) => {
            const variant = experiment.variants[i];
            const figures = v.metrics.find((m) => m.metric === metric.metric);
            const c = figures?.comparison;
            return (
              <tr key={variant?.label} className="border-b last:border-b-0">
                <th scope="row" className="px-4 py-2 text-left font-medium whitespace-nowrap">
                  <Link href={`/builds/${variant?.buildId}`} className="hover:underline">
                    {variant?.label}
                  </Link>
                </th>
                <td className="px-4 py-2 text-right">{v.count}</td>
                <td className="px-4 py-2 text-right whitespace-nowrap">{figures?.summary ? formatValue(figures.summary.p50, metric.unit) : "–"}</td>
                <td className="px-4 py-2 text-right whitespace-nowrap">{figures?.summary ? formatValue(figures.summary.p95, metric.unit) : "–"}</td>
                <td className="px-4 py-2 text-right whitespace-nowrap">{c ? formatDifference(c.median.difference, metric.unit) : "–"}</td>
                <td className="px-4 py-2 text-right whitespace-nowrap text-muted">
                  {c ? `${formatDifference(c.median.low, metric.unit)} to ${formatDifference(c.median.high, metric.unit)}` : "–"}
                </td>
                <td className="px-4 py-2 whitespace-nowrap text-muted">{c ? formatP(c.pAdjusted) : "–"}</td>
                <td className="px-4 py-2">
                  {i === 0 ? (
                    <Badge>baseline</Badge>
                  ) : c ? (
                    <Badge tone={c.verdict === "lower" ? "good" : c.verdict === "higher" ? "bad" : "neutral"}>
                      {c.verdict === "not-significant" ? "not significant" : c.verdict === "too-few" ? "too few" : c.verdict}
                    </Badge>
                  ) : null}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

function Progress({ experiment: e }: { experiment: Experiment }) {
  const away = e.hosts.filter((h) => !h.online && (h.orderState === "queued" || h.orderState === "running"));
  const building = e.variants.filter((v) => v.buildState === "queued" || v.buildState === "running").length;
  return (
    <Card title={e.state === "preparing" ? "Building what is missing" : "Measuring now"}>
      <div role="status" className="flex flex-col gap-2 text-sm">
        <span className="tnum">
          {e.state === "preparing"
            ? `${e.variants.length - building} of ${e.variants.length} variants are built`
            : `${e.samplesDone} of ${e.samplesWanted} starts; the figures below are those so far`}
        </span>
        <ProgressBar label="Starts measured" done={e.samplesDone} of={e.samplesWanted} />
        {away.map((h) => (
          <p key={h.id} className="text-warn">
            {h.name} was last heard of <Ago at={h.lastSeenAt} />. What it measures goes on when its agent is back; cancelling keeps what there is.
          </p>
        ))}
      </div>
    </Card>
  );
}

export function ExperimentPage({ experimentId }: { experimentId: string }) {
  const trpc = useTRPC();
  const router = useRouter();
  const queryClient = useQueryClient();
  const canRun = useCan("deployer");
  const [hostId, setHostId] = useQueryState("hostId", parseAsString);
  const { data: e, error } = useQuery(
    trpc.experiments.get.queryOptions(
      { experimentId },
      { refetchInterval: ({ state }) => (state.data?.state === "preparing" || state.data?.state === "running" ? 1_500 : false) },
    ),
  );
  const cancel = useMutation(
    trpc.experiments.cancel.mutationOptions({
      onSuccess: () => queryClient.invalidateQueries(),
      onError: (x) => toast.error("Not cancelled", { description: errorText(x) }),
    }),
  );
  const rerun = useMutation(
    trpc.experiments.create.mutationOptions({
      onSuccess: (made) => router.push(`/experiments/${made.experimentId}`),
      onError: (x) => toast.error("Not started", { description: errorText(x) }),
    }),
  );
  if (error) return <NotShown what="experiment" error={error} back={{ label: "Experiments", href: "/experiments" }} />;
  if (!e)
    return (
      <>
        <PageHeader title="Experiment" trail={[{ label: "Experiments", href: "/experiments" }]} />
        <Skeleton className="h-96" />
      </>
    );
  const going = e.state === "preparing" || e.state === "running";
  const result = e.results.find((r) => r.hostId === hostId) ?? e.results[0];
  const base = e.variants[0]?.label ?? "";
  const failedBuilds = e.variants.filter((v) => v.buildState === "failed");
  return (
    <>
      <PageHeader
        title={e.name}
        trail={[
          { label: "Experiments", href: "/experiments" },
          { label: e.handlerName, href: `/handlers/${e.handlerId}` },
        ]}
        actions={
          <>
            {e.hosts.length > 1 && (
              <select
                aria-label="Host"
                value={result?.hostId ?? ""}
                onChange={(x) => void setHostId(x.target.value)}
                className="h-9 rounded-md border border-line-strong/50 bg-surface px-3 text-sm"
              >
                {e.hosts.map((h) => (
                  <option key={h.id} value={h.id}>
                    {h.name}
                  </option>
                ))}
              </select>
            )}
            <span className="flex items-center gap-1 text-[13px] text-muted">
              Share <CopyButton label="Copy link to this experiment" />
            </span>
            {going && canRun && (
              <ConfirmButton
                title="Cancel this experiment?"
                description="What was measured so far stays."
                action="Cancel experiment"
                busy={cancel.isPending}
                onConfirm={() => cancel.mutate({ experimentId })}
              >
                Cancel
              </ConfirmButton>
            )}
            {canRun && (
              <Button asChild>
                <Link href={`/experiments/new?from=${e.id}`}>Change</Link>
              </Button>
            )}
            {!going && canRun && (
              <Button
                busy={rerun.isPending}
                onClick={() =>
                  rerun.mutate({
                    handlerId: e.handlerId,
                    name: e.name,
                    runs: e.runs,
                    warmup: e.warmup,
                    path: e.path,
                    hostIds: e.hosts.map((h) => h.id),
                    variants: e.variants.map((v) => ({
                      versionId: v.versionId,
                      mode: v.mode as ArtifactMode,
                      target: v.target as ArtifactTarget,
                      symbols: v.symbols,
                      prime: v.prime,
                      knobs: v.knobs,
                    })),
                  })
                }
              >
                <RotateCw /> Run again
              </Button>
            )}
          </>
        }
      >
        <span className="flex flex-wrap items-center gap-2">
          <StateBadge state={e.state} />
          <span>
            {e.runs} runs of each after {e.warmup} warm-ups, in turns, GET {e.path}; asked by {e.createdBy}, <Ago at={e.createdAt} />
          </span>
        </span>
      </PageHeader>
      <div className="flex flex-col gap-4">
        {e.error && (
          <ErrorNote title="This experiment failed">
            <pre className="font-mono text-xs whitespace-pre-wrap">{e.error}</pre>
            {failedBuilds.length > 0 && (
              <p className="mt-2 flex flex-wrap gap-x-3">
                {failedBuilds.map((v) => (
                  <Link key={v.label} href={`/builds/${v.buildId}`} className="underline">
                    Build of {v.label}
                  </Link>
                ))}
              </p>
            )}
          </ErrorNote>
        )}
        {going && <Progress experiment={e} />}
        {!result || e.samplesDone === 0 ? (
          !going && (
            <Card flush>
              <Empty
                title="Nothing was measured"
                action={
                  canRun && (
                    <Button asChild>
                      <Link href={`/experiments/new?from=${e.id}`}>Choose other variants</Link>
                    </Button>
                  )
                }
              >
                Run it again, or choose other variants.
              </Empty>
            </Card>
          )
        ) : (
          <>
            <Card title="Answer" note={e.hosts.length > 1 ? `On ${e.hosts.find((h) => h.id === result.hostId)?.name}` : "Total time, spawn to last byte"}>
              <ul className="flex flex-col gap-1.5 text-[15px]">
                {e.variants.slice(1).map((v, i) => {
                  const { text, tone } = sentence(v.label, base, result.variants[i + 1] as Figures);
                  return (
                    <li key={v.label} className="flex items-start gap-2">
                      <span
                        aria-hidden
                        className={cn("mt-2 size-2 shrink-0 rounded-full", { good: "bg-good", bad: "bg-bad", neutral: "bg-line-strong" }[tone])}
                      />
                      {text}
                    </li>
                  );
                })}
              </ul>
            </Card>
            <PhasesCard variants={e.variants} figures={result.variants} />
            {e.metrics.map((metric) =>
              result.variants.some((v) => v.metrics.some((m) => m.metric === metric.metric && m.summary)) ? (
                <Card
                  key={metric.metric}
                  title={metric.label}
                  note="Bootstrap interval of the difference of medians; Mann-Whitney test, adjusted by Holm for the number of variants"
                  flush
                >
                  <ResultTable experiment={e} result={result} metric={metric} />
                </Card>
              ) : null,
            )}
            <p className="text-sm text-muted">
              <Link className="underline hover:text-fg" href={`/cold-starts?handlerId=${e.handlerId}&measurementId=${result.measurementId}&window=all`}>
                Every start of this experiment
              </Link>
            </p>
          </>
        )}
      </div>
    </>
  );
}
