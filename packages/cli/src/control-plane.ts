/** The few procedures of the control plane that the command line uses; answers are checked for what is read of them. */
import { setTimeout as sleep } from "node:timers/promises";
import { createTRPCUntypedClient, httpLink, httpSubscriptionLink, splitLink, TRPCClientError } from "@trpc/client";
import type { AnyRouter } from "@trpc/server";
import { targetTriple } from "@zerostart/protocol";
import type { Command } from "commander";
import { EventSource } from "eventsource";
import { z } from "zod";
import { exitCodes, Failure } from "./failure.ts";

const diagnostics = z.array(
  z.object({ severity: z.enum(["error", "warning"]), message: z.string(), file: z.string(), line: z.number(), column: z.number(), codeFrame: z.string() }),
);
const version = z.object({ handlerId: z.string(), name: z.string(), versionId: z.string(), number: z.number(), isNew: z.boolean() });
const build = z.object({
  id: z.string(),
  state: z.enum(["queued", "running", "succeeded", "failed", "cancelled"]),
  error: z.string().nullable(),
  diagnostics: diagnostics.catch([]),
  artifact: z.object({ sha256: z.string(), sizeBytes: z.number() }).nullable(),
});
const deployment = z.object({
  id: z.string(),
  buildId: z.string(),
  hostId: z.string(),
  hostName: z.string(),
  state: z.string(),
  versionNumber: z.number(),
  mode: z.string(),
  role: z.string(),
  url: z.string().nullable(),
  instances: z.array(z.object({ state: z.string(), reason: z.string().nullable() })),
});
const hosts = z.array(
  z.object({
    id: z.string(),
    name: z.string(),
    online: z.boolean(),
    labels: z.record(z.string(), z.string()),
    executors: z.array(z.object({ target: targetTriple, executor: z.string() })),
    agent: z.object({ version: z.string().nullable(), sha256: z.string().nullable(), state: z.string(), reason: z.string().nullable() }),
  }),
);
export type Host = z.infer<typeof hosts>[number];
const handlers = z.array(z.object({ id: z.string(), name: z.string() }));

const made = z.object({ deploymentId: z.string(), hostName: z.string() });
const scale = z.object({ minInstances: z.number(), maxInstances: z.number(), idleSeconds: z.number().nullable() });

const logLine = z.object({ at: z.coerce.date(), level: z.string(), source: z.string(), text: z.string() });
export type LogLine = z.infer<typeof logLine>;

export type UploadedFile = { path: string; content: string; encoding: "utf8" | "base64" };

export class ControlPlane {
  readonly #url: string;
  readonly #client: ReturnType<typeof createTRPCUntypedClient<AnyRouter>>;

