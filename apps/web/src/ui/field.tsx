"use client";
import { useId, type ComponentProps, type ReactNode } from "react";
import { cn } from "../lib/cn.ts";

const control =
  "w-full rounded-md border border-line-strong/50 bg-surface px-3 text-sm text-fg placeholder:text-muted focus-visible:outline-offset-0 disabled:opacity-50 aria-invalid:border-bad";

type Frame = { label: string; hint?: ReactNode; error?: string | undefined; className?: string };

function Framed({ label, hint, error, className, id, children }: Frame & { id: string; children: ReactNode }) {
  return (
    <div className={cn("flex flex-col gap-1.5", className)}>
      <label htmlFor={id} className="text-[13px] font-medium">
        {label}
      </label>
      {children}
      {error ? (
        <p id={`${id}-note`} role="alert" className="text-[13px] text-bad">
          {error}
        </p>
      ) : hint ? (
        <p id={`${id}-note`} className="text-[13px] text-muted">
          {hint}
        </p>
      ) : null}
    </div>
  );
}

/** A labelled text field with its hint or its error below. */
export function TextField({ label, hint, error, className, ...props }: Frame & Omit<ComponentProps<"input">, "className">) {
  const id = useId();
  return (
    <Framed {...{ label, hint, error, id }} {...(className ? { className } : {})}>
      <input
        id={id}
        className={cn(control, "h-9")}
        aria-invalid={error ? true : undefined}
        aria-describedby={error || hint ? `${id}-note` : undefined}
        {...props}
      />
    </Framed>
  );
}

/** A labelled whole number; what is typed is handed on as it is, "" included. */
export function NumberField({
  onChange,
  ...props
}: Frame & { value: string; onChange: (text: string) => void } & Pick<ComponentProps<"input">, "min" | "max" | "required" | "placeholder">) {
  return <TextField type="number" inputMode="numeric" onChange={(e) => onChange(e.target.value)} {...props} />;
}

/** A labelled native select: the best control on a phone and for a keyboard. */
export function SelectField({ label, hint, error, className, children, ...props }: Frame & Omit<ComponentProps<"select">, "className">) {
  const id = useId();
  return (
    <Framed {...{ label, hint, error, id }} {...(className ? { className } : {})}>
      <select id={id} className={cn(control, "h-9 pr-8")} aria-describedby={error || hint ? `${id}-note` : undefined} {...props}>
        {children}
      </select>
    </Framed>
  );
}

/** A checkbox with a label and a line of explanation. */
export function CheckField({
  label,
  hint,
  className,
  ...props
}: { label: ReactNode; hint?: ReactNode; className?: string } & Omit<ComponentProps<"input">, "className" | "type">) {
  return (
    <label
      className={cn(
        "flex cursor-pointer items-start gap-2.5 rounded-md border p-3 has-checked:border-line-strong has-checked:bg-raised has-disabled:cursor-not-allowed has-disabled:opacity-50",
        className,
      )}
    >
      <input type="checkbox" className="mt-0.5 size-4 shrink-0 accent-(--accent)" {...props} />
      <span className="min-w-0">
        <span className="block text-sm font-medium">{label}</span>
        {hint && <span className="block text-[13px] text-muted">{hint}</span>}
      </span>
    </label>
  );
}
