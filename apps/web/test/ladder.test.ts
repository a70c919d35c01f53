/** Walks every procedure with every kind of caller: who is let past the rung must be exactly who the rung names. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { hasRole, type Role } from "../src/server/permissions.ts";
import { startServer, type TestServer } from "./support/harness.ts";

const { appRouter } = await import("../src/server/root.ts");
type Meta = { rung: string; role?: Role; personOnly?: boolean };
type Procedure = { _def: { type: "query" | "mutation" | "subscription"; meta?: Meta } };
const procedures = Object.entries((appRouter as unknown as { _def: { procedures: Record<string, Procedure> } })._def.procedures);

let server: TestServer;
before(async () => {
  server = await startServer();
});
after(() => server.stop());

/** Calls with an input that no procedure accepts: past the rung it is 400 (or 200 for those without input), never 401 or 403. */
async function statusOf(path: string, type: string, headers: Record<string, string>): Promise<number> {
  const bad = JSON.stringify({ zzz: 1 });
  const abort = new AbortController();
  const response =
    type === "mutation"
      ? await fetch(`${server.url}/api/trpc/${path}`, { method: "POST", headers: { ...headers, "content-type": "application/json" }, body: bad })
      : await fetch(`${server.url}/api/trpc/${path}?input=${encodeURIComponent(bad)}`, {
          headers: { ...headers, ...(type === "subscription" ? { accept: "text/event-stream" } : {}) },
          signal: abort.signal,
        });
  if (type === "subscription") abort.abort();
  else await response.arrayBuffer();
  return response.status;
}

test("every procedure stands on a rung", () => {
  assert.ok(procedures.length > 40);
  for (const [path, procedure] of procedures) assert.ok(procedure._def.meta?.rung, path);
  assert.deepEqual(
    procedures
      .filter(([, p]) => p._def.meta?.rung === "public")
      .map(([path]) => path)
      .sort(),
    ["auth.acceptInvite", "auth.invite", "auth.setup", "auth.state"],
  );
  for (const [path, p] of procedures) if (path.startsWith("agent.")) assert.ok(["agent", "enrolment"].includes(p._def.meta?.rung ?? ""), path);
});

test("every procedure with every kind of caller", async () => {
  const roles: Role[] = ["viewer", "deployer", "admin"];
  const agent = await server.agent();
  const callers: { name: string; headers: Record<string, string>; allowed: (meta: Meta) => boolean }[] = [
    { name: "nobody", headers: {}, allowed: () => false },
    { name: "a made-up token", headers: { authorization: "Bearer zs_api_nonsense" }, allowed: () => false },
    { name: "a made-up session", headers: { cookie: "better-auth.session_token=x.y" }, allowed: () => false },
    { name: "an agent", headers: { authorization: `Bearer ${agent.agentToken}` }, allowed: (m) => m.rung === "agent" },
    { name: "an enrolment token", headers: { authorization: `Bearer ${agent.enrolmentToken}` }, allowed: (m) => m.rung === "enrolment" },
  ];
  for (const role of roles) {
    const person = await server.person(role);
    callers.push({
      name: `person ${role}`,
      headers: { cookie: person.cookie },
      allowed: (m) => m.rung === "signedIn" || (m.rung === "project" && hasRole(role, m.role as Role)),
    });
    const { token } = await person.api.settings.createApiToken.mutate({ name: "walk", role });
    callers.push({
      name: `token ${role}`,
      headers: { authorization: `Bearer ${token}` },
      allowed: (m) => m.rung === "signedIn" || (m.rung === "project" && !m.personOnly && hasRole(role, m.role as Role)),
    });
  }
  const outsider = await server.person("admin", "elsewhere");
  callers.push({
    name: "a member of another project who asks for this one",
    headers: { cookie: outsider.cookie, "x-zerostart-project": await server.project("default") },
    allowed: (m) => m.rung === "signedIn",
  });
  for (const [path, { _def }] of procedures) {
    const meta = _def.meta as Meta;
    if (meta.rung === "public") continue;
    for (const caller of callers) {
      const status = await statusOf(path, _def.type, caller.headers);
      // An event stream is opened before its procedure runs; who may not see it gets an error in it (next test).
      if (_def.type === "subscription") continue;
      const passed = status !== 401 && status !== 403;
      assert.equal(passed, caller.allowed(meta), `${path} for ${caller.name}: HTTP ${status}`);
      assert.ok(status < 500, `${path} for ${caller.name}: HTTP ${status}`);
    }
  }
});

