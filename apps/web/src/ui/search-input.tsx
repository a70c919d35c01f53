"use client";

/** Narrows the table beside it, as one types. */
export function SearchInput({ label, value, onChange }: { label: string; value: string; onChange: (value: string) => void }) {
  return (
    <input
      type="search"
      aria-label={label}
      placeholder="Filter"
      value={value}
      onChange={(e) => onChange(e.target.value)}
      className="h-8 w-44 rounded-md border border-line-strong/50 bg-surface px-2.5 text-sm"
    />
  );
}
