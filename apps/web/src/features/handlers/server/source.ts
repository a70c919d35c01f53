import { z } from "zod";
import { notFound } from "../../../server/errors.ts";
import { projectQuery } from "../../../server/trpc.ts";
import { readSources } from "./sources.ts";

/** The files of one version; those that are not UTF-8 text come without their content. */
export const source = projectQuery("viewer")
  .input(z.object({ versionId: z.string() }))
  .query(async ({ ctx, input }) => {
    const version = await ctx.db.handlerVersion.findUnique({ where: { id: input.versionId } });
    if (!version) throw notFound("Version", input.versionId);
    const decoder = new TextDecoder("utf-8", { fatal: true });
    const files = Object.entries(await readSources(ctx.app.objects, version.files)).map(([path, bytes]) => {
      let text: string | null;
      try {
        text = typeof bytes === "string" ? bytes : decoder.decode(bytes);
      } catch {
        text = null;
      }
      return { path, text, sizeBytes: bytes.length };
    });
    return { versionId: version.id, number: version.number, entry: version.entry, files };
  });
