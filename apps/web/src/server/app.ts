/** Everything that lives as long as the process, made once and handed down in the request context. */
import { randomUUID } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { BuildRunner } from "../features/builds/server/build-runner.ts";
import type { Pipeline } from "../features/builds/helpers/pipeline-types.ts";
import { ChildPipeline } from "../features/builds/server/pipeline.ts";
import { ensureLocalEnrolment } from "../features/settings/server/local-enrolment.ts";
import { Automation } from "./automation.ts";
import { createAuth, type Auth } from "./auth.ts";
import type { Config } from "./config.ts";
import { openDatabase, type Db } from "./db/client.ts";
import { migrate } from "./db/migrate.ts";
import { Events } from "./events.ts";
import { ObjectStore } from "./objects.ts";
import { Signer } from "./signing.ts";
import { Vault } from "./vault.ts";

export type App = {
  config: Config;
  /** Unscoped client: only for sign-in, tokens, agents and workers; procedures of a project get a scoped one. */
  db: Db;
  auth: Auth;
  objects: ObjectStore;
  signer: Signer;
  vault: Vault;
  events: Events;
  pipeline: Pipeline;
  builds: BuildRunner;
  instanceId: string;
  close(): Promise<void>;
};

const migrationsDir = fileURLToPath(new URL("../../../../prisma/migrations", import.meta.url));

/** Brings up the database and the worker. `pipeline` is given by tests of what lies above it. */
export async function createApp(config: Config, options: { pipeline?: Pipeline; log?: (line: string) => void } = {}): Promise<App> {
  mkdirSync(config.dataDir, { recursive: true, mode: 0o700 });
  const databasePath = join(config.dataDir, "zerostart.db");
  for (const name of migrate(databasePath, migrationsDir)) options.log?.(`applied migration ${name}`);
  const db = openDatabase(databasePath);
  const events = new Events();
  const objects = new ObjectStore(join(config.dataDir, "objects"));
  const signer = Signer.fromDataDir(config.dataDir);
  const pipeline = options.pipeline ?? new ChildPipeline();
  const instanceId = randomUUID();
  const builds = new BuildRunner({ db, events, objects, signer, pipeline, instanceId });
  await ensureLocalEnrolment(db, config.dataDir);
  const automation = new Automation();
  const app: App = {
    config,
    db,
    events,
    objects,
    signer,
    vault: Vault.fromDataDir(config.dataDir),
    pipeline,
    builds,
    instanceId,
    auth: createAuth(db, config.dataDir, config.publicUrl),
    async close() {
      await automation.stop();
      await builds.stop();
      await pipeline.close();
      await db.$disconnect();
    },
  };
  builds.start();
  automation.start(app);
  return app;
}