test("streams are closed to those who may not see them", async () => {
  const agent = await server.agent("default", "host-s");
  for (const headers of [{}, { authorization: `Bearer ${agent.agentToken}` }] as Record<string, string>[]) {
    for (const [path, p] of procedures) {
      if (p._def.type !== "subscription") continue;
      await assert.rejects(server.subscribe(path, { buildIds: ["x"], handlerId: "x", measurementId: "x" }, headers), path);
    }
  }
});

test("a token has no more rights than the person who made it has now", async () => {
  const admin = await server.person("admin");
  const deployer = await server.person("deployer");
  await assert.rejects(deployer.api.settings.createApiToken.mutate({ name: "up", role: "admin" }), /more rights than you/);
  const { token } = await deployer.api.settings.createApiToken.mutate({ name: "mine", role: "deployer" });
  const member = (await admin.api.settings.listPeople.query()).find((p) => p.userId === deployer.id);
  await admin.api.settings.setPersonRole.mutate({ memberId: member?.memberId ?? "", role: "viewer" });
  const client = server.client({ authorization: `Bearer ${token}` });
  await assert.rejects(
    client.handlers.create.mutate({ name: "x", files: [{ path: "index.ts", content: "1" }] }),
    /needs the role "deployer"; yours is "viewer"/,
  );
  await admin.api.settings.removePerson.mutate({ memberId: member?.memberId ?? "" });
  await assert.rejects(client.handlers.list.query(), /left the project/);
});

test("the last admin stays", async () => {
  const only = await server.person("admin", "lonely");
  const [me] = await only.api.settings.listPeople.query();
  await assert.rejects(only.api.settings.setPersonRole.mutate({ memberId: me?.memberId ?? "", role: "viewer" }), /at least one admin/);
  await assert.rejects(only.api.settings.removePerson.mutate({ memberId: me?.memberId ?? "" }), /at least one admin/);
});

test("tokens are kept as hashes and stop working when revoked or expired", async () => {
  const admin = await server.person("admin", "tokens");
  const { id, token } = await admin.api.settings.createApiToken.mutate({ name: "t", role: "viewer" });
  const row = await server.app.db.apiToken.findUniqueOrThrow({ where: { id } });
  assert.ok(!JSON.stringify(row).includes(token));
  assert.equal(row.tokenHash.length, 64);
  const client = server.client({ authorization: `Bearer ${token}` });
  await client.handlers.list.query();
  await server.app.db.apiToken.update({ where: { id }, data: { expiresAt: new Date(0) } });
  await assert.rejects(client.handlers.list.query(), /expired/);
  await server.app.db.apiToken.update({ where: { id }, data: { expiresAt: null } });
  await admin.api.settings.revokeApiToken.mutate({ tokenId: id });
  await assert.rejects(client.handlers.list.query(), /revoked/);
});

test("every mutation leaves an audit event", async () => {
  const admin = await server.person("admin", "audited");
  await admin.api.settings.createEnrolmentToken.mutate({ name: "rack" });
  await admin.api.handlers.create.mutate({ name: "one", files: [{ path: "index.ts", content: "x" }] });
  const { events } = await admin.api.settings.auditLog.query({});
  assert.deepEqual(
    events.map((e) => e.action),
    ["handlers.create", "settings.createEnrolmentToken"],
  );
  assert.equal(events[0]?.actorName, "admin of audited");
});
