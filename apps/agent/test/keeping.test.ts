import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { DesiredFile, type Kept } from "../src/keeping.ts";

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "zerostart-keeping-"))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const kept = (): Kept => ({
  revision: 7,
  signingKey: "key",
  instances: ["a", "b"].map((name) => ({
    deploymentId: name,
    handlerId: "h",
    handlerName: "hello",
    artifact: { artifactId: "x", buildId: "y", sha256: "0".repeat(64), signature: "s", sizeBytes: 1, target: "x86_64-linux-musl", mode: "snapshot" },
    port: 0,
    env: { PASSWORD: `hunter2-of-${name}` },
  })),
});
const path = () => join(folder, "desired.json");
const text = () => readFileSync(path(), "utf8");

test("variables are read back, and are nowhere on disk in the clear", () => {
  new DesiredFile(folder).write(kept());
  assert.doesNotMatch(text(), /hunter2|PASSWORD/);
  assert.deepEqual(new DesiredFile(folder).read(), kept());
  assert.equal(statSync(join(folder, "host-key")).mode & 0o777, 0o600);
  assert.equal(statSync(path()).mode & 0o777, 0o600);
});

test("a file of before, in the clear, is read and sealed", () => {
  writeFileSync(path(), JSON.stringify(kept()));
  assert.deepEqual(new DesiredFile(folder).read(), kept());
  assert.doesNotMatch(text(), /hunter2/);
  assert.deepEqual(new DesiredFile(folder).read(), kept());
});

test("another key, a changed byte, or values of another deployment open nothing", () => {
  new DesiredFile(folder).write(kept());
  const keyFile = join(folder, "elsewhere");
  writeFileSync(keyFile, randomBytes(32).toString("base64"));
  assert.equal(new DesiredFile(folder, keyFile).read(), undefined);
  const stored = JSON.parse(text()) as { instances: { env: string }[] };
  const [a, b] = stored.instances as [{ env: string }, { env: string }];
  [a.env, b.env] = [b.env, a.env];
  writeFileSync(path(), JSON.stringify(stored));
  assert.equal(new DesiredFile(folder).read(), undefined);
  writeFileSync(keyFile, "short");
  assert.throws(() => new DesiredFile(folder, keyFile), /32 bytes as base64/);
});
