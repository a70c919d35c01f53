/** Variables and secrets: sealed in the database, seen by agents alone; invitations: one person, once. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { builtHandler, startServer, type TestServer } from "./support/harness.ts";

let server: TestServer;
before(async () => {
  server = await startServer();
});
after(() => server.stop());

const sync = { protocolVersion: 1 as const, revision: 0, waitMs: 0, agentTimeMs: Date.now(), instances: [] };
const secret = "correct-horse-1234567890";

test("a secret reaches the agent and nobody else; a change reaches what is deployed", async () => {
  const { api } = await server.person("deployer", "vars");
  const viewer = await server.person("viewer", "vars");
  const agent = await server.agent("vars");
  const { handlerId, builds } = await builtHandler(api, "env");
  await api.variables.set.mutate({ handlerId, name: "GREETING", value: "hello", isSecret: false });
  await api.variables.set.mutate({ handlerId, name: "KEY", value: secret, isSecret: true });
  const { deploymentId } = await api.deployments.create.mutate({ buildId: builds[0]!.id, env: { LOCAL: `${secret}-local`, GREETING: "overridden" } });
  const before = await agent.api.agent.sync.mutate(sync);
  assert.deepEqual(before.instances[0]?.env, { GREETING: "overridden", KEY: secret, LOCAL: `${secret}-local` });

  const listed = await viewer.api.variables.list.query({ handlerId });
  assert.deepEqual(
    listed.map((v) => [v.name, v.value]),
    [
      ["GREETING", "hello"],
      ["KEY", null],
    ],
  );
  assert.ok(!JSON.stringify(await viewer.api.deployments.get.query({ deploymentId })).includes(secret));
  await assert.rejects(viewer.api.variables.set.mutate({ handlerId, name: "X", value: "", isSecret: false }), /needs the role/);
  await assert.rejects(api.variables.set.mutate({ handlerId, name: "KEY", value: "x", isSecret: false }), /stays one/);
  for (const name of ["1A", "A-B", "", "A=B", "A\nB"])
    await assert.rejects(api.variables.set.mutate({ handlerId, name, value: "", isSecret: false }), /letters, digits/, name);

  // Rolling on to the same deployment's settings keeps the deployment's own variables readable.
  await api.deployments.create.mutate({ buildId: builds[0]!.id });
  await api.variables.set.mutate({ handlerId, name: "KEY", value: "rotated", isSecret: true });
  const after = await agent.api.agent.sync.mutate(sync);
  assert.ok(after.revision > before.revision);
  assert.deepEqual(after.instances[0]?.env, { GREETING: "overridden", KEY: "rotated", LOCAL: `${secret}-local` });

  await server.app.db.$queryRawUnsafe("PRAGMA wal_checkpoint(TRUNCATE)");
  for (const file of readdirSync(server.dataDir).filter((f) => f.startsWith("zerostart.db")))
    assert.ok(!readFileSync(join(server.dataDir, file)).includes(secret), `${file} tells the secret`);

  await api.variables.remove.mutate({ handlerId, name: "KEY" });
  await assert.rejects(api.variables.remove.mutate({ handlerId, name: "KEY" }), /does not exist/);
  const elsewhere = await server.person("admin", "vars-b");
  await assert.rejects(elsewhere.api.variables.list.query({ handlerId }), /does not exist/);
  await assert.rejects(elsewhere.api.variables.set.mutate({ handlerId, name: "A", value: "", isSecret: false }), /does not exist/);
});

test("an invitation makes one member with its role, once; two at once are one; taken back or expired it is nothing", async () => {
  const admin = await server.person("admin", "inv");
  const nobody = server.client();
  const invite = async (role: "viewer" | "deployer" = "deployer") => (await admin.api.settings.createInvite.mutate({ role })).token;
  const account = (name: string) => ({ name, email: `${name}@example.com`, password: "correct horse battery" });

  const token = await invite();
  assert.equal((await nobody.auth.invite.query({ token })).role, "deployer");
  const both = await Promise.allSettled([
    nobody.auth.acceptInvite.mutate({ token, account: account("grace") }),
    nobody.auth.acceptInvite.mutate({ token, account: account("edsger") }),
  ]);
  assert.equal(both.filter((b) => b.status === "fulfilled").length, 1);
  await assert.rejects(nobody.auth.invite.query({ token }), /used already/);
  const people = await admin.api.settings.listPeople.query();
  assert.deepEqual(people.map((p) => p.role).sort(), ["admin", "deployer"]);

  const visitor = await server.person("viewer", "elsewhere");
  await visitor.api.auth.acceptInvite.mutate({ token: await invite("viewer") });
  const projects = (await visitor.api.auth.state.query()).projects.map((p) => p.slug);
  assert.deepEqual(projects, ["elsewhere", "inv"]);
  const inProject = server.client({ cookie: visitor.cookie, "x-zerostart-project": "inv" });
  assert.equal((await inProject.settings.listPeople.query()).length, 3);

  const again = await invite();
  await assert.rejects(visitor.api.auth.acceptInvite.mutate({ token: again }), /belong to this project already/);
  await assert.rejects(nobody.auth.acceptInvite.mutate({ token: again, account: { ...account("x"), password: "short" } }), /at least 10/);
  await assert.rejects(
    nobody.auth.acceptInvite.mutate({ token: again, account: account(people.some((p) => p.name === "grace") ? "grace" : "edsger") }),
    /account with this address/,
  );
  await assert.rejects(nobody.auth.acceptInvite.mutate({ token: again }), /Sign in/);
  const [open] = await admin.api.settings.listInvites.query();
  await admin.api.settings.revokeInvite.mutate({ inviteId: open!.id });
  await assert.rejects(nobody.auth.invite.query({ token: again }), /not known/);
  const late = await invite();
  await server.app.db.invite.updateMany({ where: { usedAt: null }, data: { expiresAt: new Date(0) } });
  await assert.rejects(nobody.auth.acceptInvite.mutate({ token: late, account: account("late") }), /expired/);
});

test("projects: an admin makes another, works in it by its name, and sees nothing of the first there", async () => {
  const admin = await server.person("admin", "one");
  await admin.api.handlers.create.mutate({ name: "mine", files: [{ path: "index.ts", content: "x" }] });
  await admin.api.settings.createProject.mutate({ name: "Two", slug: "two" });
  await assert.rejects(admin.api.settings.createProject.mutate({ name: "Two", slug: "two" }), /is taken/);
  for (const slug of ["", "-a", "A", "a b", "../a"]) await assert.rejects(admin.api.settings.createProject.mutate({ name: "n", slug }), /lower-case/, slug);
  const two = server.client({ cookie: admin.cookie, "x-zerostart-project": "two" });
  assert.deepEqual(await two.handlers.list.query(), []);
  assert.equal((await admin.api.handlers.list.query()).length, 1);
  const byAddress = await fetch(`${server.url}/api/trpc/handlers.list?project=two`, { headers: { cookie: admin.cookie } });
  assert.deepEqual(((await byAddress.json()) as { result: { data: unknown[] } }).result.data, []);
  const outsider = await server.person("viewer", "three");
  await assert.rejects(server.client({ cookie: outsider.cookie, "x-zerostart-project": "two" }).handlers.list.query(), /not a member/);
});
