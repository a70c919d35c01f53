import { projectQuery } from "../../../server/trpc.ts";

/** Where traces and metrics go by OTLP, and how that fares; null while it is off. Of the whole server, not of one project. */
export const telemetry = projectQuery("admin").query(({ ctx }) => ctx.app.telemetry?.status() ?? null);
