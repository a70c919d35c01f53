import { projectQuery } from "../../../server/trpc.ts";

/** Which compilers were found, what can be built with them, what is missing and how to get it. */
export const toolchain = projectQuery("viewer").query(({ ctx }) => ctx.app.pipeline.toolchain());
