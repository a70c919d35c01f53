/**
 * The handler on Node, Deno or Bun: bundled with it, it serves at 127.0.0.1 and the port that is its argument, each runtime by its own server. What our API has beyond the
 * standard is added (Response.text and Response.html); there is no sandbox here but the runtime's own, and no variables.
 */
import { handlerOf } from "./zerostart-handler.js";

const withType = (type) => (body, init) => {
  const headers = new Headers(init?.headers);
  if (!headers.has("content-type")) headers.set("content-type", type);
  return new Response(`${body}`, { ...init, headers });
};
Response.text ??= withType("text/plain;charset=UTF-8");
Response.html ??= withType("text/html;charset=UTF-8");

const context = {
  waitUntil(promise) {
    Promise.resolve(promise).catch((error) => console.error("Error in a waitUntil promise:", error));
  },
  passThroughOnException() {},
};

export function server(module) {
  const handle = handlerOf(module);
  const fetch = async (request) => {
    try {
      const response = await handle(request, {}, context);
      if (!(response instanceof Response)) throw new TypeError("The handler's answer is no Response");
      return response;
    } catch (error) {
      console.error(error);
      return new Response("Internal Server Error", { status: 500 });
    }
  };
  const { Deno, Bun, process } = globalThis;
  const where = { port: Number(Deno ? Deno.args[0] : process.argv[2]), hostname: "127.0.0.1" };
  if (Deno) Deno.serve({ ...where, onListen() {} }, fetch);
  else if (Bun) Bun.serve({ ...where, development: false, fetch });
  else {
    const { createServer } = process.getBuiltinModule("node:http");
    createServer((incoming, outgoing) => {
      bridge(fetch, incoming, outgoing).catch((error) => {
        console.error(error);
        outgoing.destroy();
      });
    }).listen(where.port, where.hostname);
  }
}

/** Node's own messages as Request and Response. */
async function bridge(fetch, incoming, outgoing) {
  const { method, url, rawHeaders } = incoming;
  const headers = new Headers();
  for (let i = 0; i < rawHeaders.length; i += 2) headers.append(rawHeaders[i], rawHeaders[i + 1]);
  const hasBody = method !== "GET" && method !== "HEAD";
  const init = { method, headers, ...(hasBody && { body: ReadableStream.from(incoming), duplex: "half" }) };
  const response = await fetch(new Request(new URL(url, `http://${headers.get("host") ?? "127.0.0.1"}`), init));
  outgoing.statusCode = response.status;
  for (const [name, value] of response.headers) outgoing.appendHeader(name, value);
  // In one piece, so that Node says its length as the others do.
  outgoing.end(response.body ? new Uint8Array(await response.arrayBuffer()) : undefined);
}
