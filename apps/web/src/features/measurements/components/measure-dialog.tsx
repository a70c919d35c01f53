"use client";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useSubscription } from "@trpc/tanstack-react-query";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { toast } from "sonner";
import { errorText, useTRPC, type Outputs } from "../../../lib/api.ts";
import { Badge, StateBadge } from "../../../ui/badge.tsx";
import { Button } from "../../../ui/button.tsx";
import { Dialog } from "../../../ui/dialog.tsx";
import { ErrorNote, Skeleton } from "../../../ui/feedback.tsx";
import { CheckField, NumberField } from "../../../ui/field.tsx";
import { ProgressBar } from "../../../ui/progress-bar.tsx";
import { useCan } from "../../shell/helpers/session.ts";
import { defaultBuild } from "../helpers/default-build.ts";
import { isForOtherRuntimes } from "../../builds/helpers/pipeline-types.ts";
import { HostAndPathFields } from "./host-and-path-fields.tsx";
import { modeName } from "../../builds/helpers/build-name.ts";

type Measurement = Outputs["measurements"]["get"];

/** An order's progress as it happens. */
export function MeasurementProgress({ measurementId, onEnd }: { measurementId: string; onEnd?: (m: Measurement) => void }) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const canCancel = useCan("deployer");
  const [now, setNow] = useState<Measurement>();
  useSubscription(
    trpc.measurements.progress.subscriptionOptions(
      { measurementId },
      {
        onData: (m) => {
          setNow(m);
          if (m.state === "queued" || m.state === "running") return;
          void queryClient.invalidateQueries();
          if (m.state === "failed") toast.error("The measurement failed", { description: m.error ?? undefined });
          onEnd?.(m);
        },
      },
    ),
  );
  const cancel = useMutation(trpc.measurements.cancel.mutationOptions({ onError: (e) => toast.error("Not cancelled", { description: errorText(e) }) }));
  if (!now) return <Skeleton className="h-14" />;
  const going = now.state === "queued" || now.state === "running";
  return (
    <div className="flex flex-col gap-2" role="status">
      <div className="flex flex-wrap items-center justify-between gap-2 text-sm">
        <span className="flex items-center gap-2">
          <StateBadge state={now.state} />
          <span className="tnum">
            {now.samplesDone} of {now.samplesWanted} starts
          </span>
          <span className="text-muted">on {now.hostName}</span>
        </span>
        {going && canCancel && (
          <Button size="sm" busy={cancel.isPending} onClick={() => cancel.mutate({ measurementId })}>
            Cancel
          </Button>
        )}
      </div>
      <ProgressBar label="Starts measured" done={now.samplesDone} of={now.samplesWanted} />
      {now.state === "queued" && <p className="text-[13px] text-muted">Waiting for the agent to take the order.</p>}
      {now.error && <ErrorNote>{now.error}</ErrorNote>}
    </div>
  );
}

type Props = { handlerId: string; buildIds: string[]; open: boolean; onOpenChange: (open: boolean) => void };

/** Orders starts of one or more builds on a host; several are interleaved, so that they can be compared fairly. */
export function MeasureDialog({ handlerId, buildIds, open, onOpenChange }: Props) {
  const trpc = useTRPC();
  const router = useRouter();
  const [runs, setRuns] = useState("30");
  const [warmup, setWarmup] = useState("3");
  const [path, setPath] = useState("/");
  const [hostId, setHostId] = useState("");
  const [chosen, setChosen] = useState<string[] | null>(null);
  const [measurementId, setMeasurementId] = useState<string>();
  const hosts = useQuery(trpc.hosts.list.queryOptions(undefined, { enabled: open }));
  const builds = useQuery(trpc.builds.list.queryOptions({ handlerId, state: "succeeded", limit: 20 }, { enabled: open }));
  const measurable = builds.data?.builds.filter((b) => !isForOtherRuntimes(b));
  const likely = measurable && hosts.data && defaultBuild(measurable, hosts.data);
  const selected = chosen ?? (buildIds.length > 0 ? buildIds : likely ? [likely.id] : []);
  const create = useMutation(
    trpc.measurements.create.mutationOptions({
      onSuccess: (m) => setMeasurementId(m.measurementId),
      onError: (e) => toast.error("Not measured", { description: errorText(e) }),
    }),
  );
  const close = (next: boolean) => {
    if (!next) setMeasurementId(undefined);
    onOpenChange(next);
  };
  const show = () => {
    // The dialog's state is in the URL: going elsewhere closes it, and closing it first would undo the navigation.
    const only = selected.length === 1 ? `&buildId=${selected[0]}` : "";
    router.push(selected.length === 2 ? `/compare?handlerId=${handlerId}&a=${selected[1]}&b=${selected[0]}` : `/cold-starts?handlerId=${handlerId}${only}`);
  };
  const total = selected.length * (Number(runs) || 0);
  return (
    <Dialog
      open={open}
      onOpenChange={close}
      title="Measure cold starts"
      description="Each run is a fresh process, from just before its spawn to the last byte of its first response."
      footer={
        measurementId ? (
          <Button variant="primary" onClick={show}>
            {selected.length === 2 ? "Compare" : "Show cold starts"}
          </Button>
        ) : (
          <>
            <Button onClick={() => close(false)}>Cancel</Button>
            <Button
              variant="primary"
              disabled={selected.length === 0}
              busy={create.isPending}
              onClick={() => create.mutate({ buildIds: selected, runs: Number(runs), warmup: Number(warmup), path, ...(hostId ? { hostId } : {}) })}
            >
              Measure: {runs || 0} runs after {warmup || 0} warm-ups
            </Button>
          </>
        )
      }
    >
      {measurementId ? (
        <MeasurementProgress measurementId={measurementId} />
      ) : (
        <div className="flex flex-col gap-4">
          <fieldset className="min-w-0">
            <legend className="mb-2 text-[13px] font-medium">Builds {selected.length > 1 && <Badge className="ml-1">interleaved</Badge>}</legend>
            <div className="flex max-h-52 flex-col gap-2 overflow-y-auto">
              {measurable?.map((b) => (
                <CheckField
                  key={b.id}
                  label={`v${b.versionNumber} · ${modeName(b)}`}
                  hint={<span className="font-mono text-xs">{b.target}</span>}
                  checked={selected.includes(b.id)}
                  onChange={() => setChosen(selected.includes(b.id) ? selected.filter((id) => id !== b.id) : [...selected, b.id])}
                />
              ))}
              {measurable?.length === 0 && <p className="text-sm text-muted">There is no build yet. Build the handler first.</p>}
            </div>
          </fieldset>
          <div className="grid grid-cols-2 gap-3">
            <NumberField label="Runs" min={1} max={10_000} value={runs} onChange={setRuns} hint={selected.length > 1 ? `${total} starts in all` : undefined} />
            <NumberField
              label="Warm-ups (dropped)"
              min={0}
              max={1000}

              value={warmup}
              onChange={setWarmup}
            />
          </div>
          <div className="grid gap-3 sm:grid-cols-2">
            <HostAndPathFields hosts={hosts.data} hostId={hostId} onHost={setHostId} path={path} onPath={setPath} />
          </div>
        </div>
      )}
    </Dialog>
  );
}
