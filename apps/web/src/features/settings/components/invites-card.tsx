"use client";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { toast } from "sonner";
import { errorText, useTRPC } from "../../../lib/api.ts";
import { roleLabels, roles, type Role } from "../../../server/permissions.ts";
import { Badge } from "../../../ui/badge.tsx";
import { Button } from "../../../ui/button.tsx";
import { Card } from "../../../ui/card.tsx";
import { ConfirmButton } from "../../../ui/confirm.tsx";
import { SelectField, TextField } from "../../../ui/field.tsx";
import { SecretNote } from "./secret-note.tsx";

/** A link for one person to join with; open ones can be taken back. */
export function InvitesCard() {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const [role, setRole] = useState<Role>("deployer");
  const [note, setNote] = useState("");
  const { data } = useQuery(trpc.settings.listInvites.queryOptions());
  const refresh = () => queryClient.invalidateQueries({ queryKey: trpc.settings.listInvites.queryKey() });
  const create = useMutation(
    trpc.settings.createInvite.mutationOptions({
      onSuccess: () => {
        setNote("");
        void refresh();
      },
      onError: (e) => toast.error("No invitation was made", { description: errorText(e) }),
    }),
  );
  const revoke = useMutation(
    trpc.settings.revokeInvite.mutationOptions({
      onSuccess: () => void refresh(),
      onError: (e) => toast.error("Not taken back", { description: errorText(e) }),
    }),
  );
  return (
    <Card title="Invite someone" note="Makes a link that works once, for seven days. They choose their own password.">
      <form
        className="flex flex-wrap items-end gap-3"
        onSubmit={(e) => {
          e.preventDefault();
          create.mutate({ role, note });
        }}
      >
        <TextField label="For whom (a note)" className="w-full sm:w-56" maxLength={100} value={note} onChange={(e) => setNote(e.target.value)} />
        <SelectField label="Role of the invited" className="w-full sm:w-120" value={role} onChange={(e) => setRole(e.target.value as Role)}>
          {roles.map((r) => (
            <option key={r} value={r}>
              {r}: {roleLabels[r]}
            </option>
          ))}
        </SelectField>
        <Button type="submit" busy={create.isPending}>
          Make a link
        </Button>
      </form>
      {create.data && (
        <div className="mt-4">
          <SecretNote secret={`${window.location.origin}/invite#${create.data.token}`} hint="Pass it on yourself: whoever opens it first joins." />
        </div>
      )}
      {data && data.length > 0 && (
        <ul className="mt-4 rounded-md border">
          {data.map((i) => (
            <li key={i.id} className="flex flex-wrap items-center justify-between gap-3 border-b px-3 py-2 text-sm last:border-b-0">
              <span>
                {i.note || "an invitation"} <Badge>{i.role}</Badge>{" "}
                <span className="text-muted">
                  by {i.createdBy}, until {new Date(i.expiresAt).toLocaleDateString()}
                </span>
              </span>
              <ConfirmButton
                title="Take this invitation back?"
                description="Its link stops working."
                action="Take back"
                onConfirm={() => revoke.mutate({ inviteId: i.id })}
              >
                Take back
              </ConfirmButton>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}
