/** The few procedures of the control plane that the command line uses; answers are checked for what is read of them. */
import { createTRPCUntypedClient, httpLink, TRPCClientError } from "@trpc/client";
import type { AnyRouter } from "@trpc/server";
import { targetTriple } from "@zerostart/protocol";
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
  url: z.string().nullable(),
  instances: z.array(z.object({ state: z.string(), reason: z.string().nullable() })),
});
const hosts = z.array(
  z.object({ id: z.string(), name: z.string(), online: z.boolean(), executors: z.array(z.object({ target: targetTriple, executor: z.string() })) }),
);
const handlers = z.array(z.object({ id: z.string(), name: z.string() }));

export type UploadedFile = { path: string; content: string; encoding: "utf8" | "base64" };

export class ControlPlane {
  readonly #url: string;
  readonly #client: ReturnType<typeof createTRPCUntypedClient<AnyRouter>>;

  constructor(url: string, token: string) {
    this.#url = url.replace(/\/+$/, "");
    this.#client = createTRPCUntypedClient<AnyRouter>({ links: [httpLink({ url: `${this.#url}/api/trpc`, headers: { authorization: `Bearer ${token}` } })] });
  }

  handlers = () => this.#call("query", "handlers.list", undefined, handlers);
  hosts = () => this.#call("query", "hosts.list", undefined, hosts);
  create = (input: { name: string; files: UploadedFile[]; entry: string }) => this.#call("mutation", "handlers.create", input, version);
  upload = (input: { handlerId: string; files: UploadedFile[]; entry: string }) => this.#call("mutation", "handlers.upload", input, version);
  startBuild = (input: { handlerId: string; versionId: string; targets: string[]; modes: string[] }) =>
    this.#call("mutation", "builds.start", input, z.object({ builds: z.array(z.object({ buildId: z.string() })).min(1) }));
  build = (buildId: string) => this.#call("query", "builds.get", { buildId }, build);
  deploy = (input: { buildId: string; hostId?: string; port?: number; env?: Record<string, string> }) =>
    this.#call("mutation", "deployments.create", input, z.object({ deploymentId: z.string(), hostName: z.string() }));
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
