/** A worse build is noticed, flagged and told to whom it concerns; webhooks are signed and do not reach inside. */
import assert from "node:assert/strict";
import { createHmac, randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer, type IncomingHttpHeaders } from "node:http";
import { createServer as createTcpServer, type AddressInfo } from "node:net";
import { after, before, test } from "node:test";
import { isPublicAddress } from "../src/features/alerts/server/public-address.ts";
import { Vault } from "../src/server/vault.ts";
import { builtHandler, eventually, sampleOf, startServer, type TestServer } from "./support/harness.ts";

let server: TestServer;
const calls: { headers: Record<string, string | string[] | undefined>; body: string }[] = [];
const receiver = createServer((req, res) => {
  let body = "";
  req
    .on("data", (d) => (body += d))
    .on("end", () => {
      calls.push({ headers: req.headers, body });
      res.writeHead(calls.length === 1 ? 503 : 204).end();
    });
});
/** The least of SMTP that a client needs; `mails` are the messages it took. */
const mails: string[] = [];
const smtp = createTcpServer((socket) => {
  let isData = false;
  let mail = "";
  socket.write("220 test\r\n");
  socket.setEncoding("utf8").on("data", (chunk: string) => {
    for (const line of chunk.split("\r\n").slice(0, -1)) {
      if (isData && line === ".") {
        isData = false;
        mails.push(mail);
        socket.write("250 taken\r\n");
      } else if (isData) mail += `${line}\n`;
      else if (line === "DATA") {
        isData = true;
        socket.write("354 go on\r\n");
      } else if (line === "QUIT") socket.end("221 bye\r\n");
      else socket.write("250 ok\r\n");
    }
  });
});
const listen = (s: { listen(port: number, host: string, done: () => void): unknown; address(): unknown }) =>
  new Promise<number>((resolve) => s.listen(0, "127.0.0.1", () => resolve((s.address() as AddressInfo).port)));

let hook = "";
before(async () => {
  hook = `http://127.0.0.1:${await listen(receiver)}/hook`;
  const smtpUrl = `smtp://127.0.0.1:${await listen(smtp)}`;
  server = await startServer({ config: { allowPrivateWebhooks: true, smtpUrl, mailFrom: "Zerostart <z@example.com>" } });
});
after(async () => {
  await server.stop();
  receiver.close();
  smtp.close();
});

const sync = { protocolVersion: 1 as const, revision: 0, waitMs: 0, agentTimeMs: Date.now(), instances: [] };

test("a new version is measured against the one before; what is worse is flagged and alerted, signed, until it is heard", async () => {
  const { api } = await server.person("admin", "reg");
  const agent = await server.agent("reg");
  await agent.api.agent.sync.mutate(sync);
  const { secret, channelId } = await api.alerts.addChannel.mutate({ kind: "webhook", name: "hook", target: hook });
  await api.alerts.addChannel.mutate({ kind: "email", name: "mail", target: "team@example.com" });
  const stored = await server.app.db.alertChannel.findUniqueOrThrow({ where: { id: channelId } });
  assert.ok(secret && stored.secret && !stored.secret.includes(secret));

  const first = await builtHandler(api, "slower");
  assert.equal(first.builds[0]?.check, null, "there is nothing to compare a first build with");
  await api.handlers.upload.mutate({ handlerId: first.handlerId, files: [{ path: "index.ts", content: "export default () => new Response('2')" }] });
  const { builds } = await api.builds.start.mutate({ handlerId: first.handlerId, targets: ["x86_64-linux-musl"], modes: ["snapshot"] });
  const buildId = builds[0]!.buildId;
  const order = await eventually("an order of both builds", async () => (await agent.api.agent.sync.mutate(sync)).measurements[0]);
  assert.deepEqual(
    order.artifacts.map((a) => a.buildId),
    [first.builds[0]?.id, buildId],
  );
  const starts = order.artifacts.flatMap((ref, which) =>
    Array.from({ length: 30 }, (_, i) =>
      sampleOf(
        { id: ref.buildId, mode: ref.mode, target: ref.target, artifact: { id: ref.artifactId } },
        (which === 0 ? 500_000 : 700_000) + ((i * 7919) % 31) * 1_000,
        { measurementId: order.measurementId, memory: { rssBytes: 300_000 + (i % 5) * 4_096 } },
      ),
    ),
  );
  await agent.api.agent.report.mutate({ starts });
  await agent.api.agent.report.mutate({ measurements: [{ id: randomUUID(), measurementId: order.measurementId, status: "done" }] });
  const build = await eventually("the verdict", async () => {
    const b = await api.builds.get.query({ buildId });
    return b.check?.state === "done" && b;
  });
  assert.equal(build.check?.isRegression, true);
  assert.deepEqual(
    build.check?.findings.map((f) => [f.metric, f.isRegression]),
    [
      ["total", true],
      ["rss", false],
      ["binary", false],
    ],
  );
  const [alert] = (await api.alerts.list.query({})).alerts;
  assert.match(alert?.title ?? "", /slower v2 is worse than v1: Cold start/);
  assert.equal(await api.alerts.openCount.query(), 1);

  await eventually("the first call", async () => calls.length > 0);
  // The first answer was 503: the delivery is due again later; the test does not wait for it.
  await eventually("the refusal is noted", async () => (await server.app.db.alertDelivery.findFirst({ where: { error: { contains: "503" } } })) ?? false);
  await server.app.db.alertDelivery.updateMany({ where: { state: "queued" }, data: { nextAt: new Date() } });
  server.app.events.notify("automation");
  await eventually("the second call", async () => calls.length > 1);
  const { headers, body } = calls[1]!;
  const [, t, v1] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(headers["x-zerostart-signature"])) ?? [];
  assert.equal(v1, createHmac("sha256", secret).update(`${t}.${body}`).digest("hex"));
  assert.equal(headers["x-zerostart-delivery"], calls[0]?.headers["x-zerostart-delivery"], "the same delivery goes by the same id");
  // The receiver that the documentation shows takes it once, within its window, and nothing that was touched.
  const documented = /```js\n([\s\S]*?)```/.exec(readFileSync(new URL("../../../docs/webhooks.md", import.meta.url), "utf8"))?.[1] ?? "";
  const { receive } = (await import(`data:text/javascript,${encodeURIComponent(documented)}`)) as {
    receive(secret: string, headers: IncomingHttpHeaders, body: string, nowMs?: number): { id: string } | undefined;
  };
  const sentMs = Number(t) * 1_000;
  const later = String(Number(t) + 1);
  assert.equal(receive(secret, headers, body, sentMs + 301_000), undefined, "played again when its time is over");
  assert.equal(receive(secret, headers, body, sentMs - 301_000), undefined, "from the future");
  assert.equal(receive(secret, { ...headers, "x-zerostart-signature": `t=${later},v1=${v1}` }, body, sentMs), undefined, "its time is signed");
  assert.equal(receive(secret, headers, body.replace("slower", "faster"), sentMs), undefined);
  assert.equal(receive("whsec_other", headers, body, sentMs), undefined);
  assert.equal(receive(secret, {}, body, sentMs), undefined);
  assert.equal(receive(secret, headers, body, sentMs + 299_000)?.id, (JSON.parse(body) as { id: string }).id);
  const again = { ...headers, "x-zerostart-delivery": "dlv_another" };
  assert.equal(receive(secret, again, body, sentMs + 299_000), undefined, "played again within its time");
  const [, firstT] = /^t=(\d+),/.exec(String(calls[0]?.headers["x-zerostart-signature"])) ?? [];
  assert.ok(Number(t) >= Number(firstT), "an attempt is signed with its own time");
  assert.match((JSON.parse(body) as { link: string }).link, new RegExp(`/builds/${buildId}$`));
  await eventually("the mail", async () => mails.length > 0);
  assert.match(mails[0] ?? "", /Subject: \[Zerostart\] slower v2 is worse/);
  await api.alerts.acknowledge.mutate({ alertId: alert!.id });
  assert.equal(await api.alerts.openCount.query(), 0);
});

