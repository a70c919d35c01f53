/** Listening sockets go from one launcher to another, and whoever connects meanwhile waits in their queues. */
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Launcher, listenerFd, StartError, type ListeningSocket } from "../src/index.ts";
import { compileNative } from "../src/native.ts";

const folder = mkdtempSync(join(tmpdir(), "zerostart-hand-over-"));
let server: string;
before(async () => (server = await compileNative("launcher-test-server", [join(import.meta.dirname, "fixtures/server.c")])));
after(() => rmSync(folder, { recursive: true, force: true }));

const start = (launcher: Launcher, listener: ListeningSocket) =>
  launcher.start({ command: [server, "named", "{port}", String(listenerFd)], env: { NAME: "it" }, listener, trace: true });

test("a launcher that is told to offers its sockets to the next, and goes on offering when its caller is gone", async () => {
  const path = join(folder, "offer.sock");
  const old = await Launcher.open();
  const one = await old.listen();
  const mate = await old.listen({ beside: one });
  const other = await old.listen();
  await old.offer(path);
  const closed = old.close();
  // The kernel takes this connection; somebody will answer it.
  const waiting = await new Promise<string>((resolve, reject) => {
    const socket = connect(one.port, "127.0.0.1", () => resolve(""));
    socket.once("error", reject);
    socket.destroySoon();
  });
  assert.equal(waiting, "");
  const next = await Launcher.open();
  const adopted = await next.adopt(path);
  await closed;
  assert.deepEqual(
    adopted.map(({ port, inode, source }) => ({ port, inode, source })).sort((a, b) => a.inode - b.inode),
    [one, mate, other].map(({ port, inode, source }) => ({ port, inode, source })).sort((a, b) => a.inode - b.inode),
    "the very sockets, with what leads to each",
  );
  assert.equal(existsSync(path), false);
  await assert.rejects(next.adopt(path), StartError);
  // A process serves one of them, and another socket can join it.
  const listener = adopted.find(({ inode }) => inode === other.inode)!;
  const instance = await start(next, listener);
  assert.equal(instance.measurement.port, other.port);
  const joined = await next.listen({ beside: listener });
  assert.equal(joined.port, other.port);
  assert.ok(!adopted.some(({ source }) => source === joined.source), "its tag is not one of those that came");
  await next.close();
});

test("an offer that nobody takes changes nothing", async () => {
  const launcher = await Launcher.open();
  const socket = await launcher.listen();
  const path = join(folder, "unused.sock");
  await launcher.offer(path);
  assert.equal((await start(launcher, socket)).measurement.status, 200);
  await assert.rejects(launcher.offer(`${folder}/${"x".repeat(200)}`), StartError);
  assert.equal((await launcher.listen({ beside: socket })).port, socket.port);
  await launcher.close();
  // What was offered is there still for whoever comes, and with that the offer is over.
  const late = await Launcher.open();
  assert.deepEqual(
    (await late.adopt(path)).map(({ port }) => port),
    [socket.port],
  );
  await late.close();
});
