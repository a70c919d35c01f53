/** Objects in a store that speaks S3: s3rver, on this machine, through a wire that can be cut. */
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, createServer, type AddressInfo, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import S3rver from "s3rver";
import { readConfig } from "../src/server/config.ts";
import { S3Store } from "../src/server/objects/s3-store.ts";
import { builtHandler, startServer } from "./support/harness.ts";

let s3: S3rver;
let folder: string;
let wire: Server;
/** Bytes towards the store after which a connection is cut; connections before `cuts` runs out. */
let cutAfterBytes = Infinity;
let cuts = 0;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "zerostart-s3-"));
  s3 = new S3rver({ address: "127.0.0.1", port: 0, silent: true, directory: folder, configureBuckets: [{ name: "artifacts", configs: [] }] });
  const { port } = await s3.run();
  wire = createServer((near) => {
    const far = connect(port, "127.0.0.1");
    let sent = 0;
    near.on("data", (data) => {
      sent += data.length;
      if (sent > cutAfterBytes && cuts > 0) {
        cuts--;
        near.destroy();
        far.destroy();
        return;
      }
      far.write(data);
    });
    far.pipe(near);
    for (const [end, other] of [
      [near, far],
      [far, near],
    ] as const)
      end.on("error", () => {}).once("close", () => other.destroy());
  });
  await new Promise<void>((resolve) => wire.listen(0, "127.0.0.1", resolve));
});
after(async () => {
  wire.close();
  await s3.close();
  rmSync(folder, { recursive: true, force: true });
});

const environment = () => ({
  ZEROSTART_OBJECTS: "s3://artifacts/zerostart/objects",
  ZEROSTART_S3_ENDPOINT: `http://127.0.0.1:${(wire.address() as AddressInfo).port}`,
  AWS_ACCESS_KEY_ID: "S3RVER",
  AWS_SECRET_ACCESS_KEY: "S3RVER",
});
const addressOf = (changes: Record<string, string> = {}) => readConfig({ ...environment(), ...changes }).s3 as NonNullable<ReturnType<typeof readConfig>["s3"]>;

test("objects by their digest: kept once, given back, checked; a missing one and wrong keys are told apart", async () => {
  const store = new S3Store(addressOf());
  const bytes = randomBytes(300_000);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  assert.equal(await store.size(sha256), undefined);
  assert.equal(await store.put(bytes), sha256);
  assert.equal(await store.put(bytes), sha256);
  assert.equal(await store.size(sha256), bytes.length);
  assert.deepEqual(await store.get(sha256), bytes);
  assert.deepEqual(Buffer.concat((await (await store.stream(sha256)).toArray()) as Buffer[]), bytes);
  await assert.rejects(store.get("0".repeat(64)), /could not give an object: there is no object/);
  await assert.rejects(store.get("../secret"), /not a SHA-256/);
  await assert.rejects(new S3Store(addressOf({ AWS_ACCESS_KEY_ID: "NOBODY" })).put(randomBytes(10)), /answered 403/);
  await assert.rejects(new S3Store(addressOf({ ZEROSTART_OBJECTS: "s3://nowhere" })).put(randomBytes(10)), /could not keep an object/);
});

test("an upload that breaks off halfway is an error, and is whole the next time", async () => {
  const store = new S3Store(addressOf());
  const bytes = randomBytes(2_000_000);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  cutAfterBytes = 500_000;
  cuts = 1;
  await assert.rejects(store.put(bytes), /could not keep an object/);
  assert.equal(cuts, 0);
  // This store keeps the part, which others do not; it is not taken for the whole.
  assert.notEqual(await store.size(sha256), bytes.length);
  await store.put(bytes);
  assert.deepEqual(await store.get(sha256), bytes);
});

test("a control plane on it: sources, builds and downloads, and a build is tried again when the store broke off", async () => {
  const server = await startServer({ config: { s3: addressOf() } });
  const { api } = await server.person("admin");
  const agent = await server.agent();
  cutAfterBytes = 0;
  cuts = 1;
  await assert.rejects(api.handlers.create.mutate({ name: "on-s3", files: [{ path: "index.ts", content: "ok" }] }));
  cuts = 0;
  const { builds } = await builtHandler(api, "on-s3");
  const artifact = builds[0]?.artifact;
  assert.ok(artifact);
  const response = await fetch(`${server.url}/api/artifacts/${artifact.sha256}`, { headers: { authorization: `Bearer ${agent.agentToken}` } });
  assert.equal(response.status, 200);
  const bytes = Buffer.from(await response.arrayBuffer());
  assert.equal(createHash("sha256").update(bytes).digest("hex"), artifact.sha256);
  await server.stop();
});

test("its configuration is checked when it is read", () => {
  assert.throws(() => readConfig({ ZEROSTART_OBJECTS: "http://bucket" }), /s3:\/\/bucket/);
  assert.throws(() => readConfig({ ZEROSTART_OBJECTS: "s3://artifacts" }), /AWS_ACCESS_KEY_ID/);
  assert.equal(addressOf().prefix, "zerostart/objects/");
});
