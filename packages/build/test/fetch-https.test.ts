/** Outbound fetch over https of a native artifact, against Node's TLS server: certificates that are good, and each way in which one is not. */
import assert from "node:assert/strict";
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { createServer, type Server, type ServerOptions } from "node:https";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { buildArtifact, compileHandler } from "../src/index.ts";
import { stricterClient } from "../src/tls.ts";
import { findToolchain } from "../src/toolchain.ts";
import { Authority, type Identity } from "./helpers/certificates.ts";
import { type Running, runToEnd, serve } from "./helpers/server.ts";
import { nativeTarget } from "./helpers/toy.ts";
import { findWine } from "./helpers/wine.ts";

const handler = `
export default async function (request) {
  const { url, init = {}, repeat = 1 } = await request.json();
  const results = [];
  for (let i = 0; i < repeat; i++) {
    try {
      const response = await fetch(url, init);
      results.push({ status: response.status, text: await response.text() });
    } catch (error) {
      results.push({ error: error.message, cause: error.cause?.message });
    }
  }
  return Response.json(results);
}`;

interface Outcome {
  status?: number;
  text?: string;
  error?: string;
  cause?: string;
}

let directory: string;
let binary: string;
let authority: Authority;
let twins: string;
let instance: Running;
/** Begun with the first test: it takes ten seconds. */
let silent: Promise<Outcome[]>;
const servers: Server[] = [];

/** An https server that answers with what it got. */
async function listen(identity: Identity, options: ServerOptions = {}): Promise<{ port: number; connections: () => number }> {
  let connections = 0;
  const server = createServer({ ...identity, ...options }, (request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const body = Buffer.concat(chunks);
      if (request.url === "/big") response.end("0123456789".repeat(300_000));
      else if (request.url === "/cut") response.write("part", () => response.socket?.destroy());
      else response.end(`${request.method} ${request.headers.host} ${body.length} ${body.subarray(0, 5).toString()}`);
    });
  });
  server.on("secureConnection", () => connections++);
  server.on("tlsClientError", () => {});
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { port: (server.address() as AddressInfo).port, connections: () => connections };
}

async function ask(input: object, at: Running = instance): Promise<Outcome[]> {
  const response = await fetch(`http://127.0.0.1:${at.port}/`, { method: "POST", body: JSON.stringify(input), headers: { connection: "close" } });
  assert.equal(response.status, 200, at.stderr());
  return (await response.json()) as Outcome[];
}

