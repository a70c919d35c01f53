import assert from "node:assert/strict";
import { test } from "node:test";
import { canaryRules, judgeCanary, wilsonLow, type CanaryEvidence } from "../src/features/deployments/helpers/canary.ts";

const rules = canaryRules.parse({});
const evidence = (change: Partial<CanaryEvidence> = {}): CanaryEvidence => ({
  watchedMs: 11 * 60_000,
  trouble: null,
  canary: { count: 1_000, errors: 0 },
  primary: { count: 9_000, errors: 0 },
  coldStart: null,
  isMeasuring: false,
  ...change,
});
const verdict = (change: Partial<CanaryEvidence>) => judgeCanary(rules, evidence(change)).kind;

test("promoted after its time when it is no worse", () => {
  assert.equal(verdict({}), "promote");
  assert.equal(verdict({ watchedMs: 60_000 }), "wait");
  assert.equal(verdict({ canary: { count: 49, errors: 0 } }), "wait");
  assert.equal(verdict({ isMeasuring: true }), "wait");
  assert.equal(
    verdict({ canary: { count: 1_000, errors: 20 }, primary: { count: 9_000, errors: 200 } }),
    "promote",
    "what fails beside it too is not its fault",
  );
});

test("taken back at once when it is certain to be worse, at the end when it looks so", () => {
  assert.equal(verdict({ watchedMs: 1_000, canary: { count: 20, errors: 10 } }), "roll back");
  assert.equal(verdict({ watchedMs: 1_000, canary: { count: 2, errors: 1 } }), "roll back", "half of two is beyond one per cent with 95 % confidence");
  assert.equal(verdict({ watchedMs: 1_000, canary: { count: 200, errors: 3 } }), "wait", "three of two hundred may be chance");
  assert.equal(verdict({ canary: { count: 200, errors: 3 } }), "roll back");
  assert.match(judgeCanary(rules, evidence({ trouble: "signal SIGSEGV" })).reason, /SIGSEGV/);
  assert.equal(verdict({ watchedMs: 0, trouble: "exit code 1" }), "roll back");
});

test("cold starts that are longer and not by chance take it back", () => {
  const coldStart = (canaryP95Ns: number, isSignificant = true) => ({ canaryP95Ns, primaryP95Ns: 1e6, isSignificant });
  assert.equal(verdict({ watchedMs: 0, coldStart: coldStart(1.3e6) }), "roll back");
  assert.equal(verdict({ coldStart: coldStart(1.3e6, false) }), "promote");
  assert.equal(verdict({ coldStart: coldStart(1.1e6) }), "promote");
  assert.equal(verdict({ coldStart: coldStart(0.5e6) }), "promote");
});

test("Wilson's lower end", () => {
  assert.equal(wilsonLow(0, 0), 0);
  assert.ok(Math.abs(wilsonLow(10, 100) - 0.0552) < 0.0005);
  assert.ok(Math.abs(wilsonLow(500, 1_000) - 0.4691) < 0.0005);
});
