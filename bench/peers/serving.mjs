// The serving benchmark's handler on Bun, Deno or Node; SERVING is the bundled module. On Node it is plain node:http, which is faster than Request and Response there. Several
// processes may share the port.
const { default: handler, hello, page } = await import(process.env.SERVING);
const port = Number(process.argv[2]);

if (globalThis.Bun) globalThis.Bun.serve({ port, hostname: "127.0.0.1", reusePort: true, fetch: handler });
else if (globalThis.Deno) globalThis.Deno.serve({ port, hostname: "127.0.0.1", reusePort: true, onListen() {} }, handler);
else {
  const { createServer } = await import("node:http");
  createServer((incoming, outgoing) => {
    const send = (type, body) => outgoing.writeHead(200, { "content-type": type, "content-length": Buffer.byteLength(body) }).end(body);
    if (incoming.url === "/hello") return send("application/json", JSON.stringify(hello()));
    if (incoming.url === "/echo") {
      const chunks = [];
      incoming.on("data", (chunk) => chunks.push(chunk));
      incoming.on("end", () => send("application/json", JSON.stringify(JSON.parse(Buffer.concat(chunks).toString()))));
      return;
    }
    send("text/html;charset=UTF-8", page(new URL(incoming.url, "http://localhost").searchParams.get("name") ?? "nobody"));
  }).listen({ port, host: "127.0.0.1", reusePort: true });
}
