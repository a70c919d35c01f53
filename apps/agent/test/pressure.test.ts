/** Under memory pressure idle instances end first, and come back with a connection. */
import assert from "node:assert/strict";
import { connect } from "node:net";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { memoryPressure } from "../src/pressure.ts";
import { Bench } from "./fixtures/bench.ts";
import { ask } from "./fixtures/load.ts";

const proc = mkdtempSync(join(tmpdir(), "zerostart-proc-"));
/** As the kernel would tell it. */
function tell(stalledPercent: string | undefined, availableKb: number): void {
  mkdirSync(join(proc, "pressure"), { recursive: true });
  if (stalledPercent === undefined) rmSync(join(proc, "pressure/memory"), { force: true });
  else {
    const line = (kind: string, percent: string) => `${kind} avg10=${percent} avg60=0.00 avg300=0.00 total=12345\n`;
    writeFileSync(join(proc, "pressure/memory"), line("some", stalledPercent) + line("full", "0.00"));
  }
  writeFileSync(join(proc, "meminfo"), `MemTotal:        8000000 kB\nMemFree:          100000 kB\nMemAvailable:    ${availableKb} kB\n`);
}

const bench = new Bench();
before(() => {
  tell("0.00", 4_000_000);
  return bench.open({ pressure: () => memoryPressure(proc) });
});
after(async () => {
  await bench.close();
  rmSync(proc, { recursive: true, force: true });
});

test("what the kernel tells is read, here and in all its forms", () => {
  memoryPressure(); // of this very host, whatever it is
  assert.equal(memoryPressure(proc), undefined);
  tell("31.50", 4_000_000);
  assert.match(memoryPressure(proc)!, /32 % of the last ten seconds/);
  tell(undefined, 4_000_000);
  assert.equal(memoryPressure(proc), undefined);
  tell(undefined, 300_000);
  assert.match(memoryPressure(proc)!, /300 MB of 8000 MB/);
  assert.equal(memoryPressure(join(proc, "nowhere")), undefined);
  tell("0.00", 4_000_000);
});

test("idle instances are ended one by one, the longest quiet first; one that serves is left alone; all come back", async () => {
  const ports: Record<string, number> = {};
  for (const name of ["first", "second", "used"])
    ports[name] = await bench.deploy(name, await bench.build(`export default () => new Response("${name}")`, "snapshot"), "snapshot");
  for (const name of ["first", "second", "used"]) await ask(ports[name]!);
  // A connection that is open, with nothing asked at the moment.
  const open = connect(ports["used"]!, "127.0.0.1");
  const answered = new Promise((resolve) => open.once("data", resolve));
  open.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  await answered;
  const order: string[] = [];
  tell("45.00", 4_000_000);
  await bench.until("two are idle", () => {
    for (const name of ["first", "second", "used"]) if (bench.find(name)?.state === "idle" && !order.includes(name)) order.push(name);
    return order.length === 2;
  });
  assert.deepEqual(order, ["first", "second"]);
  assert.match(bench.find("first")!.reason!, /Ended while idle: processes waited for memory in 45 %/);
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  assert.equal(bench.find("used")?.state, "healthy");
  // A connection starts one again even now: an idle one is shed, nobody is refused.
  assert.equal(await ask(ports["first"]!), "first");
  tell("0.00", 4_000_000);
  assert.equal(await ask(ports["second"]!), "second");
  open.destroy();
  await bench.until("all are healthy", () => ["first", "second", "used"].every((name) => bench.find(name)?.state === "healthy"));
});
