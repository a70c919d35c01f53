/** One port in front of all handlers: by host name and path, kept connections, no request lost while what is behind it changes. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { Agent as Connections, request } from "node:http";
import { after, afterEach, before, test } from "node:test";
import type { DesiredInstance } from "@zerostart/protocol";
import { frontConfiguration } from "../src/front.ts";
import { Bench } from "./fixtures/bench.ts";
import { Load } from "./fixtures/load.ts";
import { freePort } from "../../../scripts/free-port.ts";

const isInstalled = (() => {
  try {
    return execFileSync("haproxy", ["-v"]).length > 0;
  } catch {
    return false;
  }
})();
const options = { skip: !isInstalled && "haproxy is not installed" };

const bench = new Bench();
let port = 0;
before(async () => {
  port = await freePort();
  if (isInstalled) await bench.open({ frontPort: port });
});
afterEach(() => Load.stopAll());
after(() => bench.close());

function ask(host: string, path = "/", agent: Connections | false = false): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: "127.0.0.1", port, path, agent, headers: { host } }, (response) => {
      let body = "";
      response.on("data", (data: Buffer) => (body += data.toString())).on("end", () => resolve({ status: response.statusCode ?? 0, body }));
    });
    outgoing.on("error", reject).end();
  });
}
const answers = (host: string, path: string, body: string) =>
  bench.untilAsync(`${host}${path} answers ${body}`, async () => (await ask(host, path).catch(() => undefined))?.body === body);

test("requests go by host name, by path, and by both; the rest is told so", options, async () => {
  const echo = (name: string) => bench.build(`export default (request) => new Response("${name} " + new URL(request.url).pathname)`, "snapshot");
  const deployment = async (name: string, routes: DesiredInstance["routes"]) =>
    bench.plane.deployment(name, bench.plane.artifact(await echo(name)), { ...(routes && { routes }) });
  const preview = { ...(await deployment("hello", undefined)), deploymentId: "deployment-abc123", role: "preview" as const };
  bench.plane.desire([
    await deployment("hello", undefined),
    await deployment("api", [{ host: "api.example.com" }, { pathPrefix: "/v1" }, { host: "www.example.com", pathPrefix: "/v1/deep" }]),
    preview,
  ]);
  await answers("hello.localhost:8080", "/x", "hello /x");
  await answers("HELLO.example.com", "/", "hello /");
  await answers("api.example.com", "/y", "api /y");
  await answers("other.example.com", "/v1", "api /v1");
  await answers("other.example.com", "/v1/z", "api /v1/z");
  await answers("hello--abc123.localhost", "/p", "hello /p");
  assert.equal((await ask("other.example.com", "/v10")).status, 404);
  const nobody = await ask("nobody.example.com");
  assert.deepEqual([nobody.status, nobody.body], [404, "No handler answers to this host name or path.\n"]);
});

test("nothing is lost while versions, instances and routes change behind it", options, async () => {
  const answering = (text: string) => bench.build(`export default () => new Response("${text}")`, "snapshot");
  const deployment = async (version: string, change: Partial<DesiredInstance> = {}) =>
    bench.plane.deployment(version, bench.plane.artifact(await answering(version)), { handlerId: "front", handlerName: "front", ...change });
  bench.plane.desire([await deployment("v1")]);
  await answers("front.localhost", "/", "v1");
  const load = new Load(port, 12, "/", { host: "front.localhost" });
  for (const [version, change] of [
    ["v2", {}],
    ["v3", { scale: { min: 2, max: 2 } }],
    ["v4", { routes: [{ pathPrefix: "/front" }] }],
  ] as const) {
    bench.plane.desire([await deployment(version, change as Partial<DesiredInstance>)]);
    await bench.until(`${version} serves`, () => (load.seen.get(version) ?? 0) > 50);
  }
  await load.stop();
  assert.deepEqual(load.failures, []);
  console.log(`# ${load.total} requests through the front port over three roll-outs, none lost, ${load.late} late`);
});

test("what is no host name or path cannot become configuration", () => {
  const text = frontConfiguration({ host: "127.0.0.1", port: 80, folder: "/f", backend: "127.0.0.1" }, [
    { deploymentId: "d", handlerName: "a } or { always_true }\n  server x 1.2.3.4:80", port: 1, hasCanary: false },
  ]);
  assert.doesNotMatch(text, /1\.2\.3\.4|always_true/);
});
