/** A new version under load, with real artifacts: no connection is dropped, no request lost. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { Agent as Connections, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { buildArtifact, compileHandler } from "@zerostart/build";
import { Agent } from "../src/agent.ts";
import { describeHost } from "../src/host.ts";
import { ControlPlaneDouble } from "./fixtures/control-plane.ts";

const folder = mkdtempSync(join(tmpdir(), "zerostart-hand-over-"));
const plane = new ControlPlaneDouble();
let agent: Agent;
let running: Promise<void>;

const built = async (text: string): Promise<Buffer> => {
  const compiled = await compileHandler({ files: { "h.js": `export default () => new Response(${JSON.stringify(text)})` }, entry: "h.js" });
  return Buffer.from((await buildArtifact({ compiled, name: "h.js", mode: "snapshot", target: "x86_64-linux-musl" })).bytes);
};

before(async () => {
  await plane.start();
  agent = await Agent.open({
    server: plane.url,
    dataFolder: folder,
    host: describeHost("test-host", {}),
    enrolmentToken: async () => plane.enrolmentToken,
    say: () => {},
  });
  running = agent.run();
});
after(async () => {
  await agent.stop();
  await running;
  await plane.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function healthyPort(deploymentId: string): Promise<number> {
  for (const deadline = Date.now() + 15_000; Date.now() < deadline;) {
    const state = plane.instances.find((instance) => instance.deploymentId === deploymentId);
    if (state?.state === "healthy") return state.port;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return assert.fail(`${deploymentId} is not healthy: ${JSON.stringify(plane.instances)}`);
}

/** One request; a failure of any kind rejects, nothing is retried. */
function ask(port: number, agent: Connections | false): Promise<string> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: "127.0.0.1", port, agent }, (response) => {
      let body = "";
      response.on("data", (data: Buffer) => (body += data.toString())).on("error", reject);
      response.on("end", () => (response.statusCode === 200 ? resolve(body) : reject(new Error(`status ${response.statusCode}`))));
    });
    outgoing.on("error", reject).end();
  });
}

test("versions follow each other under load without a lost request", async () => {
  const versions = ["v1", "v2", "v3", "v4"];
  const artifacts = await Promise.all(versions.map(built));
  const deploy = (i: number) => plane.desire([plane.deployment(`${i}`, plane.artifact(artifacts[i]!), { handlerId: "h" })]);
  deploy(0);
  const port = await healthyPort("deployment-0");

  const failures: string[] = [];
  const seen = new Map<string, number>();
  let isLoading = true;
  const client = async (connections: Connections | false) => {
    while (isLoading) {
      await ask(port, connections).then(
        (body) => seen.set(body, (seen.get(body) ?? 0) + 1),
        (error: Error) => failures.push(error.message),
      );
    }
  };
  const kept = new Connections({ keepAlive: true });
  const load = Promise.all([...Array.from({ length: 8 }, () => client(kept)), ...Array.from({ length: 8 }, () => client(false))]);
  for (let i = 1; i < versions.length; i++) {
    deploy(i);
    assert.equal(await healthyPort(`deployment-${i}`), port, "its URL stays");
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  isLoading = false;
  await load;
  kept.destroy();
  assert.deepEqual(failures, []);
  assert.deepEqual([...seen.keys()], versions, "each version served, one after the other");
  // Each start was measured as what it is: the first answer came from the process that was started.
  for (const start of plane.starts.values()) assert.ok(start.phases.some((phase) => phase.phase === "spawn" && phase.ns > 0));
});
