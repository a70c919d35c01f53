/** Stubs for a command line without a toolchain: what is given to whom, and the command line itself against this server. */
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { createHash, createPublicKey, generateKeyPairSync, verify } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { stubStatement } from "@zerostart/protocol";
import { unzipSync } from "fflate";
import { parseTar } from "nanotar";
import { ChildPipeline } from "../src/features/builds/server/pipeline.ts";
import { eventually, startServer, type TestServer } from "./support/harness.ts";

const identity = "ab".repeat(32);

describe("who gets what", () => {
  let server: TestServer;
  before(async () => {
    server = await startServer();
  });
  after(() => server.stop());

  test("a stub is signed for its target and what it was made from", async () => {
    const { cookie } = await server.person("viewer");
    const { publicKey } = (await (await fetch(`${server.url}/api/stubs/key`, { headers: { cookie } })).json()) as { publicKey: string };
    const response = await fetch(`${server.url}/api/stubs/x86_64-windows/${identity}?symbols=1&tls=1`, { headers: { cookie } });
    const bytes = Buffer.from(await response.arrayBuffer());
    assert.equal(bytes.toString(), "a stub for x86_64-windows with symbols and TLS");
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    assert.equal(response.headers.get("x-zerostart-sha256"), sha256);
    const key = createPublicKey({ key: Buffer.from(publicKey, "base64"), format: "der", type: "spki" });
    const signature = Buffer.from(response.headers.get("x-zerostart-signature") ?? "", "base64");
    const isFor = (stub: Parameters<typeof stubStatement>[0]) => verify(null, createHash("sha256").update(stubStatement(stub)).digest(), key, signature);
    assert.ok(isFor({ target: "x86_64-windows", identity, symbols: true, tls: true, sha256 }));
    assert.ok(!isFor({ target: "x86_64-windows", identity, symbols: false, tls: true, sha256 }));
    assert.ok(!isFor({ target: "x86_64-windows", identity, symbols: true, tls: false, sha256 }));
    assert.ok(!isFor({ target: "x86_64-macos", identity, symbols: true, tls: true, sha256 }));
  });

  test("nobody without a right to read, no other version, no unknown target", async () => {
    const { cookie } = await server.person("viewer");
    const status = async (path: string, headers: Record<string, string> = { cookie }) => (await fetch(`${server.url}/api/stubs/${path}`, { headers })).status;
    assert.equal(await status(`x86_64-windows/${identity}`, {}), 401);
    assert.equal(await status("key", {}), 401);
    assert.equal(await status(`x86_64-windows/${"00".repeat(32)}`), 409);
    assert.equal(await status(`wasm32/${identity}`), 404);
    assert.equal(await status("x86_64-windows/../../etc"), 404);
    assert.equal(await status(`riscv64-linux-musl/${identity}`), 503);
  });
});

/** What a program answers. */
async function answerOf(program: string, ...args: string[]): Promise<string> {
  const child = spawn(program, ["--port", "0", ...args], { stdio: ["ignore", "ignore", "pipe"] });
  try {
    const port = await new Promise<string>((resolve) => child.stderr.on("data", (d: Buffer) => resolve(/:(\d+)\n/.exec(d.toString())?.[1] ?? "")));
    return await (await fetch(`http://127.0.0.1:${port}/`)).text();
  } finally {
    child.kill("SIGKILL");
  }
}

