export * from "./opcodes.ts";
