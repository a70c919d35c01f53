"use client";
import { useQuery } from "@tanstack/react-query";
import { Flame } from "lucide-react";
import { parseAsString, useQueryStates } from "nuqs";
import { useTRPC } from "../../../lib/api.ts";
import { Button } from "../../../ui/button.tsx";
import { FilterSelect } from "../../../ui/filter-select.tsx";
import { PageHeader } from "../../../ui/page.tsx";
import { useCan } from "../../shell/helpers/session.ts";
import { TraceDialog } from "./trace-dialog.tsx";
import { TracesList } from "./traces-list.tsx";
import { modeName } from "../../builds/helpers/build-name.ts";

export function ProfilesPage() {
  const trpc = useTRPC();
  const canTrace = useCan("deployer");
  const [{ handlerId, buildId, dialog }, setState] = useQueryStates({ handlerId: parseAsString, buildId: parseAsString, dialog: parseAsString });
  const { data: handlers } = useQuery(trpc.handlers.list.queryOptions());
  const { data: builds } = useQuery(
    trpc.builds.list.queryOptions({ handlerId: handlerId ?? "", state: "succeeded", limit: 100 }, { enabled: handlerId !== null }),
  );
  const trace = canTrace && (
    <Button variant="primary" onClick={() => void setState({ dialog: "trace" })}>
      <Flame /> Trace a start
    </Button>
  );
  return (
    <>
      <PageHeader title="Profiles" actions={trace}>
        Starts looked into: where the processor was, and what was asked of the kernel.
      </PageHeader>
      <div className="mb-4 grid max-w-xl grid-cols-2 gap-3">
        <FilterSelect
          label="Handler"
          value={handlerId}
          all="all"
          choices={(handlers ?? []).map((h) => ({ value: h.id, label: h.name }))}
          onChange={(value) => void setState({ handlerId: value, buildId: null })}
        />
        <FilterSelect
          label="Build"
          value={buildId}
          all="all"
          choices={(builds?.builds ?? []).map((b) => ({
            value: b.id,
            label: `v${b.versionNumber} · ${modeName(b)} · ${b.target}`,
          }))}
          onChange={(value) => void setState({ buildId: value })}
        />
      </div>
      <TracesList handlerId={handlerId ?? undefined} buildId={buildId ?? undefined} action={trace} />
      <TraceDialog
        handlerId={handlerId ?? undefined}
        buildId={buildId ?? undefined}
        open={dialog === "trace"}
        onOpenChange={(open) => void setState({ dialog: open ? "trace" : null })}
      />
    </>
  );
}
