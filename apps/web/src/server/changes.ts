import { projectQuery } from "./trpc.ts";

const safetyMs = 20_000;
/** A burst of events is one: pages refetch at most this often. */
const quietMs = 400;

/** Ticks whenever something in the project changed, so that open pages look again. */
export const changes = projectQuery("viewer").subscription(async function* ({ ctx, signal }) {
  let tick = 0;
  for await (const _ of ctx.app.events.turns(`project:${ctx.projectId}`, safetyMs, signal as AbortSignal)) {
    yield { tick: tick++ };
    await new Promise((resolve) => setTimeout(resolve, quietMs));
  }
});
