"use client";
import { modeProblem, primeProblem, targets, type LaunchMode, type TargetTriple } from "@zerostart/protocol";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { toast } from "sonner";
import { errorText, useTRPC } from "../../../lib/api.ts";
import { toggle } from "../../../lib/toggle.ts";
import { Button } from "../../../ui/button.tsx";
import { Dialog } from "../../../ui/dialog.tsx";
import { ErrorNote } from "../../../ui/feedback.tsx";
import { CheckField, SelectField, TextField } from "../../../ui/field.tsx";
import { parsePrime } from "../helpers/prime.ts";
import { LaunchModeFields } from "./launch-mode-fields.tsx";

type Version = { id: string; number: number };

/** Chooses platforms and launch modes; one build for each pair. */
export function BuildDialog({
  handlerId,
  versions,
  open,
  onOpenChange,
  onStarted,
}: {
  handlerId: string;
  versions: Version[];
  open: boolean;
  onOpenChange: (open: boolean) => void;
  onStarted: () => void;
}) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const [versionId, setVersionId] = useState("");
  const [chosenTargets, setTargets] = useState<TargetTriple[]>(["x86_64-linux-musl"]);
  const [chosenModes, setModes] = useState<LaunchMode[]>(["snapshot"]);
  const toolchain = useQuery(trpc.builds.toolchain.queryOptions(undefined, { enabled: open, staleTime: 60_000 }));
  const [prime, setPrime] = useState("");
  const paths = parsePrime(prime);
  const start = useMutation(
    trpc.builds.start.mutationOptions({
      onSuccess: ({ builds }) => {
        void queryClient.invalidateQueries();
        toast.success(builds.length === 1 ? "Build started" : `${builds.length} builds started`);
        onOpenChange(false);
        onStarted();
      },
      onError: (error) => toast.error("No build was started", { description: errorText(error) }),
    }),
  );
  const problems = chosenTargets.flatMap((target) => chosenModes.flatMap((mode) => modeProblem(mode, target) ?? primeProblem(paths, mode) ?? []));
  const count = chosenTargets.length * chosenModes.length - problems.length;
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      wide
      title="Build"
      description="One binary for every platform and launch mode chosen."
      footer={
        <>
          <Button onClick={() => onOpenChange(false)}>Cancel</Button>
          <Button
            variant="primary"
            disabled={count === 0}
            busy={start.isPending}
            onClick={() => start.mutate({ handlerId, ...(versionId ? { versionId } : {}), targets: chosenTargets, modes: chosenModes, prime: paths })}
          >
            {count > 1 ? `Build ${count} binaries` : "Build"}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-5">
        {toolchain.data?.portableOnly && (
          <ErrorNote title="No compiler for native binaries was found">
            <p>Builds use the portable path (vm.wasm in Node): they serve, but do not start as fast.</p>
            <ul className="mt-1 list-disc pl-4">
              {toolchain.data.missing.map((m) => (
                <li key={m.what}>
                  {m.what}: {m.why}. <code className="font-mono text-xs">{m.install}</code>
                </li>
              ))}
            </ul>
          </ErrorNote>
        )}
        {versions.length > 1 && (
          <SelectField label="Version" className="max-w-48" value={versionId} onChange={(e) => setVersionId(e.target.value)}>
            {versions.map((v, i) => (
              <option key={v.id} value={i === 0 ? "" : v.id}>
                v{v.number}
                {i === 0 ? " (newest)" : ""}
              </option>
            ))}
          </SelectField>
        )}
        <fieldset>
          <legend className="mb-2 text-[13px] font-medium">Platforms</legend>
          <div className="grid gap-2 sm:grid-cols-2">
            {targets.map((t) => (
              <CheckField
                key={t.triple}
                label={t.label}
                hint={t.available ? <span className="font-mono text-xs">{t.triple}</span> : "not available yet"}
                disabled={!t.available}
                checked={chosenTargets.includes(t.triple)}
                onChange={() => setTargets(toggle(chosenTargets, t.triple))}
              />
            ))}
          </div>
        </fieldset>
        <LaunchModeFields chosen={chosenModes} onChange={setModes} />
        <TextField
          label="Prime with"
          placeholder="nothing"
          hint="Paths that the handler is asked for when its snapshot is made, such as /, /api. Caches and what libraries put off until a first request are in it then; so is all else that the handler keeps."
          value={prime}
          onChange={(e) => setPrime(e.target.value)}
        />
        {problems.length > 0 && (
          <p className="text-[13px] text-muted" role="status">
            Not built: {[...new Set(problems)].join("; ")}.
          </p>
        )}
      </div>
    </Dialog>
  );
}
