import { z } from "zod";
import { notFound } from "../../../server/errors.ts";
import { projectQuery } from "../../../server/trpc.ts";
import { hostRows } from "./rows.ts";

export const get = projectQuery("viewer")
  .input(z.object({ hostId: z.string() }))
  .query(async ({ ctx, input }) => {
    const [host] = await hostRows(ctx, input.hostId);
    if (!host) throw notFound("Host", input.hostId);
    return host;
  });
