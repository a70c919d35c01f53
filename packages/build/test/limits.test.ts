/** Resource limits on the native binary: heap, CPU time, stack and output each end or fail one request; the process and its other requests go on. */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { buildArtifact } from "../src/artifact.ts";
import { compileHandler } from "../src/compile.ts";
import { Client, get, type Running, serve } from "./helpers/server.ts";
import { nativeTarget, writeExecutable } from "./helpers/toy.ts";

const source = `
const dive = (n) => 1 + dive(n + 1);
const fill = () => { const list = []; for (;;) list.push({ x: new Array(10_000).fill(0) }); };
const attempt = (f) => { try { return String(f()); } catch (e) { return "caught " + e.name; } };
const routes = {
  "/": () => "alive",
  "/heap": fill,
  "/heap-caught": () => attempt(fill),
  "/heap-buffer": () => attempt(() => new ArrayBuffer(2 ** 31)),
  "/heap-string": () => attempt(() => { let s = "x"; for (;;) s += s; }),
  "/heap-log": () => { for (let i = 0; i < 2e4; i++) console.log("x".repeat(1000)); return "logged"; },
  "/cpu": () => { for (;;); },
  "/cpu-caught": () => { try { for (;;); } catch { return "caught"; } finally { for (;;); } },
  "/cpu-undefined": () => { let x; while (x === undefined) {} },
  "/cpu-jobs": () => { const again = () => { Promise.resolve().then(again); }; again(); return new Promise(() => {}); },
  "/cpu-regexp": () => String(/^(a+)+$/.test("a".repeat(40) + "b")),
  "/cpu-sort": () => { for (;;) Array.from({ length: 1e5 }, () => Math.random()).sort(); },
  "/stack": () => dive(0),
  "/stack-caught": () => attempt(() => dive(0)),
  "/stack-json": () => attempt(() => { let o = 0; for (let i = 0; i < 1e5; i++) o = [o]; return JSON.stringify(o); }),
  "/output": () => "y".repeat(200_000_000),
  "/output-stream": () => new Response(new ReadableStream({ pull(c) { c.enqueue(new Uint8Array(65536)); } })),
};
export default async (request) => {
  const answer = await routes[new URL(request.url).pathname]();
  return answer instanceof Response ? answer : new Response(answer);
};`;

/** What each answers: 500 when an error was thrown that nobody caught, 503 when the request was stopped. */
const expected: Readonly<Record<string, RegExp>> = {
  "/heap": /^HTTP\/1\.1 50[03] /,
  "/heap-caught": /^HTTP\/1\.1 200 [^]*caught RangeError$/,
  "/heap-buffer": /^HTTP\/1\.1 200 [^]*caught RangeError$/,
  "/heap-string": /^HTTP\/1\.1 200 [^]*caught RangeError$/,
  "/heap-log": /^HTTP\/1\.1 (200|503) /,
  "/cpu": /^HTTP\/1\.1 503 /,
  "/cpu-caught": /^HTTP\/1\.1 503 /,
  "/cpu-undefined": /^HTTP\/1\.1 503 /,
  "/cpu-jobs": /^HTTP\/1\.1 503 /,
  "/cpu-regexp": /^HTTP\/1\.1 50[03] /,
  "/cpu-sort": /^HTTP\/1\.1 503 /,
  "/stack": /^HTTP\/1\.1 500 /,
  "/stack-caught": /^HTTP\/1\.1 200 [^]*caught RangeError$/,
  "/stack-json": /^HTTP\/1\.1 (200|503) /,
  "/output": /^HTTP\/1\.1 500 /,
};

let directory: string;
let server: Running;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), "zerostart-limits-"));
  const compiled = await compileHandler({ files: { "limits.js": source }, entry: "limits.js" });
  const { bytes } = await buildArtifact({ compiled, name: "limits", mode: "snapshot", target: nativeTarget });
  server = await serve([await writeExecutable(directory, "limits", bytes)], ["--cpu-ms", "1000", "--heap-mb", "64"]);
});
after(async () => {
  await server.stop();
  await rm(directory, { recursive: true, force: true });
});

async function ask(path: string): Promise<string> {
  const client = new Client(server.port);
  await client.send(get(path, "Connection: close\r\n")).end();
  return client.text;
}

for (const [path, answer] of Object.entries(expected))
  test(path, async () => {
    // Another connection, open all the while, is served before and after.
    const other = new Client(server.port);
    await other.send(get("/")).until((text) => text.endsWith("alive"));
    assert.match(await ask(path), answer);
    await other.send(get("/")).until((text) => text.split("alive").length === 3);
    other.close();
  });

test("/output-stream: a body without end waits for its reader, others are served meanwhile, memory stays within the cap", async () => {
  const slow = new Client(server.port);
  await slow.send(get("/output-stream")).until((text) => text.length > 1 << 20);
  slow.socket.pause();
  assert.match(await ask("/"), /alive$/);
  slow.close();
  assert.match(await ask("/"), /alive$/);
});
