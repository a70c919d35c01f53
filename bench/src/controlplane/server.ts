/**
 * The real control plane (without its pages) as a process of its own, with a fleet already enrolled and built:
 * SETTINGS as JSON in the first argument; prints one line of JSON when it is up, and serves until it is told to end.
 */
import { createHash } from "node:crypto";
import type { AddressInfo } from "node:net";
import { parseArgs } from "node:util";
import { ensureGenerated } from "../../../apps/web/scripts/generate.ts";

ensureGenerated();
const { createApp } = await import("../../../apps/web/src/server/app.ts");
const { connectionBacklog, createHttpServer } = await import("../../../apps/web/src/server/http.ts");
const { newId } = await import("../../../apps/web/src/server/ids.ts");
const { newToken } = await import("../../../apps/web/src/server/tokens.ts");
const { createAccount } = await import("../../../apps/web/src/server/auth.ts");

import type { History } from "./history.ts";

export type FleetBuild = { buildId: string; artifactId: string; handlerId: string; versionId: string; mode: string; target: string };
export type Fleet = { url: string; apiToken: string; projectId: string; agents: { hostId: string; token: string }[]; builds: FleetBuild[]; history?: History };

const { values } = parseArgs({
  options: {
    data: { type: "string" },
    database: { type: "string" },
    agents: { type: "string" },
    handlers: { type: "string" },
    builds: { type: "string" },
    history: { type: "string" },
  },
});
const toolchain = async () => ({ compilers: [], wasm2c: null, portableOnly: true, missing: [] });
const unused = async (): Promise<never> => {
  throw new Error("the benchmark builds nothing");
};
const app = await createApp(
  { dataDir: values.data as string, databaseUrl: values.database, port: 0, host: "127.0.0.1", allowPrivateWebhooks: false, publicUrl: undefined },
  { pipeline: { check: unused, compile: unused, build: unused, toolchain, stub: unused, package: unused, close: async () => {} } },
);
const { db } = app;
const project = await db.project.findUniqueOrThrow({ where: { slug: "default" } });
const { id: userId } = await createAccount(app.auth, { name: "bench", email: "bench@example.com", password: "correct horse battery" });
await db.member.create({ data: { id: newId("mem"), projectId: project.id, userId, role: "admin" } });
const { token: apiToken, hash, prefix } = newToken("api");
await db.apiToken.create({ data: { id: newId("tok"), projectId: project.id, userId, name: "bench", role: "admin", tokenHash: hash, prefix } });

const agents = Array.from({ length: Number(values.agents) }, () => ({ hostId: newId("hst"), ...newToken("agent") }));
for (let at = 0; at < agents.length; at += 500)
  await db.host.createMany({
    data: agents.slice(at, at + 500).map((agent, i) => ({
      id: agent.hostId,
      projectId: project.id,
      name: `host-${at + i}`,
      os: "linux",
      arch: "x86_64",
      kernel: "6.1",
      cpuModel: "bench",
      cpuCount: 2,
      memoryBytes: 8_000_000_000n,
      executors: [{ target: "x86_64-linux-musl", executor: "native" }],
      labels: {},
      agentTokenHash: agent.hash,
    })),
  });
const builds: FleetBuild[] = [];
for (let h = 0; h < Number(values.handlers); h++) {
  const handlerId = newId("hnd");
  await db.handler.create({ data: { id: handlerId, projectId: project.id, name: `handler-${h}` } });
  for (let b = 0; b < Number(values.builds); b++) {
    const versionId = newId("ver");
    const buildId = newId("bld");
    const artifactId = newId("art");
    const mode = b % 2 === 0 ? "snapshot" : "embedded";
    const target = "x86_64-linux-musl";
    const digest = createHash("sha256").update(buildId).digest("hex");
    const own = { projectId: project.id, handlerId };
    await db.handlerVersion.create({
      data: { id: versionId, ...own, number: b + 1, entry: "index.ts", files: [], digest, sourceBytes: 100, createdBy: "bench" },
    });
    await db.build.create({ data: { id: buildId, ...own, versionId, target, mode, state: "succeeded", diagnostics: [], sections: [], createdBy: "bench" } });
    await db.artifact.create({
      data: {
        id: artifactId,
        projectId: project.id,
        buildId,
        sha256: digest,
        sizeBytes: 1_500_000,
        signature: app.signer.signDigest(digest),
        stubSha256: "0".repeat(64),
        engineVersion: "1",
        executor: "native",
        dynamicDependencies: [],
      },
    });
    builds.push({ buildId, artifactId, handlerId, versionId, mode, target });
  }
}

const server = createHttpServer(app);
await new Promise<void>((resolve) => server.listen({ port: 0, host: "127.0.0.1", backlog: connectionBacklog }, resolve));
const fleet: Fleet = {
  url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
  apiToken,
  projectId: project.id,
  agents: agents.map(({ hostId, token }) => ({ hostId, token })),
  builds,
};
if (values.history === "1") fleet.history = await (await import("./history.ts")).seedHistory(db, fleet);
console.log(JSON.stringify(fleet));
process.on("SIGTERM", async () => {
  server.close();
  server.closeAllConnections();
  await app.close();
  process.exit(0);
});
