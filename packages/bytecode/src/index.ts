export * from "./opcodes.ts";
export * from "./hooks.ts";
export * from "./layout.ts";
export * from "./crc32.ts";
export * from "./intrinsics/index.ts";
