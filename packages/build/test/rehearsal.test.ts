/** Snapshots laid out by a rehearsed first request: nothing of the rehearsal is seen, whatever the handler does in it. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { compileHandler, loadEngine } from "../src/index.ts";
import { sha256 } from "../src/cache.ts";
import { takeSnapshot } from "../src/snapshot.ts";
import { encodeImage } from "@zerostart/vm/image-file.ts";
import { imageFileBytes, type MemoryImage } from "@zerostart/vm/image.ts";
import { VmInstance } from "@zerostart/vm/instance.ts";
import { traceRequest } from "@zerostart/vm/rehearsal.ts";

async function snapshotOf(source: string) {
  const compiled = await compileHandler({ files: { "handler.js": source }, entry: "handler.js" });
  assert.ok(compiled.ok, compiled.diagnostics.map((d) => d.codeFrame).join("\n"));
  return takeSnapshot(await loadEngine(), compiled.bytecode!);
}

async function imageOf(source: string): Promise<MemoryImage> {
  const output = await snapshotOf(source);
  assert.ok(output.ok, "message" in output ? output.message : "");
  return output.image;
}

/** What an instance that starts from the image answers, one request after the other. */
async function answers(image: MemoryImage, ...paths: string[]): Promise<string[]> {
  const vm = await resumed(image);
  const texts: string[] = [];
  for (const path of paths) texts.push(await exchange(vm, path));
  return texts;
}

async function resumed(image: MemoryImage): Promise<VmInstance> {
  const vm = new VmInstance((await loadEngine()).module);
  vm.resume(image, 64 << 20, 0n);
  return vm;
}

