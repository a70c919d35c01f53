"use client";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { ColumnDef } from "@tanstack/react-table";
import { useState } from "react";
import { toast } from "sonner";
import { errorText, useTRPC, type Outputs } from "../../../lib/api.ts";
import { roleLabels, roles, type Role } from "../../../server/permissions.ts";
import { Badge } from "../../../ui/badge.tsx";
import { Button } from "../../../ui/button.tsx";
import { Card } from "../../../ui/card.tsx";
import { ConfirmButton } from "../../../ui/confirm.tsx";
import { ErrorNote, TableSkeleton } from "../../../ui/feedback.tsx";
import { InvitesCard } from "./invites-card.tsx";
import { SelectField, TextField } from "../../../ui/field.tsx";
import { DataTable } from "../../../ui/table.tsx";
import { Ago } from "../../../ui/time.tsx";
import { useCan } from "../../shell/helpers/session.ts";

type PersonRow = Outputs["settings"]["listPeople"][number];
const blank = { name: "", email: "", password: "", role: "deployer" as Role };

export function PeopleTab() {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const isAdmin = useCan("admin");
  const [form, setForm] = useState(blank);
  const { data, error } = useQuery(trpc.settings.listPeople.queryOptions());
  const refresh = () => queryClient.invalidateQueries();
  const failed = (title: string) => (e: unknown) => toast.error(title, { description: errorText(e) });
  const add = useMutation(
    trpc.settings.addPerson.mutationOptions({
      onSuccess: () => {
        toast.success(`${form.name} added`);
        setForm(blank);
        void refresh();
      },
      onError: failed("Nobody was added"),
    }),
  );
  const setRole = useMutation(
    trpc.settings.setPersonRole.mutationOptions({
      onSuccess: () => {
        toast.success("Role changed");
        void refresh();
      },
      onError: failed("The role stays"),
    }),
  );
  const remove = useMutation(
    trpc.settings.removePerson.mutationOptions({
      onSuccess: () => {
        toast.success("Removed");
        void refresh();
      },
      onError: failed("Not removed"),
    }),
  );
  const columns: ColumnDef<PersonRow>[] = [
    {
      accessorKey: "name",
      header: "Name",
      cell: ({ row: { original: p } }) => (
        <span className="font-medium">
          {p.name} {p.isYou && <Badge>you</Badge>}
        </span>
      ),
    },
    { accessorKey: "email", header: "Email" },
    {
      accessorKey: "role",
      header: "Role",
      cell: ({ row: { original: p } }) =>
        isAdmin && !p.isYou ? (
          <select
            aria-label={`Role of ${p.name}`}
            value={p.role}
            onChange={(e) => setRole.mutate({ memberId: p.memberId, role: e.target.value as Role })}
            className="h-8 rounded-md border border-line-strong/50 bg-surface px-2 text-[13px]"
          >
            {roles.map((r) => (
              <option key={r}>{r}</option>
            ))}
          </select>
        ) : (
          <Badge>{p.role}</Badge>
        ),
    },
    { accessorKey: "since", header: "Since", meta: { secondary: true }, cell: ({ row }) => <Ago at={row.original.since} /> },
    ...(isAdmin
      ? [
          {
            id: "actions",
            header: () => <span className="sr-only">Actions</span>,
            enableSorting: false,
            meta: { numeric: true },
            cell: ({ row: { original: p } }: { row: { original: PersonRow } }) =>
              p.isYou ? null : (
                <ConfirmButton
                  title={`Remove ${p.name}?`}
                  description="They and their API tokens lose access to this project."
                  action="Remove"
                  onConfirm={() => remove.mutate({ memberId: p.memberId })}
                >
                  Remove
                </ConfirmButton>
              ),
          } satisfies ColumnDef<PersonRow>,
        ]
      : []),
  ];
  return (
    <div className="flex flex-col gap-4">
      {error ? (
        <ErrorNote title="People cannot be listed" error={error} />
      ) : (
        <Card flush>{!data ? <TableSkeleton rows={2} /> : <DataTable rows={data} columns={columns} label="People" />}</Card>
      )}
      {isAdmin && <InvitesCard />}
      {isAdmin && (
        <Card title="Add someone" note="Makes an account; pass the first password on to them yourself.">
          <form
            className="grid gap-3 sm:grid-cols-2"
            onSubmit={(e) => {
              e.preventDefault();
              add.mutate(form);
            }}
          >
            <TextField label="Name" required value={form.name} onChange={(e) => setForm({ ...form, name: e.target.value })} />
            <TextField label="Email" type="email" required value={form.email} onChange={(e) => setForm({ ...form, email: e.target.value })} />
            <TextField
              label="First password"
              type="password"
              autoComplete="new-password"
              minLength={10}
              required
              hint="At least 10 characters."
              value={form.password}
              onChange={(e) => setForm({ ...form, password: e.target.value })}
            />
            <SelectField label="Role" value={form.role} hint={roleLabels[form.role]} onChange={(e) => setForm({ ...form, role: e.target.value as Role })}>
              {roles.map((r) => (
                <option key={r}>{r}</option>
              ))}
            </SelectField>
            <div>
              <Button type="submit" variant="primary" busy={add.isPending}>
                Add
              </Button>
            </div>
          </form>
        </Card>
      )}
    </div>
  );
}
