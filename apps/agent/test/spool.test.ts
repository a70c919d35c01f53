import assert from "node:assert/strict";
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { Spool, type SpoolOptions } from "../src/spool.ts";

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "zerostart-spool-"))));
afterEach(() => rmSync(folder, { recursive: true }));

const open = (options: Partial<SpoolOptions> = {}) =>
  new Spool<{ n: number; pad?: string }>(folder, (value) => value as { n: number }, { durable: true, ...options });
const drain = (spool: ReturnType<typeof open>, acknowledge = true): number[] => {
  const numbers: number[] = [];
  for (let batch = spool.next(1000); batch; batch = spool.next(1000)) {
    numbers.push(...batch.records.map((record) => record.n));
    if (!acknowledge) break;
    spool.acknowledge(batch.end);
  }
  return numbers;
};
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);

test("keeps order over many segments, restarts and partial acknowledgements", () => {
  let spool = open({ segmentBytes: 200 });
  for (const n of range(0, 100)) spool.append({ n });
  const batch = spool.next(100)!;
  spool.acknowledge(batch.end);
  const seen = batch.records.map((record) => record.n);
  spool.close();
  spool = open({ segmentBytes: 200 });
  spool.append({ n: 100 });
  assert.deepEqual([...seen, ...drain(spool)], range(0, 101));
  assert.ok(readdirSync(folder).length <= 3, "acknowledged segments are deleted");
  spool.close();
  assert.deepEqual(drain(open()), []);
});

test("what is not acknowledged comes again", () => {
  const spool = open();
  spool.append({ n: 1 });
  assert.deepEqual(drain(spool, false), [1]);
  assert.deepEqual(drain(spool, false), [1]);
  spool.close();
  assert.deepEqual(drain(open()), [1]);
});

test("a torn tail is cut off, and what follows is not harmed", () => {
  let spool = open();
  for (const n of range(0, 3)) spool.append({ n });
  spool.close();
  const path = join(folder, "0000000001.log");
  const content = readFileSync(path);
  for (let cut = 1; cut < 17; cut++) {
    writeFileSync(path, content.subarray(0, content.length - cut));
    spool = open();
    spool.append({ n: 9 });
    assert.deepEqual(drain(spool, false), [0, 1, 9], `${cut} bytes`);
    assert.equal(spool.damaged, 1);
    spool.close();
  }
});

test("damage in the middle costs the damaged lines only", () => {
  const spool = open();
  for (const n of range(0, 3)) spool.append({ n });
  spool.close();
  const path = join(folder, "0000000001.log");
  writeFileSync(path, readFileSync(path, "utf8").replace('{"n":1}', '{"n":7}'));
  appendFileSync(path, Buffer.concat([Buffer.from([0, 255, 10]), Buffer.from("0 \n\n")]));
  const again = open();
  assert.deepEqual(drain(again), [0, 2]);
  assert.equal(again.damaged, 3);
});

test("garbage in the cursor file means all is sent again; garbage in a segment is passed over", () => {
  const spool = open({ segmentBytes: 50 });
  for (const n of range(0, 5)) spool.append({ n });
  spool.close();
  writeFileSync(join(folder, "cursor.json"), '{"segment":');
  writeFileSync(join(folder, "0000000002.log"), Buffer.alloc(300, 1));
  const numbers = drain(open());
  assert.ok(numbers.includes(0) && numbers.includes(4), String(numbers));
  writeFileSync(join(folder, "cursor.json"), '{"segment":1,"offset":99999999}');
  open().append({ n: 1 });
});

test("beyond the cap the oldest are dropped and told; without one, none", () => {
  const pad = "x".repeat(100);
  const capped = open({ capBytes: 1000, segmentBytes: 300 });
  const dropped = range(0, 50).flatMap((n) => capped.append({ n, pad }).map((record) => record.n));
  assert.ok(capped.bytes <= 1300);
  assert.deepEqual([...dropped, ...drain(capped)], range(0, 50));
  capped.close();
  const free = open({ segmentBytes: 300 });
  assert.deepEqual(
    range(0, 50).flatMap((n) => free.append({ n, pad })),
    [],
  );
});

test("a record larger than a batch is delivered alone", () => {
  const spool = open();
  spool.append({ n: 1, pad: "y".repeat(10_000) });
  spool.append({ n: 2 });
  assert.deepEqual(drain(spool), [1, 2]);
});
