import { projectCompute, router } from "../../../server/trpc.ts";
import { decodeSources, sourceInput } from "../../handlers/server/sources.ts";

/** Bytecode and its listing, for the browser to run; nothing is kept. */
const compile = projectCompute("viewer")
  .input(sourceInput)
  .mutation(async ({ ctx, input, signal }) => {
    const { files, entry } = decodeSources(input);
    const { check, bytecode, listing } = await ctx.app.pipeline.compile({ files: Object.fromEntries(files), entry }, signal);
    return { ...check, bytecode: bytecode ? Buffer.from(bytecode).toString("base64") : null, listing: listing ?? "" };
  });

export const playgroundRouter = router({ compile });
