/** Several sockets on one port: each connection is drawn by weight, and each socket can be reached on purpose. */
import assert from "node:assert/strict";
import { connect } from "node:net";
import { request } from "node:http";
import { after, before, test } from "node:test";
import { join } from "node:path";
import { listenerFd, Launcher, type Instance, type ListeningSocket } from "../src/index.ts";
import { compileNative } from "../src/native.ts";

let launcher: Launcher;
let server: string;
before(async () => {
  server = await compileNative("launcher-test-server", [join(import.meta.dirname, "fixtures/server.c")]);
  launcher = await Launcher.open();
});
after(() => launcher.close());

const start = (listener: ListeningSocket, name: string): Promise<Instance> =>
  launcher.start({ command: [server, "named", "{port}", String(listenerFd)], env: { NAME: name }, listener, trace: true });

/** What the launcher was told before has been done. */
const settled = async () => (await launcher.listen()).close();

/** Who answers a new connection. */
function who(port: number, localAddress?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: "127.0.0.1", port, agent: false, path: "/who", ...(localAddress && { localAddress }) }, (response) => {
      let body = "";
      response.on("data", (data: Buffer) => (body += data.toString())).on("end", () => resolve(body));
    });
    outgoing.on("error", reject).end();
  });
}
async function shares(port: number, connections: number): Promise<Record<string, number>> {
  await settled();
  const seen: Record<string, number> = {};
  for (let i = 0; i < connections; i++) {
    const name = await who(port);
    seen[name] = (seen[name] ?? 0) + 1;
  }
  return seen;
}

test("weights decide, a source address picks, and starts are timed on the socket that is meant", async () => {
  const first = await launcher.listen();
  const a = await start(first, "a");
  const second = await launcher.listen({ beside: first });
  const third = await launcher.listen({ beside: first });
  assert.equal(new Set([first.inode, second.inode, third.inode]).size, 3);
  assert.deepEqual(await shares(first.port, 50), { a: 50 }, "a socket that joins gets nothing yet");
  const b = await start(second, "b");
  const c = await start(third, "c");
  for (const [instance, name] of [
    [b, "b"],
    [c, "c"],
  ] as const) {
    assert.equal(instance.measurement.body, name, "the first answer came from the process that was started");
    assert.ok(instance.measurement.phases.some(({ phase, ns }) => phase === "spawn" && ns > 0));
  }
  for (const [socket, name] of [
    [first, "a"],
    [second, "b"],
    [third, "c"],
  ] as const)
    for (let i = 0; i < 20; i++) assert.equal(await who(first.port, socket.source), name);

  first.weigh(90);
  second.weigh(10);
  const drawn = await shares(first.port, 1_000);
  assert.equal(drawn["c"], undefined);
  // Five standard deviations of a draw of 1,000 at 10 %.
  assert.ok(Math.abs((drawn["b"] ?? 0) - 100) < 50, JSON.stringify(drawn));

  // The list of the kernel is filled from its end when one goes: the others keep their tags and weights.
  first.weigh(0);
  second.weigh(0);
  third.weigh(1);
  assert.deepEqual(await shares(first.port, 30), { c: 30 });
  await a.stop();
  first.close();
  assert.deepEqual(await shares(third.port, 30), { c: 30 });
  assert.equal(await who(second.port, second.source), "b");
  second.weigh(1);
  third.weigh(0);
  assert.deepEqual(await shares(third.port, 30), { b: 30 });

  await Promise.all([b.stop(), c.stop()]);
  second.close();
  third.close();
  await settled();
  const refused = await new Promise<string>((resolve) =>
    connect(third.port, "127.0.0.1")
      .on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? ""))
      .on("connect", () => resolve("connected")),
  );
  assert.equal(refused, "ECONNREFUSED");
});

test("a port that another program shares is not joined", async () => {
  const held = await launcher.listen();
  const other = await Launcher.open();
  await assert.rejects(other.listen({ port: held.port }), /port is in use/);
  await assert.rejects(launcher.listen({ port: held.port }), /port is in use/);
  held.close();
  await other.close();
});
