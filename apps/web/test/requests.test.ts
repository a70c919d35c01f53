/** Hostile and oversized requests, and what becomes of builds. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { request } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, test } from "node:test";
import { builtHandler, eventually, startServer, type TestServer } from "./support/harness.ts";

let server: TestServer;
before(async () => {
  server = await startServer();
});
after(() => server.stop());

test("an upload of 50 MB is refused by its announced size, before it is sent", async () => {
  const { cookie } = await server.person("deployer");
  const answer = await new Promise<{ status: number; text: string; sent: number }>((resolve, reject) => {
    const req = request(
      `${server.url}/api/trpc/handlers.create`,
      { method: "POST", headers: { cookie, "content-type": "application/json", "content-length": 50_000_000 } },
      (res) => {
        let text = "";
        res
          .setEncoding("utf8")
          .on("data", (d) => (text += d))
          .on("end", () => {
            resolve({ status: res.statusCode ?? 0, text, sent: req.socket?.bytesWritten ?? 0 });
            req.destroy();
          });
      },
    );
    req.on("error", reject);
    req.write("{");
  });
  assert.equal(answer.status, 413);
  assert.match((JSON.parse(answer.text) as { error: { message: string } }).error.message, /50\.0 MB.*5 MB at most/);
  assert.ok(answer.sent < 10_000);
});

test("an upload that does not announce its size is cut off at the limit", async () => {
  const { cookie } = await server.person("deployer");
  let sent = 0;
  const body = new ReadableStream({
    pull(controller) {
      const chunk = Buffer.alloc(1_000_000, "x");
      sent += chunk.length;
      if (sent > 50_000_000) controller.close();
      else controller.enqueue(chunk);
    },
  });
  const status = await fetch(`${server.url}/api/trpc/handlers.create`, {
    method: "POST",
    headers: { cookie, "content-type": "application/json" },
    body,
    duplex: "half",
  } as RequestInit).then(
    (r) => r.status,
    () => 0,
  );
  assert.ok(status === 413 || status === 0, String(status));
  assert.equal((await fetch(`${server.url}/api/health`)).status, 200);
});

test("sources are limited, paths are checked, the entry is found", async () => {
  const { api } = await server.person("deployer");
  const create = (files: { path: string; content: string; encoding?: "utf8" | "base64" }[], entry?: string) =>
    api.handlers.create.mutate({ name: "paths", files, ...(entry ? { entry } : {}) });
  await assert.rejects(create([{ path: "index.ts", content: "x".repeat(5_000_001) }]), /larger than 5 MB/);
  for (const path of ["../up.ts", "/etc/passwd", "a/../../b.ts", "a\\b.ts", "", "a//b.ts", "nul\u0000.ts"])
    await assert.rejects(create([{ path, content: "" }]), /path|Too small|at least|String/i, path);
  await assert.rejects(
    create([
      { path: "a.ts", content: "" },
      { path: "a.ts", content: "" },
    ]),
    /twice/,
  );
  await assert.rejects(
    create([
      { path: "a.ts", content: "" },
      { path: "b.ts", content: "" },
    ]),
    /Which file holds the handler/,
  );
  await assert.rejects(create([{ path: "readme.md", content: "" }]), /no JavaScript or TypeScript file/);
  await assert.rejects(create([{ path: "a.ts", content: "" }], "b.ts"), /not among the files/);
  await assert.rejects(create([]), /at least one file/);
  await assert.rejects(api.handlers.create.mutate({ name: "../x", files: [{ path: "index.ts", content: "" }] }), /lowercase letters/);
  assert.equal((await api.handlers.list.query()).length, 0);
});

test("what does not compile is refused with code frames and not saved", async () => {
  const { api } = await server.person("deployer");
  const failure = await api.handlers.create.mutate({ name: "broken", files: [{ path: "index.ts", content: "syntax error" }] }).then(
    () => undefined,
    (e: { data: { diagnostics: { codeFrame: string }[]; httpStatus: number } }) => e,
  );
  assert.equal(failure?.data.httpStatus, 422);
  assert.match(failure?.data.diagnostics[0]?.codeFrame ?? "", /> 1 \| syntax error/);
  assert.equal(await server.app.db.handler.count(), 0);
  assert.equal(await server.app.db.handlerVersion.count(), 0);
});

test("equal sources are one version; the log of a build streams and ends", async () => {
  const { api, cookie } = await server.person("deployer");
  const built = await builtHandler(api, "again");
  const files = [{ path: "index.ts", content: `export default () => new Response("again")` }];
  assert.equal((await api.handlers.upload.mutate({ handlerId: built.handlerId, files })).isNew, false);
  const second = await api.handlers.upload.mutate({
    handlerId: built.handlerId,
    files: [{ path: "index.ts", content: "export default () => new Response('2')" }],
  });
  assert.deepEqual([second.number, second.isNew], [2, true]);
  type Event = { kind: string; text?: string; state?: string };
  const events = await server.subscribe<Event>("builds.logs", { buildIds: [built.builds[0]?.id ?? ""] }, { cookie });
  assert.ok(
    events.some((e) => e.kind === "line" && e.text === "linking for x86_64-linux-musl"),
    JSON.stringify(events),
  );
  assert.equal(events.at(-1)?.state, "succeeded");
});

test("a build that never ends can be stopped; the others go on", async () => {
  const { api } = await server.person("deployer");
  const { handlerId } = await api.handlers.create.mutate({ name: "endless", files: [{ path: "index.ts", content: "never ends" }] });
  const { builds } = await api.builds.start.mutate({ handlerId, targets: ["x86_64-linux-musl"], modes: ["snapshot"] });
  const buildId = builds[0]?.buildId ?? "";
  await eventually("running", async () => (await api.builds.get.query({ buildId })).state === "running");
  await builtHandler(api, "beside");
  await api.builds.cancel.mutate({ buildId });
  await eventually("cancelled", async () => (await api.builds.get.query({ buildId })).state === "cancelled");
  await assert.rejects(api.builds.cancel.mutate({ buildId }), /ended already/);
});

test("a launch mode that a target has not is refused, and left out where others are asked for too", async () => {
  const { api } = await server.person("deployer");
  const { handlerId } = await api.handlers.create.mutate({ name: "modes", files: [{ path: "index.ts", content: "export default () => new Response('')" }] });
  await assert.rejects(
    api.builds.start.mutate({ handlerId, targets: ["x86_64-windows"], modes: ["clone"] }),
    /clone forks processes, which Windows x86-64 cannot do/,
  );
  const { builds, skipped } = await api.builds.start.mutate({ handlerId, targets: ["x86_64-windows", "aarch64-macos"], modes: ["snapshot", "clone"] });
  assert.deepEqual(
    builds.map((b) => `${b.target} ${b.mode}`),
    ["x86_64-windows snapshot", "aarch64-macos snapshot", "aarch64-macos clone"],
  );
  assert.deepEqual(
    skipped.map((b) => `${b.target} ${b.mode}`),
    ["x86_64-windows clone"],
  );
});

test("a build is primed with the paths asked for; a mode without a snapshot is left out then", async () => {
  const { api } = await server.person("deployer");
  const { handlerId } = await api.handlers.create.mutate({ name: "primed", files: [{ path: "index.ts", content: "export default () => new Response('')" }] });
  const ask = (modes: ("snapshot" | "embedded")[], prime: string[]) => api.builds.start.mutate({ handlerId, targets: ["x86_64-linux-musl"], modes, prime });
  await assert.rejects(ask(["embedded"], ["/"]), /Mode embedded has no snapshot .*: prime in snapshot, prefork or clone/);
  await assert.rejects(ask(["snapshot"], ["no slash"]), /begins with a slash/);
  await assert.rejects(ask(["snapshot"], ["/\nHost: other"]), /written as in a request/);
  const { builds, skipped } = await ask(["snapshot", "embedded"], ["/", "/", "/x"]);
  assert.deepEqual([builds.map((b) => b.mode), skipped.map((b) => b.mode)], [["snapshot"], ["embedded"]]);
  assert.deepEqual((await api.builds.get.query({ buildId: builds[0]!.buildId })).prime, ["/", "/", "/x"]);
});

test("requests from another site are refused, whatever cookie they carry", async () => {
  const { cookie } = await server.person("admin");
  const call = (headers: Record<string, string>) =>
    fetch(`${server.url}/api/trpc/settings.createEnrolmentToken`, {
      method: "POST",
      headers: { cookie, "content-type": "application/json", ...headers },
      body: JSON.stringify({ name: "x" }),
    });
  assert.equal((await call({ origin: "https://evil.example" })).status, 403);
  assert.equal((await call({ origin: "null" })).status, 403);
  assert.equal((await call({ "sec-fetch-site": "cross-site" })).status, 403);
  assert.equal((await call({ origin: server.url })).status, 200);
});

test("sign-in: wrong passwords fail alike, sign-up is shut, too many tries are slowed down", async () => {
  const { email } = await server.person("viewer");
  const post = (path: string, body: object) =>
    fetch(`${server.url}/api/auth/${path}`, {
      method: "POST",
      headers: { "content-type": "application/json", origin: server.url },
      body: JSON.stringify(body),
    });
  assert.equal((await post("sign-up/email", { email: "new@example.com", password: "correct horse battery", name: "N" })).status, 400);
  const wrong = await post("sign-in/email", { email, password: "wrong wrong wrong" });
  const nobody = await post("sign-in/email", { email: "nobody@example.com", password: "wrong wrong wrong" });
  assert.deepEqual([wrong.status, await wrong.text()], [nobody.status, await nobody.text()]);
  let status = 0;
  for (let i = 0; i < 25 && status !== 429; i++)
    status = (
      await fetch(`${server.url}/api/auth/sign-in/email`, {
        method: "POST",
        headers: { "content-type": "application/json", origin: server.url, "x-forwarded-for": `10.0.0.${i}`, "x-zerostart-client": `10.0.0.${i}` },
        body: JSON.stringify({ email, password: "wrong wrong wrong" }),
      })
    ).status;
  assert.equal(status, 429);
});

test("hostile paths and bodies get an answer, never a crash", async () => {
  const { cookie } = await server.person("viewer");
  for (const path of [
    "/api/artifacts/../../etc/passwd",
    "/api/artifacts/zz",
    "/api/trpc/",
    "/api/trpc/constructor",
    "/api/trpc/handlers.__proto__",
    "/api/nothing",
    "/%ff",
    "/api/trpc/handlers.list?input=%7B",
    "/api/trpc/handlers.get?input=%22%22",
  ]) {
    const response = await fetch(server.url + path, { headers: { cookie } });
    assert.ok(response.status >= 200 && response.status < 500, `${path}: ${response.status}`);
  }
  for (const body of ["", "{", "[]", "null", `{"__proto__":{"x":1}}`, randomBytes(1000)]) {
    const response = await fetch(`${server.url}/api/trpc/handlers.check`, { method: "POST", headers: { cookie, "content-type": "application/json" }, body });
    assert.equal(response.status, 400);
  }
});

test("desired state: a waiting agent is woken, a superseded deployment leaves, rollback is an older build", async () => {
  const admin = await server.person("admin", "desired");
  const agent = await server.agent("desired");
  const { builds, handlerId } = await builtHandler(admin.api, "roll", { modes: ["snapshot", "embedded"] });
  const [first, second] = builds;
  assert.ok(first && second);
  const sync = (revision: number, waitMs = 0) =>
    agent.api.agent.sync.mutate({ protocolVersion: 1, revision, waitMs, agentTimeMs: Date.now() - 5_000, instances: [] });
  const before = await sync(0);
  const waiting = sync(before.revision, 20_000);
  await admin.api.deployments.create.mutate({ buildId: first.id, env: { GREETING: "hi" } });
  const woken = await waiting;
  assert.equal(woken.instances[0]?.artifact.mode, "snapshot");
  assert.deepEqual(woken.instances[0]?.env, { GREETING: "hi" });
  await admin.api.deployments.create.mutate({ buildId: second.id });
  const swapped = await sync(woken.revision, 1_000);
  assert.deepEqual(
    swapped.instances.map((i) => i.artifact.mode),
    ["embedded"],
  );
  assert.deepEqual(swapped.instances[0]?.env, { GREETING: "hi" });
  await admin.api.deployments.create.mutate({ buildId: first.id });
  const { deployments } = await admin.api.deployments.list.query({ handlerId });
  assert.deepEqual(
    deployments.map((d) => d.state),
    ["active", "superseded", "superseded"],
  );
  assert.ok(Math.abs((await admin.api.hosts.list.query())[0]?.clockSkewMs ?? 0) > 4_000);
  await assert.rejects(admin.api.handlers.remove.mutate({ handlerId }), /is deployed/);
  await admin.api.deployments.stop.mutate({ deploymentId: deployments[0]?.id ?? "" });
  assert.deepEqual((await sync(0)).instances, []);
  await admin.api.hosts.remove.mutate({ hostId: agent.hostId });
  await assert.rejects(sync(0), /was removed; enrol/);
});

test("every page has a script nonce of its own, made here whatever the visitor sends", async () => {
  const { createHttpServer } = await import("../src/server/http.ts");
  const pages = createHttpServer(server.app, (req, res) => void res.end(req.headers["content-security-policy"]));
  await new Promise<void>((resolve) => pages.listen(0, "127.0.0.1", resolve));
  const { port } = pages.address() as AddressInfo;
  const visit = async (path: string) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers: { "content-security-policy": "script-src 'nonce-chosen'" } });
    const policy = response.headers.get("content-security-policy") ?? "";
    assert.equal(await response.text(), policy, "Next is told the same policy");
    return policy;
  };
  const policies = [await visit("/"), await visit("/hosts")];
  for (const policy of policies) {
    assert.match(policy, /script-src 'nonce-[\w+/=]{24}' 'strict-dynamic' 'wasm-unsafe-eval';/);
    assert.match(policy, /object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'/);
    assert.ok(!policy.includes("chosen") && !/script-src[^;]*unsafe-(inline|eval)'/.test(policy.replace("'wasm-unsafe-eval'", "")));
  }
  assert.notEqual(policies[0], policies[1]);
  pages.close();
});
