/**
 * What this replica remembers of the hosts that talk to it, so that most of their requests ask the database nothing: who a token belongs to,
 * the revision of what the host should run, and rows that never change once they are there. What is asked for together is read in one query.
 */
import type { App } from "../../../server/app.ts";
import { Gather } from "../../../server/gather.ts";

export type KnownHost = {
  hostId: string;
  hostName: string;
  projectId: string;
  /** The agent's clock minus ours. */
  clockSkewMs: number | null;
  desiredRevision: number;
  isRemoved: boolean;
};

/** A change of a host is heard of as an event (`host:ID`), from other replicas too; when that is lost, it takes effect after so long. */
const hostKeptMs = 5_000;
/** Of a row that can only be deleted. */
const rowKeptMs = 10_000;
/** Rows of one kind; beyond, all are forgotten. */
const mostRows = 50_000;
const lookUpsATime = 500;
/** What is known and half as old as it may get is read again, before anybody waits for it: many hosts in one query. */
const refreshEveryMs = 500;

/** Hosts by their tokens' hashes. */
export class KnownHosts {
  readonly #byToken = new Map<string, { host: KnownHost; readMs: number; isRefreshing?: true }>();
  readonly #tokenOf = new Map<string, string>();
  readonly #read: Gather<string, Map<string, KnownHost>>;
  readonly #refresh: Gather<string, Map<string, KnownHost>>;
  /** Counts changes: what was read across one is not kept. */
  #changes = 0;

  constructor({ db, events }: Pick<App, "db" | "events">) {
    const read = async (hashes: string[]) => {
      const before = this.#changes;
      const rows = await db.host.findMany({
        where: { agentTokenHash: { in: [...new Set(hashes)] } },
        select: { id: true, name: true, projectId: true, clockSkewMs: true, desiredRevision: true, removedAt: true, agentTokenHash: true },
      });
      const found = new Map<string, KnownHost>();
      const readMs = performance.now();
      for (const { id, name, removedAt, agentTokenHash, ...rest } of rows) {
        const host = { hostId: id, hostName: name, ...rest, isRemoved: removedAt !== null };
        found.set(agentTokenHash, host);
        this.#tokenOf.set(id, agentTokenHash);
        if (this.#changes === before) this.#byToken.set(agentTokenHash, { host, readMs });
      }
      return found;
    };
    this.#read = new Gather(read, { most: lookUpsATime });
    this.#refresh = new Gather(read, { most: lookUpsATime, everyMs: refreshEveryMs });
    events.onEvery((topic) => {
      if (topic !== undefined && !topic.startsWith("host:")) return;
      this.#changes++;
      if (topic === undefined) this.#byToken.clear();
      else this.#byToken.delete(this.#tokenOf.get(topic.slice("host:".length)) ?? "");
    });
  }

  /** Of the token with this hash; undefined when there is none. */
  async byToken(tokenHash: string): Promise<KnownHost | undefined> {
    const known = this.#byToken.get(tokenHash);
    const ageMs = known ? performance.now() - known.readMs : Infinity;
    if (known && ageMs < hostKeptMs) {
      if (ageMs > hostKeptMs / 2 && !known.isRefreshing) {
        known.isRefreshing = true;
        // Should it fail, whoever comes when it is too old asks again and is told.
        this.#refresh.add(tokenHash).catch(() => undefined);
      }
      return known.host;
    }
    return (await this.#read.add(tokenHash)).get(tokenHash);
  }

  /** One whose token was seen here. */
  async byId(hostId: string): Promise<KnownHost | undefined> {
    const tokenHash = this.#tokenOf.get(hostId);
    return tokenHash === undefined ? undefined : this.byToken(tokenHash);
  }

  noteSkew(hostId: string, clockSkewMs: number): void {
    const known = this.#byToken.get(this.#tokenOf.get(hostId) ?? "");
    if (known) known.host.clockSkewMs = clockSkewMs;
  }
}

/** Rows by id within a scope (a project, a host), kept for a moment; those that are not there are asked for each time. */
export class KnownRows<T extends { id: string }> {
  readonly #load: (scope: string, ids: string[]) => Promise<T[]>;
  readonly #rows = new Map<string, { row: T; readMs: number }>();

  constructor(load: (scope: string, ids: string[]) => Promise<T[]>) {
    this.#load = load;
  }

  async get(scope: string, ids: Iterable<string>): Promise<Map<string, T>> {
    const found = new Map<string, T>();
    const missing: string[] = [];
    const now = performance.now();
    for (const id of new Set(ids)) {
      const known = this.#rows.get(`${scope} ${id}`);
      if (known && now - known.readMs < rowKeptMs) found.set(id, known.row);
      else missing.push(id);
    }
    if (missing.length > 0) {
      for (const row of await this.#load(scope, missing)) {
        found.set(row.id, row);
        if (this.#rows.size >= mostRows) this.#rows.clear();
        this.#rows.set(`${scope} ${row.id}`, { row, readMs: now });
      }
    }
    return found;
  }
}

/** Another replica may have stored something else meanwhile, when an agent changes back and forth. */
const toldKeptMs = 60_000;

/** What the states of a host's instances were when they were stored here last. */
class ToldInstances {
  readonly #told = new Map<string, { text: string; storedMs: number }>();

  /** Whether this is what was stored a short while ago, so that storing it again would change nothing. */
  isStored(hostId: string, text: string): boolean {
    const told = this.#told.get(hostId);
    return told !== undefined && told.text === text && performance.now() - told.storedMs < toldKeptMs;
  }

  stored(hostId: string, text: string): void {
    if (this.#told.size >= mostRows) this.#told.clear();
    this.#told.set(hostId, { text, storedMs: performance.now() });
  }
}

export function openKnown(services: Pick<App, "db" | "events">) {
  const { db } = services;
  return {
    hosts: new KnownHosts(services),
    /** By project. */
    artifacts: new KnownRows(async (projectId, ids) => {
      const rows = await db.artifact.findMany({
        where: { projectId, id: { in: ids } },
        select: { id: true, buildId: true, build: { select: { handlerId: true, versionId: true, mode: true, target: true } } },
      });
      return rows.map(({ build, ...row }) => ({ ...row, ...build }));
    }),
    /** By host. */
    deployments: new KnownRows((hostId, ids) => db.deployment.findMany({ where: { hostId, id: { in: ids } }, select: { id: true, handlerId: true } })),
    instances: new ToldInstances(),
  };
}
export type Known = ReturnType<typeof openKnown>;
