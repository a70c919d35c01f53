import { tracked } from "@trpc/server";
import { z } from "zod";
import { notFound } from "../../../server/errors.ts";
import { projectQuery } from "../../../server/trpc.ts";

const ended = new Set(["succeeded", "failed", "cancelled"]);
const safetyPollMs = 5_000;
const pageLines = 500;

/**
 * The logs of some builds from the beginning (or after the last event id, when a connection resumes), live until all have
 * ended. Several in one stream: browsers open few connections to one server.
 */
export const logs = projectQuery("viewer")
  .input(z.object({ buildIds: z.array(z.string()).min(1).max(48), lastEventId: z.string().nullish() }))
  .subscription(async function* ({ ctx, input, signal }) {
    const { buildIds } = input;
    const states = async () =>
      new Map((await ctx.db.build.findMany({ where: { id: { in: buildIds } }, select: { id: true, state: true } })).map((b) => [b.id, b.state]));
    const known = await states();
    for (const id of buildIds) if (!known.has(id)) throw notFound("Build", id);
    let after = Number(input.lastEventId ?? 0) || 0;
    const told = new Map<string, string>();
    for await (const _ of ctx.app.events.turns(
      buildIds.map((id) => `build:${id}` as const),
      safetyPollMs,
      signal as AbortSignal,
    )) {
      // States first: a build that has ended by now has written all its lines.
      const now = await states();
      for (;;) {
        const rows = await ctx.db.buildLog.findMany({ where: { buildId: { in: buildIds }, seq: { gt: after } }, orderBy: { seq: "asc" }, take: pageLines });
        for (const { seq, buildId, at, level, text } of rows) {
          after = seq;
          yield tracked(String(seq), { kind: "line" as const, buildId, seq, at, level, text });
        }
        if (rows.length < pageLines) break;
      }
      for (const [buildId, state] of now) {
        if (told.get(buildId) === state) continue;
        told.set(buildId, state);
        yield tracked(String(after), { kind: "state" as const, buildId, state });
      }
      if (buildIds.every((id) => ended.has(now.get(id) ?? "cancelled"))) return;
    }
  });
