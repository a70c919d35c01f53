/** What an attacker would try at the edges of the control plane, each with what must come of it. */
import assert from "node:assert/strict";
import { createServer, request as rawRequest } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, test } from "node:test";
import { builtHandler, logLineOf, sampleOf, startServer, standInPipeline, type TestServer } from "./support/harness.ts";

const { postWebhook } = await import("../src/features/alerts/server/deliver.ts");
const { isPublicAddress, publicLookup } = await import("../src/features/alerts/server/public-address.ts");

let server: TestServer;
before(async () => {
  server = await startServer();
});
after(() => server.stop());

/** A path exactly as written: fetch would tidy it up first. */
function get(path: string, headers: Record<string, string> = {}): Promise<{ status: number; body: string }> {
  const { hostname, port } = new URL(server.url);
  return new Promise((resolve, reject) => {
    const outgoing = rawRequest({ hostname, port, path, headers }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (chunk: string) => (body += chunk));
      response.once("end", () => resolve({ status: response.statusCode ?? 0, body }));
    });
    outgoing.once("error", reject);
    outgoing.end();
  });
}

test("webhooks: addresses in every notation, names that lead inside, and redirects", async () => {
  const { api } = await server.person("admin", "hooks");
  const add = (target: string) => api.alerts.addChannel.mutate({ kind: "webhook", name: "in", target });
  for (const host of [
    "127.1",
    "2130706433",
    "0x7f000001",
    "0177.0.0.1",
    "127.0.0.1.",
    "①②⑦.⓪.⓪.①",
    "0",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[0:0:0:0:0:ffff:a9fe:a9fe]",
    "[::]",
    "[64:ff9b::a00:1]",
    "[2002:7f00:1::]",
    "[fd00:ec2::254]",
    "localhost",
    "LOCALHOST",
    "a.localhost",
  ])
    await assert.rejects(add(`http://${host}/`), /not a public address|an http or https address/, host);
  await assert.rejects(add("http://user:secret@example.com/"), /user name/);

  // What was looked up is what is connected to: the name is not asked a second time, so an answer that changes gains nothing.
  const answered = await new Promise((resolve) => publicLookup("localhost", { all: true }, (error) => resolve(error?.message)));
  assert.match(String(answered), /^localhost is (127\.0\.0\.1|::1), which is not a public address$/);
  assert.equal(isPublicAddress("localhost"), false, "a name is no address");

  let followed = 0;
  const inner = createServer((_, res) => (followed++, res.end()));
  const outer = createServer((_, res) => res.writeHead(307, { location: `http://127.0.0.1:${(inner.address() as AddressInfo).port}/` }).end());
  for (const each of [inner, outer]) await new Promise<void>((resolve) => each.listen(0, "127.0.0.1", resolve));
  try {
    await assert.rejects(postWebhook(new URL(`http://127.0.0.1:${(outer.address() as AddressInfo).port}/`), "{}", {}, true), /answered 307/);
    assert.equal(followed, 0);
  } finally {
    for (const each of [inner, outer]) each.close();
  }
});

test("a token counts in its header alone: not in an address, which ends up in logs, nor in a cookie", async () => {
  const { api } = await server.person("admin", "queries");
  const { token } = await api.settings.createApiToken.mutate({ name: "t", role: "admin" });
  for (const query of [`token=${token}`, `access_token=${token}`, `authorization=Bearer%20${token}`, `api_key=${token}`]) {
    assert.equal((await get(`/api/trpc/handlers.list?${query}`)).status, 401, query);
    assert.equal((await get(`/api/v1/handlers?${query}`)).status, 401, query);
    assert.equal((await get(`/metrics?${query}`)).status, 401, query);
  }
  assert.equal((await get("/api/trpc/handlers.list", { cookie: `better-auth.session_token=${token}; token=${token}` })).status, 401);
  for (const authorization of [
    token,
    `Basic ${token}`,
    `Bearer  ${token}`,
    `Bearer ${token} `,
    `Bearer ${token},`,
    `Bearer ${token.slice(0, -1)}`,
    `Bearer ${token.toUpperCase()}`,
  ]) {
    const { status } = await get("/api/trpc/handlers.list", { authorization });
    // Space around a header's value is no part of it (RFC 9110, 5.5).
    assert.equal(status, authorization.trim() === `Bearer ${token}` ? 200 : 401, authorization);
  }
});

