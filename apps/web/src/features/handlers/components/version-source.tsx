"use client";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTRPC } from "../../../lib/api.ts";
import { cn } from "../../../lib/cn.ts";
import { formatBytes } from "../../../lib/format.ts";
import { Card } from "../../../ui/card.tsx";
import { CodeEditor } from "../../../ui/lazy-code-editor.tsx";
import { ErrorNote, Skeleton } from "../../../ui/feedback.tsx";

/** The files of one version, to read. */
export function VersionSource({ versionId }: { versionId: string }) {
  const trpc = useTRPC();
  const [open, setOpen] = useState<string>();
  const { data, error } = useQuery(trpc.handlers.source.queryOptions({ versionId }, { staleTime: Infinity }));
  if (error) return <ErrorNote title="The source cannot be shown" error={error} />;
  if (!data) return <Skeleton className="h-72" />;
  const file = data.files.find((f) => f.path === open) ?? data.files.find((f) => f.path === data.entry) ?? data.files[0];
  return (
    <Card title={`Source of v${data.number}`} note={file ? `${file.path}, ${formatBytes(file.sizeBytes)}` : null} flush>
      {data.files.length > 1 && (
        <div className="flex overflow-x-auto border-b">
          {data.files.map((f) => (
            <button
              key={f.path}
              type="button"
              aria-pressed={f === file}
              onClick={() => setOpen(f.path)}
              className={cn("shrink-0 border-r px-3 py-2 font-mono text-xs", f === file && "bg-raised")}
            >
              {f.path}
            </button>
          ))}
        </div>
      )}
      <div className="h-80">
        {file?.text != null ? (
          <CodeEditor key={`${versionId}${file.path}`} path={file.path} value={file.text} readOnly label={`Source of ${file.path}`} />
        ) : (
          <p className="p-4 text-sm text-muted">Not text.</p>
        )}
      </div>
    </Card>
  );
}
