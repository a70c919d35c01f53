"use client";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Undo2 } from "lucide-react";
import { toast } from "sonner";
import { errorText, useTRPC, type Outputs } from "../../../lib/api.ts";
import { useIsAlive } from "../../../lib/now.ts";
import { Button } from "../../../ui/button.tsx";
import { ConfirmButton } from "../../../ui/confirm.tsx";
import { Tip } from "../../../ui/tip.tsx";

export type Deployment = Outputs["deployments"]["list"]["deployments"][number];

/** Deploying an older build is rolling back: the artifact is there, nothing is built. */
export function RollbackButton({ deployment }: { deployment: Deployment }) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const redeploy = useMutation(
    trpc.deployments.create.mutationOptions({
      onSuccess: (made) => {
        toast.success(`Rolling back on ${made.hostName}`);
        void queryClient.invalidateQueries();
      },
      onError: (e) => toast.error("Not rolled back", { description: errorText(e) }),
    }),
  );
  return (
    <Button size="sm" busy={redeploy.isPending} onClick={() => redeploy.mutate({ buildId: deployment.buildId, hostId: deployment.hostId })}>
      <Undo2 /> Roll back to this
    </Button>
  );
}

/** Puts back what an active deployment replaced. */
export function PutBackButton({ deployment }: { deployment: Deployment }) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const rollback = useMutation(
    trpc.deployments.rollback.mutationOptions({
      onSuccess: (made) => {
        toast.success(`Rolling back on ${made.hostName}`);
        void queryClient.invalidateQueries();
      },
      onError: (e) => toast.error("Not rolled back", { description: errorText(e) }),
    }),
  );
  return (
    <Button busy={rollback.isPending} onClick={() => rollback.mutate({ deploymentId: deployment.id })}>
      <Undo2 /> Roll back
    </Button>
  );
}

export function StopButton({ deployment: d }: { deployment: Deployment }) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const stop = useMutation(
    trpc.deployments.stop.mutationOptions({
      onSuccess: () => {
        toast.success(`${d.handlerName} is being stopped on ${d.hostName}`);
        void queryClient.invalidateQueries();
      },
      onError: (e) => toast.error("Not stopped", { description: errorText(e) }),
    }),
  );
  return (
    <ConfirmButton
      title={`Stop ${d.handlerName} on ${d.hostName}?`}
      description="Its address stops answering. You can deploy it again at any time."
      action="Stop"
      busy={stop.isPending}
      onConfirm={() => stop.mutate({ deploymentId: d.id })}
    >
      Stop
    </ConfirmButton>
  );
}

/** Said to those whose browser is elsewhere: the link would lead to their own machine. */
export function LocalOnly({ hostName }: { hostName: string }) {
  const isAlive = useIsAlive();
  if (!isAlive || ["localhost", "127.0.0.1", "[::1]"].includes(window.location.hostname)) return null;
  return (
    <Tip text="Start its agent with --listen 0.0.0.0 (and --advertise NAME) to have handlers answer from outside.">
      <span tabIndex={0} className="text-[13px] text-warn">
        on {hostName} itself only
      </span>
    </Tip>
  );
}
