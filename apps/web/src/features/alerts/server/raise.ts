import type { Prisma } from "../../../../generated/prisma/client.ts";
import type { App } from "../../../server/app.ts";
import { newId } from "../../../server/ids.ts";

export type AlertInput = { kind: "regression" | "canary" | "test"; title: string; text: string; path: string };

/** Keeps an alert for the dashboard and queues it for every channel of the project (or the one named); `beside`: what is written in the same transaction. */
export async function raiseAlert(
  app: App,
  projectId: string,
  input: AlertInput,
  onlyChannelId?: string,
  beside: Prisma.PrismaPromise<unknown>[] = [],
): Promise<string> {
  const channels = await app.db.alertChannel.findMany({ where: { projectId, ...(onlyChannelId ? { id: onlyChannelId } : {}) } });
  const id = newId("alr");
  await app.db.$transaction([
    app.db.alert.create({
      data: { id, projectId, ...input, deliveries: { create: channels.map((c) => ({ id: newId("dlv"), projectId, channelId: c.id })) } },
    }),
    ...beside,
  ]);
  app.events.notify("automation");
  app.events.notify(`project:${projectId}`);
  return id;
}
