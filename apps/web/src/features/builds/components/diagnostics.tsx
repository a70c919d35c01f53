import { CircleAlert, TriangleAlert } from "lucide-react";
import type { Diagnostic } from "../helpers/pipeline-types.ts";

/** Compile errors and warnings as code frames, errors first. */
export function Diagnostics({ diagnostics, onJump }: { diagnostics: Diagnostic[]; onJump?: (d: Diagnostic) => void }) {
  const sorted = [...diagnostics].sort((a, b) => Number(b.severity === "error") - Number(a.severity === "error"));
  return (
    <ul className="flex flex-col gap-3" aria-label="Compile errors and warnings">
      {sorted.map((d, i) => {
        const Icon = d.severity === "error" ? CircleAlert : TriangleAlert;
        const place = `${d.file}:${d.line}:${d.column}`;
        return (
          <li key={i} className="overflow-hidden rounded-md border text-sm">
            <div className="flex flex-wrap items-start gap-x-2 gap-y-0.5 border-b bg-raised px-3 py-2">
              <Icon role="img" aria-label={d.severity} className={`mt-0.5 size-4 shrink-0 ${d.severity === "error" ? "text-bad" : "text-warn"}`} />
              <span className="min-w-0 flex-1 font-medium break-words">{d.message}</span>
              {onJump ? (
                <button type="button" onClick={() => onJump(d)} className="font-mono text-xs text-info underline-offset-2 hover:underline">
                  {place}
                </button>
              ) : (
                <span className="font-mono text-xs text-muted">{place}</span>
              )}
            </div>
            {d.codeFrame && (
              <pre tabIndex={0} aria-label={`Code frame of ${place}`} className="overflow-x-auto px-3 py-2 font-mono text-xs leading-relaxed">
                {d.codeFrame}
              </pre>
            )}
          </li>
        );
      })}
    </ul>
  );
}
