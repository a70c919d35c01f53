"use client";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import Link from "next/link";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { toast } from "sonner";
import { errorText, useTRPC } from "../../../lib/api.ts";
import { Button } from "../../../ui/button.tsx";
import { Dialog } from "../../../ui/dialog.tsx";
import { ErrorNote } from "../../../ui/feedback.tsx";
import { SelectField, TextField } from "../../../ui/field.tsx";

type BuildRef = {
  id: string;
  handlerId: string;
  handlerName: string;
  versionNumber: number;
  target: string;
  mode: string;
  artifact: { executor: string } | null;
};

/** NAME=value lines; throws what is wrong with the first bad one. */
function parseEnv(text: string): Record<string, string> {
  const env: Record<string, string> = {};
  text.split("\n").forEach((line, i) => {
    if (line.trim() === "") return;
    const match = /^\s*([A-Za-z_][A-Za-z0-9_]*)\s*=(.*)$/.exec(line);
    if (!match) throw new Error(`Line ${i + 1} is not NAME=value.`);
    env[match[1] as string] = (match[2] as string).trim();
  });
  return env;
}

const placesOf = (text: string) => (text.trim() === "none" ? [] : text.split(/[\s,]+/).filter(Boolean));

/** Puts a build on a host, in place of the handler's deployment there. */
export function DeployDialog({ build, open, onOpenChange }: { build: BuildRef; open: boolean; onOpenChange: (open: boolean) => void }) {
  const trpc = useTRPC();
  const router = useRouter();
  const queryClient = useQueryClient();
  const [hostId, setHostId] = useState("");
  const [port, setPort] = useState("");
  const [env, setEnv] = useState("");
  const [allowFetch, setAllowFetch] = useState("");
  const [envError, setEnvError] = useState<string>();
  const { data: hosts, error } = useQuery(trpc.hosts.list.queryOptions(undefined, { enabled: open }));
  const able = (hosts ?? []).filter((h) =>
    h.executors.some((e) => e.target === build.target && (build.artifact?.executor === "portable") === (e.executor === "portable")),
  );
  const chosen = hostId || able.find((h) => h.online)?.id || able[0]?.id || "";
  const deploy = useMutation(
    trpc.deployments.create.mutationOptions({
      onSuccess: (made) => {
        toast.success(`Deploying to ${made.hostName}`, { description: "The agent fetches and verifies the artifact, then starts it." });
        void queryClient.invalidateQueries();
        onOpenChange(false);
        router.push(`/handlers/${made.handlerId}?tab=deployments`);
      },
      onError: (e) => toast.error("Not deployed", { description: errorText(e) }),
    }),
  );
  const submit = () => {
    try {
      const parsed = parseEnv(env);
      setEnvError(undefined);
      deploy.mutate({
        buildId: build.id,
        hostId: chosen,
        ...(port === "" ? {} : { port: Number(port) }),
        ...(env.trim() === "" ? {} : { env: parsed }),
        ...(allowFetch.trim() === "" ? {} : { allowFetch: placesOf(allowFetch) }),
      });
    } catch (failure) {
      setEnvError((failure as Error).message);
    }
  };
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title={`Deploy ${build.handlerName} v${build.versionNumber}`}
      description={`${build.mode}, ${build.target}`}
      footer={
        <>
          <Button onClick={() => onOpenChange(false)}>Cancel</Button>
          <Button variant="primary" disabled={!chosen} busy={deploy.isPending} onClick={submit}>
            Deploy
          </Button>
        </>
      }
    >
      {error ? (
        <ErrorNote error={error} />
      ) : hosts && able.length === 0 ? (
        <ErrorNote title={hosts.length === 0 ? "No host has joined yet" : `No host can run ${build.target}`}>
          {hosts.length === 0 ? (
            <>
              Start an agent with an enrolment token from{" "}
              <Link className="underline" href="/settings?tab=agents">
                Settings
              </Link>
              .
            </>
          ) : (
            <>
              Build for a platform of one of your{" "}
              <Link className="underline" href="/hosts">
                hosts
              </Link>
              .
            </>
          )}
        </ErrorNote>
      ) : (
        <div className="flex flex-col gap-4">
          <SelectField label="Host" value={chosen} onChange={(e) => setHostId(e.target.value)}>
            {able.map((h) => (
              <option key={h.id} value={h.id}>
                {h.name} ({h.executors.find((e) => e.target === build.target)?.executor}
                {h.online ? "" : ", offline"})
              </option>
            ))}
          </SelectField>
          <TextField
            label="Port"
            type="number"
            min={0}
            max={65535}
            inputMode="numeric"
            placeholder="as before, or one the agent chooses"
            value={port}
            onChange={(e) => setPort(e.target.value)}
          />
          <TextField
            label="Hosts that fetch may reach"
            placeholder="api.example.com, *.example.org, 10.0.0.5:8080"
            hint="With commas; without a port 80 and 443. “none” takes all away, empty: as before."
            value={allowFetch}
            onChange={(e) => setAllowFetch(e.target.value)}
          />
          <div className="flex flex-col gap-1.5">
            <label htmlFor="deploy-env" className="text-[13px] font-medium">
              Environment variables
            </label>
            <textarea
              id="deploy-env"
              rows={3}
              value={env}
              onChange={(e) => setEnv(e.target.value)}
              placeholder={"GREETING=hello\nLIMIT=10"}
              aria-invalid={envError ? true : undefined}
              className="rounded-md border border-line-strong/50 bg-surface px-3 py-2 font-mono text-xs placeholder:text-muted"
            />
            <p className={`text-[13px] ${envError ? "text-bad" : "text-muted"}`}>
              {envError ?? "For this deployment alone, one NAME=value a line, beside the handler's own variables. Empty: as before."}
            </p>
          </div>
        </div>
      )}
    </Dialog>
  );
}
