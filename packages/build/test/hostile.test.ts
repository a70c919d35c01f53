/**
 * Hostile clients against the native binary, over sockets: the parser's cases (packages/vm/test/http/cases.ts) with a further request after each, which is answered
 * only where the first one's end is beyond doubt; and clients that are slow in each way there is.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, readdir, readlink, rm } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { cases } from "../../vm/test/http/cases.ts";
import { compileAssembly, replies, Server } from "../../vm/test/http/harness.ts";
import { mutant } from "../../vm/test/http/mutate.ts";
import { buildArtifact } from "../src/artifact.ts";
import { compileHandler } from "../src/compile.ts";
import { Client, get, serve } from "./helpers/server.ts";
import { nativeTarget, writeExecutable } from "./helpers/toy.ts";

const source = `
const seen = new Set();
let place = 0;
export default async (request) => {
  const { pathname } = new URL(request.url);
  seen.add(pathname);
  if (pathname === "/seen") return Response.json([...seen]);
  if (pathname === "/work" || pathname === "/place") for (const until = performance.now() + 2; performance.now() < until; );
  if (pathname === "/place") return new Response(String(++place));
  if (pathname === "/big") return new Response("x".repeat(32 << 20));
  return new Response(request.method + "\\n" + (await request.text()));
};`;

let directory: string;
let program: string;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), "zerostart-hostile-"));
  const compiled = await compileHandler({ files: { "hostile.js": source }, entry: "hostile.js" });
  const { bytes } = await buildArtifact({ compiled, name: "hostile", mode: "snapshot", target: nativeTarget });
  program = await writeExecutable(directory, "hostile", bytes);
});
after(() => rm(directory, { recursive: true, force: true }));

/** Sockets that a process has. */
async function socketsOf(pid: number): Promise<number> {
  const folder = `/proc/${pid}/fd`;
  const links = await Promise.all((await readdir(folder)).map((fd) => readlink(join(folder, fd)).catch(() => "")));
  return links.filter((link) => link.startsWith("socket:")).length;
}

const exchange = async (port: number, text: string): Promise<string> => {
  const client = new Client(port);
  const received = await client.send(Buffer.from(text, "latin1")).end();
  client.close();
  return received;
};

test("requests that can be read in two ways are refused, and nothing after them is answered", async () => {
  const server = await serve([program], ["--max-body", String(10 << 20)]);
  const last = get("/after", "Connection: close\r\n");
  for (const [name, input, expected] of cases) {
    const refused = typeof expected.at(-1) === "number";
    const got = replies(await exchange(server.port, refused ? input + get("/smuggled").repeat(2) : input + last));
    assert.deepEqual(
      got.map(({ status, body }) => (status === 200 ? body : status)),
      [...expected.map((e) => (typeof e === "number" ? e : e.replace(/^(.*\n)(?:.*\n){3}/, "$1"))), ...(refused ? [] : ["GET\n"])],
      name,
    );
    assert.equal(got.at(-1)!.headers["connection"], "close", name);
  }
  const seen = JSON.parse(replies(await exchange(server.port, get("/seen", "Connection: close\r\n")))[0]!.body) as string[];
  assert.ok(seen.includes("/after") && !seen.includes("/smuggled"), seen.join());
  assert.equal(await server.stop(), 0);
});

test("what follows a request that ends the connection is not looked at", async () => {
  const server = await serve([program]);
  for (const first of [get("/", "Connection: close\r\n"), "GET / HTTP/1.0\r\n\r\n", "POST / HTTP/1.0\r\nContent-Length: 1\r\n\r\na"]) {
    const got = replies(await exchange(server.port, first + get("/smuggled") + "\0\0garbage"));
    assert.deepEqual(
      got.map(({ status }) => status),
      [200],
      first,
    );
  }
  await server.stop();
});

/** A soak: ZEROSTART_HTTP_FUZZ=1000000. */
const mutations = Number(process.env.ZEROSTART_HTTP_FUZZ ?? 500);

test("mutated requests: the binary accepts and refuses what the parser alone does, and serves on", async () => {
  const parser = new Server(await compileAssembly("assembly/http/testing/entry.ts"));
  const server = await serve([program]);
  const outcomes = (text: string) => [...text.matchAll(/^HTTP\/1\.1 \d{3}/gm)].map(String);
  let seed = 0;
  const worker = async () => {
    while (seed < mutations) {
      const own = ++seed;
      const { text, cut } = mutant(own);
      const client = new Client(server.port, true);
      client.send(Buffer.from(text.slice(0, cut), "latin1"));
      // Sometimes in two pieces.
      if (own % 4 === 0) await new Promise((resolve) => setImmediate(resolve));
      client.send(Buffer.from(text.slice(cut), "latin1")).socket.end();
      const received = await client.end();
      client.close();
      assert.deepEqual(outcomes(received), outcomes(parser.exchange([text]).text), `seed ${own}: ${JSON.stringify(text)}`);
    }
  };
  await Promise.all(Array.from({ length: 8 }, worker));
  const [last] = replies(await exchange(server.port, get("/", "Connection: close\r\n")));
  assert.equal(last!.status, 200);
  assert.equal(await server.stop(), 0);
  assert.doesNotMatch(server.stderr(), /stopped|error/i);
});

