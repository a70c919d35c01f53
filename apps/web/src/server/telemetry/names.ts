/** The names behind the ids of a sample, each looked up once. A name that cannot be had is its id: telemetry never waits for a database. */
import type { Db } from "../db/client.ts";

export type BuildName = { handler: string; version: string };

/** Forgotten all at once beyond this, so that memory stays flat on a server with many builds. */
const most = 10_000;

async function remembered<T>(known: Map<string, Promise<T>>, id: string, look: () => Promise<T>, otherwise: T): Promise<T> {
  if (known.size > most) known.clear();
  let found = known.get(id);
  if (!found) {
    found = look().catch(() => (known.delete(id), otherwise));
    known.set(id, found);
  }
  return found;
}

export class Names {
  readonly #db: Db;
  readonly #builds = new Map<string, Promise<BuildName>>();
  readonly #hosts = new Map<string, Promise<string>>();
  readonly #handlers = new Map<string, Promise<string>>();

  constructor(db: Db) {
    this.#db = db;
  }

  build(id: string): Promise<BuildName> {
    const look = async () => {
      const { handler, version } = await this.#db.build.findUniqueOrThrow({
        where: { id },
        select: { handler: { select: { name: true } }, version: { select: { number: true } } },
      });
      return { handler: handler.name, version: String(version.number) };
    };
    return remembered(this.#builds, id, look, { handler: id, version: "" });
  }

  host(id: string): Promise<string> {
    return remembered(this.#hosts, id, async () => (await this.#db.host.findUniqueOrThrow({ where: { id }, select: { name: true } })).name, id);
  }

  handler(id: string): Promise<string> {
    return remembered(this.#handlers, id, async () => (await this.#db.handler.findUniqueOrThrow({ where: { id }, select: { name: true } })).name, id);
  }
}
