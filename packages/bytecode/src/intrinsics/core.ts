import type { Intrinsic } from "./index.ts";

export const coreIntrinsics: readonly Intrinsic[] = [];
