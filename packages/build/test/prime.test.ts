/** Primed builds: what requests leave at build time is in every instance, and nothing that cannot stay there. */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { buildArtifact, BuildError, compileHandler } from "../src/index.ts";
import { maxPrimePaths, primeProblem } from "@zerostart/protocol";
import { bodies, Client, get, serve } from "./helpers/server.ts";
import { nativeTarget, writeExecutable } from "./helpers/toy.ts";

let directory: string;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), "zerostart-prime-"));
});
after(() => rm(directory, { recursive: true, force: true }));

async function primed(source: string, prime: string[], mode: "snapshot" | "clone" | "prefork" | "embedded" = "snapshot") {
  const compiled = await compileHandler({ files: { "handler.js": source }, entry: "handler.js" });
  assert.ok(compiled.ok, compiled.diagnostics.map((d) => d.codeFrame).join("\n"));
  const log: string[] = [];
  const artifact = await buildArtifact({ compiled, name: "handler", mode, target: nativeTarget, prime, initCpuMs: 1000, onLog: (line) => log.push(line) });
  return { artifact, log };
}

async function answersOf(bytes: Uint8Array, ...paths: string[]): Promise<string[]> {
  const server = await serve([await writeExecutable(directory, "primed", bytes)]);
  const client = new Client(server.port);
  for (const path of paths) client.send(get(path));
  client.send(get("/end", "Connection: close\r\n"));
  const answers = bodies(await client.end());
  assert.equal(await server.stop(), 0);
  return answers.slice(0, -1);
}

const handler = (body: string, before = "") =>
  `${before}\nexport default { async fetch(request, env, ctx) { const { pathname, search } = new URL(request.url); ${body} } };`;

const counting = handler(
  `seen.push(pathname + search);
   if (pathname === "/slow") await new Promise((resolve) => setTimeout(resolve, 3000));
   if (pathname === "/stream") return new Response(new ReadableStream({ start(c) { c.enqueue(new TextEncoder().encode("ab")); setTimeout(() => c.close(), 10); } }));
   ctx.waitUntil(Promise.resolve().then(() => done++));
   kept ??= request;
   return Response.json({ seen, done, now: now(), host: kept.headers.get("host"), random: Math.random() });`,
  `const seen = []; let done = 0, kept; const started = Date.now(); const now = () => Date.now() >= started;`,
);

describe("a primed program", () => {
  test("has what the requests left, in their order, and answers; the same input gives the same bytes", async () => {
    const prime = ["/", "/slow?a=%20b", "/stream", "/"];
    const { artifact, log } = await primed(counting, prime);
    assert.deepEqual(
      log.filter((line) => line.startsWith("Primed")),
      ["/", "/slow?a=%20b", "/stream", "/"].map((path) => `Primed with GET ${path}, answered 200`),
    );
    assert.ok(log.some((line) => /request with which it is primed uses random numbers/.test(line)));
    const [first, second] = (await answersOf(artifact.bytes, "/one", "/two")).map((text) => JSON.parse(text) as Record<string, unknown>);
    assert.deepEqual(first!.seen, [...prime, "/one"]);
    assert.deepEqual(second!.seen, [...prime, "/one", "/two"]);
    assert.deepEqual([first!.done, first!.now], [3, true]);
    const [again] = (await answersOf(artifact.bytes, "/one")).map((text) => JSON.parse(text) as Record<string, unknown>);
    assert.notEqual(again!.random, first!.random, "random numbers are new in each instance");
  });

  test("two builds of one handler are the same, whatever the clock says", async () => {
    const source = handler(`hits++; return new Response(String(hits))`, `let hits = 0;`);
    const [one, two] = [await primed(source, ["/a", "/b"]), await primed(source, ["/a", "/b"])];
    assert.equal(one.artifact.sha256, two.artifact.sha256);
    assert.notEqual((await primed(source, ["/a"])).artifact.sha256, one.artifact.sha256);
    assert.deepEqual(await answersOf(one.artifact.bytes, "/"), ["3"]);
  });

  for (const mode of ["prefork", "clone"] as const)
    test(`in mode ${mode} each process begins with it`, async () => {
      const { artifact } = await primed(handler(`hits++; return new Response(String(hits))`, `let hits = 0;`), ["/"], mode);
      assert.deepEqual(await answersOf(artifact.bytes, "/"), ["2"]);
    });

  test("a request of the build's that the program kept never shows another one", async () => {
    const source = handler(
      `kept ??= request; let seen; try { seen = kept.headers.get("x-secret"); } catch (error) { seen = error.message; } return new Response(String(seen));`,
      `let kept;`,
    );
    const { artifact } = await primed(source, ["/"]);
    const server = await serve([await writeExecutable(directory, "kept", artifact.bytes)]);
    const client = new Client(server.port);
    client.send(get("/", "X-Secret: mine\r\nConnection: close\r\n"));
    assert.doesNotMatch(await client.end(), /mine/);
    assert.equal(await server.stop(), 0);
  });

  test("a top level that is too large to be laid out is primed as well", async () => {
    const { artifact } = await primed(
      handler(`hits++; return new Response(String(hits + large.length))`, `let hits = 0; const large = Array.from({ length: 3e6 }, (_, i) => [i]);`),
      ["/"],
    );
    assert.deepEqual(await answersOf(artifact.bytes, "/"), ["3000002"]);
  });

  test("what is not found is built, with a warning", async () => {
    const { artifact } = await primed(handler(`return new Response("no", { status: pathname === "/none" ? 404 : 200 })`), ["/none", "/"]);
    assert.deepEqual(
      artifact.warnings.filter((warning) => /404/.test(warning)),
      ["GET /none, with which it is primed, was answered 404"],
    );
  });
});

