"use client";
import { TextField } from "../../../ui/field.tsx";

/** What the fields hold; "" is "as before" or the default. */
export type ScaleText = { min: string; max: string; idle: string };
export const noScaleText: ScaleText = { min: "", max: "", idle: "" };

const number = (text: string) => (text.trim() === "" ? undefined : Number(text));

/** As the procedures take it. */
export function scaleOf({ min, max, idle }: ScaleText): { minInstances?: number; maxInstances?: number; idleSeconds?: number } {
  const [minInstances, maxInstances, idleSeconds] = [number(min), number(max), number(idle)];
  return {
    ...(minInstances === undefined ? {} : { minInstances }),
    ...(maxInstances === undefined ? {} : { maxInstances }),
    ...(idleSeconds === undefined ? {} : { idleSeconds }),
  };
}

/** Bounds of instances on a host, and when one that is not needed ends. */
export function ScaleFields({ value, onChange, asBefore }: { value: ScaleText; onChange: (value: ScaleText) => void; asBefore: boolean }) {
  const common = { type: "number", inputMode: "numeric", ...(asBefore ? { placeholder: "as before" } : {}) } as const;
  return (
    <div className="grid gap-3 sm:grid-cols-3">
      <TextField
        {...common}
        label="Instances at least"
        min={0}
        max={64}
        value={value.min}
        onChange={(e) => onChange({ ...value, min: e.target.value })}
        hint="0: none until a connection comes"
      />
      <TextField
        {...common}
        label="Instances at most"
        min={1}
        max={64}
        value={value.max}
        onChange={(e) => onChange({ ...value, max: e.target.value })}
        hint="more while they are busy"
      />
      <TextField
        {...common}
        label="Idle time-out, seconds"
        min={1}
        max={86_400}
        value={value.idle}
        onChange={(e) => onChange({ ...value, idle: e.target.value })}
        hint="until one that is not needed ends"
        placeholder={asBefore ? "as before" : "default"}
      />
    </div>
  );
}
