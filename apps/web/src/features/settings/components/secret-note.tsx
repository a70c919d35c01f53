import { CopyButton } from "../../../ui/copy.tsx";

/** A token just made: the one time it can be read. */
export function SecretNote({ secret, hint }: { secret: string; hint: React.ReactNode }) {
  return (
    <div role="status" className="rounded-md border border-good/40 bg-good/8 p-3 text-sm">
      <p className="font-medium">Copy it now: it is not shown again.</p>
      <p className="mt-1.5 flex items-center gap-1">
        <code data-testid="secret" className="min-w-0 rounded border bg-surface px-2 py-1 font-mono text-xs break-all">
          {secret}
        </code>
        <CopyButton text={secret} label="Copy token" />
      </p>
      <div className="mt-2 text-[13px] text-muted">{hint}</div>
    </div>
  );
}
