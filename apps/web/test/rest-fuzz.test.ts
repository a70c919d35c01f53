/**
 * The REST subset against its own OpenAPI document, by a schema-driven fuzzer: no server error, no answer that the document does not have, nothing refused that
 * the document allows, nothing accepted that it forbids, nothing without a token. The seed is fixed; `npm run fuzz-rest` goes on for as long as it is told.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { installSchemathesis } from "./support/schemathesis.ts";
import { fuzzAs } from "./support/rest-fuzz.ts";
import { PostgresServer } from "./support/postgres.ts";

before(() => installSchemathesis());

test("SQLite: a deployer's token, every phase", async () => {
  const { isClean, output } = await fuzzAs("deployer", { seed: 1, maxExamples: 5, phases: "coverage,fuzzing,stateful" });
  assert.ok(isClean, output);
  assert.match(output, /Tested: 19\b/);
});

test("SQLite: a viewer's token", async () => {
  const { isClean, output } = await fuzzAs("viewer", { seed: 2, maxExamples: 3, phases: "fuzzing" });
  assert.ok(isClean, output);
});

let postgres: PostgresServer | undefined;
after(() => postgres?.stop());

test("PostgreSQL: an admin's token", async () => {
  postgres = await PostgresServer.start();
  const { isClean, output } = await fuzzAs("admin", { seed: 3, maxExamples: 5, phases: "fuzzing", databaseUrl: await postgres.createDatabase() });
  assert.ok(isClean, output);
});
