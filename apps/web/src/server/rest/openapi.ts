/** The OpenAPI 3.1 document of the REST subset, made from its table. */
import { operations, type JsonSchema, type Operation } from "./operations.ts";

const errors = Object.fromEntries(
  Object.entries({
    "400": "The input is malformed",
    "401": "The token is missing, unknown, expired or revoked",
    "403": "The token's role does not allow it",
    "404": "There is no such thing in the token's project",
    "409": "The present state does not allow it",
    "413": "The upload is too large",
    "422": "It fits the schema and still makes no sense: parts contradict each other, or the handler does not compile (diagnostics say where)",
    "503": "The database, or a tool that this needs, is away just now",
  }).map(([status, description]) => [status, { description, content: { "application/json": { schema: { $ref: "#/components/schemas/Error" } } } }]),
);

type Procedure = Operation["procedure"];
const field = (path: string) => `$response.body#/${path}`;

/** What follows from an answer: OpenAPI's links, which say where an id comes from that another operation takes. */
const links: Partial<Record<Procedure, { to: Procedure; parameters?: Record<string, string>; requestBody?: object }[]>> = {
  "handlers.create": ["handlers.get" as const, "handlers.upload" as const, "builds.start" as const].map((to) => ({
    to,
    parameters: { handlerId: field("handlerId") },
  })),
  "handlers.upload": [{ to: "builds.start", parameters: { handlerId: field("handlerId") }, requestBody: { versionId: field("versionId") } }],
  "builds.start": [
    ...["builds.get" as const, "builds.wait" as const].map((to) => ({ to, parameters: { buildId: field("builds/0/buildId") } })),
    { to: "deployments.create", requestBody: { buildId: field("builds/0/buildId") } },
    { to: "measurements.create", requestBody: { buildIds: [field("builds/0/buildId")] } },
  ],
  "builds.wait": [
    { to: "deployments.create", requestBody: { buildId: field("id") } },
    { to: "measurements.create", requestBody: { buildIds: [field("id")] } },
  ],
  "deployments.create": (["get", "configure", "promote", "takeBack", "rollback", "stop"] as const).map((name) => ({
    to: `deployments.${name}` as const,
    parameters: { deploymentId: field("deploymentId") },
  })),
  "measurements.create": [{ to: "measurements.get", parameters: { measurementId: field("measurementId") } }],
};

const operationId = (procedure: Procedure): string => procedure.replace(".", "_");

function linksOf(procedure: Procedure) {
  const from = links[procedure];
  return from && { links: Object.fromEntries(from.map(({ to, ...rest }) => [operationId(to), { operationId: operationId(to), ...rest }])) };
}

function describe(op: Operation) {
  const { input, parameters } = op;
  const fields = Object.entries(input?.properties ?? {}).filter(([name]) => !parameters.includes(name));
  const required = (input?.required ?? []).filter((name) => !parameters.includes(name));
  const inPath = parameters.map((name) => ({ name, in: "path", required: true, schema: { type: "string" } }));
  const isScalar = (s: JsonSchema) => s.type !== "object" && s.type !== "array";
  const inQuery =
    op.method === "get"
      ? fields.filter(([, s]) => isScalar(s)).map(([name, schema]) => ({ name, in: "query", required: required.includes(name), schema }))
      : [];
  const body = { type: "object", properties: Object.fromEntries(fields), ...(required.length > 0 ? { required } : {}) };
  return {
    operationId: operationId(op.procedure),
    summary: op.summary,
    tags: [op.procedure.split(".")[0]],
    parameters: [...inPath, ...inQuery],
    ...(op.method === "post" && fields.length > 0 ? { requestBody: { required: required.length > 0, content: { "application/json": { schema: body } } } } : {}),
    responses: { "200": { description: "Done", content: { "application/json": { schema: op.answer } }, ...linksOf(op.procedure) }, ...errors },
  };
}

export function openApiDocument(serverUrl: string): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const op of operations) (paths[op.path] ??= {})[op.method] = describe(op);
  return {
    openapi: "3.1.0",
    info: { title: "Zerostart", version: "1", description: "Upload, build, wait, deploy, roll back, measure. Everything else is on the tRPC API." },
    servers: [{ url: `${serverUrl}/api/v1` }],
    security: [{ token: [] }],
    paths,
    components: {
      securitySchemes: { token: { type: "http", scheme: "bearer", description: "An API token (Settings, API tokens)" } },
      schemas: {
        Error: {
          type: "object",
          required: ["error"],
          properties: {
            error: {
              type: "object",
              required: ["code", "message"],
              properties: { code: { type: "string" }, message: { type: "string" }, diagnostics: { type: "array", items: { type: "object" } } },
            },
          },
        },
      },
    },
  };
}
