"use client";
import { useQuery } from "@tanstack/react-query";
import { CircleCheck, TriangleAlert } from "lucide-react";
import { useTRPC } from "../../../lib/api.ts";
import { Badge } from "../../../ui/badge.tsx";
import { Card } from "../../../ui/card.tsx";
import { ErrorNote, Skeleton } from "../../../ui/feedback.tsx";

export function ToolchainTab() {
  const trpc = useTRPC();
  const { data, error } = useQuery(trpc.builds.toolchain.queryOptions(undefined, { staleTime: 30_000 }));
  if (error) return <ErrorNote title="The toolchain cannot be looked at" error={error} />;
  if (!data) return <Skeleton className="h-40" />;
  return (
    <div className="flex flex-col gap-4">
      <section
        role="status"
        className={`flex gap-3 rounded-lg border p-4 text-sm ${data.portableOnly ? "border-warn/40 bg-warn/8" : "border-good/40 bg-good/8"}`}
      >
        {data.portableOnly ? (
          <TriangleAlert aria-hidden className="size-5 shrink-0 text-warn" />
        ) : (
          <CircleCheck aria-hidden className="size-5 shrink-0 text-good" />
        )}
        <div>
          <p className="font-medium">{data.portableOnly ? "Portable path only" : "Native binaries can be built here"}</p>
          <p className="text-muted">
            {data.portableOnly
              ? "No compiler was found: handlers are built to run vm.wasm in Node. They serve, but do not start as fast as native ones."
              : "Handlers become static binaries; nothing beside them is needed on a host."}
          </p>
        </div>
      </section>
      {data.missing.length > 0 && (
        <Card title="Missing">
          <ul className="flex flex-col gap-3 text-sm">
            {data.missing.map((m) => (
              <li key={m.what}>
                <span className="font-medium">{m.what}</span>: {m.why}
                <pre tabIndex={0} className="mt-1 overflow-x-auto rounded border bg-bg px-3 py-1.5 font-mono text-xs">
                  {m.install}
                </pre>
              </li>
            ))}
          </ul>
        </Card>
      )}
      <Card title="Found">
        <ul className="flex flex-col gap-3 text-sm">
          {data.compilers.map((c) => (
            <li key={c.path}>
              <span className="font-medium">{c.name}</span> {c.version} <code className="font-mono text-xs text-muted">{c.path}</code>
              <span className="mt-1 flex flex-wrap gap-1.5">
                {c.targets.map((t) => (
                  <Badge key={t}>
                    <span className="font-mono">{t}</span>
                  </Badge>
                ))}
              </span>
            </li>
          ))}
          {data.wasm2c && (
            <li>
              <span className="font-medium">wasm2c</span> <code className="font-mono text-xs text-muted">{data.wasm2c.path}</code>
            </li>
          )}
          {data.compilers.length === 0 && !data.wasm2c && <li className="text-muted">Nothing.</li>}
        </ul>
      </Card>
    </div>
  );
}
