/** Takes alerts to their channels: signed webhooks, and email over SMTP. Tried again with growing pauses, then given up. */
import { createHmac } from "node:crypto";
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { isIP } from "node:net";
import { createTransport } from "nodemailer";
import type { App } from "../../../server/app.ts";
import type { Alert, AlertChannel } from "../../../../generated/prisma/client.ts";
import { isPublicAddress, PrivateAddressError, publicLookup } from "./public-address.ts";

const timeoutMs = 10_000;
const pausesMs = [10_000, 60_000, 300_000, 1_800_000, 7_200_000];

/** `t=<seconds>,v1=<hex HMAC-SHA256 over "t.body">`: the receiver checks both, so that a recorded call cannot be played again later. */
export function signature(secret: string, body: string, atMs: number): string {
  const t = Math.floor(atMs / 1000);
  return `t=${t},v1=${createHmac("sha256", secret).update(`${t}.${body}`).digest("hex")}`;
}

/** Posts `body`; rejects when the address is not public (unless allowed), the answer is not 2xx, or none comes in time. Redirects are not followed. */
export function postWebhook(url: URL, body: string, headers: Record<string, string>, allowPrivate: boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    const host = url.hostname.replace(/^\[|\]$/g, "");
    if (!allowPrivate && isIP(host) !== 0 && !isPublicAddress(host)) return reject(new PrivateAddressError(`${host} is not a public address`));
    const outgoing = (url.protocol === "https:" ? httpsRequest : httpRequest)(
      url,
      {
        method: "POST",
        headers: { "content-type": "application/json", "content-length": Buffer.byteLength(body), "user-agent": "zerostart", ...headers },
        signal: AbortSignal.timeout(timeoutMs),
        ...(allowPrivate ? {} : { lookup: publicLookup }),
      },
      (response) => {
        response.destroy();
        const status = response.statusCode ?? 0;
        if (status >= 200 && status < 300) resolve();
        else reject(new Error(`the webhook answered ${status}`));
      },
    );
    outgoing.once("error", (error) =>
      reject(error.name === "TimeoutError" || error.name === "AbortError" ? new Error(`no answer within ${timeoutMs / 1000} s`) : error),
    );
    outgoing.end(body);
  });
}

async function send(app: App, channel: AlertChannel, alert: Alert, deliveryId: string): Promise<void> {
  const { publicUrl, port, smtpUrl, mailFrom, allowPrivateWebhooks } = app.config;
  const link = new URL(alert.path, publicUrl ?? `http://localhost:${port}`).href;
  if (channel.kind === "email") {
    if (!smtpUrl) throw new Error("no SMTP server is set (ZEROSTART_SMTP_URL)");
    const transport = createTransport(smtpUrl);
    try {
      await transport.sendMail({ from: mailFrom, to: channel.target, subject: `[Zerostart] ${alert.title}`, text: `${alert.text}\n\n${link}\n` });
    } finally {
      transport.close();
    }
    return;
  }
  const { id, kind, title, text, createdAt } = alert;
  const body = JSON.stringify({ id, kind, title, text, link, at: createdAt });
  const secret = app.vault.open(channel.secret ?? "", channel.id);
  await postWebhook(
    new URL(channel.target),
    body,
    { "x-zerostart-delivery": deliveryId, "x-zerostart-signature": signature(secret, body, Date.now()) },
    allowPrivateWebhooks,
  );
}

/** Sends what is due. A receiver may see a delivery twice (same x-zerostart-delivery), never not at all. */
export async function deliverAlerts(app: App): Promise<void> {
  const { db, events } = app;
  const due = await db.alertDelivery.findMany({
    where: { state: "queued", nextAt: { lte: new Date() } },
    orderBy: { nextAt: "asc" },
    take: 20,
    include: { alert: true, channel: true },
  });
  await Promise.all(
    due.map(async ({ id, attempts, alert, channel }) => {
      // Claimed first: of two that see it, one sends it; if it dies on the way, the other does later.
      const pauseMs = pausesMs[attempts];
      const claim = { attempts: attempts + 1, nextAt: new Date(Date.now() + (pauseMs ?? timeoutMs * 2)) };
      const { count } = await db.alertDelivery.updateMany({ where: { id, state: "queued", attempts }, data: claim });
      if (count === 0) return;
      try {
        await send(app, channel, alert, id);
        await db.alertDelivery.update({ where: { id }, data: { state: "done", error: null } });
      } catch (error) {
        const text = (error instanceof Error ? error.message : String(error)).slice(0, 500);
        const isFinal = pauseMs === undefined || error instanceof PrivateAddressError;
        await db.alertDelivery.update({ where: { id }, data: { error: text, ...(isFinal ? { state: "failed" } : {}) } });
      }
      events.notify(`project:${alert.projectId}`);
    }),
  );
}
