"use client";

export type Choice = { value: string; label: string };

/** A small select of a filter bar: `all` is the choice of no filter; a value that is not among the choices (an old link) is kept and shown. */
export function FilterSelect({
  label,
  value,
  choices,
  all,
  onChange,
}: {
  label: string;
  value: string | null;
  choices: Choice[];
  all?: string;
  onChange: (value: string | null) => void;
}) {
  return (
    <label className="flex min-w-0 flex-col gap-1 text-xs text-muted">
      {label}
      <select
        value={value ?? ""}
        onChange={(e) => onChange(e.target.value || null)}
        className="h-8 w-full min-w-0 rounded-md border border-line-strong/50 bg-surface px-2 pr-7 text-[13px] text-fg"
      >
        {all !== undefined && <option value="">{all}</option>}
        {value !== null && !choices.some((c) => c.value === value) && <option value={value}>{value}</option>}
        {choices.map((c) => (
          <option key={c.value} value={c.value}>
            {c.label}
          </option>
        ))}
      </select>
    </label>
  );
}
