/** Pages are rendered with their data: the queries that they begin with are answered in this process, with the rights of who asks for the page. */
import { AsyncLocalStorage } from "node:async_hooks";
import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { keepPageRequests, type PageRequest } from "../lib/page-request.ts";
import type { App } from "./app.ts";
import { resolveCaller, type Context } from "./context.ts";
import { appRouter } from "./root.ts";
import { createCallerFactory, procedureOf } from "./trpc.ts";

const createCaller = createCallerFactory(appRouter);
const requests = new AsyncLocalStorage<PageRequest>();
keepPageRequests(requests);

/** Whether a browser asks for a whole page; what Next asks for when a link is followed has its queries sent by the page itself, at the same time. */
export const isDocument = (req: IncomingMessage): boolean => req.method === "GET" && req.headers["rsc"] === undefined;

/** Runs `render` so that the page in it can ask. */
export function withPageRequest<T>(app: App, req: IncomingMessage, url: URL, render: () => T): T {
  let context: Promise<Context> | undefined;
  const ask = async (path: string, input: unknown) => {
    context ??= resolveCaller(app, req.headers).then((caller) => ({
      app,
      caller,
      wantedProject: url.searchParams.get("project") ?? undefined,
      requestId: randomUUID(),
    }));
    // As a browser would get it: dates are text.
    return JSON.parse(JSON.stringify((await procedureOf(createCaller(await context), path)(input)) ?? null)) as unknown;
  };
  // Layouts and pages may want the same.
  const asked = new Map<string, Promise<unknown>>();
  const query = (path: string, input: unknown) => {
    const key = `${path} ${JSON.stringify(input)}`;
    const going = asked.get(key) ?? ask(path, input);
    asked.set(key, going);
    return going;
  };
  return requests.run({ url, atMs: Date.now(), query }, render);
}
