import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { importsPackages, readSources } from "../src/sources.ts";

let folder: string;
before(() => (folder = mkdtempSync(join(tmpdir(), "zerostart-sources-"))));
after(() => rmSync(folder, { recursive: true, force: true }));
const write = (files: Record<string, string>) => {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
};

test("follows relative imports in every form, upwards too, and nothing else", async () => {
  write({
    "a/src/index.ts": `import "./side.js"; import x from '../lib/x'; export * from "./dir"; const y = await import("./lazy.mjs"); require('./c.cjs'); import data from "./data.json"; import h from "hono"; import "./missing";`,
    "a/src/side.ts": `import "./index.ts"`,
    "a/src/dir/index.tsx": "",
    "a/src/lazy.mjs": "",
    "a/src/c.cjs": "",
    "a/src/data.json": `{"from": "./other.ts"}`,
    "a/src/other.ts": "",
    "a/lib/x.ts": "",
  });
  const sources = await readSources(join(folder, "a/src/index.ts"));
  assert.equal(sources.entry, "src/index.ts");
  assert.deepEqual(Object.keys(sources.files).sort(), [
    "lib/x.ts",
    "src/c.cjs",
    "src/data.json",
    "src/dir/index.tsx",
    "src/index.ts",
    "src/lazy.mjs",
    "src/side.ts",
  ]);
  assert.equal(importsPackages(sources), true);
});

test("a lone file is named by itself", async () => {
  write({ "one.js": "export default () => new Response('from \"nowhere\"')" });
  const sources = await readSources(join(folder, "one.js"));
  assert.deepEqual([sources.entry, Object.keys(sources.files), sources.resolveDir], ["one.js", ["one.js"], folder]);
});
