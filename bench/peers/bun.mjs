import handler from "../handlers/hello.js";

Bun.serve({ port: Number(process.argv[2]), hostname: "127.0.0.1", fetch: handler });
