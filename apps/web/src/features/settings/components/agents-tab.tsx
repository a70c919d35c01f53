"use client";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { ColumnDef } from "@tanstack/react-table";
import { useState } from "react";
import { toast } from "sonner";
import { errorText, useTRPC, type Outputs } from "../../../lib/api.ts";
import { Button } from "../../../ui/button.tsx";
import { Card } from "../../../ui/card.tsx";
import { ConfirmButton } from "../../../ui/confirm.tsx";
import { CopyButton } from "../../../ui/copy.tsx";
import { Empty, ErrorNote, TableSkeleton } from "../../../ui/feedback.tsx";
import { SelectField, TextField } from "../../../ui/field.tsx";
import { DataTable } from "../../../ui/table.tsx";
import { Ago } from "../../../ui/time.tsx";
import { SecretNote } from "./secret-note.tsx";

type Token = Outputs["settings"]["listEnrolmentTokens"][number];

export function AgentsTab() {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const [name, setName] = useState("");
  const [days, setDays] = useState("7");
  const { data, error } = useQuery(trpc.settings.listEnrolmentTokens.queryOptions());
  const refresh = () => queryClient.invalidateQueries({ queryKey: trpc.settings.listEnrolmentTokens.queryKey() });
  const create = useMutation(
    trpc.settings.createEnrolmentToken.mutationOptions({
      onSuccess: () => {
        setName("");
        void refresh();
      },
      onError: (e) => toast.error("No token was made", { description: errorText(e) }),
    }),
  );
  const revoke = useMutation(
    trpc.settings.revokeEnrolmentToken.mutationOptions({
      onSuccess: () => {
        toast.success("Token revoked");
        void refresh();
      },
      onError: (e) => toast.error("Not revoked", { description: errorText(e) }),
    }),
  );
  const columns: ColumnDef<Token>[] = [
    { accessorKey: "name", header: "Name", cell: ({ row }) => <span className="font-medium">{row.original.name}</span> },
    { accessorKey: "prefix", header: "Token", enableSorting: false, cell: ({ row }) => <code className="font-mono text-xs">{row.original.prefix}…</code> },
    { accessorKey: "uses", header: "Hosts joined", meta: { numeric: true } },
    { accessorKey: "createdAt", header: "Made", meta: { secondary: true }, cell: ({ row }) => <Ago at={row.original.createdAt} /> },
    {
      accessorKey: "expiresAt",
      header: "Expires",
      meta: { secondary: true },
      cell: ({ row }) => (row.original.expiresAt ? new Date(row.original.expiresAt).toLocaleDateString() : "never"),
    },
    {
      id: "actions",
      header: () => <span className="sr-only">Actions</span>,
      enableSorting: false,
      meta: { numeric: true },
      cell: ({ row }) => (
        <ConfirmButton
          title={`Revoke ${row.original.name}?`}
          description="No further host can join with it; those that have stay."
          action="Revoke"
          onConfirm={() => revoke.mutate({ tokenId: row.original.id })}
        >
          Revoke
        </ConfirmButton>
      ),
    },
  ];
  // By a file: an argument could be read by every user of the host in its list of processes.
  const command = create.data
    ? `(umask 077; cat > enrolment-token <<< '${create.data.token}')\nnode apps/agent/src/main.ts --server ${window.location.origin} --token-file enrolment-token`
    : "";
  return (
    <div className="flex flex-col gap-4">
      <Card title="Add a host" note="Make an enrolment token and start an agent with it on the host. The agent only calls out.">
        <form
          className="flex flex-wrap items-end gap-3"
          onSubmit={(e) => {
            e.preventDefault();
            create.mutate({ name, expiresInDays: days === "" ? null : Number(days) });
          }}
        >
          <TextField label="Name" className="w-full sm:w-56" required placeholder="rack 3" value={name} onChange={(e) => setName(e.target.value)} />
          <SelectField label="Expires" className="w-40" value={days} onChange={(e) => setDays(e.target.value)}>
            <option value="1">in a day</option>
            <option value="7">in 7 days</option>
            <option value="">never</option>
          </SelectField>
          <Button type="submit" variant="primary" busy={create.isPending}>
            Create token
          </Button>
        </form>
        {create.data && (
          <div className="mt-4">
            <SecretNote
              secret={create.data.token}
              hint={
                <>
                  <span className="flex items-center gap-1">
                    On the host, in a clone of Zerostart: <CopyButton text={command} label="Copy commands" />
                  </span>
                  <span className="mt-1 block font-mono text-xs break-all whitespace-pre-wrap">{command}</span>
                  <span className="mt-1 block">
                    Without a clone: <code className="font-mono text-xs">node apps/agent/scripts/bundle.ts</code> makes one file of it here, to run there with
                    the same options; <code className="font-mono text-xs">apps/agent/install</code> has a systemd unit and a container recipe.
                  </span>
                  <span className="mt-1 block">
                    Add <code className="font-mono text-xs">--listen 0.0.0.0</code> when its handlers should answer from other machines too.
                  </span>
                </>
              }
            />
          </div>
        )}
      </Card>
      {error ? (
        <ErrorNote title="Tokens cannot be listed" error={error} />
      ) : (
        <Card title="Enrolment tokens" flush>
          {!data ? (
            <TableSkeleton rows={2} />
          ) : (
            <DataTable rows={data} columns={columns} label="Enrolment tokens" empty={data.length === 0 ? <Empty title="No enrolment tokens" /> : undefined} />
          )}
        </Card>
      )}
    </div>
  );
}
