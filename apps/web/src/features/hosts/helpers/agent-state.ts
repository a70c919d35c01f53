/** What a host's page says of its agent's version. */
import { z } from "zod";

type AgentState = {
  /** Null: an agent of before, which says none. */
  version: string | null;
  sha256: string | null;
  /** `fixed`: it runs from sources, or this control plane holds no file for its processor. */
  state: "newest" | "upgradable" | "ordered" | "refused" | "fixed";
  /** Why it did not become what was ordered. */
  reason: string | null;
};

const refusal = z.object({ sha256: z.string(), reason: z.string() });
type Row = { arch: string; agentVersion: string | null; agentSha256: string | null; agentOrdered: string | null; agentRefused: string | null };

function refusedBy(row: Pick<Row, "agentRefused">): { sha256: string; reason: string } | undefined {
  return row.agentRefused === null ? undefined : refusal.parse(JSON.parse(row.agentRefused));
}

/** What it is to become; undefined when it is that, or would not be. */
export function orderOf(row: Row, held: { sha256: string } | undefined): string | undefined {
  const { agentOrdered, agentSha256 } = row;
  if (agentOrdered === null || agentOrdered === agentSha256 || agentOrdered !== held?.sha256 || refusedBy(row)?.sha256 === agentOrdered) return undefined;
  return agentOrdered;
}

export function agentState(row: Row, held: { sha256: string; arch: string } | undefined): AgentState {
  const said = { version: row.agentVersion, sha256: row.agentSha256, reason: null };
  if (row.agentSha256 === null || !held || held.arch !== row.arch) return { ...said, state: "fixed" };
  if (row.agentSha256 === held.sha256) return { ...said, state: "newest" };
  const refused = refusedBy(row);
  if (refused?.sha256 === held.sha256) return { ...said, state: "refused", reason: refused.reason };
  return { ...said, state: orderOf(row, held) === undefined ? "upgradable" : "ordered" };
}
