import assert from "node:assert/strict";
import { test } from "node:test";
import { licencesOf, licencesPage, readLock, readPage, type LockFile } from "../licences.ts";

test("every dependency has a licence that is allowed, and docs/licences.md says so", () => {
  const { dependencies, refused } = licencesOf(readLock());
  assert.deepEqual(refused, []);
  assert.ok(dependencies.length > 500);
  assert.equal(readPage(), licencesPage(dependencies), "run: node scripts/licences.ts");
});

test("what is not allowed is refused by name", () => {
  const lock: LockFile = {
    packages: {
      "": {},
      "node_modules/a": { version: "1.0.0", license: "MIT" },
      "node_modules/b": { version: "2.0.0", license: "GPL-3.0-only" },
      "node_modules/c": { version: "3.0.0" },
      "node_modules/d": { version: "4.0.0", license: "(GPL-2.0-only OR MIT)" },
      "node_modules/e": { version: "5.0.0", license: "MIT AND SSPL-1.0" },
      "node_modules/x/node_modules/f": { version: "6.0.0", license: "see LICENSE" },
      // An exception is of one package alone.
      "node_modules/g": { version: "7.0.0", license: "MPL-2.0" },
      "node_modules/axe-core": { version: "8.0.0", license: "MPL-2.0" },
    },
  };
  const { dependencies, refused } = licencesOf(lock);
  assert.deepEqual(
    refused.map((line) => line.split(" ")[0]),
    ["b", "c", "e", "f", "g"],
  );
  assert.equal(dependencies.find((d) => d.name === "axe-core")?.why, "tests only");
});
