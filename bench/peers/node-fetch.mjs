// The handler under Node, through the smallest adapter between node:http and Request/Response.
import { createServer } from "node:http";
import handler from "../handlers/hello.js";

createServer(async (incoming, outgoing) => {
  const response = await handler(new Request(`http://${incoming.headers.host}${incoming.url}`, { method: incoming.method, headers: incoming.headers }));
  outgoing.writeHead(response.status, Object.fromEntries(response.headers));
  outgoing.end(Buffer.from(await response.arrayBuffer()));
}).listen(Number(process.argv[2]), "127.0.0.1");
