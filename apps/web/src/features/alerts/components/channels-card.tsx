"use client";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { toast } from "sonner";
import { errorText, useTRPC } from "../../../lib/api.ts";
import { Badge } from "../../../ui/badge.tsx";
import { Button } from "../../../ui/button.tsx";
import { Card } from "../../../ui/card.tsx";
import { ConfirmButton } from "../../../ui/confirm.tsx";
import { ErrorNote, TableSkeleton } from "../../../ui/feedback.tsx";
import { CheckField, SelectField, TextField } from "../../../ui/field.tsx";
import { SecretNote } from "../../settings/components/secret-note.tsx";

/** Where alerts go beside the dashboard, and whether builds are measured by themselves. */
export function ChannelsCard() {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const [kind, setKind] = useState<"webhook" | "email">("webhook");
  const [name, setName] = useState("");
  const [target, setTarget] = useState("");
  const { data, error } = useQuery(trpc.alerts.channels.queryOptions());
  const refresh = () => queryClient.invalidateQueries();
  const add = useMutation(
    trpc.alerts.addChannel.mutationOptions({
      onSuccess: () => {
        setName("");
        setTarget("");
        void refresh();
      },
      onError: (e) => toast.error("No channel was added", { description: errorText(e) }),
    }),
  );
  const test = useMutation(
    trpc.alerts.testChannel.mutationOptions({
      onSuccess: () => toast.success("A test is on its way", { description: "The list above says whether it arrived." }),
      onError: (e) => toast.error("Not tested", { description: errorText(e) }),
    }),
  );
  const remove = useMutation(
    trpc.alerts.removeChannel.mutationOptions({ onSuccess: () => void refresh(), onError: (e) => toast.error("Not removed", { description: errorText(e) }) }),
  );
  const auto = useMutation(
    trpc.alerts.setAutoMeasure.mutationOptions({
      onSuccess: () => void refresh(),
      onError: (e) => toast.error("Not changed", { description: errorText(e) }),
    }),
  );
  if (error) return <ErrorNote title="Channels cannot be listed" error={error} />;
  return (
    <Card title="Channels" note="A webhook is called with a JSON body, signed by HMAC-SHA256 in the header x-zerostart-signature.">
      {!data ? (
        <TableSkeleton rows={2} />
      ) : (
        <div className="flex flex-col gap-4">
          <CheckField
            label="Measure each new build against the one it replaces"
            hint="30 runs of both, in turns, on a host that runs its platform; what is significantly worse raises an alert."
            checked={data.autoMeasure}
            disabled={auto.isPending}
            onChange={(e) => auto.mutate({ autoMeasure: e.target.checked })}
          />
          {data.channels.length > 0 && (
            <ul className="rounded-md border">
              {data.channels.map((c) => (
                <li key={c.id} className="flex flex-wrap items-center justify-between gap-3 border-b px-3 py-2 text-sm last:border-b-0">
                  <span className="min-w-0">
                    <Badge>{c.kind}</Badge> <span className="ml-1 font-medium">{c.name}</span>{" "}
                    <span className="ml-1 font-mono text-xs break-all text-muted">{c.target}</span>
                  </span>
                  <span className="flex gap-2">
                    <Button size="sm" busy={test.isPending} onClick={() => test.mutate({ channelId: c.id })}>
                      Test
                    </Button>
                    <ConfirmButton
                      title={`Remove ${c.name}?`}
                      description="No further alerts go there."
                      action="Remove"
                      onConfirm={() => remove.mutate({ channelId: c.id })}
                    >
                      Remove
                    </ConfirmButton>
                  </span>
                </li>
              ))}
            </ul>
          )}
          <form
            className="flex flex-wrap items-end gap-3"
            onSubmit={(e) => {
              e.preventDefault();
              add.mutate({ kind, name, target });
            }}
          >
            <SelectField label="Kind" className="w-32" value={kind} onChange={(e) => setKind(e.target.value as typeof kind)}>
              <option value="webhook">webhook</option>
              <option value="email">email</option>
            </SelectField>
            <TextField label="Name" className="w-full sm:w-40" required placeholder="on-call" value={name} onChange={(e) => setName(e.target.value)} />
            <TextField
              label={kind === "email" ? "Email" : "Address"}
              type={kind === "email" ? "email" : "url"}
              className="w-full sm:w-80"
              required
              placeholder={kind === "email" ? "team@example.com" : "https://example.com/hook"}
              value={target}
              onChange={(e) => setTarget(e.target.value)}
            />
            <Button type="submit" variant="primary" busy={add.isPending}>
              Add channel
            </Button>
          </form>
          {kind === "email" && !data.canMail && (
            <p className="text-[13px] text-warn">
              No SMTP server is set: start the control plane with <code className="font-mono text-xs">ZEROSTART_SMTP_URL</code>.
            </p>
          )}
          {add.data?.secret && (
            <SecretNote secret={add.data.secret} hint="The key of the signature: HMAC-SHA256 over the header's t, a dot, and the body as it came." />
          )}
        </div>
      )}
    </Card>
  );
}
