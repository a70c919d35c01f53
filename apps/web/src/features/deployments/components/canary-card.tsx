"use client";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { toast } from "sonner";
import { errorText, useTRPC, type Outputs } from "../../../lib/api.ts";
import { formatCount, formatNs, formatPercent } from "../../../lib/format.ts";
import { Badge } from "../../../ui/badge.tsx";
import { Button } from "../../../ui/button.tsx";
import { Card } from "../../../ui/card.tsx";
import { ConfirmButton } from "../../../ui/confirm.tsx";
import { useCan } from "../../shell/helpers/session.ts";

type Deployment = Outputs["deployments"]["get"];

/** A canary beside what it is tried against: the figures, what the rules say, and the way to decide oneself. */
export function CanaryCard({ deployment: d }: { deployment: Deployment }) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const canDeploy = useCan("deployer");
  const { data } = useQuery(trpc.deployments.canary.queryOptions({ deploymentId: d.id }, { refetchInterval: 5_000 }));
  const options = (done: string, failed: string) => ({
    onSuccess: () => {
      toast.success(done);
      void queryClient.invalidateQueries();
    },
    onError: (e: unknown) => toast.error(failed, { description: errorText(e as never) }),
  });
  const promote = useMutation(trpc.deployments.promote.mutationOptions(options("Promoted: it gets every connection", "Not promoted")));
  const takeBack = useMutation(trpc.deployments.takeBack.mutationOptions(options("Rolled back: what ran before gets every connection", "Not rolled back")));
  if (!data) return null;
  const { rules, evidence, verdict, decision, reason } = data;
  if (!evidence || !verdict)
    return (
      <Card title="Canary">
        <p className="flex flex-wrap items-center gap-2 text-sm">
          <Badge tone={decision === "promoted" ? "good" : decision === "rolled back" ? "bad" : "neutral"}>{decision ?? d.state}</Badge> {reason}
        </p>
      </Card>
    );
  const share = ({ count, errors }: { count: number; errors: number }) => (count === 0 ? "–" : formatPercent(errors / count));
  const rows = [
    ["Requests", formatCount(evidence.primary.count), formatCount(evidence.canary.count), `at least ${formatCount(rules.minRequests)}`],
    ["Errors", share(evidence.primary), share(evidence.canary), `at most ${formatPercent(rules.maxErrorIncrease)} more`],
    [
      "Cold start p95",
      evidence.coldStart ? formatNs(evidence.coldStart.primaryP95Ns) : evidence.isMeasuring ? "measuring" : "–",
      evidence.coldStart ? formatNs(evidence.coldStart.canaryP95Ns) : evidence.isMeasuring ? "measuring" : "–",
      `at most ${formatPercent(rules.maxColdStartIncrease)} longer`,
    ],
    ["Watched", "", `${Math.floor(evidence.watchedMs / 60_000)} min`, `at least ${rules.minutes} min`],
  ];
  return (
    <Card
      title={
        <span className="flex flex-wrap items-center gap-2">
          Canary <Badge tone="info">{d.sharePercent} % of connections</Badge>
        </span>
      }
      note={verdict.kind === "wait" ? verdict.reason : `About to ${verdict.kind}: ${verdict.reason}`}
      flush
      actions={
        canDeploy && (
          <>
            <Button size="sm" variant="primary" busy={promote.isPending} onClick={() => promote.mutate({ deploymentId: d.id })}>
              Promote
            </Button>
            <ConfirmButton
              title={`Roll back this canary on ${d.hostName}?`}
              description="What ran before gets every connection again. The build stays."
              action="Roll back"
              busy={takeBack.isPending}
              onConfirm={() => takeBack.mutate({ deploymentId: d.id })}
            >
              Roll back
            </ConfirmButton>
          </>
        )
      }
    >
      <div className="overflow-x-auto" tabIndex={0} role="region" aria-label="Canary beside what runs">
        <table className="w-full text-sm">
          <thead>
            <tr className="border-b text-xs text-muted">
              {["", "What runs", "Canary", "Rule"].map((head) => (
                <th key={head} scope="col" className="px-4 py-2 text-right font-medium first:text-left">
                  {head || <span className="sr-only">Figure</span>}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map(([name, ...cells]) => (
              <tr key={name} className="border-b last:border-b-0">
                <th scope="row" className="px-4 py-2 text-left font-normal">
                  {name}
                </th>
                {cells.map((cell, i) => (
                  <td key={i} className="tnum px-4 py-2 text-right whitespace-nowrap last:text-muted">
                    {cell}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Card>
  );
}
