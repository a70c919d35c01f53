/** The OpenAPI 3.1 document of the REST subset, made from its table. */
import { operations, type JsonSchema, type Operation } from "./operations.ts";

const answers = {
  "200": { description: "Done", content: { "application/json": { schema: {} } } },
  ...Object.fromEntries(
    Object.entries({
      "400": "The input is malformed",
      "401": "The token is missing, unknown, expired or revoked",
      "403": "The token's role does not allow it",
      "404": "There is no such thing in the token's project",
      "409": "The present state does not allow it",
      "413": "The upload is too large",
      "422": "The handler does not compile; diagnostics say where",
    }).map(([status, description]) => [status, { description, content: { "application/json": { schema: { $ref: "#/components/schemas/Error" } } } }]),
  ),
};

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
    operationId: op.procedure.replace(".", "_"),
    summary: op.summary,
    tags: [op.procedure.split(".")[0]],
    parameters: [...inPath, ...inQuery],
    ...(op.method === "post" && fields.length > 0 ? { requestBody: { required: required.length > 0, content: { "application/json": { schema: body } } } } : {}),
    responses: answers,
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
