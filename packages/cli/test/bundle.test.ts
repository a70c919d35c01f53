/** The bundle that `bin/zerostart.mjs` runs does what the sources do, and is made anew when they change. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { bundleCommandLine } from "../scripts/bundle.ts";
import { folder, hello, zerostart } from "./support/command.ts";

const command = join(import.meta.dirname, "..");
const root = join(command, "../..");
type Current = { main: string; inputs: [path: string, mtimeMs: number, bytes: number][] };
const current = (): Current => JSON.parse(readFileSync(join(command, "build/current.json"), "utf8")) as Current;

test("made by several at the same time, it is one bundle", async () => {
  const made = await Promise.all([bundleCommandLine(), bundleCommandLine(), bundleCommandLine()]);
  assert.equal(new Set(made).size, 1);
  assert.equal(join(command, current().main), made[0]);
});

test("it names its sources as they are, and whatever a package installs", async () => {
  await bundleCommandLine();
  const { inputs } = current();
  for (const [path, mtimeMs, bytes] of inputs) {
    const file = statSync(join(root, path));
    assert.deepEqual([path, mtimeMs, bytes], [path, file.mtimeMs, file.size]);
  }
  const paths = inputs.map(([path]) => path);
  for (const path of [
    "packages/cli/src/main.ts",
    "packages/build/src/snapshot-worker.ts",
    "packages/compiler/src/compile.ts",
    "node_modules/.package-lock.json",
  ])
    assert.ok(paths.includes(path), path);
});

test("it builds what the sources build, byte for byte", async () => {
  const sources = [join(command, "src/main.ts"), "build", hello, "-o", join(folder, "by-sources")];
  const [bundled] = await Promise.all([zerostart(["build", hello, "-o", join(folder, "by-bundle")]), promisify(execFile)(process.execPath, sources)]);
  assert.equal(bundled.code, 0, bundled.stderr);
  assert.ok(readFileSync(join(folder, "by-sources")).equals(readFileSync(join(folder, "by-bundle"))));
});

test("its modules find the files beside their sources", async () => {
  const { code, stderr } = await zerostart(["init", "started", "--template", "json"]);
  assert.equal(code, 0, stderr);
  assert.ok(existsSync(join(folder, "started/handler.ts")));
});

test("a source that has changed since is noticed, and the bundle made anew", async () => {
  const before = current();
  const [first, ...rest] = before.inputs;
  writeFileSync(
    join(command, "build/current.json"),
    JSON.stringify({ ...before, main: "build/of-other-sources/main.mjs", inputs: [[first![0], first![1] - 1, first![2]], ...rest] }),
  );
  const { code, stdout } = await zerostart(["--version"]);
  assert.equal(code, 0);
  assert.match(stdout, /^\d+\.\d+\.\d+\n$/);
  assert.deepEqual(current(), before);
});
