/** A stripped stub's functions have names beside it, and the program itself has none. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import { programSymbols } from "@zerostart/protocol";
import { loadEngine } from "../src/engine.ts";
import { getStub } from "../src/stub.ts";
import { functionsOf, haveSameCode } from "../src/symbols.ts";

test("symbols of a stub: engine functions by the names of their sources, host functions by C's", async () => {
  const engine = await loadEngine();
  const [stripped, unstripped] = [await getStub(engine, "x86_64-linux-musl"), await getStub(engine, "x86_64-linux-musl", { strip: false })];
  assert.deepEqual(functionsOf(stripped.bytes), []);
  assert(stripped.symbols, "a stub that was built here has its symbols");
  const symbols = programSymbols.parse(JSON.parse(gunzipSync(stripped.symbols).toString("utf8")));
  const at = new Map(functionsOf(unstripped.bytes).map((f) => [f.address, f.name]));
  assert(haveSameCode(stripped.bytes, unstripped.bytes));
  assert(symbols.functions.length > 300);
  assert(symbols.functions.every((f) => at.has(f.address)));
  const run = symbols.functions.find((f) => f.name === "interpreter/run");
  assert.match(at.get(run?.address ?? 0) ?? "", /^w2c_f\d+$/);
  assert.equal(run?.of, "engine");
  assert.equal(symbols.functions.find((f) => f.name === "host_main")?.of, "host");
  assert(!symbols.functions.some((f) => /^(?:w2c_)?f\d+$/.test(f.name)), "none is left with its number");
});
