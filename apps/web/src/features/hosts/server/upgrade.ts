import { z } from "zod";
import { AppError, notFound } from "../../../server/errors.ts";
import { projectMutation } from "../../../server/trpc.ts";
import { raiseRevision, wakeHost } from "../../deployments/server/desired-state.ts";
import { agentState } from "../helpers/agent-state.ts";

/** Tells a host's agent to become the one that this control plane holds. It verifies and tries it first; what came of it is seen on the host. */
export const upgrade = projectMutation("admin")
  .input(z.object({ hostId: z.string() }))
  .mutation(async ({ ctx, input }) => {
    const { app, db, projectId } = ctx;
    const host = await db.host.findUnique({ where: { id: input.hostId } });
    if (!host || host.removedAt) throw notFound("Host", input.hostId);
    const held = await app.agentRelease.held();
    const { state, reason } = agentState(host, held);
    if (!held || state === "fixed")
      throw new AppError(
        "CONFLICT",
        `The agent of ${host.name} cannot be upgraded from here: it runs from sources, or there is no file for its processor (${host.arch}).`,
      );
    if (state === "newest") throw new AppError("CONFLICT", `The agent of ${host.name} is the newest one already.`);
    if (state === "refused") throw new AppError("CONFLICT", `The agent of ${host.name} did not take this one: ${reason} Restart it to let it try again.`);
    await app.db.$transaction([
      raiseRevision(app.db, projectId, host.id),
      app.db.host.update({ where: { id: host.id, projectId }, data: { agentOrdered: held.sha256 } }),
      ctx.audit({ target: { kind: "host", id: host.id, name: host.name }, detail: { agent: held.sha256.slice(0, 12) } }, app.db),
    ]);
    wakeHost(app, projectId, host.id);
    return { hostId: host.id, sha256: held.sha256 };
  });
