export * from "./opcodes.ts";
export * from "./hooks.ts";
export * from "./intrinsics/index.ts";
