import { launchModes, type LaunchMode } from "@zerostart/protocol";
import { toggle } from "../../../lib/toggle.ts";
import { CheckField } from "../../../ui/field.tsx";

/** Which of the launch modes; every one says what it is. */
export function LaunchModeFields({ chosen, onChange }: { chosen: readonly LaunchMode[]; onChange: (modes: LaunchMode[]) => void }) {
  return (
    <fieldset>
      <legend className="mb-2 text-[13px] font-medium">Launch modes</legend>
      <div className="grid gap-2 sm:grid-cols-2">
        {launchModes
          .filter((m) => m.available)
          .map((m) => (
            <CheckField key={m.name} label={m.name} hint={m.what} checked={chosen.includes(m.name)} onChange={() => onChange(toggle(chosen, m.name))} />
          ))}
      </div>
    </fieldset>
  );
}
