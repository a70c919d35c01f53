/**
 * The one list of natives (docs/engine.md, "Natives and intrinsics"): ids are positions in the concatenation below, so the library
 * image and vm.wasm must come from the same build. Each file has one owner subject.
 */
import { coreIntrinsics } from "./core.ts";
import { builtinIntrinsics } from "./builtins.ts";
import { webIntrinsics } from "./web.ts";

export interface Intrinsic {
  /** Name of the exported AssemblyScript function; library code calls `$name`. */
  readonly name: string;
  /** Path under packages/vm/assembly/natives/, without `.ts`. */
  readonly file: string;
  /** Parameter names; a trailing `...rest` takes any number. */
  readonly params: string;
  readonly doc: string;
}

export const intrinsics: readonly Intrinsic[] = [...coreIntrinsics, ...builtinIntrinsics, ...webIntrinsics];