const refusals: [name: string, body: string, said: RegExp][] = [
  ["throws", `throw new Error("database is away")`, /^GET \/b, .* was answered 500: .*database is away/s],
  ["answers 503", `return new Response("", { status: 503 })`, /was answered 503$/],
  ["never answers", `await new Promise(() => {})`, /was not answered: what it waits for does not come/],
  ["answers too late", `await new Promise((resolve) => setTimeout(resolve, 60_000)); return new Response()`, /was not answered/],
  ["does not end its answer", `return new Response(new ReadableStream({ start(c) { c.enqueue(new Uint8Array(9)); } }))`, /was answered in part/],
  ["runs for ever", `for (;;);`, /was answered 503|processor time/],
  ["leaves a timer", `setInterval(() => {}, 1000); return new Response()`, /left timers or unfinished work behind/],
  ["turns for ever", `const turn = () => setTimeout(turn, 0); turn(); return new Response()`, /left timers or unfinished work behind|processor time/],
  [
    "asks somebody else",
    `return new Response(await fetch("http://example.com:81/").then(() => "", () => "away"))`,
    /asked for a connection to example\.com:81/,
  ],
  [
    "writes for ever",
    `return new Response(new ReadableStream({ pull(c) { c.enqueue(new Uint8Array(1 << 20)); } }))`,
    /more than 16 MiB|processor time|was answered/,
  ],
  ["takes all memory", `const all = []; for (;;) all.push(new Uint8Array(30 << 20).fill(1))`, /was answered 50\d|ended it: |processor time/],
];
describe("what cannot stay in a snapshot is an error that names the path", () => {
  for (const [name, body, said] of refusals)
    test(`a request that ${name}`, async () => {
      const source = handler(`if (pathname === "/b") { ${body} } return new Response("good")`);
      await assert.rejects(primed(source, ["/a", "/b"]), (error) => {
        assert.ok(error instanceof BuildError, String(error));
        assert.match(error.message, /^GET \/b, with which it is primed, /);
        assert.match(error.message, said);
        assert.deepEqual(
          error.diagnostics.map(({ code, severity }) => [code, severity]),
          [["prime", "error"]],
        );
        return true;
      });
    });

  test("a top level that fails is still what is said", async () => {
    await assert.rejects(primed(`throw new Error("first"); export default () => new Response()`, ["/"]), /top level failed: .*first/s);
  });
});

test("paths cannot say more than a path, and modes without a snapshot are refused", async () => {
  for (const path of ["", "a", "http://x/", "/a b", "/a\r\nX: y", "/a\n", "/\u00e9", "/a#b", "/\u0000", "/\u007f", `/${"a".repeat(2048)}`]) {
    assert.ok(primeProblem([path], "snapshot"), JSON.stringify(path.slice(0, 20)));
    await assert.rejects(primed(handler("return new Response()"), [path]), BuildError);
  }
  for (const path of ["/", "//x", "/a?b=c&d=%0d%0aX:", "/a/../b", `/${"a".repeat(2047)}`])
    assert.equal(primeProblem([path], "clone"), undefined, path.slice(0, 20));
  assert.match(primeProblem(Array<string>(maxPrimePaths + 1).fill("/"), "snapshot")!, /At most 16/);
  assert.match(primeProblem(["/"], "embedded")!, /no snapshot .*: prime in snapshot, prefork or clone/);
  assert.equal(primeProblem([], "embedded"), undefined);
  await assert.rejects(primed(handler("return new Response()"), ["/"], "embedded"), /no snapshot/);
});
