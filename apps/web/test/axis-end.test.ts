import assert from "node:assert/strict";
import { test } from "node:test";
import { axisEndNs } from "../src/features/cold-starts/helpers/axis-end.ts";

test("an axis ends where it shows the usual starts; a few that were disturbed go beyond", () => {
  const usual = Array.from({ length: 40 }, (_, i) => 1_000 + i);
  assert.equal(axisEndNs(usual), undefined);
  assert.equal(axisEndNs([...usual, 2_000]), undefined, "twice as long is no reason");
  const end = axisEndNs([90_000, ...usual]);
  assert.ok(end !== undefined && end > 1_039 && end < 2_000);
  assert.equal(axisEndNs([1, 1, 90_000]), undefined, "of a few, each is shown whole");
  assert.equal(axisEndNs([...usual.map((ns) => ns * 50), ...usual]), undefined, "two modes that are far apart are both usual");
  assert.equal(axisEndNs([]), undefined);
});
