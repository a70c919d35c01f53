"use client";
import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { parseAsString, useQueryState } from "nuqs";
import { useState } from "react";
import { useTRPC } from "../../../lib/api.ts";
import { PageHeader } from "../../../ui/page.tsx";
import { MeasureDialog } from "../../measurements/components/measure-dialog.tsx";
import { ColdStartsPanel } from "./cold-starts-panel.tsx";

export function ColdStartsPage() {
  const trpc = useTRPC();
  const [handlerId, setHandlerId] = useQueryState("handlerId", parseAsString);
  const [measuring, setMeasuring] = useState(false);
  const { data: handlers } = useQuery(trpc.handlers.list.queryOptions());
  return (
    <>
      <PageHeader
        title="Cold starts"
        actions={
          <select
            aria-label="Handler"
            value={handlerId ?? ""}
            onChange={(e) => void setHandlerId(e.target.value || null)}
            className="h-9 max-w-60 rounded-md border border-line-strong/50 bg-surface px-3 pr-8 text-sm"
          >
            <option value="">All handlers</option>
            {handlers?.map((h) => (
              <option key={h.id} value={h.id}>
                {h.name}
              </option>
            ))}
          </select>
        }
      >
        From just before the process is spawned to the last byte of its first response.{" "}
        <Link href="/compare" className="underline hover:text-fg">
          Compare two builds
        </Link>
      </PageHeader>
      <ColdStartsPanel key={handlerId} handlerId={handlerId ?? undefined} onMeasure={handlerId ? () => setMeasuring(true) : undefined} />
      {handlerId && <MeasureDialog handlerId={handlerId} buildIds={[]} open={measuring} onOpenChange={setMeasuring} />}
    </>
  );
}