test("another project sees neither alerts nor channels", async () => {
  const { api } = await server.person("admin", "other");
  assert.deepEqual((await api.alerts.list.query({})).alerts, []);
  assert.deepEqual((await api.alerts.channels.query()).channels, []);
  const { id } = await server.app.db.alertChannel.findFirstOrThrow();
  await assert.rejects(api.alerts.removeChannel.mutate({ channelId: id }), /does not exist/);
  await assert.rejects(api.alerts.testChannel.mutate({ channelId: id }), /does not exist/);
});

test("webhooks reach public addresses only", async () => {
  for (const inner of [
    "127.0.0.1",
    "10.1.2.3",
    "172.31.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "224.0.0.1",
    "::1",
    "::",
    "fe80::1",
    "fd00::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::127.0.0.1",
    "64:ff9b::7f00:1",
    "not an address",
  ])
    assert.equal(isPublicAddress(inner), false, inner);
  for (const outer of ["1.1.1.1", "93.184.216.34", "2606:4700::1111", "172.32.0.1", "::ffff:8.8.8.8"]) assert.equal(isPublicAddress(outer), true, outer);

  const strict = await startServer();
  try {
    const { api } = await strict.person("admin");
    const add = (target: string) => api.alerts.addChannel.mutate({ kind: "webhook", name: "in", target });
    for (const target of ["http://127.0.0.1:1/", "http://localhost/", "http://[::1]/", "http://0x7f.1/", "http://2130706433/", "http://169.254.169.254/latest"])
      await assert.rejects(add(target), /not a public address/, target);
    for (const target of ["ftp://example.com/", "javascript:alert(1)", "example.com"]) await assert.rejects(add(target), /http or https/, target);
    // A name that leads inside is found out when it is called.
    const { postWebhook } = await import("../src/features/alerts/server/deliver.ts");
    await assert.rejects(postWebhook(new URL(hook.replace("127.0.0.1", "localhost")), "{}", {}, false), /not a public address/);
  } finally {
    await strict.stop();
  }
});

test("what the vault sealed opens with the same key for the same row alone", () => {
  const vault = new Vault(Buffer.alloc(32, 1));
  const sealed = vault.seal("pässword", "row-1");
  assert.equal(vault.open(sealed, "row-1"), "pässword");
  assert.notEqual(vault.seal("pässword", "row-1"), sealed);
  assert.throws(() => vault.open(sealed, "row-2"));
  assert.throws(() => new Vault(Buffer.alloc(32, 2)).open(sealed, "row-1"));
  assert.throws(() =>
    vault.open(
      sealed.replace(/\.(.)([^.]*)$/, (_, c: string, rest: string) => `.${c === "A" ? "B" : "A"}${rest}`),
      "row-1",
    ),
  );
  assert.throws(() => vault.open("v0.a.b.c", "row-1"));
});
