"use client";
import { runtimes } from "@zerostart/protocol";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { CircleHelp } from "lucide-react";
import { toast } from "sonner";
import { errorText, useTRPC, type Outputs } from "../../../lib/api.ts";
import { formatBytes } from "../../../lib/format.ts";
import { Badge, StateBadge } from "../../../ui/badge.tsx";
import { Button } from "../../../ui/button.tsx";
import { Card } from "../../../ui/card.tsx";
import { ConfirmButton } from "../../../ui/confirm.tsx";
import { Tip } from "../../../ui/tip.tsx";
import { Ago } from "../../../ui/time.tsx";
import { useCan } from "../../shell/helpers/session.ts";
import { LabelsButton } from "./labels-button.tsx";

export type Host = Outputs["hosts"]["list"][number];
const executors = [
  { name: "native", label: "Runs", tip: "As they are." },
  { name: "qemu-user", label: "Emulates", tip: "Under qemu-user: the figures are kept apart." },
  { name: "portable", label: "In Node", tip: "Runs vm.wasm of them in Node: the figures are kept apart." },
];
const skewWorthSaying = 1_000;

/** What is not switched on, and how it would be. */
function Off({ text, how }: { text: string; how: string }) {
  return (
    <span className="inline-flex items-center gap-1.5">
      {text}
      <Tip text={how}>
        <button type="button" aria-label={how} className="rounded text-muted hover:text-fg">
          <CircleHelp className="size-3.5" />
        </button>
      </Tip>
    </span>
  );
}

/** "instances: 2 healthy, 1 idle". */
function instancesText(states: string[]): string {
  if (states.length === 0) return "no instance";
  const counts = Map.groupBy(states, (state) => state);
  return `instances: ${[...counts].map(([state, list]) => `${list.length} ${state}`).join(", ")}`;
}

/** Everything about one host, and what an admin can do with it. */
export function HostCard({ host }: { host: Host }) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const canRemove = useCan("admin");
  const remove = useMutation(
    trpc.hosts.remove.mutationOptions({
      onSuccess: () => {
        toast.success(`${host.name} removed`);
        void queryClient.invalidateQueries();
      },
      onError: (e) => toast.error("Not removed", { description: errorText(e) }),
    }),
  );
  const upgrade = useMutation(
    trpc.hosts.upgrade.mutationOptions({
      onSuccess: () => {
        toast.success(`${host.name} was told to upgrade its agent`, { description: "It goes on serving meanwhile." });
        void queryClient.invalidateQueries({ queryKey: trpc.hosts.pathKey() });
      },
      onError: (e) => toast.error("Not upgraded", { description: errorText(e) }),
    }),
  );
  const { agent } = host;
  const skew = host.clockSkewMs ?? 0;
  const facts: [string, React.ReactNode][] = [
    ["System", `${host.os} ${host.arch}, ${host.kernel}`],
    ["Processor", `${host.cpuModel}, ${host.cpuCount} cores`],
    ["Memory", formatBytes(host.memoryBytes)],
    [
      "Clock",
      Math.abs(skew) < skewWorthSaying ? (
        `in step (${Math.round(skew)} ms)`
      ) : (
        <span key="skew" className="text-warn">
          {Math.abs(skew / 1000).toFixed(1)} s {skew > 0 ? "ahead" : "behind"}
        </span>
      ),
    ],
    [
      "Agent",
      <span key="agent" className="flex min-w-0 flex-wrap items-center gap-x-2 gap-y-1">
        <span>{agent.version ?? "of before versions were told"}</span>
        {agent.sha256 && <code className="font-mono text-xs text-muted">{agent.sha256.slice(0, 12)}</code>}
        {agent.state === "newest" && <span className="text-muted">newest</span>}
        {agent.state === "fixed" && agent.version !== null && (
          <span className="text-muted">{agent.sha256 === null ? "from sources" : "no newer one here for its processor"}</span>
        )}
        {agent.state === "ordered" && <Badge tone="info">upgrading</Badge>}
        {agent.state === "refused" && <Badge tone="bad">not upgraded</Badge>}
        {canRemove && agent.state === "upgradable" && (
          <Button size="sm" busy={upgrade.isPending} disabled={!host.online} onClick={() => upgrade.mutate({ hostId: host.id })}>
            Upgrade
          </Button>
        )}
        {agent.reason !== null && (
          <span className="basis-full whitespace-pre-wrap text-bad">{agent.reason} The agent goes on as it was; it tries again when it is restarted.</span>
        )}
      </span>,
    ],
    ["Handlers", `${host.deploymentCount} deployed; ${instancesText(host.instanceStates)}`],
    [
      "Address",
      host.address ?? (
        <Off key="address" text="loopback only" how="Start its agent with --listen 0.0.0.0 and --advertise NAME to have handlers answer from outside." />
      ),
    ],
    [
      "Front port",
      host.frontPort === null ? (
        <Off key="front" text="none" how="Start its agent with --front PORT for one port that serves every handler, by host name or path." />
      ) : (
        `${host.frontPort}, for every handler by host name or path`
      ),
    ],
    [
      "Runtimes",
      host.runtimes.length === 0 ? (
        <Off
          key="runtimes"
          text="none"
          how="Start its agent with --runtimes node,deno,bun for experiments that compare with those it has. They run handlers without Zerostart's sandbox."
        />
      ) : (
        `${host.runtimes.map(({ name, version }) => `${runtimes.find((r) => r.name === name)?.label} ${version}`).join(", ")}, for experiments`
      ),
    ],
    ["Joined", <Ago key="joined" at={host.enrolledAt} />],
  ];
  return (
    <Card
      title={
        <span className="flex items-center gap-2">
          {host.name} <StateBadge state={host.online ? "online" : "offline"} />
        </span>
      }
      note={
        <>
          last seen <Ago at={host.lastSeenAt} />
          {host.inSync ? "" : ", applying a change"}
        </>
      }
      actions={
        canRemove && (
          <ConfirmButton
            title={`Remove ${host.name}?`}
            description="Its agent's token stops working. Its samples stay."
            action="Remove host"
            busy={remove.isPending}
            onConfirm={() => remove.mutate({ hostId: host.id })}
          >
            Remove
          </ConfirmButton>
        )
      }
    >
      <dl className="grid gap-x-6 gap-y-2 text-sm sm:grid-cols-[7rem_1fr]">
        {facts.map(([name, value]) => (
          <div key={name} className="contents">
            <dt className="text-muted">{name}</dt>
            <dd className="min-w-0 break-words">{value}</dd>
          </div>
        ))}
        <dt className="text-muted">Labels</dt>
        <dd className="flex flex-wrap items-center gap-1.5">
          {Object.entries(host.labels).map(([name, value]) => (
            <Badge key={name}>
              {name}={value}
            </Badge>
          ))}
          {canRemove ? <LabelsButton host={host} /> : Object.keys(host.labels).length === 0 && <span className="text-muted">none</span>}
        </dd>
        {executors
          .map(({ name, label, tip }) => ({ label, tip, targets: host.executors.filter((e) => e.executor === name).map((e) => e.target) }))
          .filter(({ targets }) => targets.length > 0)
          .map(({ label, tip, targets }) => (
            <div key={label} className="contents">
              <dt className="text-muted">
                <Tip text={tip}>
                  <span tabIndex={0}>{label}</span>
                </Tip>
              </dt>
              <dd className="font-mono text-xs leading-relaxed text-balance">{targets.join(", ")}</dd>
            </div>
          ))}
      </dl>
    </Card>
  );
}
