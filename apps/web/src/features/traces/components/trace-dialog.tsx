"use client";
import { isPooled, type LaunchMode } from "@zerostart/protocol";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { toast } from "sonner";
import { errorText, useTRPC } from "../../../lib/api.ts";
import { Button } from "../../../ui/button.tsx";
import { Dialog } from "../../../ui/dialog.tsx";
import { CheckField, NumberField, SelectField } from "../../../ui/field.tsx";
import { HostAndPathFields } from "../../measurements/components/host-and-path-fields.tsx";
import { defaultBuild } from "../../measurements/helpers/default-build.ts";
import { modeName } from "../../builds/helpers/build-name.ts";

type Props = { handlerId?: string | undefined; buildId?: string | undefined; open: boolean; onOpenChange: (open: boolean) => void };

/** Orders a trace: of which build, on which host, with which knobs. */
export function TraceDialog({ handlerId, buildId, open, onOpenChange }: Props) {
  const trpc = useTRPC();
  const router = useRouter();
  const [chosenHandler, setChosenHandler] = useState<string>();
  const [chosenBuild, setChosenBuild] = useState<string>();
  const [hostId, setHostId] = useState("");
  const [runs, setRuns] = useState("200");
  const [path, setPath] = useState("/");
  const [heapMb, setHeapMb] = useState("");
  const [sandbox, setSandbox] = useState(true);
  const handlers = useQuery(trpc.handlers.list.queryOptions(undefined, { enabled: open && !handlerId }));
  const hosts = useQuery(trpc.hosts.list.queryOptions(undefined, { enabled: open }));
  const handler = handlerId ?? chosenHandler ?? handlers.data?.[0]?.id;
  const list = useQuery(
    trpc.builds.list.queryOptions({ handlerId: handler ?? "", state: "succeeded", limit: 100 }, { enabled: open && handler !== undefined }),
  );
  const builds = (list.data?.builds ?? []).filter((b) => b.artifact?.executor === "native" && !isPooled(b.mode as LaunchMode));
  const build = chosenBuild ?? (builds.some((b) => b.id === buildId) ? buildId : hosts.data && defaultBuild(builds, hosts.data)?.id);
  const create = useMutation(
    trpc.traces.create.mutationOptions({
      onSuccess: ({ traceId }) => router.push(`/profiles/${traceId}`),
      onError: (e) => toast.error("Not traced", { description: errorText(e) }),
    }),
  );
  const knobs = { ...(heapMb === "" ? {} : { heapMb: Number(heapMb) }), ...(sandbox ? {} : { sandbox: false }) };
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title="Trace a start"
      description="The host starts the program some hundred times and looks on: system calls, page faults, and where the processor is, down to your functions. It takes a few seconds."
      footer={
        <>
          <Button onClick={() => onOpenChange(false)}>Cancel</Button>
          <Button
            variant="primary"
            disabled={!build}
            busy={create.isPending}
            onClick={() => build && create.mutate({ buildId: build, runs: Number(runs), path, knobs, ...(hostId ? { hostId } : {}) })}
          >
            Trace {runs || 0} starts
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-4">
        {!handlerId && (
          <SelectField
            label="Handler"
            value={handler ?? ""}
            onChange={(e) => {
              setChosenHandler(e.target.value);
              setChosenBuild(undefined);
            }}
          >
            {handlers.data?.map((h) => (
              <option key={h.id} value={h.id}>
                {h.name}
              </option>
            ))}
          </SelectField>
        )}
        <SelectField
          label="Build"
          value={build ?? ""}
          onChange={(e) => setChosenBuild(e.target.value)}
          hint={
            list.data && builds.length === 0
              ? "No native build in a mode that starts a process of its own: build the handler first."
              : "Pooled modes fork a running process and cannot be traced."
          }
        >
          {builds.map((b) => (
            <option key={b.id} value={b.id}>
              v{b.versionNumber} · {modeName(b)} · {b.target}
            </option>
          ))}
        </SelectField>
        <div className="grid gap-3 sm:grid-cols-2">
          <HostAndPathFields hosts={hosts.data} hostId={hostId} onHost={setHostId} path={path} onPath={setPath} />
          <NumberField label="Sampled starts" min={10} max={1_000} value={runs} onChange={setRuns} hint="More starts, finer shares" />
          <NumberField label="Memory, MiB" min={1} max={1_024} placeholder="default" value={heapMb} onChange={setHeapMb} />
        </div>
        <CheckField label="Sandbox" hint="As in service; without it the start has fewer system calls" checked={sandbox} onChange={() => setSandbox(!sandbox)} />
      </div>
    </Dialog>
  );
}
