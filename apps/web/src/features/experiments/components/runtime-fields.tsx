import { runtimes, type RuntimeName } from "@zerostart/protocol";
import type { Outputs } from "../../../lib/api.ts";
import { toggle } from "../../../lib/toggle.ts";
import { CheckField } from "../../../ui/field.tsx";

type Host = Outputs["hosts"]["list"][number];

const versionOn = (host: Host, name: RuntimeName) => host.runtimes.find((r) => r.name === name)?.version;

/** Whether a host's agent may run all of these, and has them. */
export const hasRuntimes = (host: Host, names: readonly RuntimeName[]) => names.every((name) => versionOn(host, name) !== undefined);

/** Which of the other runtimes; one that no host has says how it would. */
export function RuntimeFields({ hosts, chosen, onChange }: { hosts: Host[]; chosen: readonly RuntimeName[]; onChange: (names: RuntimeName[]) => void }) {
  return (
    <fieldset>
      <legend className="text-[13px] font-medium">Other runtimes</legend>
      <p className="mb-2 text-[13px] text-muted">
        The same handler as one module, served by the runtime&rsquo;s own server and without Zerostart&rsquo;s sandbox.
      </p>
      <div className="grid gap-2 sm:grid-cols-3">
        {runtimes.map(({ name, label }) => {
          const versions = [...new Set(hosts.flatMap((h) => versionOn(h, name) ?? []))];
          const isThere = versions.length > 0;
          return (
            <CheckField
              key={name}
              label={label}
              hint={isThere ? versions.join(", ") : hosts.length === 0 ? "No host to run it" : `No host has it: start an agent with --runtimes ${name}`}
              disabled={!isThere && !chosen.includes(name)}
              checked={chosen.includes(name)}
              onChange={() => onChange(toggle(chosen, name))}
            />
          );
        })}
      </div>
    </fieldset>
  );
}