test("no id steps out of its folder, however it is written", async () => {
  const { cookie } = await server.person("admin", "paths");
  const agent = await server.agent("paths");
  const steps = ["../", "..%2f", "%2e%2e/", "%2e%2e%2f", "..%5c", "..%252f", "....//", "%c0%ae%c0%ae/", "..%00/"];
  for (const folder of ["artifacts", "agent", "stubs/x86_64-linux-musl", "engine", "traces", "v1/builds", "cold-starts"])
    for (const step of steps)
      for (const headers of [{ cookie }, { authorization: `Bearer ${agent.agentToken}` }] as Record<string, string>[]) {
        const path = `/api/${folder}/${step.repeat(6)}etc/passwd`;
        const { status, body } = await get(path, headers);
        assert.ok(status >= 400 && status < 500, `${path}: ${status}`);
        assert.doesNotMatch(body, /root:/);
      }
  for (const name of ["../signing.pem", "..%2fsigning.pem", "zerostart.db", `${"a".repeat(64)}/..`])
    assert.equal((await get(`/api/artifacts/${name}`, { cookie })).status, 404, name);
  const { api } = await server.person("deployer", "paths");
  for (const path of ["../up.ts", "/etc/passwd", "a/../../b.ts", "a\\..\\b.ts", "a//b.ts", "./a.ts", "a\u0000.ts", "a\n.ts"])
    await assert.rejects(api.handlers.create.mutate({ name: "paths", files: [{ path, content: "ok" }] }), /relative path/, JSON.stringify(path));
});

test("a request carries so many calls and no more", async () => {
  const { cookie } = await server.person("viewer", "batches");
  const call = (count: number) => get(`/api/trpc/${Array.from({ length: count }, () => "alerts.openCount").join(",")}?batch=1&input=%7B%7D`, { cookie });
  assert.equal((await call(50)).status, 200);
  assert.equal((await call(51)).status, 400);
});

test("what is not asked for is not taken: no field chooses whose a row is, its id or its state", async () => {
  const other = await server.project("mass-other");
  const admin = await server.person("admin", "mass");
  const extra = {
    projectId: other,
    id: "chosen",
    createdBy: "somebody",
    state: "succeeded",
    role: "admin",
    userId: "usr_x",
    tokenHash: "0".repeat(64),
    number: 99,
  };
  const call = async (procedure: string, input: object) => {
    const response = await fetch(`${server.url}/api/trpc/${procedure}`, {
      method: "POST",
      headers: { cookie: admin.cookie, "content-type": "application/json" },
      body: JSON.stringify({ ...extra, ...input, ["__proto__"]: { isAdmin: true } }),
    });
    assert.equal(response.status, 200, `${procedure}: ${await response.clone().text()}`);
    return ((await response.json()) as { result: { data: Record<string, string> } }).result.data;
  };
  const { handlerId, versionId } = await call("handlers.create", { name: "mine", files: [{ path: "index.ts", content: "ok" }] });
  await call("builds.start", { handlerId, targets: ["x86_64-linux-musl"], modes: ["snapshot"] });
  await call("settings.createApiToken", { name: "t", role: "viewer" });
  await call("settings.setRetention", { samplesKeptDays: 9, slug: "default", samplesKeptFromMs: 1, autoMeasure: false });
  await call("variables.set", { handlerId, name: "NAME", value: "v", isSecret: false });
  const { db } = server.app;
  const project = await db.project.findUniqueOrThrow({ where: { slug: "mass" } });
  assert.deepEqual([project.samplesKeptDays, project.samplesKeptFromMs, project.autoMeasure], [9, null, true]);
  const handler = await db.handler.findFirstOrThrow({ where: { name: "mine" } });
  const version = await db.handlerVersion.findUniqueOrThrow({ where: { id: versionId ?? "" } });
  const build = await db.build.findFirstOrThrow({ where: { handlerId: handlerId ?? "" } });
  const token = await db.apiToken.findFirstOrThrow({ where: { projectId: project.id } });
  assert.deepEqual([handler.id, handler.projectId, version.number, version.createdBy], [handlerId, project.id, 1, "admin of mass"]);
  assert.notEqual(build.id, "chosen");
  assert.deepEqual([build.projectId, build.createdBy], [project.id, "admin of mass"]);
  assert.deepEqual([token.projectId, token.userId, token.role], [project.id, admin.id, "viewer"]);
  assert.notEqual(token.tokenHash, extra.tokenHash);
  for (const model of [db.handler, db.handlerVersion, db.build, db.apiToken, db.handlerVariable] as { count(args: object): Promise<number> }[])
    assert.equal(await model.count({ where: { projectId: other } }), 0);
});

