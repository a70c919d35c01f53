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
import { NumberField, SelectField, TextField } from "../../../ui/field.tsx";
import { parseLabels } from "../helpers/settings.ts";
import { noScaleText, ScaleFields, scaleOf } from "./scale-fields.tsx";
import { modeName } from "../../builds/helpers/build-name.ts";

type BuildRef = {
  id: string;
  handlerId: string;
  handlerName: string;
  versionNumber: number;
  target: string;
  mode: string;
  symbols: boolean;
  prime: readonly string[];
  artifact: { executor: string } | null;
};

type How = "replace" | "canary" | "preview";
/** The choice of hosts by their labels, among those by name. */
const byLabels = "by labels";

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
  const [labels, setLabels] = useState("");
  const [labelsError, setLabelsError] = useState<string>();
  const [how, setHow] = useState<How>("replace");
  const [percent, setPercent] = useState("10");
  const [minutes, setMinutes] = useState("10");
  const [hours, setHours] = useState("24");
  const [scale, setScale] = useState(noScaleText);
  const { data: hosts, error } = useQuery(trpc.hosts.list.queryOptions(undefined, { enabled: open }));
  const able = (hosts ?? []).filter((h) =>
    h.executors.some((e) => e.target === build.target && (build.artifact?.executor === "portable") === (e.executor === "portable")),
  );
  const chosen = hostId || able.find((h) => h.online)?.id || able[0]?.id || "";
  const deploy = useMutation(
    trpc.deployments.create.mutationOptions({
      onSuccess: (made) => {
        const where = made.deployments.length === 1 ? made.hostName : `${made.deployments.length} hosts`;
        toast.success(`Deploying to ${where}`, { description: "The agent fetches and verifies the artifact, then starts it." });
        void queryClient.invalidateQueries();
        onOpenChange(false);
        router.push(how === "replace" ? `/handlers/${made.handlerId}?tab=deployments` : `/deployments/${made.deploymentId}`);
      },
      onError: (e) => toast.error("Not deployed", { description: errorText(e) }),
    }),
  );
  const submit = () => {
    const attempt = <T,>(work: () => T, onError: (text: string | undefined) => void): T | undefined => {
      try {
        const value = work();
        onError(undefined);
        return value;
      } catch (failure) {
        onError((failure as Error).message);
        return undefined;
      }
    };
    const parsed = attempt(() => parseEnv(env), setEnvError);
    const wanted = chosen === byLabels ? attempt(() => parseLabels(labels), setLabelsError) : {};
    if (!parsed || !wanted) return;
    deploy.mutate({
      buildId: build.id,
      ...(chosen === byLabels ? { labels: wanted } : { hostId: chosen }),
      ...(port === "" || how === "canary" ? {} : { port: Number(port) }),
      ...(env.trim() === "" ? {} : { env: parsed }),
      ...(allowFetch.trim() === "" ? {} : { allowFetch: placesOf(allowFetch) }),
      ...scaleOf(scale),
      ...(how === "canary" ? { canary: { percent: Number(percent), minutes: Number(minutes) } } : {}),
      ...(how === "preview" ? { preview: { hours: Number(hours) } } : {}),
    });
  };
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title={`Deploy ${build.handlerName} v${build.versionNumber}`}
      description={`${modeName(build)}, ${build.target}`}
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
            <option value={byLabels}>Every host with labels…</option>
          </SelectField>
          {chosen === byLabels && (
            <TextField
              label="Labels"
              placeholder="zone=a, disk=ssd"
              value={labels}
              onChange={(e) => setLabels(e.target.value)}
              error={labelsError}
              hint="On each host that has all of them, also on one that joins or gets them later."
            />
          )}
          <SelectField
            label="How"
            value={how}
            onChange={(e) => setHow(e.target.value as How)}
            hint={
              how === "canary"
                ? "Gets a share of the connections; promoted when it is no worse in errors and cold starts, else rolled back."
                : how === "preview"
                  ? "Gets an address of its own, leaves what runs alone, and ends by itself."
                  : "No connection is dropped; rolling back takes a moment."
            }
          >
            <option value="replace">In place of what runs</option>
            <option value="canary">As a canary beside it</option>
            <option value="preview">As a preview</option>
          </SelectField>
          {how === "canary" && (
            <div className="grid grid-cols-2 gap-3">
              <NumberField
                label="Share of connections, %"
                min={1}
                max={99}

                value={percent}
                onChange={setPercent}
              />
              <NumberField
                label="Watched for, minutes"
                min={1}
                max={10_080}

                value={minutes}
                onChange={setMinutes}
              />
            </div>
          )}
          {how === "preview" && <NumberField label="Kept for, hours" min={1} max={720} value={hours} onChange={setHours} />}
          <ScaleFields value={scale} onChange={setScale} asBefore={how === "replace"} />
          {how !== "canary" && (
            <NumberField
              label="Port"
              min={0}
              max={65535}

              placeholder="as before, or one the agent chooses"
              value={port}
              onChange={setPort}
            />
          )}
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
