/** How far something has come: `done` of `of`. */
export function ProgressBar({ label, done, of }: { label: string; done: number; of: number }) {
  return (
    <div
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={of}
      aria-valuenow={done}
      className="h-1.5 overflow-hidden rounded-full bg-raised"
    >
      <div className="h-full rounded-full bg-info transition-[width]" style={{ width: `${(done / Math.max(1, of)) * 100}%` }} />
    </div>
  );
}