  constructor(url: string, token: string) {
    this.#url = url.replace(/\/+$/, "");
    const headers = { authorization: `Bearer ${token}` };
    const api = `${this.#url}/api/trpc`;
    const eventSourceOptions = {
      fetch: (address: string | URL, init: RequestInit) => fetch(address, { ...init, headers: { ...(init.headers as Record<string, string>), ...headers } }),
    };
    this.#client = createTRPCUntypedClient<AnyRouter>({
      links: [
        splitLink({
          condition: (operation) => operation.type === "subscription",
          true: httpSubscriptionLink({ url: api, EventSource: EventSource as never, eventSourceOptions: eventSourceOptions as never }),
          false: httpLink({ url: api, headers }),
        }),
      ],
    });
  }

  /** @throws Failure when there is no handler of that name */
  async handlerNamed(name: string): Promise<{ id: string; name: string }> {
    const all = await this.handlers();
    const found = all.find((handler) => handler.name === name);
    if (!found)
      throw new Failure(exitCodes.usage, `there is no handler ${name}${all.length > 0 ? `; there are ${all.map((each) => each.name).join(", ")}` : ""}`);
    return found;
  }

  deployments = async (handlerId: string) =>
    (await this.#call("query", "deployments.list", { handlerId, limit: 200 }, z.object({ deployments: z.array(deployment) }))).deployments;

  /** The newest `history` lines, then what comes, until `signal`. Resumes where it was after a lost connection. Rejects when it is refused. */
  follow(input: { handlerId: string; history: number }, onLine: (line: LogLine) => void, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const subscription = this.#client.subscription("deployments.logs", input, {
        onData: (event: unknown) => onLine(logLine.parse((event as { data: unknown }).data)),
        onError: (error: unknown) => reject(this.#explain(error)),
        onComplete: () => resolve(),
      });
      signal.addEventListener("abort", () => (subscription.unsubscribe(), resolve()), { once: true });
    });
  }

  handlers = () => this.#call("query", "handlers.list", undefined, handlers);
  upgradeHost = (hostId: string) => this.#call("mutation", "hosts.upgrade", { hostId }, z.unknown());
  hosts = () => this.#call("query", "hosts.list", undefined, hosts);
  create = (input: { name: string; files: UploadedFile[]; entry: string }) => this.#call("mutation", "handlers.create", input, version);
  upload = (input: { handlerId: string; files: UploadedFile[]; entry: string }) => this.#call("mutation", "handlers.upload", input, version);
  startBuild = (input: { handlerId: string; versionId: string; targets: string[]; modes: string[]; prime: string[] }) =>
    this.#call("mutation", "builds.start", input, z.object({ builds: z.array(z.object({ buildId: z.string() })).min(1) }));
  build = (buildId: string) => this.#call("query", "builds.get", { buildId }, build);
  deploy = (input: {
    buildId: string;
    hostId?: string;
    labels?: Record<string, string>;
    port?: number;
    env?: Record<string, string>;
    allowFetch?: string[];
    canary?: { percent: number; minutes?: number };
    preview?: { hours: number };
    minInstances?: number;
    maxInstances?: number;
    idleSeconds?: number;
  }) => this.#call("mutation", "deployments.create", input, made.extend({ deployments: z.array(made) }));
  configure = (input: { deploymentId: string; minInstances?: number; maxInstances?: number; idleSeconds?: number }) =>
    this.#call("mutation", "deployments.configure", input, scale);
  promote = (deploymentId: string) => this.#call("mutation", "deployments.promote", { deploymentId }, z.unknown());
  takeBack = (deploymentId: string) => this.#call("mutation", "deployments.takeBack", { deploymentId }, z.unknown());
  deployment = (deploymentId: string) => this.#call("query", "deployments.get", { deploymentId }, deployment);

  async #call<T>(kind: "query" | "mutation", procedure: string, input: unknown, output: z.ZodType<T>): Promise<T> {
    let result: unknown;
    try {
      result = await this.#client[kind](procedure, input);
    } catch (error) {
      throw this.#explain(error);
    }
    const parsed = output.safeParse(result);
    if (!parsed.success)
      throw new Failure(exitCodes.controlPlane, `${this.#url} answered ${procedure} in a form this zerostart does not know: are both of the same version?`);
    return parsed.data;
  }

  #explain(error: unknown): Error {
    const data = error instanceof TRPCClientError ? (error.data as { httpStatus?: number; diagnostics?: unknown } | null | undefined) : undefined;
    const message = error instanceof Error ? error.message : String(error);
    if (data?.httpStatus === undefined) {
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause : undefined;
      const inner = cause?.cause instanceof Error ? cause.cause.message : cause?.message;
      return new Failure(exitCodes.controlPlane, `the control plane at ${this.#url} cannot be reached: ${inner || message}`);
    }
    const found = diagnostics.safeParse(data.diagnostics);
    const isAccess = data.httpStatus === 401 || data.httpStatus === 403 || data.httpStatus >= 500;
    return new Failure(isAccess ? exitCodes.controlPlane : exitCodes.failed, message, found.success ? { diagnostics: found.data } : {});
  }
}

/** What runs of a handler in a role, on one host or on all. @throws Failure when nothing does */
export async function activeOf(plane: ControlPlane, name: string, hostName: string | undefined, role: "primary" | "canary") {
  const { id } = await plane.handlerNamed(name);
  const active = (await plane.deployments(id)).filter((d) => d.state === "active" && d.role === role && (hostName === undefined || d.hostName === hostName));
  if (active.length > 0) return active;
  throw new Failure(exitCodes.failed, `${role === "canary" ? `there is no canary of ${name}` : `${name} is not deployed`}${hostName ? ` on ${hostName}` : ""}`);
}

export type ConnectionOptions = { server: string; token?: string };

/** The options of every command that talks to the control plane. */
export function withConnection(command: Command): Command {
  return command
    .option("--server <url>", "the control plane (or ZEROSTART_SERVER)", process.env["ZEROSTART_SERVER"] ?? "http://localhost:3000")
    .option("--token <token>", "API token from Settings (better: ZEROSTART_TOKEN, which no process list shows)");
}

export function connect(options: ConnectionOptions): ControlPlane {
  return new ControlPlane(options.server, tokenOf(options));
}

/** @throws Failure when none was given */
export function tokenOf(options: { token?: string }): string {
  const token = options.token ?? process.env["ZEROSTART_TOKEN"];
  if (!token) throw new Failure(exitCodes.usage, "a token is needed: --token or ZEROSTART_TOKEN (make one in the dashboard, Settings, API tokens)");
  return token;
}

/** Wait until a deployment answers. @throws Failure with the reason when it does not */
export async function healthyUrl(plane: ControlPlane, deploymentId: string, withinMs = 60_000): Promise<string> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const deployment = await plane.deployment(deploymentId);
    if (deployment.url) return deployment.url;
    const troubled = deployment.instances.find((instance) => instance.state === "backoff" || instance.state === "unhealthy");
    if (troubled) throw new Failure(exitCodes.failed, `it does not run: ${troubled.reason ?? troubled.state}`);
    if (Date.now() > deadline) throw new Failure(exitCodes.failed, `it did not answer within ${withinMs / 1000} s; the host's agent may be away`);
    await sleep(200);
  }
}
