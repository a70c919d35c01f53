/**
 * Changes of what a host should run: each raises the host's revision in the transaction of the change itself (a process that
 * dies in between leaves nothing that the host is never told of), and wakes its waiting agent when that is done.
 */
import type { App } from "../../../server/app.ts";
import type { DbTransaction } from "../../../server/db/client.ts";

/** First in its transaction: changes of one host then wait for each other, so that of two deployments one replaces the other. Several hosts go in the order of their ids. */
export function raiseRevision(tx: Pick<DbTransaction, "host">, projectId: string, hostId: string) {
  return tx.host.update({ where: { id: hostId, projectId }, data: { desiredRevision: { increment: 1 } } });
}

export function wakeHost(app: App, projectId: string, hostId: string): void {
  app.events.notify(`host:${hostId}`);
  app.events.notify(`project:${projectId}`);
}
