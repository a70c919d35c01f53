/** Every example answers over a real socket, from a native snapshot binary, as the same bundle does under Node. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { buildArtifact, compileHandler } from "@zerostart/build";
import { build } from "esbuild";

interface Exchange {
  readonly path: string;
  readonly method?: string;
  readonly body?: string;
  readonly headers?: Record<string, string>;
}
/** A handler answers with a Response, or with JSX. */
type Handler = (request: Request, env: object, context: object) => Promise<Response | object> | Response | object;

const directory = path.join(import.meta.dirname, "..");
const examples: Record<string, readonly Exchange[]> = {
  "hello.ts": [{ path: "/" }, { path: "/a/b?c=d" }],
  "hono.ts": [
    { path: "/" },
    { path: "/todos" },
    { path: "/todos?done=false" },
    { path: "/todos/1" },
    { path: "/todos/77" },
    { path: "/todos", method: "POST", body: JSON.stringify({ title: "Zweite Aufgabe ✓" }) },
    { path: "/todos", method: "POST", body: JSON.stringify({ title: "" }) },
    { path: "/todos" },
    { path: "/todos/2", method: "DELETE" },
    { path: "/todos/2", method: "DELETE" },
    { path: "/page" },
    { path: "/fail" },
    { path: "/nowhere" },
    { path: "/todos", method: "HEAD" },
  ],
  "itty.ts": [
    { path: "/v1/hello" },
    { path: "/v1/hello/Ada?x=1&x=2&y=%20" },
    { path: "/v1/sum/3/4.5" },
    { path: "/v1/echo", method: "POST", body: '{"deep":{"list":[1,2,{"three":3}]}}' },
    { path: "/v1/fail" },
    { path: "/v1/throw" },
    { path: "/elsewhere" },
  ],
  "page.tsx": [{ path: "/" }, { path: `/?q=${encodeURIComponent('<b>"Ä" & ✓')}` }],
  "validate.ts": [
    { path: "/" },
    { path: "/", method: "POST", body: "{" },
    { path: "/", method: "POST", body: JSON.stringify({ customer: "Ada", email: "ada@example.com", items: [{ sku: "AB-123", quantity: 2 }] }) },
    { path: "/", method: "POST", body: JSON.stringify({ customer: "", email: "nobody", items: [{ sku: "ab", quantity: -1 }] }) },
  ],
};

/** What of an answer must agree. */
interface Answer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: string;
}
async function answerOf(response: Response): Promise<Answer> {
  const headers: Record<string, string> = {};
  for (const name of ["content-type", "location", "allow", "x-served-by", "x-echo"]) {
    const value = response.headers.get(name);
    if (value !== null) headers[name] = value.toLowerCase();
  }
  return { status: response.status, headers, body: await response.text() };
}

for (const [file, exchanges] of Object.entries(examples)) {
  describe(file, () => {
    let scratch: string;
    let instance: ChildProcess;
    let origin: string;
    let reference: Handler;

    before(async () => {
      scratch = await mkdtemp(path.join(tmpdir(), "zerostart-example-"));
      const entry = path.join(directory, file);
      const module = path.join(scratch, "reference.mjs");
      await build({
        entryPoints: [entry],
        bundle: true,
        format: "esm",
        platform: "browser",
        mainFields: ["browser", "module", "main"],
        conditions: ["worker", "browser"],
        outfile: module,
        logLevel: "error",
        // Hono's JSX stands in for ours.
        jsx: "automatic",
        jsxImportSource: "hono/jsx",
      });
      const exported = ((await import(pathToFileURL(module).href)) as { default: Handler | { fetch: Handler } }).default;
      reference = typeof exported === "function" ? exported : (...all) => exported.fetch(...all);

      const compiled = await compileHandler({ files: { [file]: await readFile(entry, "utf8") }, entry: file, resolveDir: directory });
      assert.ok(compiled.ok, compiled.diagnostics.map((d) => `${d.message}\n${d.codeFrame}`).join("\n"));
      const artifact = await buildArtifact({ compiled, name: file, mode: "snapshot", target: "x86_64-linux-musl" });
      const binary = path.join(scratch, "handler");
      await writeFile(binary, artifact.bytes, { mode: 0o755 });
      instance = spawn(binary, ["--port", "0"], { stdio: ["ignore", "ignore", "pipe"] });
      const lines = createInterface({ input: instance.stderr as NodeJS.ReadableStream });
      const [line] = (await once(lines, "line", { signal: AbortSignal.timeout(10_000) })) as [string];
      origin = /http:\/\/\S+/.exec(line)?.[0] ?? assert.fail(`no address in "${line}"`);
    });
    after(async () => {
      instance?.kill("SIGKILL");
      await rm(scratch, { recursive: true, force: true });
    });

    for (const { path: url, ...init } of exchanges) {
      test(`${init.method ?? "GET"} ${url}${init.body === undefined ? "" : ` ${init.body.slice(0, 40)}`}`, async () => {
        const headers = init.body === undefined ? init.headers : { "content-type": "application/json", ...init.headers };
        const request = { ...init, ...(headers && { headers }) };
        const result = await reference(new Request(origin + url, request), {}, { waitUntil() {}, passThroughOnException() {} });
        const response = result instanceof Response ? result : new Response(`${result}`, { headers: { "content-type": "text/html;charset=UTF-8" } });
        const expected = await answerOf(response);
        assert.deepEqual(await answerOf(await fetch(origin + url, request)), init.method === "HEAD" ? { ...expected, body: "" } : expected);
      });
    }
  });
}
