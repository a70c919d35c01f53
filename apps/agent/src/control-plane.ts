/** The control plane as the agent sees it: three procedures and a download. */
import { createTRPCUntypedClient, httpLink, TRPCClientError } from "@trpc/client";
import type { AnyRouter } from "@trpc/server";
import {
  enrolOutput,
  reportOutput,
  syncOutput,
  type EnrolInput,
  type ReportInput,
  type ReportOutput,
  type SyncInput,
  type SyncOutput,
} from "@zerostart/protocol";
import type { z } from "zod";

/** `unreachable`: try again; `unauthorized`: the token is not accepted; `refused`: this request will never be accepted. */
export class ControlPlaneError extends Error {
  readonly kind: "unreachable" | "unauthorized" | "refused";
  readonly httpStatus: number | undefined;

  constructor(kind: ControlPlaneError["kind"], message: string, httpStatus?: number) {
    super(message);
    this.name = "ControlPlaneError";
    this.kind = kind;
    this.httpStatus = httpStatus;
  }
}

export class ControlPlane {
  readonly url: string;

  /** @param url where the control plane answers, e.g. http://localhost:3000 */
  constructor(url: string) {
    this.url = url.replace(/\/+$/, "");
  }

  enrol(token: string, input: EnrolInput): Promise<z.infer<typeof enrolOutput>> {
    return this.#call("agent.enrol", token, input, enrolOutput, AbortSignal.timeout(15_000));
  }

  sync(token: string, input: SyncInput, signal: AbortSignal): Promise<SyncOutput> {
    return this.#call("agent.sync", token, input, syncOutput, AbortSignal.any([signal, AbortSignal.timeout((input.waitMs ?? 0) + 15_000)]));
  }

  report(token: string, input: ReportInput, signal: AbortSignal): Promise<ReportOutput> {
    return this.#call("agent.report", token, input, reportOutput, AbortSignal.any([signal, AbortSignal.timeout(30_000)]));
  }

  /** The body of an artifact, or of an agent's file. */
  async download(kind: "artifacts" | "agent", token: string, sha256: string, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
    const response = await fetch(`${this.url}/api/${kind}/${sha256}`, { headers: { authorization: `Bearer ${token}` }, signal }).catch((error: unknown) => {
      throw this.#unreachable(error);
    });
    if (response.ok && response.body) return response.body;
    await response.body?.cancel();
    const why = response.status === 401 || response.status === 403 ? "unauthorized" : response.status >= 500 ? "unreachable" : "refused";
    throw new ControlPlaneError(
      why,
      `the control plane answered ${response.status} ${response.statusText} for ${kind === "agent" ? "the agent" : "the artifact"} ${sha256}`,
      response.status,
    );
  }

  async #call<T>(procedure: string, token: string, input: unknown, output: z.ZodType<T>, signal: AbortSignal): Promise<T> {
    const client = createTRPCUntypedClient<AnyRouter>({
      links: [httpLink({ url: `${this.url}/api/trpc`, headers: { authorization: `Bearer ${token}` } })],
    });
    let result: unknown;
    try {
      result = await client.mutation(procedure, input, { signal });
    } catch (error) {
      throw this.#classify(procedure, error);
    }
    const parsed = output.safeParse(result);
    if (!parsed.success)
      throw new ControlPlaneError("unreachable", `the control plane at ${this.url} answered ${procedure} in a form this agent does not know`);
    return parsed.data;
  }

  #classify(procedure: string, error: unknown): ControlPlaneError {
    const data = error instanceof TRPCClientError ? (error.data as { httpStatus?: number } | null | undefined) : undefined;
    const status = data?.httpStatus;
    if (status === undefined) return this.#unreachable(error);
    const message = `${procedure}: ${error instanceof Error ? error.message : String(error)}`;
    if (status === 401 || status === 403) return new ControlPlaneError("unauthorized", message, status);
    return new ControlPlaneError(status >= 500 || status === 408 || status === 429 ? "unreachable" : "refused", message, status);
  }

  #unreachable(error: unknown): ControlPlaneError {
    const cause = error instanceof Error ? (error.cause instanceof Error ? error.cause : error) : undefined;
    const inner = cause?.cause instanceof Error ? cause.cause : cause;
    return new ControlPlaneError(
      "unreachable",
      `the control plane at ${this.url} cannot be reached: ${inner?.message || (inner as NodeJS.ErrnoException | undefined)?.code || String(error)}`,
    );
  }
}
