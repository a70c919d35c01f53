/**
 * The stable subset of the API for CI: one line an operation, each a procedure of the tRPC router under a plain address.
 * The OpenAPI document and the dispatch are both made from this table and the procedures' own input schemas.
 */
import { z } from "zod";
import { appRouter } from "../root.ts";
import { answers } from "./answers.ts";

type Line = { method: "get" | "post"; path: string; procedure: keyof typeof answers; summary: string };

const table: Line[] = [
  { method: "get", path: "/handlers", procedure: "handlers.list", summary: "The handlers of the token's project" },
  {
    method: "post",
    path: "/handlers",
    procedure: "handlers.create",
    summary: "Make a handler with its first version; 422 with diagnostics when it does not compile",
  },
  { method: "get", path: "/handlers/{handlerId}", procedure: "handlers.get", summary: "One handler with its versions" },
  { method: "post", path: "/handlers/{handlerId}/versions", procedure: "handlers.upload", summary: "Upload a version" },
  {
    method: "post",
    path: "/handlers/{handlerId}/builds",
    procedure: "builds.start",
    summary: "Build the newest (or a named) version for targets and launch modes",
  },
  { method: "get", path: "/builds", procedure: "builds.list", summary: "Builds, newest first" },
  { method: "get", path: "/builds/{buildId}", procedure: "builds.get", summary: "One build with its artifact, figures and regression check" },
  { method: "get", path: "/builds/{buildId}/wait", procedure: "builds.wait", summary: "The build once it has ended, or as it is after timeoutSeconds" },
  { method: "post", path: "/deployments", procedure: "deployments.create", summary: "Deploy a build to a host" },
  { method: "get", path: "/deployments", procedure: "deployments.list", summary: "Deployments, newest first" },
  { method: "get", path: "/deployments/{deploymentId}", procedure: "deployments.get", summary: "One deployment with its instances and address" },
  { method: "post", path: "/deployments/{deploymentId}/rollback", procedure: "deployments.rollback", summary: "Put back what this deployment replaced" },
  {
    method: "post",
    path: "/deployments/{deploymentId}/configure",
    procedure: "deployments.configure",
    summary: "Change instances, a canary's share, a preview's end",
  },
  { method: "post", path: "/deployments/{deploymentId}/promote", procedure: "deployments.promote", summary: "Let a canary take over" },
  { method: "post", path: "/deployments/{deploymentId}/take-back", procedure: "deployments.takeBack", summary: "End a canary" },
  { method: "post", path: "/deployments/{deploymentId}/stop", procedure: "deployments.stop", summary: "Take a handler off its host" },
  { method: "post", path: "/measurements", procedure: "measurements.create", summary: "Measure cold starts of builds, in turns" },
  { method: "get", path: "/measurements/{measurementId}", procedure: "measurements.get", summary: "A measurement's progress" },
  { method: "get", path: "/hosts", procedure: "hosts.list", summary: "The hosts of the project" },
];

export type JsonSchema = { type?: string; properties?: Record<string, JsonSchema>; required?: string[]; [key: string]: unknown };
export type Operation = Line & {
  /** Segments of the path; a parameter is its name in braces. */
  segments: string[];
  parameters: string[];
  /** Of the procedure's whole input, path parameters among its properties; undefined when it takes none. */
  input: JsonSchema | undefined;
  answer: JsonSchema;
};

type Procedure = { _def: { inputs: z.ZodType[] } };
const procedures = (appRouter as unknown as { _def: { procedures: Record<string, Procedure> } })._def.procedures;

/** Of an input that is one of several objects, the one that the path's parameters are of. */
function objectOf(schema: JsonSchema, parameters: string[]): JsonSchema {
  const choices = (schema["anyOf"] ?? schema["oneOf"]) as JsonSchema[] | undefined;
  return choices?.find((choice) => parameters.every((name) => choice.properties?.[name])) ?? schema;
}

export const operations: Operation[] = table.map((line) => {
  const procedure = procedures[line.procedure];
  if (!procedure) throw new Error(`the REST table names ${line.procedure}, which is no procedure`);
  const [schema] = procedure._def.inputs;
  const segments = line.path.split("/").slice(1);
  const parameters = segments.filter((s) => s.startsWith("{")).map((s) => s.slice(1, -1));
  return {
    ...line,
    segments,
    parameters,
    input: schema && objectOf(z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as JsonSchema, parameters),
    answer: z.toJSONSchema(
      answers[line.procedure], // As an input's: other fields may be there.
      { io: "input" },
    ) as JsonSchema,
  };
});