test("new connections are let in while others keep the server busy", async () => {
  const server = await serve([program]);
  let isOver = false;
  let answers = 0;
  const busy = Array.from({ length: 32 }, async () => {
    const client = new Client(server.port);
    for (let received = 0; !isOver; answers++) {
      await client.send(get("/work")).until((text) => text.length > received && text.endsWith("GET\n"));
      received = client.text.length;
    }
    client.close();
  });
  while (answers < 64) await new Promise((resolve) => setTimeout(resolve, 5));
  const before = answers;
  const fresh = 200;
  await Promise.all(Array.from({ length: fresh }, () => exchange(server.port, get("/", "Connection: close\r\n"))));
  // Those that wait are let in at each turn, not one for each turn of all that are busy.
  assert.ok(answers - before < 10 * fresh, `${answers - before} answers to others while ${fresh} connections came in`);
  console.log(`# ${answers - before} answers to others while ${fresh} connections came in`);
  isOver = true;
  await Promise.all(busy);
  assert.equal(await server.stop(), 0);
});

test("who waits for a connection is let in before others are served again", async () => {
  const server = await serve([program]);
  const written = (socket: Socket) => new Promise((resolve) => socket.write(get("/place"), resolve));
  const opened = async () => {
    const socket = connect(server.port, "127.0.0.1").setEncoding("latin1");
    await once(socket, "connect");
    return socket;
  };
  const place = (answer: unknown) => Number(/\d+$/.exec(String(answer))![0]);
  const old = await Promise.all(Array.from({ length: 4 }, opened));
  for (const socket of old) await Promise.all([once(socket, "data"), written(socket)]);
  server.child.kill("SIGSTOP");
  const fresh = await Promise.all(Array.from({ length: 64 }, opened));
  await Promise.all([...fresh, ...old].map(written));
  const answered = fresh.map((socket) => once(socket, "data"));
  // They ask again as soon as they are answered.
  for (const socket of old) socket.on("data", () => void written(socket));
  server.child.kill("SIGCONT");
  const places = (await Promise.all(answered)).map(place);
  // The first answers, one to each of the old ones, and the fresh ones'.
  assert.ok(Math.max(...places) <= old.length + old.length + fresh.length, `the last of ${fresh.length} was answered as number ${Math.max(...places)}`);
  for (const socket of [...old, ...fresh]) socket.destroy();
  assert.equal(await server.stop(), 0);
});

test("who pipelines many requests keeps nobody waiting for all of them", async () => {
  const server = await serve([program]);
  const [many, other] = [new Client(server.port), new Client(server.port)];
  const answers = (client: Client, n: number) => client.until((text) => text.split("HTTP/1.1 200 OK").length > n);
  const written = (client: Client, text: string) => new Promise((resolve) => client.socket.write(text, resolve));
  for (const client of [many, other]) await answers(client.send(get("/")), 1);
  // Both have asked when the server looks, the many first.
  server.child.kill("SIGSTOP");
  await written(many, get("/place").repeat(150));
  await written(other, get("/place"));
  server.child.kill("SIGCONT");
  const places = (text: string) => [...text.matchAll(/\r\n\r\n(\d+)/g)].map(([, place]) => Number(place));
  const ofMany = places(await answers(many, 151));
  const [place] = places(await answers(other, 2));
  assert.equal(ofMany.length, 150);
  assert.deepEqual(
    ofMany,
    ofMany.toSorted((a, b) => a - b),
  );
  assert.ok(place! <= 100, `the other was answered as number ${place}`);
  many.close();
  other.close();
  assert.equal(await server.stop(), 0);
});

test("clients that are slow, or silent, are given up; others are served meanwhile", async () => {
  const server = await serve([program], ["--request-timeout-s", "1", "--idle-timeout-s", "1"]);
  const ownSockets = await socketsOf(server.child.pid!);
  /** Send `begin`, then a piece again and again; what was received until the server closed. */
  const drip = async (begin: string, piece: string): Promise<string> => {
    const client = new Client(server.port);
    if (begin !== "") client.send(begin);
    const timer = setInterval(() => piece !== "" && client.socket.writable && client.send(piece), 100);
    const text = await client.end();
    clearInterval(timer);
    client.close();
    return text;
  };
  const slow = Promise.all([
    ...Array.from({ length: 50 }, () => drip("GET / HTTP/1.1\r\nHost: h\r\n", "X: y\r\n")),
    drip("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n", "a"),
    drip("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\na\r\n"),
    drip("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n", "T: u\r\n"),
    drip("", ""),
    drip("G", ""),
  ]);
  const busy = new Client(server.port);
  for (let i = 1; i <= 20; i++) await busy.send(get("/")).until((text) => replies(text).length === i);
  busy.close();
  assert.deepEqual(new Set(await slow), new Set([""]));
  // One that was answered and keeps silent: the answer, and the end.
  assert.equal(replies(await drip(get("/"), "")).length, 1);
  // One that does not read: the rest of its answer never comes.
  const reader = new Client(server.port);
  await reader.send(get("/big")).until((text) => text.length > 0);
  reader.socket.pause();
  for (const deadline = Date.now() + 60_000; (await socketsOf(server.child.pid!)) > ownSockets; await new Promise((resolve) => setTimeout(resolve, 100)))
    assert.ok(Date.now() < deadline, "the connection stays");
  reader.socket.resume();
  const text = await reader.end();
  assert.ok(text.length < 32 << 20, String(text.length));
  await server.stop();
});
