import type { Intrinsic } from "./index.ts";

export const webIntrinsics: readonly Intrinsic[] = [];
