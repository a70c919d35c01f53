/** The REST subset as CI uses it, its document, hostile requests, and Prometheus' view. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { eventually, startServer, type TestServer } from "./support/harness.ts";

let server: TestServer;
let token = "";
before(async () => {
  server = await startServer();
  const admin = await server.person("admin");
  token = (await admin.api.settings.createApiToken.mutate({ name: "ci", role: "deployer" })).token;
});
after(() => server.stop());

type Answer = { status: number; body: Record<string, unknown> & { error?: { code: string; message: string; diagnostics?: unknown[] } } };

async function call(method: string, path: string, body?: unknown, headers: Record<string, string> = { authorization: `Bearer ${token}` }): Promise<Answer> {
  const response = await fetch(`${server.url}/api/v1${path}`, {
    method,
    headers: { ...headers, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Answer["body"] };
}

test("upload, build, wait, deploy, roll back, measure", async () => {
  const agent = await server.agent();
  const made = await call("POST", "/handlers", { name: "rest", files: [{ path: "index.ts", content: "1" }] });
  assert.equal(made.status, 200);
  const { handlerId } = made.body as { handlerId: string };
  const bad = await call("POST", `/handlers/${handlerId}/versions`, { files: [{ path: "index.ts", content: "syntax error" }] });
  assert.equal(bad.status, 422);
  assert.equal(bad.body.error?.code, "COMPILE_FAILED");
  assert.equal(bad.body.error?.diagnostics?.length, 1);
  const build = async () => {
    const started = await call("POST", `/handlers/${handlerId}/builds`, { targets: ["x86_64-linux-musl"], modes: ["snapshot"] });
    const [{ buildId }] = (started.body as unknown as { builds: [{ buildId: string }] }).builds;
    const ended = await call("GET", `/builds/${buildId}/wait?timeoutSeconds=20`);
    assert.equal((ended.body as { state: string }).state, "succeeded");
    return buildId;
  };
  const one = await build();
  await call("POST", `/handlers/${handlerId}/versions`, { files: [{ path: "index.ts", content: "2" }] });
  const two = await build();
  const first = await call("POST", "/deployments", { buildId: one, env: { A: "b" } });
  const second = await call("POST", "/deployments", { buildId: two });
  const { deploymentId } = second.body as { deploymentId: string };
  const back = await call("POST", `/deployments/${deploymentId}/rollback`);
  assert.equal(back.status, 200);
  const now = await call("GET", `/deployments/${(back.body as { deploymentId: string }).deploymentId}`);
  assert.deepEqual([(now.body as { buildId: string }).buildId, (now.body as { envNames: string[] }).envNames], [one, ["A"]]);
  assert.equal((await call("POST", `/deployments/${deploymentId}/rollback`)).status, 409);
  assert.equal((await call("POST", `/deployments/${(first.body as { deploymentId: string }).deploymentId}/stop`)).status, 409);
  const measured = await call("POST", "/measurements", { buildIds: [two], runs: 5 });
  const { measurementId } = measured.body as { measurementId: string };
  assert.equal((await call("GET", `/measurements/${measurementId}`)).body["state"], "queued");
  await agent.api.agent.report.mutate({ measurements: [{ id: crypto.randomUUID(), measurementId, status: "done" }] });
  await eventually("it is done", async () => ((await call("GET", `/measurements/${measurementId}`)).body as { state: string }).state === "done");
});

test("who may not, gets a status and the reason", async () => {
  const viewer = await server.person("viewer");
  const { token: weak } = await viewer.api.settings.createApiToken.mutate({ name: "v", role: "viewer" });
  const bearer = (t: string) => ({ authorization: `Bearer ${t}` });
  assert.equal((await call("GET", "/handlers", undefined, {})).status, 401);
  assert.equal((await call("GET", "/handlers", undefined, bearer("zs_api_x"))).body.error?.message, "This API token is not known.");
  assert.equal((await call("GET", "/handlers", undefined, { cookie: viewer.cookie })).status, 401, "cookies do not count: another site could use them");
  assert.equal((await call("GET", "/handlers", undefined, bearer(weak))).status, 200);
  assert.equal((await call("POST", "/handlers", { name: "no", files: [{ path: "index.ts", content: "" }] }, bearer(weak))).status, 403);
  assert.equal((await call("GET", "/nothing")).status, 404);
  assert.equal((await call("DELETE", "/handlers")).status, 405);
  assert.equal((await call("GET", "/builds/%ff")).status, 400);
  assert.equal((await call("POST", "/handlers", "{not json")).status, 400);
  assert.equal((await call("POST", "/handlers", "[]")).status, 400);
  assert.equal((await call("GET", "/builds/bld_none")).status, 404);
});

test("the document describes every operation, and no value of the wrong kind is an error of ours", async () => {
  const response = await fetch(`${server.url}/api/v1/openapi.json`);
  const document = (await response.json()) as {
    openapi: string;
    paths: Record<
      string,
      Record<
        string,
        { operationId: string; parameters: { name: string; in: string }[]; requestBody?: { content: Record<string, { schema: { properties: object } }> } }
      >
    >;
  };
  assert.equal(document.openapi, "3.1.0");
  const hostile = ["", "x".repeat(1_000), -1, 1e300, null, true, [], {}, "' OR 1=1 --", "\u0000", "../..", { $gt: "" }];
  const ids = new Set<string>();
  for (const [path, methods] of Object.entries(document.paths)) {
    for (const [method, op] of Object.entries(methods)) {
      assert.ok(!ids.has(op.operationId), op.operationId);
      ids.add(op.operationId);
      for (const name of path.matchAll(/\{(\w+)\}/g))
        assert.ok(
          op.parameters.some((p) => p.in === "path" && p.name === name[1]),
          `${path} ${name[1]}`,
        );
      const real = path.replaceAll(/\{\w+\}/g, "zzz");
      for (const value of hostile) {
        const fields = Object.keys(op.requestBody?.content["application/json"]?.schema.properties ?? {});
        const query = op.parameters
          .filter((p) => p.in === "query")
          .map((p) => `${p.name}=${encodeURIComponent(typeof value === "string" ? value : JSON.stringify(value))}`);
        const { status } =
          method === "get" ? await call("GET", `${real}?${query.join("&")}`) : await call("POST", real, Object.fromEntries(fields.map((f) => [f, value])));
        assert.ok(status < 500, `${method} ${path} with ${JSON.stringify(value)}: ${status}`);
      }
    }
  }
  assert.ok(ids.size >= 15);
});

test("/metrics: for a token, of its project", async () => {
  assert.equal((await fetch(`${server.url}/metrics`)).status, 401);
  const response = await fetch(`${server.url}/metrics`, { headers: { authorization: `Bearer ${token}` } });
  assert.match(response.headers.get("content-type") ?? "", /^text\/plain/);
  const text = await response.text();
  assert.match(text, /^zerostart_handlers 1$/m);
  assert.match(text, /^zerostart_builds\{state="succeeded"\} 2$/m);
  assert.match(text, /^zerostart_http_request_duration_seconds_count\{kind="rest",status="2xx"\} \d+$/m);
  assert.match(text, /^process_resident_memory_bytes \d+$/m);
});
