/**
 * Events between replicas: LISTEN/NOTIFY. The listening connection, its reconnects and its heartbeat are pg-boss's; after a
 * gap every listener looks again, as nobody knows what was missed.
 */
import type { PgBoss } from "pg-boss";
import { z } from "zod";
import type { Events, Topic } from "./events.ts";

const channel = "zerostart_events";
/** A burst is one notification: each commit of one waits for those of all other sessions. */
const gatherMs = 10;
/** PostgreSQL takes 8000 bytes. */
const topicsAMessage = 60;

const message = z.object({ from: z.string(), topics: z.array(z.string()) });

export async function relayEvents(events: Events, boss: PgBoss, instanceId: string): Promise<{ close(): Promise<void> }> {
  const database = boss.getDb();
  if (!database.listen) throw new Error("pg-boss's database cannot listen");
  let pending = new Set<Topic>();
  let timer: NodeJS.Timeout | undefined;
  const flush = async () => {
    timer = undefined;
    const topics = [...pending];
    pending = new Set();
    for (let at = 0; at < topics.length; at += topicsAMessage) {
      const payload = JSON.stringify({ from: instanceId, topics: topics.slice(at, at + topicsAMessage) });
      await database.executeSql("SELECT pg_notify($1, $2)", [channel, payload]);
    }
  };
  events.publish = (topic) => {
    pending.add(topic);
    // What is lost here is found by the listeners' own looks at the clock.
    timer ??= setTimeout(() => void flush().catch((error: unknown) => console.error(`events did not reach the other replicas: ${String(error)}`)), gatherMs);
  };
  const handle = await database.listen(
    channel,
    (payload) => {
      const { from, topics } = message.parse(JSON.parse(payload));
      if (from !== instanceId) for (const topic of topics) events.receive(topic as Topic);
    },
    () => events.receiveAll(),
  );
  return {
    async close() {
      events.publish = undefined;
      clearTimeout(timer);
      await handle.close();
    },
  };
}
