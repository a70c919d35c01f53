"use client";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { ColumnDef } from "@tanstack/react-table";
import { KeyRound } from "lucide-react";
import { useState } from "react";
import { toast } from "sonner";
import { errorText, useTRPC, type Outputs } from "../../../lib/api.ts";
import { roleLabels, roles, hasRole, type Role } from "../../../server/permissions.ts";
import { Badge } from "../../../ui/badge.tsx";
import { Button } from "../../../ui/button.tsx";
import { Card } from "../../../ui/card.tsx";
import { ConfirmButton } from "../../../ui/confirm.tsx";
import { Empty, ErrorNote, TableSkeleton } from "../../../ui/feedback.tsx";
import { SelectField, TextField } from "../../../ui/field.tsx";
import { DataTable } from "../../../ui/table.tsx";
import { Ago } from "../../../ui/time.tsx";
import { useSession } from "../../shell/helpers/session.ts";
import { SecretNote } from "./secret-note.tsx";

type Token = Outputs["settings"]["listApiTokens"][number];

export function TokensTab() {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const session = useSession();
  const [name, setName] = useState("");
  const [role, setRole] = useState<Role>(hasRole(session.role, "deployer") ? "deployer" : "viewer");
  const [days, setDays] = useState("90");
  const { data, error } = useQuery(trpc.settings.listApiTokens.queryOptions());
  const refresh = () => queryClient.invalidateQueries({ queryKey: trpc.settings.listApiTokens.queryKey() });
  const create = useMutation(
    trpc.settings.createApiToken.mutationOptions({
      onSuccess: () => {
        setName("");
        void refresh();
      },
      onError: (e) => toast.error("No token was made", { description: errorText(e) }),
    }),
  );
  const revoke = useMutation(
    trpc.settings.revokeApiToken.mutationOptions({
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
    { accessorKey: "role", header: "Role", cell: ({ row }) => <Badge>{row.original.role}</Badge> },
    { accessorKey: "owner", header: "Of", meta: { secondary: true } },
    { accessorKey: "lastUsedAt", header: "Last used", meta: { secondary: true }, cell: ({ row }) => <Ago at={row.original.lastUsedAt} /> },
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
          description="Whatever uses it stops working at once."
          action="Revoke"
          onConfirm={() => revoke.mutate({ tokenId: row.original.id })}
        >
          Revoke
        </ConfirmButton>
      ),
    },
  ];
  return (
    <div className="flex flex-col gap-4">
      <Card title="New API token" note="For the command line and CI: zerostart deploy --server … --token …">
        <form
          className="flex flex-wrap items-end gap-3"
          onSubmit={(e) => {
            e.preventDefault();
            create.mutate({ name, role, expiresInDays: days === "" ? null : Number(days) });
          }}
        >
          <TextField label="Name" className="w-full sm:w-56" required placeholder="ci" value={name} onChange={(e) => setName(e.target.value)} />
          <SelectField label="Role" className="w-full sm:w-120" value={role} onChange={(e) => setRole(e.target.value as Role)}>
            {roles
              .filter((r) => hasRole(session.role, r))
              .map((r) => (
                <option key={r} value={r}>
                  {r}: {roleLabels[r]}
                </option>
              ))}
          </SelectField>
          <SelectField label="Expires" className="w-40" value={days} onChange={(e) => setDays(e.target.value)}>
            <option value="7">in 7 days</option>
            <option value="90">in 90 days</option>
            <option value="365">in a year</option>
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
                  Use it as <code className="font-mono text-xs">ZEROSTART_TOKEN</code> or with <code className="font-mono text-xs">--token</code>.
                </>
              }
            />
          </div>
        )}
      </Card>
      {error ? (
        <ErrorNote title="Tokens cannot be listed" error={error} />
      ) : (
        <Card flush>
          {!data ? (
            <TableSkeleton rows={2} />
          ) : (
            <DataTable
              rows={data}
              columns={columns}
              label="API tokens"
              empty={data.length === 0 ? <Empty icon={<KeyRound />} title="No API tokens" /> : undefined}
            />
          )}
        </Card>
      )}
    </div>
  );
}
