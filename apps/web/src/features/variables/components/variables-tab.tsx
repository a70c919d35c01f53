"use client";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { ColumnDef } from "@tanstack/react-table";
import { Variable } from "lucide-react";
import { useState } from "react";
import { toast } from "sonner";
import { errorText, useTRPC, type Outputs } from "../../../lib/api.ts";
import { Badge } from "../../../ui/badge.tsx";
import { Button } from "../../../ui/button.tsx";
import { Card } from "../../../ui/card.tsx";
import { ConfirmButton } from "../../../ui/confirm.tsx";
import { Empty, ErrorNote, TableSkeleton } from "../../../ui/feedback.tsx";
import { CheckField, TextField } from "../../../ui/field.tsx";
import { DataTable } from "../../../ui/table.tsx";
import { Ago } from "../../../ui/time.tsx";
import { useCan } from "../../shell/helpers/session.ts";

type Row = Outputs["variables"]["list"][number];
const blank = { name: "", value: "", isSecret: true };

export function VariablesTab({ handlerId }: { handlerId: string }) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const canChange = useCan("deployer");
  const [form, setForm] = useState(blank);
  const { data, error } = useQuery(trpc.variables.list.queryOptions({ handlerId }));
  const changed = (name: string, hosts: number) => {
    toast.success(`${name} changed`, { description: hosts > 0 ? "What is deployed starts anew with it." : undefined });
    void queryClient.invalidateQueries();
  };
  const set = useMutation(
    trpc.variables.set.mutationOptions({
      onSuccess: ({ name, hosts }) => {
        setForm(blank);
        changed(name, hosts);
      },
      onError: (e) => toast.error("Not set", { description: errorText(e) }),
    }),
  );
  const remove = useMutation(
    trpc.variables.remove.mutationOptions({
      onSuccess: ({ name, hosts }) => changed(name, hosts),
      onError: (e) => toast.error("Not removed", { description: errorText(e) }),
    }),
  );
  const columns: ColumnDef<Row>[] = [
    { accessorKey: "name", header: "Name", cell: ({ row }) => <code className="font-mono text-[13px] font-medium">{row.original.name}</code> },
    {
      accessorKey: "value",
      header: "Value",
      enableSorting: false,
      cell: ({ row }) => (row.original.isSecret ? <Badge>secret</Badge> : <code className="font-mono text-xs break-all">{row.original.value}</code>),
    },
    {
      accessorKey: "updatedAt",
      header: "Set",
      meta: { secondary: true },
      cell: ({ row }) => (
        <>
          <Ago at={row.original.updatedAt} /> by {row.original.updatedBy}
        </>
      ),
    },
    {
      id: "actions",
      header: () => <span className="sr-only">Actions</span>,
      enableSorting: false,
      meta: { numeric: true },
      cell: ({ row: { original: v } }) =>
        canChange ? (
          <span className="flex justify-end gap-2">
            <Button size="sm" onClick={() => setForm({ name: v.name, value: v.value ?? "", isSecret: v.isSecret })}>
              Change
            </Button>
            <ConfirmButton
              title={`Remove ${v.name}?`}
              description="What is deployed starts anew without it."
              action="Remove"
              onConfirm={() => remove.mutate({ handlerId, name: v.name })}
            >
              Remove
            </ConfirmButton>
          </span>
        ) : null,
    },
  ];
  if (error) return <ErrorNote title="Variables cannot be listed" error={error} />;
  return (
    <div className="flex flex-col gap-4">
      <Card flush>
        {!data ? (
          <TableSkeleton rows={2} />
        ) : (
          <DataTable
            rows={data}
            columns={columns}
            label="Variables"
            empty={
              data.length === 0 ? (
                <Empty icon={<Variable />} title="No variables">
                  The handler reads them as <code className="font-mono text-xs">env.NAME</code>, wherever it is deployed. They are kept encrypted; the value of
                  a secret is never shown again.
                </Empty>
              ) : undefined
            }
          />
        )}
      </Card>
      {canChange && (
        <Card title="Set a variable" note="A change starts the handler anew where it is deployed.">
          <form
            className="flex flex-wrap items-end gap-3"
            onSubmit={(e) => {
              e.preventDefault();
              set.mutate({ handlerId, ...form });
            }}
          >
            <TextField
              label="Name"
              className="w-full sm:w-56"
              required
              pattern="[A-Za-z_][A-Za-z0-9_]*"
              placeholder="DATABASE_URL"
              value={form.name}
              onChange={(e) => setForm({ ...form, name: e.target.value })}
            />
            <TextField
              label="Value"
              className="w-full sm:w-80"
              type={form.isSecret ? "password" : "text"}
              autoComplete="off"
              value={form.value}
              onChange={(e) => setForm({ ...form, value: e.target.value })}
            />
            <CheckField
              label="Secret"
              hint="never shown again"
              checked={form.isSecret}
              onChange={(e) => setForm({ ...form, isSecret: e.target.checked })}
              className="py-1.5"
            />
            <Button type="submit" variant="primary" busy={set.isPending}>
              Set
            </Button>
          </form>
        </Card>
      )}
    </div>
  );
}
