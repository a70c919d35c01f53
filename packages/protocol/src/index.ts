export * from "./phases.ts";
export * from "./targets.ts";
export * from "./requests.ts";
export * from "./agent.ts";
