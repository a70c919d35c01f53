"use client";
import { createTRPCClient, httpBatchLink, httpSubscriptionLink, splitLink, TRPCClientError } from "@trpc/client";
import { createTRPCContext } from "@trpc/tanstack-react-query";
import type { inferRouterOutputs } from "@trpc/server";
import type { Diagnostic } from "../features/builds/helpers/pipeline-types.ts";
import type { AppRouter } from "../server/root.ts";
import { apiPath } from "./project.ts";

export const { TRPCProvider, useTRPC, useTRPCClient } = createTRPCContext<AppRouter>();
export type Outputs = inferRouterOutputs<AppRouter>;

/** Long inputs (lists of ids) are sent as several requests rather than one with a URL that a proxy would refuse. */
const maxUrlLength = 4_000;

export function createClient() {
  const url = apiPath("/api/trpc");
  return createTRPCClient<AppRouter>({
    links: [
      splitLink({
        condition: (op) => op.type === "subscription",
        true: httpSubscriptionLink({ url }),
        false: httpBatchLink({ url, maxURLLength: maxUrlLength, maxItems: 50 }),
      }),
    ],
  });
}

type ErrorData = { code?: string; httpStatus?: number; appCode?: string; diagnostics?: Diagnostic[] };

/** What went wrong, in words for the person; the network's own errors included. */
export function errorText(error: unknown): string {
  if (error instanceof TRPCClientError) {
    if (error.cause instanceof TypeError || /fetch/i.test(error.message)) return "The server cannot be reached. Is it still running?";
    return error.message;
  }
  return error instanceof Error ? error.message : String(error);
}

export function errorData(error: unknown): ErrorData {
  return error instanceof TRPCClientError ? ((error.data as ErrorData | null | undefined) ?? {}) : {};
}
