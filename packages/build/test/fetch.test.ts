/** Outbound fetch of a native artifact: what may be reached, HTTP in both directions, hostile servers, names. */
import assert from "node:assert/strict";
import { createSocket, type Socket as DatagramSocket } from "node:dgram";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { type AddressInfo, createServer as createTcpServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { buildArtifact, compileHandler } from "../src/index.ts";
import { type Running, runToEnd, serve } from "./helpers/server.ts";
import { nativeTarget } from "./helpers/toy.ts";

/** POST { url, init, ... }: what fetch gave, as JSON. */
const handler = `
const kept = {};
export default async function (request) {
  const { url, init = {}, stream, timeoutMs, discard, repeat = 1 } = await request.json();
  const results = [];
  for (let i = 0; i < repeat; i++) results.push(await attempt(url, init, stream, timeoutMs, discard));
  return Response.json(repeat === 1 ? results[0] : results);
}
async function attempt(url, init, stream, timeoutMs, discard) {
  if (stream) {
    const chunks = stream.map((text) => new TextEncoder().encode(text));
    init = { ...init, duplex: "half", body: new ReadableStream({ pull(c) { chunks.length ? c.enqueue(chunks.shift()) : c.close(); } }) };
  }
  if (timeoutMs) init = { ...init, signal: AbortSignal.timeout(timeoutMs) };
  try {
    const response = await fetch(url, init);
    const { status, statusText, redirected, type } = response;
    if (discard) { await response.body?.cancel(); return { status }; }
    const text = await response.text();
    return { status, statusText, redirected, type, url: response.url, headers: Object.fromEntries(response.headers), text: text.length > 1e6 ? text.length + " " + text.slice(-20) : text };
  } catch (error) {
    return { error: error.name, message: error.message, cause: error.cause?.message };
  }
}`;

interface Outcome {
  status?: number;
  statusText?: string;
  redirected?: boolean;
  url?: string;
  headers?: Record<string, string>;
  text?: string;
  error?: string;
  message?: string;
  cause?: string;
}

let directory: string;
let binary: string;
let upstream: Server;
let instance: Running;
let origin: string;
let upstreamSockets = 0;
const hostile: Record<string, string | ((socket: Socket) => void)> = {};
let hostileOrigin: string;
const hostileServer = createTcpServer((socket) => {
  socket.on("error", () => {});
  socket.once("data", (data) => {
    const answer = hostile[/^GET \/(\S*)/.exec(data.toString("latin1"))?.[1] ?? ""];
    if (typeof answer === "function") answer(socket);
    else socket.end(answer ?? "", "latin1");
  });
});

before(async () => {
  directory = await mkdtemp(join(tmpdir(), "zerostart-fetch-"));
  const compiled = await compileHandler({ files: { "handler.js": handler }, entry: "handler.js" });
  const artifact = await buildArtifact({ compiled, name: "fetch", mode: "snapshot", target: nativeTarget });
  binary = join(directory, "handler");
  await writeFile(binary, artifact.bytes, { mode: 0o755 });
  upstream = createServer((request, response) => {
    const url = new URL(request.url!, "http://x");
    const chunks: Buffer[] = [];
    request.on("data", (d: Buffer) => chunks.push(d));
    request.on("end", () => {
      const body = Buffer.concat(chunks).toString();
      if (url.pathname === "/echo")
        response.setHeader("x-seen", "yes").end(JSON.stringify({ method: request.method, url: request.url, headers: request.headers, body }));
      else if (url.pathname === "/chunks") for (const text of ["one,", "two,", "three"]) response.write(text);
      else if (url.pathname === "/big") return void response.end("0123456789".repeat(600_000));
      else if (url.pathname === "/status") return void response.writeHead(Number(url.searchParams.get("code")), { "set-cookie": ["a=1", "b=2"] }).end();
      else if (url.pathname === "/redirect")
        return void response.writeHead(Number(url.searchParams.get("code")), { location: url.searchParams.get("to")! }).end("moved");
      else if (url.pathname === "/silent") return;
      else if (url.pathname === "/drop-next") {
        const { socket } = request;
        response.end("bye");
        // Gone just when the client thinks that the connection can be used again.
        response.on("finish", () => setTimeout(() => socket.destroy(), 20));
        return;
      } else response.writeHead(404);
      response.end();
    });
  });
  upstream.on("connection", () => upstreamSockets++);
  await new Promise<void>((resolve) => upstream.listen(0, "127.0.0.1", resolve));
  await new Promise<void>((resolve) => hostileServer.listen(0, "127.0.0.1", resolve));
  const port = (upstream.address() as AddressInfo).port;
  origin = `http://127.0.0.1:${port}`;
  const hostilePort = (hostileServer.address() as AddressInfo).port;
  hostileOrigin = `http://127.0.0.1:${hostilePort}`;
  instance = await serve([binary], ["--allow-fetch", `127.0.0.1:${port}, 127.0.0.1:${hostilePort},localhost:${port}, 127.0.0.1:1,*.invalid:*`]);
});
after(async () => {
  await instance?.stop();
  upstream.closeAllConnections();
  upstream.close();
  hostileServer.close();
  await rm(directory, { recursive: true, force: true });
});

async function ask<T = Outcome>(input: object, at: Running = instance): Promise<T> {
  const response = await fetch(`http://127.0.0.1:${at.port}/`, { method: "POST", body: JSON.stringify(input), headers: { connection: "close" } });
  assert.equal(response.status, 200, at.stderr());
  return (await response.json()) as T;
}
const seen = (outcome: Outcome) => JSON.parse(outcome.text!) as { method: string; url: string; headers: Record<string, string>; body: string };

test("requests and responses", async () => {
  const got = await ask({ url: `${origin}/echo?a=b#c`, init: { headers: { "x-a": "1", host: "evil", connection: "x" } } });
  assert.deepEqual([got.status, got.statusText, got.redirected, got.url, got.headers!["x-seen"]], [200, "OK", false, `${origin}/echo?a=b`, "yes"]);
  assert.deepEqual([seen(got).method, seen(got).url, seen(got).headers["x-a"], seen(got).headers.host], ["GET", "/echo?a=b", "1", origin.slice(7)]);
  const post = seen(await ask({ url: `${origin}/echo`, init: { method: "POST", body: "Grüße" } }));
  assert.deepEqual([post.method, post.body, post.headers["content-length"], post.headers["content-type"]], ["POST", "Grüße", "7", "text/plain;charset=UTF-8"]);
  const stream = seen(await ask({ url: `${origin}/echo`, init: { method: "PUT" }, stream: ["a", "", "bc".repeat(100_000)] }));
  assert.deepEqual([stream.method, stream.body.length, stream.headers["transfer-encoding"]], ["PUT", 200_001, "chunked"]);
  assert.equal(seen(await ask({ url: `${origin}/echo`, init: { method: "POST" } })).headers["content-length"], "0");
  assert.equal((await ask({ url: `${origin}/chunks` })).text, "one,two,three");
  assert.equal((await ask({ url: `${origin}/big` })).text, `6000000 ${"0123456789".repeat(2)}`);
  assert.equal((await ask({ url: `${origin}/echo`, init: { method: "HEAD" } })).text, "");
  for (const code of [204, 304, 404, 500]) {
    const { status, text } = await ask({ url: `${origin}/status?code=${code}` });
    assert.deepEqual([status, text], [code, ""]);
  }
  assert.equal((await ask({ url: `${origin.replace("127.0.0.1", "localhost")}/chunks` })).text, "one,two,three");
});

test("connections are kept for the next request, and given up when a body is not read", async () => {
  await ask({ url: `${origin}/chunks` });
  const before = upstreamSockets;
  const results = await ask<Outcome[]>({ url: `${origin}/echo`, repeat: 20 });
  assert.ok(results.every(({ status }) => status === 200));
  assert.ok(upstreamSockets - before <= 1);
  assert.ok((await ask<Outcome[]>({ url: `${origin}/big`, repeat: 3, discard: true })).every(({ status }) => status === 200));
  assert.equal((await ask({ url: `${origin}/echo` })).status, 200);
  // The server drops kept connections at moments that a client cannot foresee.
  for (let i = 0; i < 5; i++) {
    assert.equal((await ask({ url: `${origin}/drop-next` })).text, "bye");
    await new Promise((resolve) => setTimeout(resolve, 10 + i * 5));
    assert.equal((await ask({ url: `${origin}/echo` })).status, 200);
  }
});

test("redirects", async () => {
  const to = (location: string, code = 302) => `${origin}/redirect?code=${code}&to=${encodeURIComponent(location)}`;
  const got = await ask({ url: to("/echo?x") });
  assert.deepEqual([got.status, got.redirected, got.url], [200, true, `${origin}/echo?x`]);
  assert.deepEqual(
    [
      seen(await ask({ url: to("/echo", 303), init: { method: "POST", body: "x" } })).method,
      seen(await ask({ url: to("/echo", 307), init: { method: "POST", body: "x" } })).body,
    ],
    ["GET", "x"],
  );
  const manual = await ask({ url: to("/echo"), init: { redirect: "manual" } });
  assert.deepEqual([manual.status, manual.headers!.location], [302, "/echo"]);
  assert.equal((await ask({ url: to("/echo"), init: { redirect: "error" } })).cause, "unexpected redirect");
  const secrets = { authorization: "secret", cookie: "c", "x-other": "1" };
  const away = seen(await ask({ url: to(`${origin.replace("127.0.0.1", "localhost")}/echo`), init: { headers: secrets } })).headers;
  assert.deepEqual([away.authorization, away.cookie, away["x-other"]], [undefined, undefined, "1"]);
  assert.equal(seen(await ask({ url: to("/echo"), init: { headers: secrets } })).headers.authorization, "secret");
  assert.match((await ask({ url: to("http://169.254.169.254/latest") })).cause!, /is not among the hosts/);
  let loop = "/echo";
  for (let i = 0; i < 3; i++) loop = `/redirect?code=302&to=${encodeURIComponent(loop)}`;
  assert.equal((await ask({ url: origin + loop })).status, 200);
});

test("only listed places are reached", async () => {
  const port = new URL(origin).port;
  for (const url of [
    "http://127.0.0.1/",
    "http://127.0.0.1:22/",
    `http://[::1]:${port}/`,
    "http://example.com/",
    "http://169.254.169.254/",
    `http://2130706434:${port}/`,
    "http://0x7f.1:9/",
  ]) {
    const { error, message, cause } = await ask({ url });
    assert.deepEqual([error, message], ["TypeError", "fetch failed"], url);
    assert.match(cause!, /is not among the hosts that this deployment may reach \(--allow-fetch\)$/, url);
  }
  assert.match((await ask({ url: "https://127.0.0.1/" })).cause!, /^127\.0\.0\.1:443 is not among the hosts/);
  assert.match((await ask({ url: "ftp://127.0.0.1/" })).cause!, /unknown scheme/);
  assert.match((await ask({ url: "http://127.0.0.1:1/" })).cause!, /^Cannot connect to 127\.0\.0\.1:1$/);
  assert.equal((await ask({ url: "http://a@127.0.0.1/" })).error, "TypeError");
  const closed = await serve([binary]);
  assert.match((await ask({ url: origin }, closed)).cause!, /is not among the hosts/);
  assert.equal(await closed.stop(), 0);
  const ended = await runToEnd([binary, "--port", "0", "--allow-fetch", "a:b"]);
  assert.equal(ended.code, 2);
  assert.match(ended.stderr, /not a host or host:port in --allow-fetch: a:b/);
});

test("other ways to write a place lead nowhere else", async () => {
  const port = new URL(origin).port;
  const named = await serve([binary], ["--allow-fetch", `localhost:${port}`]);
  assert.equal((await ask({ url: `http://LOCALHOST:${port}/chunks` }, named)).text, "one,two,three");
  for (const host of ["localhost.", "127.0.0.1", "[::ffff:127.0.0.1]", "xlocalhost", "localhost.example.com", "a.localhost", "localhost%2e"])
    assert.match((await ask({ url: `http://${host}:${port}/` }, named)).cause!, /is not among the hosts/, host);
  for (const url of [
    `http://localhost:${port}@example.com/`,
    `http://localhost:${port}%40example.com/`,
    "http://localhost\\@example.com:1/",
    `http://localhost%00:${port}/`,
  ])
    assert.equal((await ask({ url }, named)).error, "TypeError", url);
  const away = `http://localhost:${port}/redirect?code=307&to=`;
  for (const to of [
    `http://127.0.0.1:${port}/echo`,
    `//127.0.0.1:${port}/echo`,
    `http://[::ffff:7f00:1]:${port}/`,
    `\\\\127.0.0.1:${port}\\`,
    "https://localhost:1/",
  ])
    assert.match((await ask({ url: away + encodeURIComponent(to) }, named)).cause!, /is not among the hosts/, to);
  assert.match((await ask({ url: away + encodeURIComponent(`http://a:b@localhost:${port}/`) }, named)).cause!, /credentials/);
  assert.match((await ask({ url: away + encodeURIComponent("data:,x") }, named)).cause ?? "followed", /scheme/);
  assert.equal(await named.stop(), 0);
  // A wildcard allows public addresses only, however they are written.
  const open = await serve([binary], ["--allow-fetch", "*:*"]);
  for (const host of [
    ..."127.0.0.1 0.0.0.0 10.1.2.3 172.16.0.1 192.168.0.1 169.254.169.254 100.64.0.1 224.0.0.1 2130706433 0177.0.0.1 0x7f000001 localhost".split(" "),
    ..."[::1] [::] [::ffff:127.0.0.1] [::ffff:a9fe:a9fe] [::127.0.0.1] [64:ff9b::7f00:1] [2002:7f00:1::] [fe80::1] [fc00::1] [fd00:ec2::254] [ff02::1]".split(
      " ",
    ),
  ])
    assert.match((await ask({ url: `http://${host}:${port}/` }, open)).cause!, /is not among the hosts/, host);
  assert.equal(await open.stop(), 0);
});

test("time-outs and cancelling", async () => {
  assert.deepEqual((await ask({ url: `${origin}/silent`, timeoutMs: 50 })).error, "TimeoutError");
  assert.equal((await ask({ url: `${origin}/echo`, timeoutMs: 5000 })).status, 200);
});

test("malformed responses are errors", async () => {
  const chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
  const cases: Record<string, [answer: string, cause: RegExp]> = {
    nothing: ["", /closed the connection/],
    garbage: ["garbage\r\n\r\n", /malformed status line/],
    version: ["HTTP/2.0 200 OK\r\n\r\n", /malformed status line/],
    status: ["HTTP/1.1 20x OK\r\n\r\n", /malformed status line/],
    longStatus: ["HTTP/1.1 2000 OK\r\n\r\n", /malformed status line/],
    bareLf: ["HTTP/1.1 200 OK\r\na: b\nc: d\r\n\r\n", /malformed header/],
    folded: ["HTTP/1.1 200 OK\r\na: b\r\n c\r\n\r\n", /malformed header/],
    blankName: ["HTTP/1.1 200 OK\r\na : b\r\n\r\n", /malformed header/],
    noColon: ["HTTP/1.1 200 OK\r\nab\r\n\r\n", /malformed header/],
    twoLengths: ["HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab", /contradicting/],
    bothFramings: ["HTTP/1.1 200 OK\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n", /both a length/],
    badLength: ["HTTP/1.1 200 OK\r\ncontent-length: +1\r\n\r\na", /malformed length/],
    unknownCoding: ["HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n", /unsupported transfer coding/],
    switching: ["HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\n\r\n", /switches protocols/],
    short: ["HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc", /closed the connection/],
    shortHead: ["HTTP/1.1 200 OK\r\ncontent-le", /closed the connection/],
    badChunk: [`${chunked}zz\r\n`, /malformed chunk/],
    hugeChunk: [`${chunked}fffffffffffffffff\r\n`, /malformed chunk/],
    longChunk: [`${chunked}1\r\nabc\r\n0\r\n\r\n`, /malformed chunk|too large/],
    shortChunks: [`${chunked}5\r\nab`, /closed the connection/],
    hugeHead: [`HTTP/1.1 200 OK\r\n${"a: b\r\n".repeat(20_000)}\r\n`, /too large/],
    longLine: [`HTTP/1.1 200 ${"x".repeat(100_000)}`, /too large/],
  };
  for (const [name, [answer, cause]] of Object.entries(cases)) {
    hostile[name] = answer;
    const outcome = await ask({ url: `${hostileOrigin}/${name}` });
    assert.match(outcome.cause ?? JSON.stringify(outcome), cause, name);
  }
  hostile.interim = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 200 Fine\r\ncontent-length: 2\r\n\r\nok";
  hostile.toTheEnd = "HTTP/1.0 200 OK\r\n\r\nall of it";
  hostile.noReason = "HTTP/1.1 200\r\ncontent-length: 0\r\n\r\n";
  assert.deepEqual(
    [
      (await ask({ url: `${hostileOrigin}/interim` })).statusText,
      (await ask({ url: `${hostileOrigin}/toTheEnd` })).text,
      (await ask({ url: `${hostileOrigin}/noReason` })).statusText,
    ],
    ["Fine", "all of it", ""],
  );
  // An answer that was not asked for must not become the next one's.
  hostile.extra = (socket) => {
    socket.write("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nokHTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\npoison");
    socket.on("data", () => socket.write("HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\npoison"));
  };
  assert.deepEqual(
    (await ask<Outcome[]>({ url: `${hostileOrigin}/extra`, repeat: 3 })).map(({ text }) => text),
    ["ok", "ok", "ok"],
  );
  // Byte by byte.
  hostile.slow = (socket) => {
    const text = `${chunked}3;x\r\nabc\r\n2\r\nde\r\n0\r\nt: v\r\n\r\n`;
    let at = 0;
    const timer = setInterval(() => (at < text.length ? socket.write(text[at++]!) : (clearInterval(timer), socket.end())), 1);
  };
  const slow = await ask({ url: `${hostileOrigin}/slow` });
  assert.equal(slow.text, "abcde", JSON.stringify(slow));
});

test("names: asked for over UDP, checked, and never into the network around", async () => {
  const port = Number(new URL(origin).port);
  const questions: string[] = [];
  const server: DatagramSocket = createSocket("udp4");
  server.on("message", (query, from) => {
    let name = "";
    let at = 12;
    for (; query[at] !== 0; at += query[at]! + 1) name += `${query.toString("latin1", at + 1, at + 1 + query[at]!)}.`;
    const question = query.subarray(12, at + 5);
    const type = query.readUInt16BE(at + 1);
    questions.push(`${name}${type}`);
    const answer = (code: number, records: Buffer[], id = query.subarray(0, 2)) =>
      server.send(Buffer.concat([id, Buffer.from([0x81, 0x80 | code, 0, 1, 0, records.length, 0, 0, 0, 0]), question, ...records]), from.port, from.address);
    const record = (kind: number, data: number[]) => Buffer.from([0xc0, 12, 0, kind, 0, 1, 0, 0, 0, 9, 0, data.length, ...data]);
    const alias = record(5, [1, 0x78, 0]);
    if (name === "up.test." && type === 1) {
      // Forged ones first: another number, another question.
      answer(0, [record(1, [10, 9, 9, 9])], Buffer.from([query[0]! ^ 1, query[1]!]));
      answer(0, [alias, record(1, [127, 0, 0, 1])]);
    } else if (name === "six.test.") answer(0, type === 28 ? [record(28, [...new Array<number>(10).fill(0), 255, 255, 127, 0, 0, 1])] : [alias]);
    else if (name === "rebind.wild.test.") answer(0, type === 1 ? [record(1, [127, 0, 0, 1]), record(1, [10, 0, 0, 1]), record(1, [169, 254, 169, 254])] : []);
    else if (name === "metadata.test.") answer(0, type === 1 ? [record(1, [169, 254, 169, 254])] : []);
    else if (name === "broken.test.")
      server.send(
        Buffer.concat([query.subarray(0, 2), Buffer.from([0x81, 0x80, 0, 1, 0, 9, 0, 0, 0, 0]), question, Buffer.from([0xc0])]),
        from.port,
        from.address,
      );
    else answer(3, []);
  });
  await new Promise<void>((resolve) => server.bind(0, "127.0.0.1", resolve));
  const named = await serve(
    [binary],
    ["--allow-fetch", `*.wild.test:*,up.test:*,six.test:*,metadata.test:*,broken.test:*,gone.test`, "--name-server", `127.0.0.1:${server.address().port}`],
  );
  try {
    assert.equal((await ask({ url: `http://UP.test:${port}/chunks` }, named)).text, "one,two,three");
    assert.equal((await ask({ url: `http://six.test:${port}/chunks` }, named)).text, "one,two,three");
    for (const name of ["rebind.wild.test", "metadata.test", "broken.test", "gone.test", "no.wild.test"]) {
      const { cause } = await ask({ url: `http://${name}${name === "gone.test" ? "" : `:${port}`}/` }, named);
      assert.match(cause!, /^Cannot connect to /, name);
    }
    assert.match((await ask({ url: `http://gone.test:${port}/` }, named)).cause!, /is not among the hosts/);
    assert.match((await ask({ url: "http://wild.test/" }, named)).cause!, /is not among the hosts/);
    assert.match((await ask({ url: `http://${"a".repeat(64)}.wild.test/` }, named)).cause!, /is not a name or address/);
    assert.ok(questions.includes("six.test.1") && questions.includes("six.test.28"));
  } finally {
    assert.equal(await named.stop(), 0);
    server.close();
  }
});

test("a drain waits for an answer that needs a fetch", async () => {
  const slow = await serve([binary], ["--allow-fetch", `127.0.0.1:${new URL(hostileOrigin).port}`]);
  hostile.late = (socket) => void setTimeout(() => socket.end("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nlate"), 300);
  const answer = ask({ url: `${hostileOrigin}/late` }, slow);
  await new Promise((resolve) => setTimeout(resolve, 100));
  const stopped = slow.stop();
  assert.equal((await answer).text, "late");
  assert.equal(await stopped, 0);
});
