/**
 * Every procedure and every REST operation, called from another project with this one's ids: nothing of it is told, nothing changes.
 * The inputs are made from the procedures' own schemas, so one that is added is walked by itself; a new kind of id has to be named below.
 */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import { z } from "zod";
import { builtHandler, eventually, packedTrace, sampleOf, startServer, type TestServer } from "./support/harness.ts";

const { appRouter } = await import("../src/server/root.ts");
const { operations } = await import("../src/server/rest/operations.ts");
const { tenantModels } = await import("../src/server/db/tenant.ts");

type Schema = {
  type?: string;
  const?: unknown;
  enum?: unknown[];
  anyOf?: Schema[];
  oneOf?: Schema[];
  properties?: Record<string, Schema>;
  items?: Schema;
  default?: unknown;
  minLength?: number;
  minimum?: number;
  minItems?: number;
  format?: string;
};
type Procedure = { _def: { type: "query" | "mutation" | "subscription"; inputs: z.ZodType[] } };
const procedures = Object.entries((appRouter as unknown as { _def: { procedures: Record<string, Procedure> } })._def.procedures);

/** In every name and text of the victim's. */
const marker = "alpha-secret";

let server: TestServer;
/** What each id is called in inputs -> the victim's. */
let ids: Record<string, string>;
let victimProject: string;
before(async () => {
  server = await startServer();
  const a = await server.person("admin", "alpha");
  victimProject = a.projectId;
  const agent = await server.agent("alpha", `${marker}-host`);
  const { handlerId, versionId, builds } = await builtHandler(a.api, `${marker}-handler`, { modes: ["snapshot", "embedded"] });
  const build = builds[0];
  assert.ok(build?.artifact);
  const { deploymentId } = await a.api.deployments.create.mutate({ buildId: build.id, env: { SECRET: `${marker}-env` } });
  const { measurementId } = await a.api.measurements.create.mutate({ buildIds: [build.id] });
  const { traceId } = await a.api.traces.create.mutate({ buildId: build.id, path: `/${marker}` });
  await agent.api.agent.report.mutate({ traces: [{ id: randomUUID(), traceId, status: "done", trace: packedTrace(`${marker}-function`) }] });
  const variants = [
    { mode: "embedded" as const, target: "x86_64-linux-musl" as const },
    { mode: "snapshot" as const, target: "x86_64-linux-musl" as const },
  ];
  const { experimentId } = await a.api.experiments.create.mutate({ handlerId, hostIds: [agent.hostId], variants, name: `${marker}-experiment` });
  await a.api.variables.set.mutate({ handlerId, name: "ALPHA", value: `${marker}-value`, isSecret: true });
  const sample = sampleOf(build, 500_000, { measurementId });
  const line = { id: randomUUID(), deploymentId, instanceId: "ins_a", at: new Date().toISOString(), level: "info" as const, source: "handler" as const };
  await agent.api.agent.report.mutate({ starts: [sample], logs: [{ ...line, text: `${marker}-log` }] });
  const { channelId } = await a.api.alerts.addChannel.mutate({ kind: "email", name: `${marker}-channel`, target: `${marker}@example.com` });
  const { alertId } = await a.api.alerts.testChannel.mutate({ channelId });
  const { id: tokenId } = await a.api.settings.createApiToken.mutate({ name: `${marker}-token`, role: "viewer" });
  const { id: inviteId } = await a.api.settings.createInvite.mutate({ role: "viewer", note: `${marker}-invite` });
  const [member] = await a.api.settings.listPeople.query();
  ids = {
    handlerId,
    versionId,
    buildId: build.id,
    artifactId: build.artifact.id,
    deploymentId,
    measurementId,
    experimentId,
    traceId,
    sampleId: sample.id,
    hostId: agent.hostId,
    channelId,
    alertId,
    tokenId,
    inviteId,
    memberId: member?.memberId ?? "",
    instanceId: "ins_a",
    projectId: victimProject,
    lastEventId: "0",
    cursor: "zzzz",
  };
});
after(() => server.stop());

/** A value that the schema accepts, with the victim's ids wherever one fits. */
function example(schema: Schema, name: string, path: string): unknown {
  const choice = schema.anyOf ?? schema.oneOf;
  if (choice) return example(choice.find((c) => c.type !== "null") ?? {}, name, path);
  if (schema.const !== undefined) return schema.const;
  if (schema.enum) return schema.enum[0];
  if (schema.type === "object") {
    const entries = Object.entries(schema.properties ?? {}).flatMap(([key, inner]) => {
      // What has a default is left to it, unless it names something of the victim's.
      const isId = /Ids?$/.test(key);
      return inner.default !== undefined && !isId ? [] : [[key, example(inner, key, path)]];
    });
    return Object.fromEntries(entries) as unknown;
  }
  if (schema.type === "array") {
    const item = example(schema.items ?? {}, name.replace(/s$/, ""), path);
    return Array.from({ length: Math.max(1, schema.minItems ?? 1) }, () => item);
  }
  if (schema.type === "number" || schema.type === "integer") return Math.max(schema.minimum ?? 1, 1);
  if (schema.type === "boolean") return true;
  if (schema.format === "uuid") return randomUUID();
  if (schema.format === "email") return "beta@example.com";
  if (schema.format === "uri") return "https://example.com/";
  if (schema.format === "date-time") return new Date().toISOString();
  if (name in ids) return ids[name];
  assert.ok(!/Ids?$/.test(name), `${path} takes a ${name}: give this test one of the victim's (ids, above)`);
  return name === "id" ? ids["handlerId"] : name === "path" ? "/beta" : "beta".padEnd(schema.minLength ?? 4, "x");
}