test("a batch that somebody else plays again, or that names what is another host's, stores nothing", async () => {
  const admin = await server.person("admin", "replay");
  const agent = await server.agent("replay", "host-a");
  const sibling = await server.agent("replay", "host-b");
  const stranger = await server.agent("replay-other");
  const { builds, handlerId } = await builtHandler(admin.api, "replay");
  const build = builds[0];
  assert.ok(build);
  const { deploymentId } = await admin.api.deployments.create.mutate({ buildId: build.id, hostId: agent.hostId });
  const sample = sampleOf(build, 400_000, { deploymentId, kind: "real" });
  const line = logLineOf(deploymentId, "mine");
  const batch = { starts: [sample], logs: [line] };
  for (const thief of [sibling, stranger]) {
    const { accepted, rejected } = await thief.api.agent.report.mutate(batch);
    assert.deepEqual([accepted, rejected.length], [[], 2]);
  }
  for (let time = 0; time < 3; time++) assert.equal((await agent.api.agent.report.mutate(batch)).accepted.length, 2);
  const { samples } = await admin.api.coldStarts.list.query({ handlerId });
  assert.deepEqual([samples.length, samples[0]?.hostId], [1, agent.hostId]);
  assert.equal(await server.app.db.logLine.count({ where: { handlerId } }), 1);
  const instance = {
    instanceId: `${deploymentId}-1`,
    deploymentId,
    artifactId: build.artifact?.id ?? "",
    state: "healthy" as const,
    port: 1,
    restarts: 0,
    since: new Date().toISOString(),
  };
  await sibling.api.agent.sync.mutate({ protocolVersion: 1, revision: 0, agentTimeMs: Date.now(), instances: [instance] });
  assert.equal(await server.app.db.instance.count({ where: { deploymentId } }), 0);
});

