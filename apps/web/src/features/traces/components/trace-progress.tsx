"use client";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useSubscription } from "@trpc/tanstack-react-query";
import { useState } from "react";
import { toast } from "sonner";
import { errorText, useTRPC } from "../../../lib/api.ts";
import { Button } from "../../../ui/button.tsx";
import { Card } from "../../../ui/card.tsx";
import { ProgressBar } from "../../../ui/progress-bar.tsx";
import { useCan } from "../../shell/helpers/session.ts";
import type { Trace } from "./traces-table.tsx";

/** An order's progress as it happens; what it was given until the first word comes. */
export function TraceProgress({ trace }: { trace: Trace }) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const canCancel = useCan("deployer");
  const [now, setNow] = useState(trace);
  useSubscription(
    trpc.traces.progress.subscriptionOptions(
      { traceId: trace.id },
      {
        onData: (next) => {
          setNow(next);
          if (next.state !== "queued" && next.state !== "running") void queryClient.invalidateQueries();
        },
      },
    ),
  );
  const cancel = useMutation(
    trpc.traces.cancel.mutationOptions({
      onSuccess: () => queryClient.invalidateQueries(),
      onError: (e) => toast.error("Not cancelled", { description: errorText(e) }),
    }),
  );
  return (
    <Card title={now.state === "queued" ? `Waiting for ${now.hostName}` : "Tracing now"}>
      <div role="status" className="flex flex-col gap-3 text-sm">
        <ProgressBar label="Starts traced" done={now.progress.done} of={Math.max(1, now.progress.of)} />
        <div className="flex flex-wrap items-center justify-between gap-2">
          <p className="tnum text-muted">
            {now.state === "queued"
              ? "The order goes out with the agent's next sync. Nothing happens as long as the host is away."
              : `${now.progress.done} of ${now.progress.of} starts, on ${now.hostName}`}
          </p>
          {canCancel && (
            <Button size="sm" busy={cancel.isPending} onClick={() => cancel.mutate({ traceId: now.id })}>
              Cancel
            </Button>
          )}
        </div>
      </div>
    </Card>
  );
}