const toolchain = await findToolchain();
describe("https", { skip: toolchain.compilers.some((c) => c.name === "zig") ? false : "zig builds the TLS client" }, () => {
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "zerostart-https-"));
    authority = new Authority(directory, "authority");
    twins = await mkdtemp(join(directory, "twins-"));
    const compiled = await compileHandler({ files: { "handler.js": handler }, entry: "handler.js" });
    const artifact = await buildArtifact({ compiled, name: "fetch", mode: "snapshot", target: nativeTarget });
    binary = join(directory, "handler");
    await writeFile(binary, artifact.bytes, { mode: 0o755 });
    instance = await serve([binary], ["--allow-fetch", "localhost:*,other.test:*,127.0.0.1:*", "--ca", authority.pemPath]);
    const silentServer = createTcpServer((socket) => socket.on("error", () => {}));
    await new Promise<void>((resolve) => silentServer.listen(0, "127.0.0.1", resolve));
    silentServer.unref();
    silent = ask({ url: `https://localhost:${(silentServer.address() as AddressInfo).port}/` });
  });
  after(async () => {
    for (const server of servers) {
      server.closeAllConnections();
      server.close();
    }
    assert.equal(await instance?.stop(), 0);
    await rm(directory, { recursive: true, force: true });
  });

  for (const [name, type, options] of [
    ["TLS 1.3, ECDSA P-256", "ec", { minVersion: "TLSv1.3" }],
    ["TLS 1.3, ECDSA P-384", "P-384", { minVersion: "TLSv1.3" }],
    ["TLS 1.3, RSA", "rsa", { minVersion: "TLSv1.3" }],
    ["TLS 1.3, AES-256", "ec", { minVersion: "TLSv1.3", ciphers: "TLS_AES_256_GCM_SHA384" }],
    ["TLS 1.2, RSA", "rsa", { maxVersion: "TLSv1.2" }],
  ] as [string, string, ServerOptions][])
    test(`${name}: requests, bodies, and one connection for all`, async () => {
      const server = await listen(authority.issue(["localhost"], { type }), options);
      const origin = `https://localhost:${server.port}`;
      const host = `localhost:${server.port}`;
      const got = await ask({ url: `${origin}/`, repeat: 5 });
      assert.deepEqual(got, Array(5).fill({ status: 200, text: `GET ${host} 0 ` }));
      const [posted] = await ask({ url: `${origin}/`, init: { method: "POST", body: "x".repeat(200_000) } });
      assert.deepEqual(posted, { status: 200, text: `POST ${host} 200000 xxxxx` });
      const [big] = await ask({ url: `${origin}/big` });
      assert.equal(big!.text?.length, 3_000_000, big!.cause);
      assert.equal(server.connections(), 1);
    });

  test("through an intermediate authority", async () => {
    const intermediate = new Authority(directory, "intermediate", authority);
    const server = await listen(intermediate.issue(["localhost"], { through: [intermediate] }));
    assert.equal((await ask({ url: `https://localhost:${server.port}/` }))[0]!.status, 200);
  });

  const refused: [string, RegExp, () => Identity][] = [
    ["for another host", /its certificate is for another host/, () => authority.issue(["example.com", "*.localhost"])],
    ["expired", /its certificate has expired/, () => authority.issue(["localhost"], { days: -1 })],
    [
      "signed by itself",
      /not issued by an authority that is trusted here/,
      () => new Authority(directory, "itself", undefined, "subjectAltName=DNS:localhost").own(),
    ],
    ["of an unknown authority", /not issued by an authority that is trusted here/, () => new Authority(directory, "unknown").issue(["localhost"])],
    [
      "of an authority with the name of ours and another key",
      /signature of its certificate is wrong/,
      () => new Authority(twins, "authority").issue(["localhost"]),
    ],
    [
      "issued with a server's certificate",
      /a certificate of its chain may not issue others/,
      () => {
        const server = new Authority(directory, "mere-server", authority, "basicConstraints=CA:FALSE\nsubjectAltName=DNS:evil.test");
        return server.issue(["localhost"], { through: [server] });
      },
    ],
    [
      "issued with a certificate that says nothing of issuing",
      /a certificate of its chain may not issue others/,
      () => {
        const server = new Authority(directory, "silent", authority, "subjectAltName=DNS:evil.test");
        return server.issue(["localhost"], { through: [server] });
      },
    ],
    [
      "too far below its authority",
      /a certificate of its chain may not issue others/,
      () => {
        const first = new Authority(directory, "first", authority, "basicConstraints=critical,CA:TRUE,pathlen:0\nkeyUsage=keyCertSign");
        const second = new Authority(directory, "second", first);
        return second.issue(["localhost"], { through: [second, first] });
      },
    ],
    ["for clients", /its certificate is not for servers/, () => authority.issue(["localhost"], { extensions: "extendedKeyUsage=clientAuth" })],
    [
      "with an outdated signature",
      /outdated signature|no version or cipher|TLS handshake failed/,
      () => rsaAuthority().issue(["localhost"], { digest: "sha1", type: "rsa" }),
    ],
    [
      "with a condition that is not understood",
      /a condition that is not known here/,
      () => authority.issue(["localhost"], { extensions: "1.2.3.4=critical,ASN1:NULL" }),
    ],
  ];
  const rsaAuthority = () => authority;
  for (const [name, cause, make] of refused)
    test(`a certificate ${name} is refused`, async () => {
      const server = await listen(make());
      const [got] = await ask({ url: `https://localhost:${server.port}/` });
      assert.equal(got!.error, "fetch failed");
      assert.match(got!.cause!, cause);
      assert.match(got!.cause!, new RegExp(`^localhost:${server.port} cannot be reached by https: `));
      assert.equal((await ask({ url: `https://localhost:${server.port}/` }))[0]!.error, "fetch failed");
    });

  test("an address is no host of a certificate", async () => {
    const server = await listen(authority.issue(["localhost"]));
    assert.match((await ask({ url: `https://127.0.0.1:${server.port}/` }))[0]!.cause!, /for another host/);
  });

  test("a connection that is cut is no end of a response", async () => {
    const server = await listen(authority.issue(["localhost"]));
    assert.match((await ask({ url: `https://localhost:${server.port}/cut` }))[0]!.cause!, /closed the connection before the response was complete/);
  });

  test("what does not speak TLS is an error, at whatever point", async () => {
    const answers = [
      "HTTP/1.1 400 Bad Request\r\n\r\n",
      "",
      "\x16\x03\x03\x00\x04\x02\x00\x00\xff",
      "\x15\x03\x03\x00\x02\x02\x28",
      "\x16\x03\x03\xff\xff",
      "\x16\x03\x03\x40\x00".padEnd(20_000, "\0"),
      "\x14\x03\x03\x00\x01\x01".repeat(200),
      "\x16\x03\x03\x00\x01\x02".repeat(60),
    ];
    let next = 0;
    const server = createTcpServer((socket) => {
      socket.on("error", () => {});
      const answer = answers[next++]!;
      socket.once("data", () => socket.end(answer, "latin1"));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = `https://localhost:${(server.address() as AddressInfo).port}/`;
    for (const answer of answers) {
      const [got] = await ask({ url });
      assert.match(got!.cause ?? JSON.stringify(got), /cannot be reached by https: it/, JSON.stringify(answer.slice(0, 20)));
    }
    server.close();
    assert.match((await ask({ url: "https://localhost:1/" }))[0]!.cause!, /Cannot connect to localhost:1/);
  });

  test("a place that is not allowed is not reached", async () => {
    assert.match((await ask({ url: "https://example.com/" }))[0]!.cause!, /not among the hosts/);
  });

  test("a server that falls silent in the handshake is given up", async () => {
    assert.match((await silent)[0]!.cause!, /Cannot connect/);
  });

  test("--ca that is not there is an error of the command line; one without certificates is one of each fetch", async () => {
    const ended = await runToEnd([binary, "--port", "0", "--allow-fetch", "localhost:*", "--ca", join(directory, "nothing.pem")]);
    assert.deepEqual([ended.code, /cannot open --ca/.test(ended.stderr)], [2, true]);
    const path = join(directory, "empty.pem");
    await writeFile(path, "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n-----BEGIN CERTIFICATE-----\n");
    const nobody = join(directory, "nobody.pem");
    await writeFile(nobody, "nothing");
    const server = await serve([binary], ["--allow-fetch", "localhost:*", "--ca", path]);
    const there = await listen(authority.issue(["localhost"]));
    assert.match((await ask({ url: `https://localhost:${there.port}/` }, server))[0]!.cause!, /malformed/);
    assert.equal(await server.stop(), 0);
    const trusting = await serve([binary], ["--allow-fetch", "localhost:*", "--ca", nobody]);
    assert.match((await ask({ url: `https://localhost:${there.port}/` }, trusting))[0]!.cause!, /trusts no authority/);
    assert.equal(await trusting.stop(), 0);
  });

  test("Windows under Wine: a file of authorities, and the system's own", async (t) => {
    const wine = await findWine();
    if (!wine) return t.skip("Wine is not installed (apt-get install wine64)");
    t.after(() => wine.remove());
    const compiled = await compileHandler({ files: { "handler.js": handler }, entry: "handler.js" });
    const { bytes, dynamicDependencies } = await buildArtifact({ compiled, name: "fetch", mode: "snapshot", target: "x86_64-windows" });
    assert.ok(dynamicDependencies.some((name) => /^crypt32\.dll$/i.test(name)));
    const program = join(directory, "handler.exe");
    await writeFile(program, bytes, { mode: 0o755 });
    const there = await listen(authority.issue(["localhost"]));
    const foreign = await listen(new Authority(directory, "foreign").issue(["localhost"]));
    const trusting = await serve([wine.program, program], ["--allow-fetch", "localhost:*", "--ca", authority.pemPath], wine.env);
    const got = await ask({ url: `https://localhost:${there.port}/`, init: { method: "POST", body: "hello" }, repeat: 3 }, trusting);
    assert.deepEqual(got, Array(3).fill({ status: 200, text: `POST localhost:${there.port} 5 hello` }));
    assert.equal(there.connections(), 1);
    assert.equal((await ask({ url: `https://localhost:${there.port}/big` }, trusting))[0]!.text!.length, 3_000_000);
    assert.match((await ask({ url: `https://localhost:${foreign.port}/` }, trusting))[0]!.cause!, /not issued by an authority that is trusted/);
    trusting.child.kill("SIGKILL");
    await trusting.exited;
    const usual = await serve([wine.program, program], ["--allow-fetch", "localhost:*"], wine.env);
    assert.match((await ask({ url: `https://localhost:${there.port}/` }, usual))[0]!.cause!, /not issued by an authority that is trusted|trusts no authority/);
    usual.child.kill("SIGKILL");
    await usual.exited;
  });

  test("a handler that does not fetch has no TLS in its file", async () => {
    const compiled = await compileHandler({ files: { "h.js": `export default { async fetch() { return new Response("x") } }` }, entry: "h.js" });
    const without = await buildArtifact({ compiled, name: "h", mode: "snapshot", target: nativeTarget });
    assert((await stat(binary)).size > without.sizeBytes + 400_000);
  });

  test("the check of issuers is put into the library, or nothing is built", () => {
    assert.throws(() => stricterClient("const subject = 1;"), /not the one that is known/);
  });
});
