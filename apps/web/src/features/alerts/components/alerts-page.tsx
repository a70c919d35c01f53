"use client";
import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { BellRing } from "lucide-react";
import Link from "next/link";
import { toast } from "sonner";
import { errorText, useTRPC } from "../../../lib/api.ts";
import { Badge } from "../../../ui/badge.tsx";
import { Button } from "../../../ui/button.tsx";
import { Card } from "../../../ui/card.tsx";
import { Empty, ErrorNote, TableSkeleton } from "../../../ui/feedback.tsx";
import { PageHeader } from "../../../ui/page.tsx";
import { Ago } from "../../../ui/time.tsx";
import { Tip } from "../../../ui/tip.tsx";
import { useCan } from "../../shell/helpers/session.ts";
import { ChannelsCard } from "./channels-card.tsx";

export function AlertsPage() {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const canAcknowledge = useCan("deployer");
  const isAdmin = useCan("admin");
  const { data, error, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(
    trpc.alerts.list.infiniteQueryOptions({}, { getNextPageParam: (page) => page.nextCursor }),
  );
  const acknowledge = useMutation(
    trpc.alerts.acknowledge.mutationOptions({
      onSuccess: () => queryClient.invalidateQueries(),
      onError: (e) => toast.error("Not acknowledged", { description: errorText(e) }),
    }),
  );
  const alerts = data?.pages.flatMap((page) => page.alerts) ?? [];
  return (
    <>
      <PageHeader title="Alerts">Builds that start slower, need more memory or grew, and whom that was told.</PageHeader>
      <div className="flex flex-col gap-4">
        {error ? (
          <ErrorNote title="Alerts cannot be listed" error={error} />
        ) : (
          <Card flush>
            {!data ? (
              <TableSkeleton />
            ) : alerts.length === 0 ? (
              <Empty icon={<BellRing />} title="No alerts">
                Each new build is measured against the one it replaces. When it does significantly worse, it says so here and in the channels below.
              </Empty>
            ) : (
              <ul>
                {alerts.map((a) => (
                  <li key={a.id} className="flex flex-wrap items-start justify-between gap-3 border-b px-4 py-3 last:border-b-0">
                    <div className="min-w-0 flex-1">
                      <p className="flex flex-wrap items-center gap-2 text-sm">
                        <Badge tone={a.kind === "test" ? "neutral" : a.acknowledgedAt ? "neutral" : "bad"}>{a.kind}</Badge>
                        <Link href={a.path} className="font-medium hover:underline">
                          {a.title}
                        </Link>
                      </p>
                      <p className="mt-1 text-sm text-muted">{a.text}</p>
                      <p className="mt-1 flex flex-wrap items-center gap-2 text-[13px] text-muted">
                        <Ago at={a.createdAt} />
                        {a.deliveries.map((d) => (
                          <Tip key={d.channel} text={d.error ?? (d.state === "done" ? "delivered" : "waiting to be delivered")}>
                            <span tabIndex={0}>
                              <Badge tone={d.state === "done" ? "good" : d.state === "failed" ? "bad" : d.error ? "warn" : "neutral"}>
                                {d.channel}: {d.state === "done" ? "delivered" : d.state === "failed" ? "failed" : d.error ? "trying again" : "queued"}
                              </Badge>
                            </span>
                          </Tip>
                        ))}
                      </p>
                    </div>
                    {a.acknowledgedAt ? (
                      <span className="text-[13px] text-muted">seen by {a.acknowledgedBy}</span>
                    ) : (
                      canAcknowledge && (
                        <Button size="sm" onClick={() => acknowledge.mutate({ alertId: a.id })}>
                          Acknowledge
                        </Button>
                      )
                    )}
                  </li>
                ))}
              </ul>
            )}
          </Card>
        )}
        {hasNextPage && (
          <Button className="self-center" busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            Older alerts
          </Button>
        )}
        {isAdmin && <ChannelsCard />}
      </div>
    </>
  );
}
