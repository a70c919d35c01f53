/** The module for other runtimes, run by this Node as an agent runs it; apps/agent/test/runtimes.test.ts runs it on Deno and Bun too. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { BuildError } from "../src/artifact.ts";
import { moduleArtifact } from "../src/module-artifact.ts";
import { freePort } from "../../../scripts/free-port.ts";

let directory: string;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), "zerostart-module-"));
});
after(() => rm(directory, { recursive: true, force: true }));

const build = (files: Record<string, string>, entry: string) => moduleArtifact({ files, entry, name: "h" });

/** Serves while `work` asks it; what it printed. */
async function serving(bytes: Uint8Array, work: (url: string) => Promise<void>): Promise<string> {
  const file = join(directory, "h.mjs");
  await writeFile(file, bytes);
  const port = await freePort();
  const child = spawn(process.execPath, ["--permission", `--allow-fs-read=${file}`, file, String(port)], { env: {}, stdio: ["ignore", "ignore", "pipe"] });
  let printed = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (printed += text));
  const ended = new Promise((resolve) => child.once("close", resolve));
  try {
    const url = `http://127.0.0.1:${port}`;
    for (const deadline = Date.now() + 60_000; ; await new Promise((resolve) => setTimeout(resolve, 10))) {
      if (await fetch(url).catch(() => undefined)) break;
      assert.equal(child.exitCode, null, printed);
      assert.ok(Date.now() < deadline, printed);
    }
    await work(url);
  } finally {
    child.kill("SIGKILL");
    await ended;
  }
  return printed;
}

const handler = `
import { shout } from "./shout.ts";
// Ours, and added where it is missing: it is there when the top level runs.
const page: Response = Response.html("<p>");
export default {
  async fetch(request: Request, env: object, context: { waitUntil(promise: Promise<unknown>): void }) {
    switch (new URL(request.url).pathname) {
      case "/html": return Response.html("<b>", { status: 201, headers: { "x-a": page.headers.get("content-type")! } });
      case "/text": return Response.text("plain", { headers: { "content-type": "text/x-own" } });
      case "/cookies": return new Response(null, { status: 204, headers: [["set-cookie", "a=1"], ["set-cookie", "b=2"]] });
      case "/throw": throw new Error("as asked");
      case "/nothing": return "no Response" as never;
      case "/file": return Response.json((globalThis as any).process.getBuiltinModule("node:fs").readFileSync("/etc/passwd", "utf8"));
    }
    context.waitUntil(Promise.reject(new Error("too late")));
    return Response.json({ method: request.method, header: request.headers.get("x-in"), body: shout(await request.text()), env });
  },
};`;

test("TypeScript in several files becomes one module that Node serves, with what our API has beyond the standard", async () => {
  const files = { "index.ts": handler, "shout.ts": `export const shout = (text: string): string => text.toUpperCase();` };
  const { bytes, sha256, executor, stubSha256, dynamicDependencies, sizeBytes } = await build(files, "index.ts");
  assert.deepEqual([executor, stubSha256, dynamicDependencies, sizeBytes], ["runtime", "", [], bytes.length]);
  assert.equal((await build(files, "index.ts")).sha256, sha256, "same input, same bytes");
  const printed = await serving(bytes, async (url) => {
    const echo = await fetch(`${url}/?q`, { method: "POST", body: "abc", headers: { "x-in": "1" } });
    assert.deepEqual(await echo.json(), { method: "POST", header: "1", body: "ABC", env: {} });
    const html = await fetch(`${url}/html`);
    assert.deepEqual([html.status, html.headers.get("content-type"), await html.text()], [201, "text/html;charset=UTF-8", "<b>"]);
    assert.deepEqual([html.headers.get("x-a"), html.headers.get("content-length")], ["text/html;charset=UTF-8", "3"]);
    assert.equal((await fetch(`${url}/text`)).headers.get("content-type"), "text/x-own");
    const cookies = await fetch(`${url}/cookies`);
    assert.deepEqual([cookies.status, cookies.headers.getSetCookie()], [204, ["a=1", "b=2"]]);
    assert.equal((await fetch(`${url}/html`, { method: "HEAD" })).status, 201);
    for (const path of ["/throw", "/nothing", "/file"]) assert.equal((await fetch(url + path)).status, 500, path);
  });
  for (const what of [/as asked/, /The handler's answer is no Response/, /ERR_ACCESS_DENIED/, /waitUntil promise: Error: too late/])
    assert.match(printed, what);
});

test("every shape of a handler is served; a module without one says so", async () => {
  for (const source of [
    "function handler() { return new Response('it') }",
    "export default () => new Response('it')",
    "export function handler() { return new Response('it') }",
    "module.exports = { fetch: () => new Response('it') }",
  ])
    await serving((await build({ "h.js": source }, "h.js")).bytes, async (url) => assert.equal(await (await fetch(url)).text(), "it", source));
  const { bytes } = await build({ "h.js": "export const nothing = 1" }, "h.js");
  await assert.rejects(
    serving(bytes, async () => {}),
    /This module exports no handler/,
  );
});

test("what cannot be had on other runtimes is a diagnostic at its place", async () => {
  const problem = async (files: Record<string, string>, entry: string) => {
    const error = await build(files, entry).then(
      () => assert.fail("it was built"),
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof BuildError);
    const [{ file, line, message }] = error.diagnostics as [(typeof error.diagnostics)[number]];
    return `${file}:${line} ${message}`;
  };
  const page = "export default () =>\n  <p>hello</p>;";
  assert.match(await problem({ "page.tsx": page }, "page.tsx"), /^page.tsx:2 JSX that renders to HTML by itself is Zerostart's own/);
  assert.match(await problem({ "h.ts": `import "node:fs";` }, "h.ts"), /^h.ts:1 .*Node's built-in modules are not available/);
  assert.match(await problem({ "h.ts": "let a = ;" }, "h.ts"), /^h.ts:1 Unexpected/);
  assert.match(await problem({}, "h.ts"), /the entry file is not among the files/);
});