describe("zerostart build --server", () => {
  const target = process.arch === "arm64" ? "aarch64-linux-musl" : "x86_64-linux-musl";
  const folder = mkdtempSync(join(tmpdir(), "zerostart-stubs-"));
  const pipeline = new ChildPipeline();
  let server: TestServer;
  let token: string;
  before(async () => {
    server = await startServer({ pipeline });
    const { api } = await server.person("deployer");
    token = (await api.settings.createApiToken.mutate({ name: "command line", role: "viewer" })).token;
    writeFileSync(join(folder, "handler.js"), "export default () => new Response('made with a fetched stub');\n");
    writeFileSync(join(folder, "fetches.js"), "export default () => fetch('https://localhost:1/').catch((error) => new Response(error.cause.message));\n");
  });
  after(async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** A machine without a toolchain and with nothing in its cache. */
  const zerostart = (args: string[]): Promise<{ code: number; stdout: string; stderr: string }> =>
    new Promise((resolve) => {
      const program = fileURLToPath(new URL("../../../packages/cli/bin/zerostart.mjs", import.meta.url));
      const env = {
        ...process.env,
        ZEROSTART_WASM2C: "/no/such/wasm2c",
        ZEROSTART_CACHE: join(folder, "cache"),
        XDG_CONFIG_HOME: join(folder, "config"),
        ZEROSTART_TOKEN: token,
      };
      execFile(process.execPath, [program, ...args], { env, cwd: folder, timeout: 120_000 }, (error, stdout, stderr) =>
        resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
      );
    });
  const build = (url: string, ...more: string[]) => buildFile("handler.js", url, ...more);
  const buildFile = (file: string, url: string, ...more: string[]) =>
    zerostart(["build", file, "--target", target, "--server", url, "-o", "out", "--json", ...more]);

  test("a native program without a compiler; the control plane's key is remembered", async () => {
    const first = await build(server.url);
    assert.equal(first.code, 0, first.stderr);
    assert.match(first.stderr, /Fetching the stub/);
    assert.equal((JSON.parse(first.stdout) as { artifacts: { executor: string }[] }).artifacts[0]?.executor, "native");
    const known = JSON.parse(readFileSync(join(folder, "config/zerostart/servers.json"), "utf8")) as Record<string, string>;
    assert.equal(known[server.url], server.app.signer.publicKey);
    const again = await build(server.url);
    assert.equal(again.code, 0, again.stderr);
    assert.doesNotMatch(again.stderr, /Fetching/, "it is in the cache");
    assert.equal(await answerOf(join(folder, "out")), "made with a fetched stub");
  });

  test("one of a handler that fetches has TLS", async () => {
    const built = await buildFile("fetches.js", server.url);
    assert.equal(built.code, 0, built.stderr);
    assert.match(built.stderr, /Fetching the stub/);
    // It got as far as a connection that nobody takes.
    assert.match(await answerOf(join(folder, "out"), "--allow-fetch", "localhost:1"), /Cannot connect/);
  });

  test("an artifact of this server as container image, systemd units and Lambda function", async () => {
    const { api, cookie } = await server.person("deployer");
    const files = [{ path: "index.ts", content: "export default () => new Response('packed');" }];
    const { handlerId } = await api.handlers.create.mutate({ name: "packed", files });
    const { builds } = await api.builds.start.mutate({ handlerId, targets: [target], modes: ["snapshot"] });
    const buildId = builds[0]!.buildId;
    await eventually("built", async () => (await api.builds.get.query({ buildId })).state === "succeeded");
    const { sha256 } = (await api.builds.get.query({ buildId })).artifact!;
    const get = async (packaging: string, headers: Record<string, string> = { cookie }) =>
      fetch(`${server.url}/api/artifacts/${sha256}/${packaging}`, { headers });
    const bytesOf = async (packaging: string) => new Uint8Array(await (await get(packaging)).arrayBuffer());
    const units = parseTar(await bytesOf("systemd")).map((file) => file.name);
    assert.deepEqual(units, ["usr/local/bin/packed", "etc/systemd/system/packed.socket", "etc/systemd/system/packed.service"]);
    assert.ok(parseTar(await bytesOf("oci")).some((file) => file.name === "oci-layout"));
    assert.deepEqual(Object.keys(unzipSync(await bytesOf("lambda"))), ["bootstrap"]);
    assert.match((await get("lambda")).headers.get("content-disposition") ?? "", /packed-v1-.*-lambda\.zip/);
    assert.equal((await get("rpm")).status, 404);
    assert.equal((await get("oci", {})).status, 401);
  });

  test("what was changed on its way, signed by another, or comes from another control plane is refused", async () => {
    // A proxy that can do to an answer what somebody on the way could.
    let tamper: (bytes: Buffer, headers: Headers) => Buffer = (bytes) => bytes;
    const other = generateKeyPairSync("ed25519").publicKey.export({ type: "spki", format: "der" }).toString("base64");
    let key: string | undefined;
    const proxy = createServer(async (req, res) => {
      if (key && req.url === "/api/stubs/key") return void res.end(JSON.stringify({ publicKey: key }));
      const answer = await fetch(`${server.url}${req.url}`, { headers: { authorization: req.headers.authorization ?? "" } });
      const headers = new Headers(answer.headers);
      const bytes = tamper(Buffer.from(await answer.arrayBuffer()), headers);
      res.writeHead(answer.status, Object.fromEntries(headers)).end(bytes);
    });
    await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    try {
      const flip = (bytes: Buffer) =>
        bytes.length > 10_000 ? Buffer.concat([bytes.subarray(0, 5000), Buffer.from([bytes[5000]! ^ 1]), bytes.subarray(5001)]) : bytes;
      tamper = flip;
      assert.match((await build(url)).stderr, /damaged on its way/);
      tamper = (bytes, headers) => {
        const changed = flip(bytes);
        if (changed !== bytes) headers.set("x-zerostart-sha256", createHash("sha256").update(changed).digest("hex"));
        return changed;
      };
      const forged = await build(url);
      assert.deepEqual([forged.code, /is not signed by/.test(forged.stderr)], [3, true]);
      tamper = (bytes) => bytes;
      assert.equal((await build(url)).code, 0);
      key = other;
      assert.match((await build(url)).stderr, /signs with another key than before[\s\S]*servers\.json/);
      assert.match((await build(url, "--server-key", server.app.signer.publicKey)).stderr, /signs with another key than --server-key/);
    } finally {
      proxy.close();
    }
    assert.match((await build("http://127.0.0.1:1")).stderr, /cannot be reached/);
  });
});
