/** Answers the REST subset: finds the operation, puts its input together, calls the procedure with the caller's own rights. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { TRPCError } from "@trpc/server";
import { getHTTPStatusCodeFromError } from "@trpc/server/http";
import { ZodError } from "zod";
import { limits } from "../config.ts";
import type { Context } from "../context.ts";
import { AppError } from "../errors.ts";
import { appRouter } from "../root.ts";
import { createCallerFactory, procedureOf, readable } from "../trpc.ts";
import { openApiDocument } from "./openapi.ts";
import { operations, type JsonSchema, type Operation } from "./operations.ts";

const createCaller = createCallerFactory(appRouter);

function send(res: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  res.writeHead(status, { "content-type": "application/json", "cache-control": "no-store", ...headers }).end(JSON.stringify(body));
}

const sendError = (res: ServerResponse, status: number, code: string, message: string, more: object = {}, headers: Record<string, string> = {}) =>
  send(res, status, { error: { code, message, ...more } }, headers);

/** The operation at a path with its path's parameters; or the methods that the path does have. */
function find(method: string, path: string): { operation: Operation; values: Record<string, string> } | { allowed: string[] } {
  const parts = path.split("/").slice(1);
  const matching = operations.filter(
    (op) => op.segments.length === parts.length && op.segments.every((s, i) => (s.startsWith("{") ? parts[i] !== "" : s === parts[i])),
  );
  const operation = matching.find((op) => op.method === method.toLowerCase());
  if (!operation) return { allowed: matching.map((op) => op.method.toUpperCase()) };
  const values = Object.fromEntries(
    operation.segments.flatMap((s, i) => (s.startsWith("{") ? [[s.slice(1, -1), decodeURIComponent(parts[i] as string)]] : [])),
  );
  return { operation, values };
}

/** Query parameters are text: numbers and booleans are read as the schema says; what does not fit is left for the schema to refuse. */
function typed(schema: JsonSchema | undefined, text: string): unknown {
  if (schema?.type === "number" || schema?.type === "integer") return text.trim() === "" || Number.isNaN(Number(text)) ? text : Number(text);
  if (schema?.type === "boolean") return text === "true" ? true : text === "false" ? false : text;
  return text;
}

async function readBody(req: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of req as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limits.requestBytes) throw new AppError("TOO_LARGE", `The source of a handler may have ${limits.sourceLabel} at most.`);
    chunks.push(chunk);
  }
  if (size === 0) return {};
  let body: unknown;
  try {
    body = JSON.parse(Buffer.concat(chunks).toString("utf8"));
  } catch (error) {
    throw new AppError("INVALID", `The body is not JSON: ${(error as Error).message}`);
  }
  if (typeof body !== "object" || body === null || Array.isArray(body)) throw new AppError("INVALID", "The body must be a JSON object.");
  return body;
}

/** `path` is what follows /api/v1. */
export async function handleRest(context: Context, req: IncomingMessage, res: ServerResponse, path: string, url: URL): Promise<void> {
  if (path === "/openapi.json" && req.method === "GET")
    return send(res, 200, openApiDocument(context.app.config.publicUrl ?? `http://${req.headers.host ?? "localhost"}`));
  let isWellFormed = false;
  try {
    const found = find(req.method ?? "GET", path);
    if ("allowed" in found) {
      if (found.allowed.length === 0) return sendError(res, 404, "NOT_FOUND", "There is nothing at this address; /api/v1/openapi.json lists what there is.");
      return sendError(res, 405, "METHOD_NOT_ALLOWED", `This address takes ${found.allowed.join(", ")}.`, {}, { allow: found.allowed.join(", ") });
    }
    // Tokens alone: a browser never sends one by itself, so no other site can act in somebody's name here.
    if (context.caller.kind !== "token")
      throw new AppError(
        "UNAUTHORIZED",
        context.caller.kind === "anonymous" && req.headers.authorization ? context.caller.why : "This needs an API token: authorization: Bearer zs_api_…",
      );
    const { operation, values } = found;
    const query = Object.fromEntries([...url.searchParams].map(([name, text]) => [name, typed(operation.input?.properties?.[name], text)]));
    const input = operation.method === "get" ? { ...query, ...values } : { ...((await readBody(req)) as object), ...values };
    const procedure = procedureOf(createCaller(context), operation.procedure);
    isWellFormed = true;
    send(res, 200, await procedure(operation.input ? input : undefined));
  } catch (error) {
    const { requestId } = context;
    if (error instanceof URIError) return sendError(res, 400, "INVALID", "The address is malformed.");
    if (!(error instanceof TRPCError) || error.code === "INTERNAL_SERVER_ERROR") {
      console.error(`[${requestId}] ${req.method} ${path}:`, error instanceof TRPCError ? error.cause : error);
      return sendError(res, 500, "INTERNAL", `Something went wrong on the server. Reference: ${requestId}.`);
    }
    const message = error.cause instanceof ZodError ? readable(error.cause) : error.message;
    const app = error instanceof AppError ? error : undefined;
    // 400 is what the document's schemas can say; what only the procedure can know is 422.
    const status = isWellFormed && app?.appCode === "INVALID" ? 422 : getHTTPStatusCodeFromError(error);
    sendError(res, status, app?.appCode ?? "INVALID", message, app?.diagnostics ? { diagnostics: app.diagnostics } : {});
  }
}
