/** Alerts and where they go. A webhook's secret is in the answer of `addChannel`, once. */
import { randomBytes } from "node:crypto";
import { isIP } from "node:net";
import { z } from "zod";
import { AppError, notFound } from "../../../server/errors.ts";
import { newId } from "../../../server/ids.ts";
import { projectMutation, projectQuery, router } from "../../../server/trpc.ts";
import { isPublicAddress } from "./public-address.ts";
import { raiseAlert } from "./raise.ts";

const list = projectQuery("viewer")
  .input(z.object({ limit: z.number().int().min(1).max(100).default(30), cursor: z.string().optional() }))
  .query(async ({ ctx, input }) => {
    const rows = await ctx.db.alert.findMany({
      where: input.cursor ? { id: { lt: input.cursor } } : {},
      orderBy: { id: "desc" },
      take: input.limit + 1,
      include: { deliveries: { include: { channel: true } } },
    });
    return {
      alerts: rows.slice(0, input.limit).map(({ id, kind, title, text, path, createdAt, acknowledgedAt, acknowledgedBy, deliveries }) => ({
        id,
        kind,
        title,
        text,
        path,
        createdAt,
        acknowledgedAt,
        acknowledgedBy,
        deliveries: deliveries.map((d) => ({ channel: d.channel.name, state: d.state, error: d.error })),
      })),
      nextCursor: rows.length > input.limit ? (rows[input.limit - 1]?.id ?? null) : null,
    };
  });

const openCount = projectQuery("viewer").query(({ ctx }) => ctx.db.alert.count({ where: { acknowledgedAt: null } }));

const acknowledge = projectMutation("deployer")
  .input(z.object({ alertId: z.string() }))
  .mutation(async ({ ctx, input }) => {
    const row = await ctx.db.alert.findUnique({ where: { id: input.alertId } });
    if (!row) throw notFound("Alert", input.alertId);
    await ctx.db.$transaction([
      ctx.db.alert.updateMany({ where: { id: row.id, acknowledgedAt: null }, data: { acknowledgedAt: new Date(), acknowledgedBy: ctx.actor.name } }),
      ctx.audit({ target: { kind: "alert", id: row.id, name: row.title.slice(0, 200) } }),
    ]);
    ctx.app.events.notify(`project:${ctx.projectId}`);
    return { alertId: row.id };
  });

const channels = projectQuery("admin").query(async ({ ctx }) => {
  const rows = await ctx.db.alertChannel.findMany({ orderBy: { createdAt: "asc" } });
  const { autoMeasure } = await ctx.app.db.project.findUniqueOrThrow({ where: { id: ctx.projectId } });
  return {
    autoMeasure,
    canMail: ctx.app.config.smtpUrl !== undefined,
    channels: rows.map(({ id, kind, name, target, createdAt, createdBy }) => ({ id, kind, name, target, createdAt, createdBy })),
  };
});

const name = z.string().trim().min(1, "a name").max(100);

const addChannel = projectMutation("admin", { personOnly: true })
  .input(
    z.discriminatedUnion("kind", [
      z.object({ kind: z.literal("webhook"), name, target: z.url({ protocol: /^https?$/, error: "an http or https address" }).max(2_000) }),
      z.object({ kind: z.literal("email"), name, target: z.email("an email address").max(254) }),
    ]),
  )
  .mutation(async ({ ctx, input }) => {
    const { app } = ctx;
    if (input.kind === "webhook" && !app.config.allowPrivateWebhooks) {
      const { hostname, username } = new URL(input.target);
      if (username !== "") throw new AppError("INVALID", "Leave the user name out of the address; deliveries are signed instead.");
      const host = hostname.replace(/^\[|\]$/g, "");
      if (hostname === "localhost" || hostname.endsWith(".localhost") || (isIP(host) !== 0 && !isPublicAddress(host)))
        throw new AppError("INVALID", `${hostname} is not a public address. ZEROSTART_ALLOW_PRIVATE_WEBHOOKS=1 allows addresses of your own network.`);
    }
    const id = newId("chn");
    const secret = input.kind === "webhook" ? `whsec_${randomBytes(32).toString("base64url")}` : null;
    await ctx.db.$transaction([
      ctx.db.alertChannel.create({
        data: { id, projectId: ctx.projectId, ...input, secret: secret === null ? null : app.vault.seal(secret, id), createdBy: ctx.actor.name },
      }),
      ctx.audit({ target: { kind: "alert channel", id, name: input.name }, detail: { kind: input.kind } }),
    ]);
    return { channelId: id, secret };
  });

const removeChannel = projectMutation("admin", { personOnly: true })
  .input(z.object({ channelId: z.string() }))
  .mutation(async ({ ctx, input }) => {
    const row = await ctx.db.alertChannel.findUnique({ where: { id: input.channelId } });
    if (!row) throw notFound("Alert channel", input.channelId);
    await ctx.db.$transaction([
      ctx.db.alertChannel.delete({ where: { id: row.id } }),
      ctx.audit({ target: { kind: "alert channel", id: row.id, name: row.name } }),
    ]);
    return { channelId: row.id };
  });

const testChannel = projectMutation("admin")
  .input(z.object({ channelId: z.string() }))
  .mutation(async ({ ctx, input }) => {
    const row = await ctx.db.alertChannel.findUnique({ where: { id: input.channelId } });
    if (!row) throw notFound("Alert channel", input.channelId);
    const text = `${ctx.actor.name} tried this channel. Nothing is wrong.`;
    const alertId = await raiseAlert(ctx.app, ctx.projectId, { kind: "test", title: `A test of "${row.name}"`, text, path: "/alerts" }, row.id, [
      ctx.audit({ target: { kind: "alert channel", id: row.id, name: row.name } }, ctx.app.db),
    ]);
    return { alertId };
  });

const setAutoMeasure = projectMutation("admin")
  .input(z.object({ autoMeasure: z.boolean() }))
  .mutation(async ({ ctx, input }) => {
    const { db } = ctx.app;
    const { id, name: projectName } = await db.project.findUniqueOrThrow({ where: { id: ctx.projectId } });
    await db.$transaction([
      db.project.update({ where: { id }, data: input }),
      ctx.audit({ target: { kind: "project", id, name: projectName }, detail: input }, db),
    ]);
    return input;
  });

export const alertsRouter = router({ acknowledge, addChannel, channels, list, openCount, removeChannel, setAutoMeasure, testChannel });
