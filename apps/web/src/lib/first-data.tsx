/** What a page is rendered with on the server, so that the first paint already shows it and the browser need not ask again. */
import { dehydrate, QueryClient, type FetchInfiniteQueryOptions, type FetchQueryOptions } from "@tanstack/react-query";
import { createTRPCClient, TRPCClientError, type TRPCLink } from "@trpc/client";
import { observable } from "@trpc/server/observable";
import { createTRPCOptionsProxy, type TRPCOptionsProxy } from "@trpc/tanstack-react-query";
import type { ReactNode } from "react";
import type { AppRouter } from "../server/root.ts";
import type { Outputs } from "./api.ts";
import { GivenData } from "./given-data.tsx";
import { pageRequest, type PageRequest } from "./page-request.ts";

/** A page is sent after so long at the latest; answers that take longer follow in the same response. */
const patienceMs = 300;

export type Ask = {
  trpc: TRPCOptionsProxy<AppRouter>;
  /** Begin a query that the page will ask. */
  want: (options: object) => void;
  /** Its answer, for what the next query depends on. */
  get: <T>(options: { queryFn?: unknown; queryKey: readonly unknown[] }) => Promise<T>;
  /** When the request came, ms since the epoch: the page's own time until it is alive in the browser. */
  nowMs: number;
};

const inProcess =
  (page: PageRequest): TRPCLink<AppRouter> =>
  () =>
  ({ op }) =>
    observable((observer) => {
      page.query(op.path, op.input).then(
        (data) => {
          observer.next({ result: { type: "data", data } });
          observer.complete();
        },
        (error: unknown) => observer.error(TRPCClientError.from(error as Error)),
      );
    });

/** Of a query that goes on page by page, the first one is rendered with. */
export const firstPage = { getNextPageParam: () => null };

/** Who asks for the page. */
export const authState = async (page: PageRequest) => (await page.query("auth.state", undefined)) as Outputs["auth"]["state"];

/**
 * Runs `of`, which names the queries, and gives their answers to the `children`. A query that fails is left to the browser, which tells why.
 * Nothing is asked for who is not signed in, nor when the address does not say which of several projects is meant.
 */
export async function FirstData({ of, children }: { of: (ask: Ask) => void | Promise<void>; children: ReactNode }) {
  const page = pageRequest();
  if (!page) return children;
  const queryClient = new QueryClient({ defaultOptions: { queries: { retry: false, staleTime: Infinity } } });
  const trpc = createTRPCOptionsProxy<AppRouter>({ client: createTRPCClient<AppRouter>({ links: [inProcess(page)] }), queryClient });
  const begun: Promise<unknown>[] = [];
  const ask: Ask = {
    trpc,
    nowMs: page.atMs,
    want: (options) => {
      const wanted = options as FetchQueryOptions & FetchInfiniteQueryOptions;
      begun.push(
        "initialPageParam" in options || "getNextPageParam" in options ? queryClient.prefetchInfiniteQuery(wanted) : queryClient.prefetchQuery(wanted),
      );
    },
    get: (options) => queryClient.fetchQuery(options as FetchQueryOptions) as Promise<never>,
  };
  let patience: NodeJS.Timeout | undefined;
  const asking = async () => {
    const state = await authState(page);
    if (state.projects.length > 1 && !page.url.searchParams.has("project")) return;
    queryClient.setQueryData(trpc.auth.state.queryKey(), state);
    if (!state.person) return;
    await of(ask);
    await Promise.all(begun);
  };
  await Promise.race([asking().catch(() => {}), new Promise((resolve) => (patience = setTimeout(resolve, patienceMs)))]);
  clearTimeout(patience);
  const state = dehydrate(queryClient, { shouldDehydrateQuery: ({ state: { status, fetchStatus } }) => status === "success" || fetchStatus === "fetching" });
  return <GivenData state={state}>{children}</GivenData>;
}
