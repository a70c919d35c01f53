import assert from "node:assert/strict";
import { test } from "node:test";
import { accountPhases, parseMemory, TraceError } from "../src/index.ts";

function trace(...entries: [phase: number, end: number][]): Uint8Array {
  const bytes = Buffer.alloc(8 + 16 * entries.length);
  bytes.write("ZST1");
  bytes.writeUInt32LE(entries.length, 4);
  entries.forEach(([phase, end], i) => {
    bytes.writeUInt32LE(phase, 8 + 16 * i);
    bytes.writeBigUInt64LE(BigInt(end), 16 + 16 * i);
  });
  return bytes;
}

test("durations are differences; a phase entered twice is one; the rest is other", () => {
  assert.deepEqual(accountPhases(trace([0, 110], [2, 130], [12, 150], [2, 155], [11, 180]), 100n, 90), [
    { phase: "spawn", ns: 10 },
    { phase: "vm_init", ns: 25 },
    { phase: "first_request", ns: 25 },
    { phase: "other", ns: 30 },
  ]);
});

test("an end after the observer's end counts as the observer's end", () => {
  const phases = accountPhases(trace([0, 110], [11, 500], [12, 600]), 100n, 50);
  assert.deepEqual(phases, [
    { phase: "spawn", ns: 10 },
    { phase: "first_request", ns: 40 },
    { phase: "other", ns: 0 },
  ]);
});

test("clocks beyond the integers of a double", () => {
  const begin = 2n ** 60n;
  const bytes = Buffer.from(trace([0, 0]));
  bytes.writeBigUInt64LE(begin + 7n, 16);
  assert.deepEqual(accountPhases(bytes, begin, 10), [
    { phase: "spawn", ns: 7 },
    { phase: "other", ns: 3 },
  ]);
});

test("malformed traces are refused", () => {
  const bad: [string, Uint8Array][] = [
    ["no magic", new Uint8Array(24)],
    ["too short", Buffer.from("ZST1")],
    ["cut off", trace([0, 110]).subarray(0, 20)],
    ["too long", Buffer.concat([trace([0, 110]), Buffer.from("x")])],
    ["unknown phase", trace([99, 110])],
    ["before the start", trace([0, 90])],
    ["going back", trace([0, 130], [2, 120])],
    ["a huge count", Buffer.from("ZST1\xff\xff\xff\xff", "latin1")],
  ];
  for (const [what, bytes] of bad) assert.throws(() => accountPhases(bytes, 100n, 90), TraceError, what);
});

test("memory is read from /proc text, whatever the process is called", () => {
  const smaps = "20000000-7fff [rollup]\nRss:      96 kB\nPss:      40 kB\nPrivate_Clean: 4 kB\nPrivate_Dirty:   32 kB\n";
  const stat = "42 (a b) c) S 1 42 42 0 -1 4194560 17 0 3 0 0 0 0 0 20 0 1 0 99 1000 24 0";
  assert.deepEqual(parseMemory(smaps, stat), { rssBytes: 98304, pssBytes: 40960, privateDirtyBytes: 32768, minorFaults: 17, majorFaults: 3 });
  assert.deepEqual(parseMemory("", ""), { rssBytes: 0 });
});