test("no secret is printed or kept where people read, whatever fails", async () => {
  const password = "Tr0ub4dor-secret-password";
  const value = "sk_live_secret_variable";
  const lines: string[] = [];
  const writers = [process.stdout, process.stderr].map((stream) => ({ stream, write: stream.write.bind(stream) }));
  for (const { stream, write } of writers)
    stream.write = ((chunk: string | Uint8Array, ...rest: never[]) => {
      lines.push(Buffer.from(chunk).toString());
      return write(chunk, ...rest);
    }) as typeof stream.write;
  const secrets = [password, value];
  const broken = standInPipeline();
  broken.build = () => Promise.reject(new Error("the compiler fell over"));
  const own = await startServer({ pipeline: broken });
  try {
    const headers = { "content-type": "application/json", origin: own.url };
    const post = (path: string, body: object, more: Record<string, string> = {}) =>
      fetch(own.url + path, { method: "POST", headers: { ...headers, ...more }, body: JSON.stringify(body) });
    await post("/api/trpc/auth.setup", { name: "A", email: "a@example.com", password });
    await post("/api/auth/sign-in/email", { email: "a@example.com", password: `${password}!` });
    const cookie = await own.signIn("a@example.com", password);
    secrets.push(decodeURIComponent(cookie.split("=")[1] ?? "").split(".")[0] ?? "");
    const api = own.client({ cookie, "x-zerostart-project": "default" });
    const { token } = await api.settings.createApiToken.mutate({ name: "t", role: "admin" });
    const { token: enrolment } = await api.settings.createEnrolmentToken.mutate({ name: "t" });
    const agent = await own.agent();
    const { secret } = await api.alerts.addChannel.mutate({ kind: "webhook", name: "w", target: "https://hooks.example.com/x" });
    secrets.push(token, enrolment, agent.agentToken, agent.enrolmentToken, secret ?? "whsec_missing");
    const { handlerId } = await api.handlers.create.mutate({ name: "h", files: [{ path: "index.ts", content: "ok" }] });
    await api.variables.set.mutate({ handlerId, name: "KEY", value, isSecret: true });
    await assert.rejects(api.variables.set.mutate({ handlerId, name: "not a name", value, isSecret: true }));
    await api.builds.start.mutate({ handlerId, targets: ["x86_64-linux-musl"], modes: ["snapshot"] });
    // Failures of ours, which are printed whole: the database refuses what the procedure wants.
    await own.app.db.$executeRawUnsafe(`ALTER TABLE "HandlerVariable" RENAME TO "Gone"`);
    for (const path of ["variables.set", "variables.remove"]) {
      const response = await post(`/api/trpc/${path}`, { handlerId, name: "KEY", value, isSecret: true }, { authorization: `Bearer ${token}` });
      assert.equal(response.status, 500);
      assert.match(await response.text(), /Something went wrong on the server\. Reference: [0-9a-f-]{36}\./);
    }
    await own.app.db.$executeRawUnsafe(`ALTER TABLE "Session" RENAME TO "Away"`);
    assert.ok((await post("/api/auth/sign-in/email", { email: "a@example.com", password })).status >= 400);
    const printed = lines.join("");
    assert.match(printed, /variables\.set/, "what failed was printed");
    const readable =
      JSON.stringify(await own.app.db.auditEvent.findMany()) +
      (await (await fetch(`${own.url}/metrics`, { headers: { authorization: `Bearer ${token}` } })).text());
    for (const each of secrets) {
      assert.ok(each.length > 8);
      assert.equal(printed.includes(each), false, `printed: ${each.slice(0, 10)}…`);
      assert.equal(readable.includes(each), false, `kept: ${each.slice(0, 10)}…`);
    }
  } finally {
    for (const { stream, write } of writers) stream.write = write;
    await own.stop();
  }
});

test("nobody writes lines of the server's log", async () => {
  const printed: string[] = [];
  const { error } = console;
  console.error = (...parts: unknown[]) => void printed.push(parts.map(String).join(" "));
  const own = await startServer();
  try {
    const find = own.app.known.hosts.byToken.bind(own.app.known.hosts);
    own.app.known.hosts.byToken = () => Promise.reject(new Error("down"));
    const path = "agent.report,agent.x%0A%1b%5B31m[forged]%20line";
    await fetch(`${own.url}/api/trpc/${path}?batch=1`, {
      method: "POST",
      headers: { authorization: "Bearer zs_agent_x", "content-type": "application/json" },
      body: "{}",
    });
    own.app.known.hosts.byToken = find;
    await get("/api/x%0A[forged]");
    assert.match(printed.join("\n"), /^\[[0-9a-f-]{36}\] agent\.report: Error: down$/);
  } finally {
    console.error = error;
    await own.stop();
  }
});
