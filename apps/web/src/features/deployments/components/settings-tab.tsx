"use client";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { toast } from "sonner";
import { errorText, useTRPC, type Outputs } from "../../../lib/api.ts";
import { Button } from "../../../ui/button.tsx";
import { Card } from "../../../ui/card.tsx";
import { NumberField } from "../../../ui/field.tsx";
import { Ago, At } from "../../../ui/time.tsx";
import { useCan } from "../../shell/helpers/session.ts";
import { parseRoutes, routeText } from "../helpers/settings.ts";
import { ScaleFields, scaleOf, type ScaleText } from "./scale-fields.tsx";

type Deployment = Outputs["deployments"]["get"];

const textOf = (d: Deployment): ScaleText => ({
  min: String(d.minInstances),
  max: String(d.maxInstances),
  idle: d.idleSeconds === null ? "" : String(d.idleSeconds),
});

/** How an active deployment runs; changes apply to what runs. */
export function SettingsTab({ deployment: d }: { deployment: Deployment }) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const canDeploy = useCan("deployer");
  const [scale, setScale] = useState(() => textOf(d));
  const [share, setShare] = useState(String(d.sharePercent ?? ""));
  const [hours, setHours] = useState("");
  const [routes, setRoutes] = useState(() => d.routes.map(routeText).join("\n"));
  const [routesError, setRoutesError] = useState<string>();
  const configure = useMutation(
    trpc.deployments.configure.mutationOptions({
      onSuccess: () => {
        toast.success("Saved", { description: "The agent applies it within moments." });
        void queryClient.invalidateQueries();
      },
      onError: (e) => toast.error("Not saved", { description: errorText(e) }),
    }),
  );
  const isActive = d.state === "active";
  const facts: [string, React.ReactNode][] = [
    ["Port", d.port === 0 ? "chosen by the agent" : d.port],
    ["Placed", d.placement === null ? `on ${d.hostName}` : `on every host with ${d.placement}`],
    ["Variables of its own", d.envNames.length === 0 ? "none" : d.envNames.join(", ")],
    ...(d.expiresAt === null ? [] : ([["Expires", <At key="expires" at={d.expiresAt} />]] as [string, React.ReactNode][])),
    [
      "Deployed",
      <span key="by">
        <Ago at={d.createdAt} /> by {d.createdBy}
      </span>,
    ],
  ];
  return (
    <div className="flex flex-col gap-4">
      <Card title="Instances" note="One process each, at one address. Between the bounds their number follows how busy they are.">
        <form
          className="flex flex-col gap-4"
          onSubmit={(event) => {
            event.preventDefault();
            let parsed;
            try {
              parsed = parseRoutes(routes);
              setRoutesError(undefined);
            } catch (failure) {
              setRoutesError((failure as Error).message);
              return;
            }
            configure.mutate({
              ...(d.role === "canary" ? {} : { routes: parsed }),
              deploymentId: d.id,
              idleSeconds: null,
              ...scaleOf(scale),
              ...(d.role === "canary" && share !== "" ? { sharePercent: Number(share) } : {}),
              ...(d.role === "preview" && hours !== "" ? { expiresInHours: Number(hours) } : {}),
            });
          }}
        >
          <fieldset disabled={!isActive || !canDeploy} className="flex min-w-0 flex-col gap-4">
            <ScaleFields value={scale} onChange={setScale} asBefore={false} />
            {d.role === "canary" && (
              <NumberField
                label="Share of connections, %"
                min={1}
                max={99}

                value={share}
                onChange={setShare}
                className="sm:w-1/3"
              />
            )}
            {d.role === "preview" && (
              <NumberField
                label="Keep for, hours from now"
                min={1}
                max={720}

                placeholder="as it is"
                value={hours}
                onChange={setHours}
                className="sm:w-1/3"
              />
            )}
            {d.role !== "canary" && (
              <div className="flex flex-col gap-1.5">
                <label htmlFor="routes" className="text-[13px] font-medium">
                  Routes at the host's front port
                </label>
                <textarea
                  id="routes"
                  rows={2}
                  value={routes}
                  onChange={(e) => setRoutes(e.target.value)}
                  placeholder={"api.example.com\n/v1"}
                  aria-invalid={routesError ? true : undefined}
                  aria-describedby="routes-note"
                  className="rounded-md border border-line-strong/50 bg-surface px-3 py-2 font-mono text-xs placeholder:text-muted"
                />
                <p id="routes-note" role={routesError ? "alert" : undefined} className={`text-[13px] ${routesError ? "text-bad" : "text-muted"}`}>
                  {routesError ??
                    (d.frontPort === null
                      ? "This host has no front port: its agent's --front gives one. Then one host name, path or both a line."
                      : `One host name, path or both a line, beside ${d.frontUrl ?? "its own name"}.`)}
                </p>
              </div>
            )}
            <div className="flex items-center gap-3">
              <Button variant="primary" type="submit" busy={configure.isPending}>
                Save
              </Button>
              {!isActive && <span className="text-sm text-muted">It is {d.state}: deploy it again to change how it runs.</span>}
            </div>
          </fieldset>
        </form>
      </Card>
      <Card title="As deployed" note="Changed by deploying again.">
        <dl className="grid gap-x-6 gap-y-2 text-sm sm:grid-cols-[10rem_1fr]">
          {facts.map(([name, value]) => (
            <div key={name} className="contents">
              <dt className="text-muted">{name}</dt>
              <dd className="min-w-0 break-words">{value}</dd>
            </div>
          ))}
        </dl>
      </Card>
    </div>
  );
}
