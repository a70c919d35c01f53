/** Everything that lives as long as the process, made once and handed down in the request context. */
import { randomUUID } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { PgBoss } from "pg-boss";
import { BuildRunner } from "../features/builds/server/build-runner.ts";
import type { Pipeline } from "../features/builds/helpers/pipeline-types.ts";
import { ChildPipeline } from "../features/builds/server/pipeline.ts";
import { ensureLocalEnrolment } from "../features/settings/server/local-enrolment.ts";
import { AgentRelease } from "./agent-release.ts";
import { Automation } from "./automation.ts";
import { createAuth, type Auth } from "./auth.ts";
import { openKnown, type Known } from "../features/agent/server/known.ts";
import type { Config } from "./config.ts";
import { openDatabase, type DatabaseAddress, type Db } from "./db/client.ts";
import { storeHeartbeats, type Heartbeat, type SampleRow } from "./db/dialect.ts";
import { exclusively } from "./db/exclusively.ts";
import { migrate } from "./db/migrate.ts";
import { Events } from "./events.ts";
import { Gather } from "./gather.ts";
import { BossJobs } from "./jobs/boss-jobs.ts";
import type { Jobs } from "./jobs/jobs.ts";
import { TableJobs } from "./jobs/table-jobs.ts";
import { assertSharedKeys } from "./keys.ts";
import type { Objects } from "./objects/objects.ts";
import { openObjects, openTraces } from "./objects/open.ts";
import { relayEvents } from "./relay.ts";
import { deriveMissing, Rollups } from "./samples/rollups.ts";
import { storeSamples } from "./samples/store.ts";
import { Signer } from "./signing.ts";
import { openTelemetry, type Telemetry } from "./telemetry/telemetry.ts";
import { Vault } from "./vault.ts";

export type App = {
  config: Config;
  /** Unscoped client: only for sign-in, tokens, agents and workers; procedures of a project get a scoped one. */
  db: Db;
  auth: Auth;
  objects: Objects;
  /** Traced starts. */
  traces: Objects;
  signer: Signer;
  agentRelease: AgentRelease;
  vault: Vault;
  events: Events;
  /** Start samples and heartbeats on their way in, many in one transaction. */
  samples: Gather<SampleRow[], number>;
  heartbeats: Gather<Heartbeat, void>;
  /** What most requests of agents need to know. */
  known: Known;
  jobs: Jobs;
  pipeline: Pipeline;
  builds: BuildRunner;
  automation: Automation;
  instanceId: string;
  /** OpenTelemetry; undefined while it is off. */
  telemetry: Telemetry | undefined;
  close(): Promise<void>;
};

/** Reports in one transaction: 60 of 50 starts each take some 100 ms. */
const reportsATime = 60;
const reportsEveryMs = 30;
/** Nobody waits for a heartbeat to be stored. */
const heartbeatsATime = 1_000;
const heartbeatsEveryMs = 250;

/** The queue, and what takes events to other replicas; on SQLite there are none. */
async function openShared(address: DatabaseAddress, db: Db, events: Events, instanceId: string) {
  const services = { db, instanceId };
  if (address.provider === "sqlite") return { jobs: new TableJobs(services), close: async () => {} };
  const boss = new PgBoss({
    connectionString: address.url,
    application_name: "zerostart jobs",
    max: 4,
    schedule: false,
    superviseIntervalSeconds: 10,
    monitorIntervalSeconds: 10,
  });
  // It goes on by itself: the next query has a new connection.
  boss.on("error", (error) => console.error(`jobs: ${error.message}`));
  await boss.start();
  const jobs = await BossJobs.open(services, boss);
  const relay = await relayEvents(events, boss, instanceId);
  return {
    jobs,
    async close() {
      await relay.close();
      await boss.stop({ graceful: false });
    },
  };
}

/** Brings up the database and the worker. `pipeline` is given by tests of what lies above it. */
export async function createApp(config: Config, options: { pipeline?: Pipeline; log?: (line: string) => void } = {}): Promise<App> {
  const { dataDir, databaseUrl, keysDir = dataDir } = config;
  for (const folder of [dataDir, keysDir]) mkdirSync(folder, { recursive: true, mode: 0o700 });
  const address: DatabaseAddress = databaseUrl ? { provider: "postgresql", url: databaseUrl } : { provider: "sqlite", path: join(dataDir, "zerostart.db") };
  for (const name of await migrate(address)) options.log?.(`applied migration ${name}`);
  const db = openDatabase(address);
  const events = new Events();
  const objects = openObjects(config);
  const signer = Signer.fromFolder(keysDir);
  const vault = Vault.fromFolder(keysDir);
  const auth = createAuth(db, keysDir, config.publicUrl);
  // Replicas that start at once write these rows one after the other.
  await exclusively(db, "start", async () => {
    if (databaseUrl) await assertSharedKeys(db, keysDir);
    await ensureLocalEnrolment(db, dataDir);
    await deriveMissing(db);
  });
  const pipeline = options.pipeline ?? new ChildPipeline();
  const instanceId = randomUUID();
  const telemetry = await openTelemetry(config.telemetry, { db, instanceId });
  const { jobs, close: closeShared } = await openShared(address, db, events, instanceId);
  const builds = new BuildRunner({ db, events, jobs, objects, signer, pipeline });
  const automation = new Automation();
  const rollups = new Rollups();
  const app: App = {
    config,
    db,
    events,
    samples: new Gather((reports) => storeSamples(db, reports.flat(), (fresh) => telemetry?.starts(fresh)), {
      most: reportsATime,
      everyMs: reportsEveryMs,
      atOnce: databaseUrl ? 2 : 1,
    }),
    heartbeats: new Gather((beats) => storeHeartbeats(db, beats), { most: heartbeatsATime, everyMs: heartbeatsEveryMs }),
    known: openKnown({ db, events }),
    jobs,
    objects,
    traces: openTraces(config),
    signer,
    agentRelease: new AgentRelease(signer, config.agentFile),
    vault,
    pipeline,
    builds,
    automation,
    instanceId,
    auth,
    telemetry,
    async close() {
      await automation.stop();
      await rollups.stop();
      await builds.stop();
      await pipeline.close();
      await closeShared();
      await telemetry?.close();
      await db.$disconnect();
    },
  };
  builds.start();
  automation.start(app);
  rollups.start(app);
  return app;
}
