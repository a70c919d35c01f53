/**
 * Starts the control plane: `node apps/web/src/server/main.ts`, with ZEROSTART_DATA, PORT and HOST in the environment
 * (see config.ts). Needs `npm run build -w apps/web` to have run; `--dev` compiles pages as they are asked for instead.
 * Prints `listening on http://...` when ready. SIGTERM and SIGINT end it cleanly.
 */
import { existsSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { ensureGenerated } from "../../scripts/generate.ts";

process.env["NEXT_TELEMETRY_DISABLED"] = "1";
const dev = process.argv.includes("--dev");
const dir = fileURLToPath(new URL("../..", import.meta.url));
if (!dev && !existsSync(`${dir}/.next/BUILD_ID`)) {
  console.error("The dashboard is not built yet: run `npm run build -w @zerostart/web` first.");
  process.exit(1);
}
Object.assign(process.env, { NODE_ENV: dev ? "development" : "production" });
ensureGenerated();

const { readConfig } = await import("./config.ts");
const { createApp } = await import("./app.ts");
const { connectionBacklog, createHttpServer } = await import("./http.ts");
const { default: next } = await import("next");

const config = readConfig(process.env);
const app = await createApp(config, { log: (line) => console.log(line) });
// The types of Next 16 describe its CommonJS export; under ESM the function is the default itself or one below it.
const createNext = (typeof next === "function" ? next : (next as { default: typeof next }).default) as unknown as (options: object) => {
  prepare(): Promise<void>;
  close(): Promise<void>;
  getRequestHandler(): (req: unknown, res: unknown) => Promise<void>;
};
const pages = createNext({ dev, dir, hostname: config.host, port: config.port });
await pages.prepare();
const server = createHttpServer(app, pages.getRequestHandler(), { dev });

server.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EADDRINUSE") console.error(`Port ${config.port} is in use. Choose another one with PORT.`);
  else console.error(error.message);
  process.exit(1);
});
server.listen({ port: config.port, host: config.host, backlog: connectionBacklog }, () => {
  const { address, port } = server.address() as AddressInfo;
  console.log(`listening on http://${address.includes(":") ? `[${address}]` : address}:${port}`);
});

let stopping = false;
const stop = async () => {
  if (stopping) return;
  stopping = true;
  server.close();
  server.closeAllConnections();
  await app.close();
  await pages.close();
  process.exit(0);
};
process.on("SIGTERM", () => void stop());
process.on("SIGINT", () => void stop());
