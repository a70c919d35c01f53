"use client";
import type { Outputs } from "../../../lib/api.ts";
import { SelectField, TextField } from "../../../ui/field.tsx";

/** Where an order is carried out (an empty id: on whichever host can), and what its starts are asked. */
export function HostAndPathFields(props: {
  hosts: Outputs["hosts"]["list"] | undefined;
  hostId: string;
  onHost: (hostId: string) => void;
  path: string;
  onPath: (path: string) => void;
}) {
  return (
    <>
      <SelectField
        label="Host"
        value={props.hostId}
        onChange={(e) => props.onHost(e.target.value)}
        hint={props.hostId ? undefined : "The one last seen that can"}
      >
        <option value="">any</option>
        {props.hosts?.map((h) => (
          <option key={h.id} value={h.id}>
            {h.name}
            {h.online ? "" : " (offline)"}
          </option>
        ))}
      </SelectField>
      <TextField label="Path of the request" value={props.path} onChange={(e) => props.onPath(e.target.value)} />
    </>
  );
}
