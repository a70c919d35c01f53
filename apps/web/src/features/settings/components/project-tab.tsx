"use client";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { toast } from "sonner";
import { errorText, useTRPC } from "../../../lib/api.ts";
import { switchProject } from "../../../lib/project.ts";
import { Badge } from "../../../ui/badge.tsx";
import { Button } from "../../../ui/button.tsx";
import { Card } from "../../../ui/card.tsx";
import { NumberField, TextField } from "../../../ui/field.tsx";
import { useCan, useSession } from "../../shell/helpers/session.ts";

const slugOf = (name: string) =>
  name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-+|-+$/g, "")
    .slice(0, 40);

/** How long starts are kept one by one, and lines of logs. */
function RetentionCard() {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const { data } = useQuery(trpc.settings.retention.queryOptions());
  const [days, setDays] = useState<string>();
  const [logDays, setLogDays] = useState<string>();
  const set = useMutation(
    trpc.settings.setRetention.mutationOptions({
      onSuccess: () => {
        toast.success("Kept for so long from now on");
        void queryClient.invalidateQueries();
      },
      onError: (e) => toast.error("Not changed", { description: errorText(e) }),
    }),
  );
  const value = days ?? String(data?.samplesKeptDays ?? "");
  const logValue = logDays ?? String(data?.logsKeptDays ?? "");
  return (
    <Card
      title="Retention"
      note={`Older log lines are dropped. Older starts are dropped too; counts and sketches of them stay, so that charts go on being true.${data?.samplesKeptFromMs ? ` Those before ${new Date(data.samplesKeptFromMs).toLocaleDateString()} were.` : ""}`}
    >
      <form
        className="flex flex-wrap items-end gap-3"
        onSubmit={(e) => {
          e.preventDefault();
          set.mutate({ samplesKeptDays: Number(value), logsKeptDays: Number(logValue) });
        }}
      >
        <NumberField label="Days that single starts are kept" className="w-full sm:w-56" min={1} max={3650} required value={value} onChange={setDays} />
        <NumberField label="Days that log lines are kept" className="w-full sm:w-56" min={1} max={3650} required value={logValue} onChange={setLogDays} />
        <Button type="submit" busy={set.isPending} disabled={!data || (Number(value) === data.samplesKeptDays && Number(logValue) === data.logsKeptDays)}>
          Keep
        </Button>
      </form>
    </Card>
  );
}

export function ProjectTab() {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const session = useSession();
  const isAdmin = useCan("admin");
  const [name, setName] = useState(session.projectName);
  const [newName, setNewName] = useState("");
  const rename = useMutation(
    trpc.settings.renameProject.mutationOptions({
      onSuccess: () => {
        toast.success("Renamed");
        void queryClient.invalidateQueries();
      },
      onError: (e) => toast.error("Not renamed", { description: errorText(e) }),
    }),
  );
  const create = useMutation(
    trpc.settings.createProject.mutationOptions({
      onSuccess: ({ slug }) => switchProject(slug),
      onError: (e) => toast.error("No project was made", { description: errorText(e) }),
    }),
  );
  return (
    <div className="flex flex-col gap-4">
      <Card title="Your projects" note="Each has its own handlers, hosts, people and tokens; none sees another's." flush>
        <ul>
          {session.projects.map((p) => (
            <li key={p.slug} className="flex items-center justify-between gap-3 border-b px-4 py-2.5 text-sm last:border-b-0">
              <span>
                <span className="font-medium">{p.name}</span> <code className="ml-1 font-mono text-xs text-muted">{p.slug}</code>
              </span>
              {p.slug === session.projectSlug ? (
                <Badge tone="good">open here</Badge>
              ) : (
                <Button size="sm" onClick={() => switchProject(p.slug)}>
                  Open
                </Button>
              )}
            </li>
          ))}
        </ul>
      </Card>
      {isAdmin && (
        <div className="grid gap-4 lg:grid-cols-2">
          <Card title="Rename this project">
            <form
              className="flex flex-wrap items-end gap-3"
              onSubmit={(e) => {
                e.preventDefault();
                rename.mutate({ name });
              }}
            >
              <TextField
                label="Name of this project"
                className="w-full sm:w-56"
                required
                maxLength={60}
                value={name}
                onChange={(e) => setName(e.target.value)}
              />
              <Button type="submit" busy={rename.isPending} disabled={name.trim() === "" || name === session.projectName}>
                Rename
              </Button>
            </form>
          </Card>
          <RetentionCard />
          <Card title="New project">
            <form
              className="flex flex-wrap items-end gap-3"
              onSubmit={(e) => {
                e.preventDefault();
                create.mutate({ name: newName, slug: slugOf(newName) });
              }}
            >
              <TextField
                label="Name of the new project"
                className="w-full sm:w-56"
                required
                maxLength={60}
                value={newName}
                onChange={(e) => setNewName(e.target.value)}
              />
              <Button type="submit" variant="primary" busy={create.isPending} disabled={slugOf(newName) === ""}>
                Create project
              </Button>
            </form>
          </Card>
        </div>
      )}
    </div>
  );
}
