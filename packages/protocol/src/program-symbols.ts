/**
 * What a profiler needs to name what runs in a program of ours that was stripped: made with its stub, kept beside it, and delivered as gzipped JSON under its
 * SHA-256. Nothing of it is needed to run.
 */
import { z } from "zod";

const offset = z.number().int().min(0).max(0xffff_ffff);

/** Where a reader of linear memory finds the frames of running JavaScript. Addresses in linear memory and offsets, bytes. */
export const frameLayout = z.object({
  /** Address of the pointer to the running frame's record. */
  currentFrame: offset,
  /** Frame records are an array from here on. */
  framesStart: offset,
  frameBytes: offset.min(8).max(1_024),
  /** In a record: its function's CODE cell, 0 where the host called; address after the current instruction. */
  frameCode: offset,
  framePc: offset,
  /** In a CODE cell. */
  codeFile: offset,
  codeFlags: offset,
  codeName: offset,
  /** In a BYTECODE cell. */
  fileName: offset,
  /** Bits of a function's flags. */
  libraryFlag: offset,
  mainFlag: offset,
  constructorFlag: offset,
  /** In a STRING cell, whose flags are bits 16 and on of its first word. */
  stringLength: offset,
  stringData: offset,
  twoByteFlag: offset,
  ropeFlag: offset,
  sliceFlag: offset,
});
export type FrameLayout = z.infer<typeof frameLayout>;

/** What the engine's build keeps beside vm.wasm (packages/vm/scripts/symbols.ts): names by function index, and the layout. */
const engineSymbols = z.object({ functions: z.record(z.string(), z.string()), layout: frameLayout });
export type EngineSymbols = z.infer<typeof engineSymbols>;

export const programSymbols = z.object({
  version: z.literal(1),
  /** Of the program's code, by address. `engine`: compiled from WebAssembly; `host`: the C program around it. */
  functions: z
    .array(
      z.object({ address: z.number().int().nonnegative(), bytes: z.number().int().nonnegative(), name: z.string().max(500), of: z.enum(["engine", "host"]) }),
    )
    .max(100_000),
  layout: frameLayout,
});
export type ProgramSymbols = z.infer<typeof programSymbols>;