/** The body of the answer. */
async function exchange(vm: VmInstance, path: string): Promise<string> {
  const answer = new TextDecoder().decode(await vm.exchange(new TextEncoder().encode(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`)));
  return answer.slice(answer.indexOf("\r\n\r\n") + 4);
}

describe("the rehearsed request", () => {
  test("leaves no trace: state, console, random numbers, time, timers", async () => {
    const source = `
      let requests = 0;
      const seen = new Map(), started = [Math.random(), Date.now(), performance.now(), crypto.randomUUID()].join();
      globalThis.late = 0;
      export default { async fetch(request) {
        requests++;
        console.log("request", requests);
        seen.set(request.url, (seen.get(request.url) ?? 0) + 1);
        Object.prototype.polluted = requests;
        setTimeout(() => late++, 0);
        return Response.json({ requests, seen: [...seen.values()], late, polluted: {}.polluted, same: started === [...started].join("") });
      } };`;
    const output = await snapshotOf(source);
    assert.ok(output.ok);
    assert.deepEqual(output.records, []);
    assert.deepEqual([output.used, output.pending], [{ random: true, time: true, randomPriming: false }, false]);
    const [first, second] = (await answers(output.image, "/", "/")).map((text) => JSON.parse(text) as Record<string, unknown>);
    assert.deepEqual(first, { requests: 1, seen: [1], late: 0, polluted: 1, same: true });
    assert.deepEqual(second, { requests: 2, seen: [2], late: 1, polluted: 2, same: true });
  });

  test("what it used is ready: functions of the library, regular expressions", async () => {
    const source = (pattern: string) => `export const handler = (request) => {
      const words = new Words().list(request.url);
      return new Response(words.filter((word) => new RegExp(${JSON.stringify(pattern)} + "?$").test(word)).join() + structuredClone(new Map([[1, 2]])).size);
    };
    class Words { list(text) { return text.split("/").map((word) => word.padStart(5, "-").normalize("NFC")); } }`;
    const image = await imageOf(source("^[a-z]{2}-*rehearsed"));
    const text = Buffer.concat(image.ranges.map((range) => range.bytes)).toString("latin1");
    assert.ok(text.includes("/^[a-z]{2}-*rehearsed?$"), "the key of the compiled pattern is in the image");
    assert.deepEqual(await answers(image, "/ab-rehearse"), ["ab-rehearse1"]);
  });

  test("closures and names that it made are there: an equal request makes none of their cells", async () => {
    const inner = Array.from({ length: 40 }, (_, i) => `const named${i} = () => ${i}, other${i} = function of${i}() {}; made.push(named${i}, other${i});`).join(
      "\n",
    );
    const image = await imageOf(
      `export const handler = () => { const made = []; ${inner} return new Response(made.map((f) => f.name).join("").length + ""); };`,
    );
    const vm = await resumed(image);
    assert.match(await exchange(vm, "/"), /^\d+$/);
    assert.equal(vm.census().get("CODE"), undefined);
  });

  test("what it reads and writes lies together", async () => {
    // Of many cells it reads a few, far apart; in some it stores what they hold already, which no comparison of memory shows.
    const image = await imageOf(`
      const table = Array.from({ length: 20_000 }, (_, i) => ({ i, text: "text number " + i, next: null }));
      const few = Array.from({ length: 40 }, (_, i) => table[i * 497 + 13]);
      export const handler = () => { let sum = 0; for (const each of few) { sum += each.i; each.next = null; } return new Response("sum " + sum); };`);
    const { tracing } = await loadEngine();
    assert.ok(tracing, "the engine that traces is built with the engine");
    const touched = await traceRequest(
      tracing,
      await resumed(image),
      image.ranges.reduce((end, range) => Math.max(end, range.start + range.bytes.length), 0),
    );
    assert.ok(touched);
    const base = (await loadEngine()).baseImage.ranges.reduce((end, range) => Math.max(end, range.start + range.bytes.length), 0);
    const pages = (words: number[]) => new Set(words.map((word) => (word * 8) >>> 12).filter((page) => page * 4096 >= base)).size;
    assert.ok(pages(touched.written) <= 8, `${pages(touched.written)} pages written`);
    assert.ok(pages([...touched.read, ...touched.written]) <= 16, `${pages(touched.read)} pages read`);
  });

  test("same input, same bytes", async () => {
    const source = `const table = Array.from({ length: 500 }, (_, i) => ({ i, text: "t" + i }));
      export default { fetch() { return new Response(String(Math.random() + Date.now() + performance.now()) + table[Math.floor(Math.random() * 500)].text + crypto.randomUUID()); } };`;
    const [first, second] = [await imageOf(source), await imageOf(source)];
    assert.equal(sha256(encodeImage(first)), sha256(encodeImage(second)));
  });

  for (const [what, body] of [
    ["throws", `throw new Error("no")`],
    ["never ends", `for (;;);`],
    ["recurses for ever", `return (function f() { return f() + 1; })();`],
    ["eats all memory", `const all = []; for (;;) all.push(new Array(100_000).fill(0));`],
    ["waits for a timer", `return new Promise((resolve) => setTimeout(resolve, 1e9));`],
    ["asks another host", `return fetch("http://127.0.0.1:1/");`],
    ["answers with what is no Response", `return 1;`],
  ] as const)
    test(`may be one that ${what}`, async () => {
      const source = `let calls = 0; export default { async fetch(request) { calls++; if (request.url.endsWith("/well")) return new Response("well " + calls); ${body} } };`;
      assert.deepEqual(await answers(await imageOf(source), "/well"), ["well 1"]);
    });
});

describe("the top level", () => {
  test("that asks the handler itself leaves what the first request makes in the snapshot", async () => {
    const source = `
      let made = 0, routes, requests = 0;
      const handler = { async fetch(request) {
        routes ??= (made++, new Map([["/a", "first"], ["/b", "second"]]));
        requests++;
        return Response.json({ made, requests, found: routes.get(new URL(request.url).pathname) ?? null });
      } };
      await handler.fetch(new Request("http://localhost/"));
      made = 0;
      export default handler;`;
    const output = await snapshotOf(source);
    assert.ok(output.ok);
    assert.deepEqual([output.pending, output.records], [false, []]);
    assert.deepEqual(
      (await answers(output.image, "/a", "/b")).map((text) => JSON.parse(text) as unknown),
      [
        { made: 0, requests: 2, found: "first" },
        { made: 0, requests: 3, found: "second" },
      ],
    );
  });

  test("what died in it takes no room", async () => {
    const kept = await imageOf(
      `export const table = Array.from({ length: 2000 }, (_, i) => ({ i })); export const handler = () => new Response(String(table.length));`,
    );
    const withGarbage =
      await imageOf(`export const table = Array.from({ length: 2000 }, (_, i) => { let kept; for (let j = 0; j < 20; j++) kept = { i, j, text: [j] }; return { i }; });
      export const handler = () => new Response(String(table.length));`);
    assert.ok(imageFileBytes(withGarbage) <= imageFileBytes(kept) + 8 * 4096, `${imageFileBytes(withGarbage)} and ${imageFileBytes(kept)} bytes`);
    assert.deepEqual(await answers(withGarbage, "/"), ["2000"]);
  });

  test("makes more than a plan has room for", async () => {
    const source = `let last; for (let i = 0; i < 200; i++) last = new Array(100_000).fill(i); export const handler = () => new Response(String(last[99_999]));`;
    assert.deepEqual(await answers(await imageOf(source), "/"), ["199"]);
  });

  test("fails once, with its console", async () => {
    const output = await snapshotOf(`console.log("before"); throw new TypeError("top"); export const handler = () => new Response();`);
    assert.ok(!output.ok);
    assert.match(output.message, /TypeError: top/);
    assert.deepEqual(
      output.records.map((record) => record.text),
      ["before"],
    );
  });

  test("weak references and finalisers survive being laid out", async () => {
    const source = `const strong = { name: "strong" }, weak = new WeakRef(strong), gone = new WeakRef({}), map = new WeakMap([[strong, "value"]]), set = new WeakSet([strong]);
      const registry = new FinalizationRegistry(() => {}); registry.register(strong, 1); registry.register({}, 2);
      export const handler = () => new Response([weak.deref()?.name, map.get(strong), set.has(strong), gone.deref()].join());`;
    assert.deepEqual(await answers(await imageOf(source), "/", "/"), ["strong,value,true,", "strong,value,true,"]);
  });
});
