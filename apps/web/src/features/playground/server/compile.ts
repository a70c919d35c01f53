import { projectCompute, router } from "../../../server/trpc.ts";
import { decodeSources, sourceInput } from "../../handlers/server/sources.ts";

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64");

/** Bytecode and its listing, for the browser to run; nothing is kept. */
const compile = projectCompute("viewer")
  .input(sourceInput)
  .mutation(async ({ ctx, input, signal }) => {
    const { files, entry } = decodeSources(input);
    const { check, compiled } = await ctx.app.pipeline.compile({ files: Object.fromEntries(files), entry }, signal);
    if (!compiled) return { ...check, compiled: null };
    const { bytecode, functions, telling } = compiled;
    return {
      ...check,
      compiled: { bytecode: base64(bytecode), functions, telling: telling ? { bytecode: base64(telling.bytecode), bindings: telling.bindings } : null },
    };
  });

export const playgroundRouter = router({ compile });
