import type { Intrinsic } from "./index.ts";

export const builtinIntrinsics: readonly Intrinsic[] = [];
