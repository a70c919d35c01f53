export * from "./phases.ts";
export * from "./targets.ts";
export * from "./prime.ts";
export * from "./requests.ts";
export * from "./agent.ts";
export * from "./program-symbols.ts";
export * from "./start-trace.ts";
export * from "./trace-export.ts";
