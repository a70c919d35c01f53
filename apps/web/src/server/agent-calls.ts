/**
 * The two calls that agents make all the time, answered without tRPC's adapter, which makes a web Request with streams and signals of each: that was a sixth
 * of what a sample cost here. The procedures, what they check and what errors look like are the same.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { getTRPCErrorFromUnknown, getTRPCErrorShape, TRPCError } from "@trpc/server";
import { getHTTPStatusCodeFromError } from "@trpc/server/http";
import { limits } from "./config.ts";
import type { Context } from "./context.ts";
import { appRouter } from "./root.ts";
import { sendJson } from "./send-json.ts";
import { createCallerFactory } from "./trpc.ts";

const createCaller = createCallerFactory(appRouter);

/** Whether this is one of them, by itself and with a body of JSON; every other call is tRPC's adapter's. */
export const isAgentCall = (req: IncomingMessage, path: string, url: URL): path is "agent.report" | "agent.sync" =>
  (path === "agent.report" || path === "agent.sync") && req.method === "POST" && url.search === "" && req.headers["content-type"] === "application/json";

async function readInput(req: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of req as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limits.reportBytes) throw new TRPCError({ code: "PAYLOAD_TOO_LARGE", message: "This report is too long." });
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks, size).toString("utf8")) as unknown;
  } catch (cause) {
    throw new TRPCError({ code: "PARSE_ERROR", message: "The body is not JSON.", cause });
  }
}

/** @param context of an agent: who is none is refused before anything is read */
export async function answerAgentCall(
  context: Context,
  req: IncomingMessage,
  res: ServerResponse,
  path: "agent.report" | "agent.sync",
  onError: (failure: { error: TRPCError; path: string }) => void,
): Promise<void> {
  const gone = new AbortController();
  res.once("close", () => gone.abort());
  let input: unknown;
  try {
    input = await readInput(req);
    const { agent } = createCaller(context, { signal: gone.signal });
    const data =
      path === "agent.report" ? await agent.report(input as Parameters<typeof agent.report>[0]) : await agent.sync(input as Parameters<typeof agent.sync>[0]);
    sendJson(res, 200, { result: { data } });
  } catch (thrown) {
    const error = getTRPCErrorFromUnknown(thrown);
    onError({ error, path });
    const { code } = error;
    const shape = getTRPCErrorShape({ config: appRouter._def._config, error, type: "mutation", path, input, ctx: context });
    // What was not read of a body that is too long ends with the connection.
    sendJson(res, getHTTPStatusCodeFromError(error), { error: shape }, code === "PAYLOAD_TOO_LARGE" ? { connection: "close" } : {});
  }
}
