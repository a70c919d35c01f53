"use client";
import { NumberField } from "../../../ui/field.tsx";

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
  const common = asBefore ? { placeholder: "as before" } : {};
  return (
    <div className="grid gap-3 sm:grid-cols-3">
      <NumberField
        {...common}
        label="Instances at least"
        min={0}
        max={64}
        value={value.min}
        onChange={(min) => onChange({ ...value, min })}
        hint="0: none until a connection comes"
      />
      <NumberField
        {...common}
        label="Instances at most"
        min={1}
        max={64}
        value={value.max}
        onChange={(max) => onChange({ ...value, max })}
        hint="more while they are busy"
      />
      <NumberField
        {...common}
        label="Idle time-out, seconds"
        min={1}
        max={86_400}
        value={value.idle}
        onChange={(idle) => onChange({ ...value, idle })}
        hint="until one that is not needed ends"
        placeholder={asBefore ? "as before" : "default"}
      />
    </div>
  );
}
