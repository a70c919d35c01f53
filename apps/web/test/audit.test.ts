/**
 * A change and its audit row are one: with a database that refuses every audit row, no mutation changes anything, and none of them says that it
 * has. Every mutation of the API is called, so that one that is added has to be named here.
 */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { builtHandler, packedTrace, startServer, type TestServer } from "./support/harness.ts";
import { PostgresServer } from "./support/postgres.ts";

const { appRouter } = await import("../src/server/root.ts");
const { Prisma } = await import("../generated/prisma/client.ts");
const { rawOf } = await import("../src/server/db/provider.ts");

type Procedure = { _def: { type: string; meta?: { rung?: string } } };
const mutations = Object.entries((appRouter as unknown as { _def: { procedures: Record<string, Procedure> } })._def.procedures)
  .filter(([, { _def }]) => _def.type === "mutation")
  .map(([path]) => path);

/** They write no audit rows: what agents say of themselves, and what is worked out without a change. */
const unaudited = new Set(["agent.report", "agent.sync", "playground.compile", "handlers.check"]);

const refusals = {
  sqlite: [`CREATE TRIGGER refuse_audit BEFORE INSERT ON "AuditEvent" BEGIN SELECT RAISE(ABORT, 'no audit rows today'); END`, `DROP TRIGGER refuse_audit`],
  postgresql: [
    `CREATE FUNCTION refuse_audit() RETURNS trigger AS $$ BEGIN RAISE EXCEPTION 'no audit rows today'; END $$ LANGUAGE plpgsql`,
    `CREATE TRIGGER refuse_audit BEFORE INSERT ON "AuditEvent" FOR EACH ROW EXECUTE FUNCTION refuse_audit()`,
    `DROP TRIGGER refuse_audit ON "AuditEvent"`,
  ],
};

