// As node-http.mjs, started from Node's own snapshot of its heap. node:http is loaded at the start: with it the snapshot cannot be written.
const { startupSnapshot } = require("node:v8");

startupSnapshot.setDeserializeMainFunction(() => {
  const { createServer } = require("node:http");
  createServer((incoming, outgoing) => {
    outgoing.writeHead(200, { "content-type": "application/json" });
    outgoing.end(JSON.stringify({ hello: "world" }));
  }).listen(Number(process.argv.at(-1)), "127.0.0.1");
});
