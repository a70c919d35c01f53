// The same answer on bare node:http, without Request and Response: the least that Node can do.
import { createServer } from "node:http";

createServer((incoming, outgoing) => {
  outgoing.writeHead(200, { "content-type": "application/json" });
  outgoing.end(JSON.stringify({ hello: "world" }));
}).listen(Number(process.argv[2]), "127.0.0.1");
