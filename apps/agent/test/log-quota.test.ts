import assert from "node:assert/strict";
import { mock, test } from "node:test";
import type { LogLine } from "@zerostart/protocol";
import { LineSplitter, logLineOf } from "../src/log-lines.ts";
import { LogQuota } from "../src/log-quota.ts";

const line = (deploymentId: string, text: string, source: LogLine["source"] = "handler") =>
  logLineOf({ deploymentId, instanceId: `${deploymentId}-1`, level: "info", source, text });

test("lines beyond the quota are dropped and counted, once a minute and at the end; another handler's and the agent's own are not", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const passed: string[] = [];
  const quota = new LogQuota({ linesPerMinute: 3, bytesPerMinute: 1 << 20, pass: ({ level, source, text }) => passed.push(`${source} ${level} ${text}`) });
  const take = () => passed.splice(0);
  for (let i = 0; i < 1_234; i++) quota.log(line("loud", String(i)));
  quota.log(line("other", "hello"));
  quota.log(line("loud", "it crashed", "agent"));
  assert.deepEqual(take(), ["handler info 0", "handler info 1", "handler info 2", "handler info hello", "agent info it crashed"]);
  mock.timers.tick(60_000);
  assert.deepEqual(take(), ["agent warn 1,231 lines were dropped: a handler's log takes 3 lines and 1,024 kB a minute from a host"]);
  quota.log(line("loud", "again"));
  assert.deepEqual(take(), ["handler info again"], "a new minute");
  quota.close();
  mock.timers.tick(120_000);
  assert.deepEqual(take(), [], "nothing was dropped: nothing is told");
  mock.timers.reset();
});

test("long lines are counted by their bytes", () => {
  const passed: string[] = [];
  const quota = new LogQuota({ bytesPerMinute: 40_000, pass: ({ text }) => passed.push(text) });
  for (let i = 0; i < 4; i++) quota.log(line("long", "é".repeat(8_000)));
  quota.log(line("long", "a short one has room"));
  quota.close();
  assert.deepEqual(
    passed.map((text) => (text.length === 8_000 ? "long" : text)),
    ["long", "long", "a short one has room", "2 lines were dropped: a handler's log takes 10,000 lines and 39 kB a minute from a host"],
  );
});

test("a level holds for its line, in whatever parts that comes", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const lines: string[] = [];
  const splitter = new LineSplitter("error", (text, level) => lines.push(`${level} ${text}`));
  const push = (text: string) => splitter.push(Buffer.from(text));
  push("<4>begin");
  mock.timers.tick(1_000);
  push("ning\nno level\n<");
  push("7>d\r\n<9>no priority\n<6>");
  push("<3>twice\n\n<5>last");
  splitter.end();
  assert.deepEqual(lines, ["warn begin", "warn ning", "error no level", "debug d", "error <9>no priority", "info <3>twice", "error ", "info last"]);
  mock.timers.reset();
});

test("what is full is not read: its lines are counted, and the one that begins is whole", () => {
  const lines: string[] = [];
  const passed: string[] = [];
  const quota = new LogQuota({ linesPerMinute: 2, pass: ({ text }) => passed.push(text) });
  assert.equal(quota.isFull("loud"), false);
  for (const text of ["a", "b"]) quota.log(line("loud", text));
  assert.deepEqual([quota.isFull("loud"), quota.isFull("other")], [true, false]);
  const splitter = new LineSplitter("info", (text, level) => lines.push(`${level} ${text}`));
  splitter.push(Buffer.from("<4>half"));
  quota.drop("loud", splitter.skip(Buffer.from(" of it\n<4>all\n<7>beg")));
  assert.equal(splitter.skip(Buffer.from("")), 0);
  splitter.push(Buffer.from("un\n"));
  splitter.end();
  assert.deepEqual(lines, ["debug begun"]);
  quota.close();
  assert.match(passed.at(-1)!, /^2 lines were dropped/);
});
