import { z } from "zod";
import { notFound } from "../../../server/errors.ts";
import { projectQuery } from "../../../server/trpc.ts";
import { canaryState, judgeCanary } from "../helpers/canary.ts";
import { canaryEvidence } from "./canaries.ts";

/** A canary beside what it is tried against, and what its rules say now; null for a deployment that never was one. */
export const canary = projectQuery("viewer")
  .input(z.object({ deploymentId: z.string() }))
  .query(async ({ ctx, input }) => {
    const d = await ctx.db.deployment.findUnique({ where: { id: input.deploymentId } });
    if (!d) throw notFound("Deployment", input.deploymentId);
    if (d.canary === null) return null;
    const state = canaryState.parse(d.canary);
    if (state.decision !== null || d.state !== "active") return { ...state, evidence: null, verdict: null };
    const primary = await ctx.db.deployment.findFirst({ where: { handlerId: d.handlerId, hostId: d.hostId, state: "active", role: "primary" } });
    const evidence = await canaryEvidence(ctx.app, d, primary, state);
    return { ...state, evidence, verdict: judgeCanary(state.rules, evidence) };
  });
