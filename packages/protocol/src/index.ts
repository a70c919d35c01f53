export * from "./phases.ts";
export * from "./targets.ts";
export * from "./agent.ts";
