/**
 * The HTTP side: tRPC under /api/trpc, sign-in under /api/auth, artifacts and downloads, everything else is Next's.
 * Beside Next rather than in its route handlers: requests are refused by size before they are read, event streams are
 * never buffered, and tests run the same server without a build.
 */
import { randomBytes, randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import { targetTriples, type TraceFormat } from "@zerostart/protocol";
import { TRPCError } from "@trpc/server";
import { nodeHTTPRequestHandler } from "@trpc/server/adapters/node-http";
import { toNodeHandler } from "better-auth/node";
import { ZodError } from "zod";
import { sendPackage } from "../features/builds/server/packages.ts";
import { sendStub } from "../features/builds/server/stubs.ts";
import { sendDownload } from "../features/cold-starts/server/download.ts";
import { sendTrace } from "../features/traces/server/download.ts";
import { sendEngineFile } from "../features/playground/server/engine-files.ts";
import { answerAgentCall, isAgentCall } from "./agent-calls.ts";
import type { App } from "./app.ts";
import { clientAddressHeader } from "./auth.ts";
import { limits } from "./config.ts";
import { resolveCaller, type Caller, type Context } from "./context.ts";
import { inProject } from "./db/tenant.ts";
import { AppError, isDatabaseAway } from "./errors.ts";
import { metricsOf, ProcessMetrics } from "./metrics.ts";
import { isDocument, withPageRequest } from "./pages.ts";
import { handleRest } from "./rest/handle.ts";
import { appRouter } from "./root.ts";
import { sendJson } from "./send-json.ts";

const nativeTriples = targetTriples.filter((triple) => triple !== "wasm32");

type Handler = (req: IncomingMessage, res: ServerResponse) => Promise<void> | void;

/** An error in the shape that tRPC clients parse, for what is refused before tRPC sees it. */
function sendTrpcError(res: ServerResponse, status: number, code: string, message: string, headers: Record<string, string> = {}): void {
  sendJson(res, status, { error: { message, code: -32_600, data: { code, httpStatus: status } } }, headers);
}

/** Cookies are sent along by browsers whoever asks: what changes something has to come from our own pages. */
function isForeign(req: IncomingMessage): boolean {
  const { origin, host } = req.headers;
  const site = req.headers["sec-fetch-site"];
  if (req.headers.cookie === undefined || req.method === "GET" || req.method === "HEAD") return false;
  if (origin !== undefined) return !URL.canParse(origin) || new URL(origin).host !== host;
  return site !== undefined && site !== "same-origin" && site !== "none";
}

function wantedProject(req: IncomingMessage, url: URL): string | undefined {
  const header = req.headers["x-zerostart-project"];
  return (typeof header === "string" ? header : url.searchParams.get("project")) || undefined;
}

async function handleTrpc(app: App, req: IncomingMessage, res: ServerResponse, path: string, url: URL): Promise<void> {
  const limit = path.startsWith("agent.") ? limits.reportBytes : limits.requestBytes;
  const announced = Number(req.headers["content-length"] ?? 0);
  if (announced > limit) {
    const message = `This upload is ${(announced / 1e6).toFixed(1)} MB; the source of a handler may have ${limits.sourceLabel} at most. Leave out node_modules, tests and assets, or bundle the handler first.`;
    // The body is not read: the connection ends with this answer. Destroying at once would lose the answer on its way.
    res.once("finish", () => setTimeout(() => req.socket.destroySoon(), 250).unref());
    return sendTrpcError(res, 413, "PAYLOAD_TOO_LARGE", message, { connection: "close" });
  }
  if (isForeign(req)) return sendTrpcError(res, 403, "FORBIDDEN", "This request comes from another site.");
  const requestId = randomUUID();
  // An unknown procedure is refused before it gets here: the path is never what a caller made up.
  const onError = ({ error, path: procedure = "request" }: { error: TRPCError; path?: string | undefined }) => {
    if (isDatabaseAway(error.cause)) console.error(`[${requestId}] ${procedure}: ${error.message.trim().split("\n").at(-1)}`);
    else if (error.code === "INTERNAL_SERVER_ERROR") console.error(`[${requestId}] ${procedure}:`, error.cause ?? error);
  };
  const contextOf = (caller: Caller): Context => ({ app, caller, wantedProject: wantedProject(req, url), requestId });
  if (isAgentCall(req, path, url)) {
    // When it cannot be said who calls, the adapter finds out again, and answers that as ever.
    const caller = await resolveCaller(app, req.headers).catch(() => undefined);
    if (caller?.kind === "agent") return answerAgentCall(contextOf(caller), req, res, path, onError);
  }
  await nodeHTTPRequestHandler({
    router: appRouter,
    req,
    res,
    path,
    maxBodySize: limit,
    allowBatching: true,
    maxBatchSize: limits.callsATime,
    createContext: async () => contextOf(await resolveCaller(app, req.headers)),
    onError,
  });
}

/** The project whose files the caller may read; agents, people and API tokens alike. */
async function projectOf(app: App, caller: Caller, wanted: string | undefined): Promise<string | undefined> {
  if (caller.kind === "agent" || caller.kind === "token") return caller.projectId;
  if (caller.kind !== "person") return undefined;
  const member = await app.db.member.findFirst({
    where: { userId: caller.person.id, ...inProject(wanted) },
    orderBy: { createdAt: "asc" },
  });
  return member?.projectId;
}

async function handleArtifact(app: App, req: IncomingMessage, res: ServerResponse, sha256: string, packaging: string | undefined, url: URL): Promise<void> {
  const caller = await resolveCaller(app, req.headers);
  const projectId = await projectOf(app, caller, wantedProject(req, url));
  if (projectId === undefined) return sendJson(res, 401, { error: caller.kind === "anonymous" ? caller.why : "This token cannot read artifacts." });
  const artifact = await app.db.artifact.findFirst({ where: { projectId, sha256 }, include: { build: { include: { handler: true, version: true } } } });
  if (!artifact && packaging === undefined && (await app.db.artifact.count({ where: { projectId, symbolsSha256: sha256 } })) > 0) {
    const symbols = await app.objects.get(sha256);
    return void res.writeHead(200, { "content-type": "application/gzip", "content-length": String(symbols.byteLength) }).end(symbols);
  }
  const size = artifact ? await app.objects.size(sha256) : undefined;
  if (!artifact) return sendJson(res, 404, { error: "There is no such artifact in this project." });
  if (size === undefined) return sendJson(res, 410, { error: "The artifact's file is gone from the data folder. Build it again." });
  if (packaging !== undefined) return sendPackage(app, artifact, packaging, res);
  const { build } = artifact;
  res.writeHead(200, {
    "content-type": "application/octet-stream",
    "content-length": String(size),
    "content-disposition": `attachment; filename="${build.handler.name}-v${build.version.number}-${build.mode}-${build.target}"`,
    etag: `"${sha256}"`,
    "cache-control": "private, max-age=31536000, immutable",
    "x-zerostart-signature": artifact.signature,
  });
  if (req.method === "HEAD") return void res.end();
  // Cut off when it breaks: the length was announced, so nobody takes a part for the whole.
  await pipeline(await app.objects.stream(sha256), res).catch(() => res.destroy());
}

/** Hosts fetch what they are to become; it is the same for every project and holds no secret, but nobody else has a use for it. */
async function handleAgentFile(app: App, req: IncomingMessage, res: ServerResponse, sha256: string): Promise<void> {
  const caller = await resolveCaller(app, req.headers);
  if (caller.kind !== "agent") return sendJson(res, 401, { error: caller.kind === "anonymous" ? caller.why : "This file is for agents." });
  const held = await app.agentRelease.held();
  if (held?.sha256 !== sha256) return sendJson(res, 404, { error: "This control plane holds another agent now." });
  res
    .writeHead(200, { "content-type": "application/octet-stream", "content-length": String(held.sizeBytes), "cache-control": "private, no-store" })
    .end(held.bytes);
}

async function handleStub(app: App, req: IncomingMessage, res: ServerResponse, path: string, url: URL): Promise<void> {
  const caller = await resolveCaller(app, req.headers);
  const projectId = caller.kind === "agent" ? undefined : await projectOf(app, caller, wantedProject(req, url));
  if (projectId === undefined) return sendJson(res, 401, { error: caller.kind === "anonymous" ? caller.why : "Agents cannot fetch stubs." });
  if (path === "key") return sendJson(res, 200, { publicKey: app.signer.publicKey });
  const [, name, identity] = /^([\w-]+)\/([0-9a-f]{64})$/.exec(path) ?? [];
  const target = nativeTriples.find((triple) => triple === name);
  if (!target || !identity) return sendJson(res, 404, { error: "There is no such stub." });
  try {
    await sendStub(app, { target, identity, symbols: url.searchParams.get("symbols") === "1", tls: url.searchParams.get("tls") === "1" }, res);
  } catch (error) {
    // No toolchain here either, or a compiler that failed: the person who asks cannot mend it, but may read why.
    if (!(error instanceof AppError)) throw error;
    sendJson(res, 503, { error: error.message });
  }
}

async function handleDownload(app: App, req: IncomingMessage, res: ServerResponse, format: "csv" | "json", url: URL): Promise<void> {
  const caller = await resolveCaller(app, req.headers);
  const wanted = wantedProject(req, url);
  url.searchParams.delete("project");
  const projectId = caller.kind === "agent" ? undefined : await projectOf(app, caller, wanted);
  if (projectId === undefined) return sendJson(res, 401, { error: caller.kind === "anonymous" ? caller.why : "Agents cannot download samples." });
  await sendDownload(app, projectId, url.searchParams, format, res);
}

async function handleTrace(app: App, req: IncomingMessage, res: ServerResponse, traceId: string, format: TraceFormat, url: URL): Promise<void> {
  const caller = await resolveCaller(app, req.headers);
  const projectId = caller.kind === "agent" ? undefined : await projectOf(app, caller, wantedProject(req, url));
  if (projectId === undefined) return sendJson(res, 401, { error: caller.kind === "anonymous" ? caller.why : "Agents cannot download traces." });
  await sendTrace(app, projectId, traceId, format, res);
}

async function handleMetrics(app: App, metrics: ProcessMetrics, req: IncomingMessage, res: ServerResponse): Promise<void> {
  const caller = await resolveCaller(app, req.headers);
  if (caller.kind !== "token")
    return sendJson(res, 401, { error: caller.kind === "anonymous" && req.headers.authorization ? caller.why : "Metrics need an API token (any role)." });
  const { contentType, text } = await metricsOf(app, metrics, caller.projectId);
  res.writeHead(200, { "content-type": contentType, "cache-control": "no-store" }).end(text);
}

const securityHeaders: Record<string, string> = {
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "same-origin",
  "cross-origin-opener-policy": "same-origin",
};

/**
 * Scripts run only with the nonce of their page (and what those load); WebAssembly is for the playground. Styles may be
 * inline: charts and the editor set them as attributes, which cannot carry a nonce.
 */
function contentSecurityPolicy(nonce: string, dev: boolean): string {
  return [
    "default-src 'self'",
    `script-src 'nonce-${nonce}' 'strict-dynamic' 'wasm-unsafe-eval'${dev ? " 'unsafe-eval'" : ""}`,
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "worker-src 'self' blob:",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join("; ");
}

/**
 * Connections that may wait to be accepted (the system's own limit is 4,096 as a rule). A thousand agents come back at once after a restart, two connections
 * each: of one that finds no room the next try is seconds later, and the one after that twice as many.
 */
export const connectionBacklog = 4_096;

/** `next` answers everything that is not the API; without it (tests), that is a 404. */
export function createHttpServer(app: App, next?: Handler, options: { dev?: boolean } = {}): Server {
  const auth = toNodeHandler(app.auth);
  const metrics = new ProcessMetrics(app.telemetry);
  const route = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    for (const [name, value] of Object.entries(securityHeaders)) res.setHeader(name, value);
    if (!URL.canParse(req.url ?? "", "http://localhost")) return sendJson(res, 400, { error: "malformed URL" });
    const url = new URL(req.url ?? "", "http://localhost");
    const { pathname } = url;
    if (pathname === "/api/health") return sendJson(res, 200, { status: "ok" });
    if (pathname.startsWith("/api/trpc/")) return handleTrpc(app, req, res, pathname.slice("/api/trpc/".length), url);
    if (pathname.startsWith("/api/auth/")) {
      if (isForeign(req)) return sendJson(res, 403, { error: "This request comes from another site." });
      req.headers[clientAddressHeader] = req.socket.remoteAddress ?? "unknown";
      return auth(req, res);
    }
    if (pathname.startsWith("/api/v1/")) {
      const context = { app, caller: await resolveCaller(app, req.headers), wantedProject: undefined, requestId: randomUUID() };
      return handleRest(context, req, res, pathname.slice("/api/v1".length), url);
    }
    if (pathname === "/metrics") return handleMetrics(app, metrics, req, res);
    const engineFile = /^\/api\/engine\/([a-z.]+)$/.exec(pathname);
    if (engineFile && req.method === "GET" && (await sendEngineFile(engineFile[1] as string, req, res))) return;
    const agentFile = /^\/api\/agent\/([0-9a-f]{64})$/.exec(pathname);
    if (agentFile && req.method === "GET") return handleAgentFile(app, req, res, agentFile[1] as string);
    const artifact = /^\/api\/artifacts\/([0-9a-f]{64})(?:\/([a-z]{1,20}))?$/.exec(pathname);
    if (artifact && (req.method === "GET" || req.method === "HEAD")) return handleArtifact(app, req, res, artifact[1] as string, artifact[2], url);
    if (pathname.startsWith("/api/stubs/") && req.method === "GET") return handleStub(app, req, res, pathname.slice("/api/stubs/".length), url);
    const trace = /^\/api\/traces\/(\w{1,40})\.(zerostart|speedscope|chrome)\.json$/.exec(pathname);
    if (trace && req.method === "GET") return handleTrace(app, req, res, trace[1] as string, trace[2] as TraceFormat, url);
    const download = /^\/api\/cold-starts\.(csv|json)$/.exec(pathname);
    if (download && req.method === "GET") return handleDownload(app, req, res, download[1] as "csv" | "json", url);
    if (pathname.startsWith("/api/") || !next) return sendJson(res, 404, { error: "There is nothing at this address." });
    // Next takes the nonce for its own scripts from the request's header of this name; nobody outside chooses it.
    // A worker lives by the policy of its own script, which has no page to take a nonce from.
    const isScript = pathname.startsWith("/_next/static/");
    const policy = isScript
      ? "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'"
      : contentSecurityPolicy(randomBytes(16).toString("base64"), options.dev ?? false);
    req.headers["content-security-policy"] = policy;
    res.setHeader("content-security-policy", policy);
    return !isScript && isDocument(req) ? withPageRequest(app, req, url, () => next(req, res)) : next(req, res);
  };
  const server = createServer((req, res) => {
    metrics.observe(req, res);
    route(req, res).catch((error: unknown) => {
      const id = randomUUID();
      if (!(error instanceof ZodError) && !(error instanceof TRPCError)) console.error(`[${id}] ${req.method} ${req.url}:`, error);
      if (res.headersSent) return res.destroy();
      if (error instanceof ZodError) return sendJson(res, 400, { error: error.issues.map((i) => `${i.path.join(".")}: ${i.message}`).join("; ") });
      sendJson(res, 500, { error: `Something went wrong on the server. Reference: ${id}.` });
    });
  });
  server.requestTimeout = 120_000;
  // Longer than proxies and agents keep idle connections, so that it is never this side that closes one just as a request comes.
  server.keepAliveTimeout = 75_000;
  return server;
}
