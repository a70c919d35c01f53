/** Compiles without saving anything: the editor's and the drop zone's answer, with code frames. */
import { projectCompute } from "../../../server/trpc.ts";
import { decodeSources, sourceInput } from "./sources.ts";

export const check = projectCompute("viewer")
  .input(sourceInput)
  .mutation(async ({ ctx, input, signal }) => {
    const { files, entry, sourceBytes } = decodeSources(input);
    const result = await ctx.app.pipeline.check({ files: Object.fromEntries(files), entry }, signal);
    return { ...result, entry, sourceBytes };
  });