for (const provider of ["sqlite", "postgresql"] as const)
  describe(provider, () => {
    let postgres: PostgresServer | undefined;
    let server: TestServer;
    const folder = mkdtempSync(join(tmpdir(), "zerostart-audit-"));
    before(async () => {
      const agentFile = join(folder, "agent.mjs");
      writeFileSync(agentFile, "// this bundle is for Linux on x64, of a test");
      postgres = provider === "postgresql" ? await PostgresServer.start() : undefined;
      server = await startServer({ config: { databaseUrl: await postgres?.createDatabase(), agentFile } });
    });
    after(async () => {
      await server.stop();
      await postgres?.stop();
      rmSync(folder, { recursive: true });
    });

    /** Every row of every table, but what time alone changes: sessions, counters of requests, jobs that the worker takes. */
    async function allRows(): Promise<Record<string, string[]>> {
      const skipped = new Set(["Session", "RateLimit", "Verification", "SampleDelta", "SampleRollup"]);
      const rows: Record<string, string[]> = {};
      for (const model of Object.values(Prisma.ModelName).filter((name) => !skipped.has(name))) {
        const key = `${model[0]?.toLowerCase()}${model.slice(1)}` as "handler";
        const found: object[] = await server.app.db[key].findMany();
        rows[model] = found
          .map((row) => JSON.stringify(row, (name, value: unknown) => (name === "lastUsedAt" ? null : typeof value === "bigint" ? String(value) : value)))
          .sort();
      }
      return rows;
    }

    test("without its audit row no change is made", async () => {
      const { app } = server;
      const { api } = await server.person("admin");
      const other = await server.person("viewer");
      const agent = await server.agent();
      const placed = await server.agent("default", "host-placed");
      await app.db.host.update({ where: { id: agent.hostId }, data: { agentVersion: "0.0.1", agentSha256: "ab".repeat(32) } });
      const { handlerId, builds } = await builtHandler(api, "audited", { modes: ["snapshot", "embedded"] });
      const [build, next] = builds;
      assert.ok(build && next);
      const { hostId } = agent;
      const idle = (await builtHandler(api, "idle")).handlerId;
      await api.deployments.create.mutate({ buildId: build.id, hostId });
      const { deploymentId: newer } = await api.deployments.create.mutate({ buildId: next.id, hostId });
      const canary = await api.deployments.create.mutate({ buildId: build.id, hostId, canary: { percent: 10 } });
      const { measurementId } = await api.measurements.create.mutate({ buildIds: [build.id], hostId });
      const variants = [
        { mode: "embedded" as const, target: "x86_64-linux-musl" as const },
        { mode: "snapshot" as const, target: "x86_64-linux-musl" as const },
      ];
      const { experimentId } = await api.experiments.create.mutate({ handlerId, hostIds: [hostId], variants });
      const { traceId } = await api.traces.create.mutate({ buildId: build.id, hostId });
      const { traceId: traced } = await api.traces.create.mutate({ buildId: build.id, hostId });
      await agent.api.agent.report.mutate({ traces: [{ id: randomUUID(), traceId: traced, status: "done", trace: packedTrace("f") }] });
      await api.variables.set.mutate({ handlerId, name: "KEPT", value: "1", isSecret: false });
      const { channelId } = await api.alerts.addChannel.mutate({ kind: "email", name: "kept", target: "kept@example.com" });
      const { alertId } = await api.alerts.testChannel.mutate({ channelId });
      const { id: tokenId } = await api.settings.createApiToken.mutate({ name: "kept", role: "viewer" });
      const { id: inviteId, token: inviteToken } = await api.settings.createInvite.mutate({ role: "viewer" });
      const { id: enrolmentId } = await api.settings.createEnrolmentToken.mutate({ name: "kept" });
      const never = await api.handlers.create.mutate({ name: "never-ending", files: [{ path: "index.ts", content: "never ends" }] });
      const started = await api.builds.start.mutate({ handlerId: never.handlerId, targets: ["x86_64-linux-musl"], modes: ["snapshot"] });
      const memberId = (await api.settings.listPeople.query()).find((p) => p.userId === other.id)?.memberId ?? "";
      const account = { name: "New", email: "new@example.com", password: "correct horse battery" };
      const files = [{ path: "index.ts", content: "something else" }];
      const enrolment = server.client({ authorization: `Bearer ${agent.enrolmentToken}` });
      const anonymous = server.client();
      const calls: Record<string, () => Promise<unknown>> = {
        "agent.enrol": () =>
          enrolment.agent.enrol.mutate({
            protocolVersion: 1,
            hostName: "late",
            os: "linux",
            arch: "x86_64",
            kernel: "6",
            cpuModel: "c",
            cpuCount: 1,
            memoryBytes: 1e9,
            executors: [],
          }),
        "alerts.acknowledge": () => api.alerts.acknowledge.mutate({ alertId }),
        "alerts.addChannel": () => api.alerts.addChannel.mutate({ kind: "email", name: "new", target: "new@example.com" }),
        "alerts.removeChannel": () => api.alerts.removeChannel.mutate({ channelId }),
        "alerts.setAutoMeasure": () => api.alerts.setAutoMeasure.mutate({ autoMeasure: false }),
        "alerts.testChannel": () => api.alerts.testChannel.mutate({ channelId }),
        "auth.acceptInvite": () => anonymous.auth.acceptInvite.mutate({ token: inviteToken, account }),
        "builds.cancel": () => api.builds.cancel.mutate({ buildId: started.builds[0]?.buildId ?? "" }),
        "builds.start": () => api.builds.start.mutate({ handlerId, targets: ["aarch64-linux-musl"], modes: ["snapshot"] }),
        "deployments.configure": () => api.deployments.configure.mutate({ deploymentId: newer, maxInstances: 3 }),
        "deployments.create": () => api.deployments.create.mutate({ buildId: build.id, hostId }),
        "deployments.promote": () => api.deployments.promote.mutate({ deploymentId: canary.deploymentId }),
        "deployments.rollback": () => api.deployments.rollback.mutate({ deploymentId: newer }),
        "deployments.stop": () => api.deployments.stop.mutate({ deploymentId: newer }),
        "deployments.takeBack": () => api.deployments.takeBack.mutate({ deploymentId: canary.deploymentId }),
        "experiments.cancel": () => api.experiments.cancel.mutate({ experimentId }),
        "experiments.create": () => api.experiments.create.mutate({ handlerId, hostIds: [hostId], variants }),
        "handlers.create": () => api.handlers.create.mutate({ name: "unheard-of", files }),
        "handlers.remove": () => api.handlers.remove.mutate({ handlerId: idle }),
        "handlers.upload": () => api.handlers.upload.mutate({ handlerId, files }),
        "hosts.remove": () => api.hosts.remove.mutate({ hostId: placed.hostId }),
        "hosts.setLabels": () => api.hosts.setLabels.mutate({ hostId, labels: { zone: "a" } }),
        "hosts.upgrade": () => api.hosts.upgrade.mutate({ hostId }),
        "measurements.cancel": () => api.measurements.cancel.mutate({ measurementId }),
        "measurements.create": () => api.measurements.create.mutate({ buildIds: [build.id], hostId }),
        "settings.addPerson": () => api.settings.addPerson.mutate({ ...account, role: "viewer" }),
        "settings.createApiToken": () => api.settings.createApiToken.mutate({ name: "new", role: "viewer" }),
        "settings.createEnrolmentToken": () => api.settings.createEnrolmentToken.mutate({ name: "new" }),
        "settings.createInvite": () => api.settings.createInvite.mutate({ role: "viewer" }),
        "settings.createProject": () => api.settings.createProject.mutate({ name: "New", slug: "new" }),
        "settings.removePerson": () => api.settings.removePerson.mutate({ memberId }),
        "settings.renameProject": () => api.settings.renameProject.mutate({ name: "Other" }),
        "settings.revokeApiToken": () => api.settings.revokeApiToken.mutate({ tokenId }),
        "settings.revokeEnrolmentToken": () => api.settings.revokeEnrolmentToken.mutate({ tokenId: enrolmentId }),
        "settings.revokeInvite": () => api.settings.revokeInvite.mutate({ inviteId }),
        "settings.setRetention": () => api.settings.setRetention.mutate({ samplesKeptDays: 7 }),
        "settings.setPersonRole": () => api.settings.setPersonRole.mutate({ memberId, role: "deployer" }),
        "traces.cancel": () => api.traces.cancel.mutate({ traceId }),
        "traces.create": () => api.traces.create.mutate({ buildId: build.id, hostId }),
        "traces.remove": () => api.traces.remove.mutate({ traceId: traced }),
        "variables.remove": () => api.variables.remove.mutate({ handlerId, name: "KEPT" }),
        "variables.set": () => api.variables.set.mutate({ handlerId, name: "NEW", value: "1", isSecret: false }),
      };
      // The first visit has its own: it is refused before any audit row once there is an account.
      const missing = mutations.filter((path) => !(path in calls) && !unaudited.has(path) && path !== "auth.setup");
      assert.deepEqual(missing, [], "give this test a call of each new mutation");
      // Nothing goes on by itself.
      await app.automation.stop();
      await app.builds.stop();
      const [refuse, allow] = [refusals[provider].slice(0, -1), refusals[provider].at(-1) as string];
      for (const sql of refuse) await rawOf(app.db).query(sql);
      const log = console.error;
      console.error = () => undefined;
      try {
        const before = await allRows();
        for (const [path, call] of Object.entries(calls)) {
          await assert.rejects(call(), (error: Error) => /Something went wrong/.test(error.message), `${path} went through, or was refused for another reason`);
          assert.deepEqual(await allRows(), before, `${path} changed something`);
        }
        const fresh = await startServer();
        await rawOf(fresh.app.db).query(refusals.sqlite[0] as string);
        await assert.rejects(fresh.client().auth.setup.mutate(account), /Something went wrong/);
        assert.equal(await fresh.app.db.user.count(), 0);
        await rawOf(fresh.app.db).query(refusals.sqlite.at(-1) as string);
        await fresh.client().auth.setup.mutate(account);
        await fresh.stop();
      } finally {
        console.error = log;
        await rawOf(app.db).query(allow);
      }
      // And with it they all go through, those that take away last.
      const last = ["deployments.promote", "handlers.remove", "hosts.remove", "alerts.removeChannel", "settings.removePerson"];
      for (const path of ["settings.createInvite", "settings.setPersonRole", "variables.set", "deployments.configure", "hosts.upgrade", ...last]) {
        const count = await app.db.auditEvent.count({ where: { action: path } });
        await calls[path]?.();
        assert.equal(await app.db.auditEvent.count({ where: { action: path } }), count + 1, path);
      }
    });
  });
