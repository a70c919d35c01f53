/** Handlers that throw, never end or allocate without end, as native artifacts under the agent: only their own requests suffer. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Bench } from "./fixtures/bench.ts";

const bench = new Bench();
before(() => bench.open());
after(() => bench.close());

const bad = `
  const kept = [];
  export default async (request) => {
    const { pathname } = new URL(request.url);
    if (pathname === "/throw") throw new TypeError("no such customer");
    if (pathname === "/reject") await Promise.reject(new RangeError("later"));
    if (pathname === "/loop") for (;;);
    if (pathname === "/recurse") { const f = (n) => 1 + f(n + 1); return new Response(String(f(0))); }
    if (pathname === "/allocate") for (;;) kept.push(new Array(1000).fill(kept.length));
    return new Response("bad but here");
  };`;

test("the handler's other requests, and the other handlers, keep being served", async () => {
  const badPort = await bench.deploy("bad", await bench.build(bad, "snapshot"), "snapshot", { knobs: { cpuMs: 1000, heapMb: 24 } });
  const goodPort = await bench.deploy("good", await bench.build(`export default () => new Response("good")`, "snapshot"), "snapshot");
  const text = async (port: number, path = "/") => (await fetch(`http://127.0.0.1:${port}${path}`)).text();
  const pid = bench.find("bad")?.pid;
  for (const [path, statuses] of Object.entries({ "/throw": [500], "/reject": [500], "/loop": [500, 503], "/recurse": [500], "/allocate": [500, 503] })) {
    const asked = fetch(`http://127.0.0.1:${badPort}${path}`);
    assert.equal(await text(goodPort), "good", path);
    assert.ok(statuses.includes((await asked).status), `${path}: ${(await asked).status}`);
    assert.equal(await text(badPort), "bad but here", `after ${path}`);
  }
  assert.equal(bench.find("bad")?.pid, pid, "it is still the same process");
  await bench.until("the reason is in the log", () => [...bench.plane.logs.values()].some((line) => line.text.includes("TypeError: no such customer")));
});

test("each line of the console arrives with its level, however many it has; a priority that a handler writes itself is text", async () => {
  const source = `export default (request) => {
    if (new URL(request.url).pathname === "/") return new Response("hello");
    console.debug("d"), console.log("l"), console.info("i"), console.warn("w\\nof two lines\\n"), console.error("e"), console.log("<3>mine");
    console.warn("x".repeat(40_000));
    return new Response("said");
  }`;
  for (const mode of ["snapshot", "prefork"] as const) {
    const port = await bench.deploy(`levels-${mode}`, await bench.build(source, mode), mode);
    assert.equal(await (await fetch(`http://127.0.0.1:${port}/say`)).text(), "said");
    const lines = () => [...bench.plane.logs.values()].filter((line) => line.deploymentId === `deployment-levels-${mode}` && line.source === "handler");
    const isLong = ({ text }: { text: string }) => text.startsWith("x");
    const longBytes = () => lines().reduce((sum, line) => sum + (isLong(line) && line.level === "warn" ? line.text.length : 0), 0);
    await bench.until("all lines are there", () => lines().filter((line) => !isLong(line)).length === 8 && longBytes() === 40_000);
    assert.deepEqual(
      lines()
        .filter((line) => !isLong(line))
        .map(({ level, text }) => `${level} ${text}`)
        .toSorted(),
      ["debug d", "error e", "info <3>mine", "info i", "info l", "warn ", "warn of two lines", "warn w"],
    );
  }
});

test("one whose first request never ends says so while it is waited for, and does not hold up what replaces it", async () => {
  const stuck = await bench.build(`export default () => new Promise(() => {})`, "snapshot");
  const instance = bench.plane.deployment("stuck", { ...bench.plane.artifact(stuck), mode: "snapshot" });
  bench.plane.desire([...bench.plane.desired, instance]);
  await bench.until("the reason is told", () => /first request \(GET \/\) has no answer/.test(bench.find("stuck")?.reason ?? ""));
  assert.equal(bench.find("stuck")?.state, "starting");
  const since = bench.find("stuck")!.since;
  // Its start is called off: the one that comes does not wait until it is given up.
  await bench.deploy("stuck", await bench.build(`export default () => new Response("better")`, "snapshot"), "snapshot");
  assert.ok(Date.now() - Date.parse(since) < 25_000, "long before the thirty seconds");
});
