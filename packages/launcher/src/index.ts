export { measureInTurns, type InterleaveOptions } from "./interleave.ts";
export { Launcher, Instance, StartError, describeExit, listenerFd } from "./client.ts";
export type { StartOptions, StartMeasurement, ProcessExit, StartStage, OutputChunk, ListeningSocket } from "./client.ts";
export { accountPhases, decodeTrace, TraceError } from "./trace.ts";
export { readMemory, parseMemory } from "./memory.ts";
export { launcherCommand, launcherPath } from "./native.ts";
export { traceStart, type TraceOptions } from "./tracing/start-trace.ts";
