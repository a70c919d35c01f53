"use client";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Tags } from "lucide-react";
import { useState } from "react";
import { toast } from "sonner";
import { errorText, useTRPC, type Outputs } from "../../../lib/api.ts";
import { Button } from "../../../ui/button.tsx";
import { Dialog } from "../../../ui/dialog.tsx";
import { TextField } from "../../../ui/field.tsx";
import { labelsText, parseLabels } from "../../deployments/helpers/settings.ts";

/** Edits a host's labels, by which deployments are placed. */
export function LabelsButton({ host }: { host: Outputs["hosts"]["list"][number] }) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const [open, setOpen] = useState(false);
  const [text, setText] = useState("");
  const [error, setError] = useState<string>();
  const save = useMutation(
    trpc.hosts.setLabels.mutationOptions({
      onSuccess: () => {
        toast.success(`Labels of ${host.name} saved`);
        void queryClient.invalidateQueries();
        setOpen(false);
      },
      onError: (e) => setError(errorText(e)),
    }),
  );
  const submit = () => {
    try {
      save.mutate({ hostId: host.id, labels: parseLabels(text) });
    } catch (failure) {
      setError((failure as Error).message);
    }
  };
  return (
    <>
      <Button
        size="sm"
        onClick={() => {
          setText(labelsText(host.labels).replaceAll(",", ", "));
          setError(undefined);
          setOpen(true);
        }}
      >
        <Tags /> Edit labels
      </Button>
      <Dialog
        open={open}
        onOpenChange={setOpen}
        title={`Labels of ${host.name}`}
        description="Deployments placed by labels come to hosts that have them, and go from those that lose them."
        footer={
          <>
            <Button onClick={() => setOpen(false)}>Cancel</Button>
            <Button variant="primary" busy={save.isPending} onClick={submit}>
              Save
            </Button>
          </>
        }
      >
        <TextField
          label="Labels"
          placeholder="zone=a, disk=ssd"
          value={text}
          onChange={(e) => setText(e.target.value)}
          onKeyDown={(e) => e.key === "Enter" && submit()}
          error={error}
          hint="name=value, with commas between; empty for none"
        />
      </Dialog>
    </>
  );
}