/** An input made for the procedure; undefined when it takes none. Fields of the victim alone: those that do not go together are refused one by one. */
function inputOf(path: string, procedure: Procedure): unknown {
  const [schema] = procedure._def.inputs;
  return schema && example(z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as Schema, "", path);
}

/** All rows of the victim's project. */
async function victimRows(): Promise<string> {
  const rows: unknown[] = [];
  for (const model of [...tenantModels].sort()) {
    const key = `${model[0]?.toLowerCase()}${model.slice(1)}` as "handler";
    rows.push([model, await server.app.db[key].findMany({ where: { projectId: victimProject } })]);
  }
  return JSON.stringify(rows, (_, value: unknown) =>
    typeof value === "bigint" ? String(value) : value instanceof Uint8Array ? Buffer.from(value).toString("hex") : value,
  );
}

/** Waits until what goes on by itself (experiments, checks of regressions) has come to rest. */
async function settled(): Promise<void> {
  let [rows, since] = [await victimRows(), Date.now()];
  await eventually("at rest", async () => {
    const now = await victimRows();
    if (now !== rows) [rows, since] = [now, Date.now()];
    return Date.now() - since > 1_500;
  });
}

async function call(path: string, type: string, input: unknown, headers: Record<string, string>): Promise<{ status: number; text: string }> {
  const body = input === undefined ? undefined : JSON.stringify(input);
  const address = `${server.url}/api/trpc/${path}${type !== "mutation" && body ? `?input=${encodeURIComponent(body)}` : ""}`;
  if (type === "mutation") {
    const response = await fetch(address, { method: "POST", headers: { ...headers, "content-type": "application/json" }, ...(body ? { body } : {}) });
    return { status: response.status, text: await response.text() };
  }
  // A stream that is let open says within a moment what it has to say.
  const response = await fetch(address, { headers: { ...headers, ...(type === "subscription" ? { accept: "text/event-stream" } : {}) } });
  if (type !== "subscription") return { status: response.status, text: await response.text() };
  let text = "";
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  const end = setTimeout(() => void reader?.cancel(), 300);
  for (;;) {
    const { done, value } = (await reader?.read()) ?? { done: true, value: undefined };
    if (done) break;
    text += value;
  }
  clearTimeout(end);
  return { status: response.status, text };
}

test("no procedure tells or changes anything of another project, whatever its caller's role", async () => {
  // Nothing of the victim's moves by itself any more.
  await server.app.builds.stop();
  await eventually("tried", async () => (await server.app.db.alertDelivery.count({ where: { attempts: 0 } })) === 0);
  await eventually(
    "noted",
    async () => (await server.app.db.alertDelivery.updateMany({ where: { error: { not: null } }, data: { state: "failed" } })).count > 0,
  );
  await eventually("begun", async () => (await server.app.db.experiment.count({ where: { state: "preparing" } })) === 0);
  await settled();
  // Lower roles are refused earlier (ladder.test.ts walks them all); one stands for them here.
  const admin = await server.person("admin", "beta");
  const { token } = await admin.api.settings.createApiToken.mutate({ name: "walk", role: "admin" });
  const callers: Record<string, string>[] = [
    { cookie: (await server.person("viewer", "beta")).cookie },
    { cookie: admin.cookie },
    // Naming the victim's project in the header gains nothing either.
    { cookie: admin.cookie, "x-zerostart-project": victimProject },
    { authorization: `Bearer ${token}` },
  ];
  const agent = await server.agent("beta", "host-b");
  callers.push({ authorization: `Bearer ${agent.agentToken}` }, { authorization: `Bearer ${agent.enrolmentToken}` });
  const before = await victimRows();
  assert.ok(before.includes(marker));
  let refused = 0;
  for (const [path, procedure] of procedures) {
    const input = inputOf(path, procedure);
    for (const headers of callers) {
      const { status, text } = await call(path, procedure._def.type, input, headers);
      assert.ok(!text.includes(marker), `${path} told: ${text.slice(0, 300)}`);
      assert.ok(status < 500, `${path}: HTTP ${status} ${text.slice(0, 300)}`);
      if (status >= 400) refused++;
    }
    assert.equal(await victimRows(), before, `${path} changed the victim's rows`);
  }
  assert.ok(refused > procedures.length);
});

test("no REST operation does", async () => {
  await settled();
  const before = await victimRows();
  const beta = await server.person("admin", "beta");
  const { token } = await beta.api.settings.createApiToken.mutate({ name: "rest", role: "admin" });
  assert.ok(operations.length > 10);
  for (const operation of operations) {
    const procedure = procedures.find(([path]) => path === operation.procedure)?.[1] as Procedure;
    const input = (inputOf(operation.procedure, procedure) ?? {}) as Record<string, unknown>;
    const path = operation.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => String(input[name] ?? ids[name]));
    for (const headers of [{}, { authorization: `Bearer ${token}` }] as Record<string, string>[]) {
      const response = await fetch(`${server.url}/api/v1${path}`, {
        method: operation.method.toUpperCase(),
        headers: { ...headers, "content-type": "application/json" },
        ...(operation.method === "post" ? { body: JSON.stringify(input) } : {}),
      });
      const text = await response.text();
      assert.ok(!text.includes(marker), `${operation.path} told: ${text.slice(0, 300)}`);
      assert.ok(response.status < 500, `${operation.path}: ${response.status} ${text.slice(0, 200)}`);
      if (!("authorization" in headers)) assert.equal(response.status, 401, operation.path);
    }
  }
  assert.equal(await victimRows(), before);
});
