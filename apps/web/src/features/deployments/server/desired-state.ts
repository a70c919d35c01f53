/** Changes of what a host should run: each bumps the host's revision and wakes its waiting agent. */
import type { App } from "../../../server/app.ts";

export async function bumpRevision(app: App, projectId: string, hostId: string): Promise<void> {
  await app.db.host.update({ where: { id: hostId, projectId }, data: { desiredRevision: { increment: 1 } } });
  app.events.notify(`host:${hostId}`);
  app.events.notify(`project:${projectId}`);
}
