"use client";
import { formatBytes } from "../../../lib/format.ts";
import { Card } from "../../../ui/card.tsx";
import type { Snapshot } from "../helpers/protocol.ts";

/** What the memory image holds that is taken after the top level: why a start from it has nothing to do but answer. */
export function SnapshotCard({ snapshot, bindings }: { snapshot: Snapshot; bindings: { name: string; kind: string }[] }) {
  const { baseBytes, addedBytes, changedBytes, heap, used, isPending, values } = snapshot;
  const frozen = [...(used.time ? ["the time"] : []), ...(used.random ? ["random values"] : [])].join(" and ");
  return (
    <Card
      title="What a snapshot holds"
      note={`${formatBytes(addedBytes)} of the handler's own and ${formatBytes(changedBytes)} that it changed, beside ${formatBytes(baseBytes)} of the engine's image that all handlers share`}
    >
      <div className="flex flex-col gap-4 text-[13px]">
        {frozen && <p className="text-warn">The top level asked for {frozen}: every start from the snapshot sees what it got then.</p>}
        {isPending && <p className="text-warn">Timers or promises of the top level are still open: they go on in every start.</p>}
        {bindings.length > 0 ? (
          <table className="w-full table-fixed">
            <caption className="pb-1 text-left font-medium">Names of the top level, as they are when a start begins</caption>
            <thead className="sr-only">
              <tr>
                <th scope="col">Name</th>
                <th scope="col">Value</th>
              </tr>
            </thead>
            <tbody>
              {bindings.map(({ name, kind }) => (
                <tr key={name} className="border-t align-top">
                  <th scope="row" className="w-2/5 truncate py-1 pr-3 text-left font-mono text-xs font-normal">
                    <span className="text-muted">{kind}</span> {name}
                  </th>
                  <td className="py-1">
                    <pre tabIndex={0} aria-label={`Value of ${name}`} className="max-h-32 overflow-auto font-mono text-xs whitespace-pre-wrap">
                      {values[name] ?? ""}
                    </pre>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        ) : (
          <p className="text-muted">The top level declares no names: all that the snapshot adds is the handler itself.</p>
        )}
        <table className="tnum w-full">
          <caption className="pb-1 text-left font-medium">In its memory</caption>
          <thead>
            <tr className="text-left text-muted">
              <th scope="col" className="py-1 font-normal">
                What
              </th>
              <th scope="col" className="py-1 text-right font-normal">
                Cells
              </th>
              <th scope="col" className="py-1 text-right font-normal">
                Size
              </th>
            </tr>
          </thead>
          <tbody>
            {heap.map(({ what, cells, bytes }) => (
              <tr key={what} className="border-t">
                <th scope="row" className="py-1 text-left font-normal">
                  {what}
                </th>
                <td className="py-1 text-right">{cells.toLocaleString("en")}</td>
                <td className="py-1 text-right">{formatBytes(bytes)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Card>
  );
}
