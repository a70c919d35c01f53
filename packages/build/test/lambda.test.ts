/** The Lambda package, against a runtime API as Lambda's, with the real engine. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import type { LaunchMode } from "@zerostart/protocol";
import { unzipSync } from "fflate";
import { BuildError, buildArtifact } from "../src/artifact.ts";
import { sha256 } from "../src/cache.ts";
import { compileHandler } from "../src/compile.ts";
import { lambdaZip } from "../src/packaging/index.ts";
import { LambdaRuntimeApi, type Outcome } from "./helpers/lambda-runtime-api.ts";
import { Client, get, serve } from "./helpers/server.ts";
import { nativeTarget, toyArtifact, writeExecutable } from "./helpers/toy.ts";

const run = promisify(execFile);
let directory: string;
const started: LambdaRuntimeApi[] = [];
before(async () => {
  directory = await mkdtemp(join(tmpdir(), "zerostart-lambda-"));
});
after(async () => {
  await Promise.all(started.map((api) => api.stop()));
  await rm(directory, { recursive: true, force: true });
});

async function bootstrap(source: string, mode: LaunchMode = "snapshot"): Promise<string> {
  const compiled = await compileHandler({ files: { "h.ts": source }, entry: "h.ts", adapter: "lambda" });
  assert.deepEqual(compiled.diagnostics, []);
  const { bytes } = await buildArtifact({ compiled, name: "h", mode, target: nativeTarget });
  return writeExecutable(directory, `bootstrap-${sha256(bytes).slice(0, 12)}`, bytes);
}
async function start(program: string, env?: Record<string, string>): Promise<LambdaRuntimeApi> {
  const api = await LambdaRuntimeApi.start();
  started.push(api);
  api.run(program, env);
  return api;
}
async function until(condition: () => boolean, what: string): Promise<void> {
  for (let i = 0; !condition(); i++) {
    assert.ok(i < 1000, what);
    await new Promise((r) => setTimeout(r, 10));
  }
}
interface Answer {
  statusCode: number;
  headers: Record<string, string>;
  multiValueHeaders?: Record<string, string[]>;
  cookies?: string[];
  body: string;
  isBase64Encoded: boolean;
}
function answerOf(outcome: Outcome): Answer {
  assert.equal(outcome.kind, "response", outcome.body);
  return JSON.parse(outcome.body) as Answer;
}

/** An event of a function URL or an HTTP API: payload format 2.0. */
const http = (method: string, path: string, more: object = {}) => ({
  version: "2.0",
  routeKey: "$default",
  rawPath: path,
  rawQueryString: "",
  headers: { host: "abc.lambda-url.us-east-1.on.aws", "x-forwarded-proto": "https" },
  requestContext: { http: { method, path, protocol: "HTTP/1.1", sourceIp: "192.0.2.1" }, domainName: "abc.lambda-url.us-east-1.on.aws", stage: "$default" },
  isBase64Encoded: false,
  ...more,
});

const source = `
const started = crypto.randomUUID ? 1 : 0;
let count = 0;
export default { async fetch(request: Request, env: Record<string, string>, ctx: any) {
  const url = new URL(request.url);
  switch (url.pathname) {
    case "/echo": {
      const bytes = new Uint8Array(await request.arrayBuffer());
      return Response.json({ method: request.method, url: request.url, headers: Object.fromEntries(request.headers), bytes: [...bytes], env: env.NAME, count: ++count });
    }
    case "/binary": return new Response(Uint8Array.from({ length: 700 }, (_, i) => i), { headers: { "content-type": "image/png" } });
    case "/cookies": {
      const headers = new Headers({ "x-list": "one" });
      headers.append("x-list", "two");
      headers.append("set-cookie", "a=1; Path=/");
      headers.append("set-cookie", "b=2");
      return new Response("é", { status: 201, headers });
    }
    case "/stream": return new Response(new ReadableStream({ async start(c) { for (const part of ["one ", "two"]) { c.enqueue(new TextEncoder().encode(part)); await new Promise((r) => setTimeout(r, 5)); } c.close(); } }), { headers: { "content-type": "text/plain" } });
    case "/context": {
      let done = false;
      ctx.waitUntil(new Promise<void>((r) => setTimeout(() => { done = true; console.log("waited"); r(); }, 20)));
      const left = ctx.lambda.getRemainingTimeInMillis();
      return Response.json({ id: ctx.lambda.awsRequestId.length, arn: ctx.lambda.invokedFunctionArn, trace: ctx.lambda.traceId.slice(0, 6), left: left > 1000 && left <= 30000, client: ctx.lambda.clientContext, done });
    }
    case "/throw": throw new RangeError("out of \\"range\\"");
    case "/string": return "text" as any;
    case "/never": await new Promise(() => {}); return new Response("");
    case "/loop": for (;;) {}
    case "/deep": { const f = (): number => 1 + f(); return Response.json(f()); }
    case "/large": return new Response("x".repeat(7_000_000));
    case "/size": return Response.json((await request.text()).length);
  }
  if (request.method === "POST") return Response.json({ records: ((await request.json()) as any).Records.length, event: ctx.lambda.event.Records[0] });
  return new Response("nothing here", { status: 404 });
} };`;

describe("a function", () => {
  let api: LambdaRuntimeApi;
  before(async () => {
    api = await start(await bootstrap(source), { ZS_ENV_NAME: "value" });
  });

  test("an HTTP event becomes a Request: method, URL, headers, cookies, body", async () => {
    const event = http("PUT", "/echo", {
      rawQueryString: "a=1&b=%20",
      headers: { host: "example.org", "content-type": "application/octet-stream", "x-many": "one,two" },
      cookies: ["a=1", "b=2"],
      body: Buffer.from([0, 255, 10]).toString("base64"),
      isBase64Encoded: true,
    });
    const answer = answerOf(await api.invoke(event));
    assert.deepEqual([answer.statusCode, answer.isBase64Encoded, answer.headers["content-type"]], [200, false, "application/json"]);
    const seen = JSON.parse(answer.body) as { headers: Record<string, string> };
    assert.deepEqual(
      { ...seen, headers: { ...seen.headers } },
      {
        method: "PUT",
        url: "https://example.org/echo?a=1&b=%20",
        headers: { cookie: "a=1; b=2", "content-type": "application/octet-stream", host: "example.org", "x-many": "one,two" },
        bytes: [0, 255, 10],
        env: "value",
        count: 1,
      },
    );
    // The next event meets the same process.
    const again = answerOf(await api.invoke(http("POST", "/echo", { body: "text" })));
    assert.deepEqual((JSON.parse(again.body) as { count: number; bytes: number[] }).bytes, [116, 101, 120, 116]);
    assert.equal((JSON.parse(again.body) as { count: number }).count, 2);
  });

  test("a Response becomes an answer: status, joined headers, cookies, base64 for bytes, streams", async () => {
    const cookies = answerOf(await api.invoke(http("GET", "/cookies")));
    assert.deepEqual([cookies.statusCode, cookies.body, cookies.cookies, cookies.headers["x-list"]], [201, "é", ["a=1; Path=/", "b=2"], "one, two"]);
    assert.equal(cookies.headers["set-cookie"], undefined);
    const binary = answerOf(await api.invoke(http("GET", "/binary")));
    assert.equal(binary.isBase64Encoded, true);
    assert.deepEqual(
      [...Buffer.from(binary.body, "base64")],
      Array.from({ length: 700 }, (_, i) => i & 255),
    );
    assert.equal(answerOf(await api.invoke(http("GET", "/stream"))).body, "one two");
    assert.equal(answerOf(await api.invoke(http("GET", "/string"))).body, "text");
    assert.equal(answerOf(await api.invoke(http("GET", "/other"))).statusCode, 404);
  });

  test("the context has the invocation's facts, and what waits is waited for", async () => {
    const context = JSON.stringify({ client: { app: "x" } });
    const answer = answerOf(await api.invoke(http("GET", "/context"), { headers: { "Lambda-Runtime-Client-Context": context } }));
    assert.deepEqual(JSON.parse(answer.body), {
      id: 36,
      arn: "arn:aws:lambda:us-east-1:123456789012:function:function",
      trace: "Root=1",
      left: true,
      client: { client: { app: "x" } },
      done: false,
    });
    await until(() => /waited/.test(api.stdout), "it went on before Lambda had its answer");
  });

  test("events of REST APIs and load balancers, and those that are no HTTP request", async () => {
    const rest = {
      httpMethod: "GET",
      path: "/cookies",
      headers: { Host: "example.org" },
      multiValueHeaders: { Host: ["example.org"], "X-Many": ["one", "two"] },
      multiValueQueryStringParameters: { a: ["1", "2"] },
      requestContext: { stage: "prod" },
      body: null,
      isBase64Encoded: false,
    };
    const answer = answerOf(await api.invoke(rest));
    assert.deepEqual([answer.multiValueHeaders?.["set-cookie"], answer.multiValueHeaders?.["x-list"]], [["a=1; Path=/", "b=2"], ["one, two"]]);
    const echo = answerOf(await api.invoke({ ...rest, path: "/echo" }));
    assert.match(echo.body, /"url":"https:\/\/example\.org\/echo\?a=1&a=2"/);
    assert.match(echo.body, /"x-many":"one, two"/);
    const queue = await api.invoke({ Records: [{ messageId: "1" }, { messageId: "2" }] });
    assert.deepEqual([queue.kind, JSON.parse(queue.body)], ["response", { records: 2, event: { messageId: "1" } }]);
  });

  test("an error is reported as one, and the next event is served", async () => {
    const failed = await api.invoke(http("GET", "/throw"));
    assert.equal(failed.kind, "error");
    assert.equal(failed.headers["lambda-runtime-function-error-type"], "Handler.RangeError");
    const error = JSON.parse(failed.body) as { errorMessage: string; errorType: string; stackTrace: string[] };
    assert.deepEqual([error.errorMessage, error.errorType], ['out of "range"', "RangeError"]);
    assert.match(error.stackTrace[0]!, /h\.ts:\d+:\d+/);
    await until(() => /RangeError: out of "range"/.test(api.stderr), "it is logged");
    assert.equal(JSON.parse((await api.invoke("not json")).body).errorType, "SyntaxError");
    assert.equal((await api.invoke(http("GET", "/deep"))).kind, "error");
    assert.equal(answerOf(await api.invoke(http("GET", "/string"))).body, "text");
  });

  test("a large event in chunks; a response that is larger than Lambda takes", async () => {
    api.chunked = true;
    assert.equal(answerOf(await api.invoke(http("POST", "/size", { body: "y".repeat(2_000_000) }))).body, "2000000");
    api.chunked = false;
    const large = await api.invoke(http("GET", "/large"));
    assert.deepEqual([large.kind, large.headers["lambda-runtime-function-error-type"]], ["error", "Function.ResponseSizeTooLarge"]);
  });

  test("a deadline that passes is an error, and the next event is served", async () => {
    const late = await api.invoke(http("GET", "/never"), { timeoutMs: 300 });
    assert.deepEqual([late.kind, late.headers["lambda-runtime-function-error-type"]], ["error", "Runtime.DeadlineExceeded"]);
    assert.equal(answerOf(await api.invoke(http("GET", "/string"))).body, "text");
    assert.deepEqual(api.violations, []);
  });

  test("SIGTERM ends it, and the process behind it", async () => {
    const children = (await run("ps", ["-o", "pid=", "--ppid", String(api.pid)])).stdout.trim().split(/\s+/);
    assert.equal(children.length, 1);
    process.kill(api.pid, "SIGTERM");
    assert.equal(await api.exitCode, 0);
    // Gone, or a zombie that nobody above has collected.
    await until(() => !existsSync(`/proc/${children[0]}/stat`) || /\) Z /.test(readFileSync(`/proc/${children[0]}/stat`, "utf8")), "the child ends too");
  });
});

test("a top level that throws is reported as an error of the initialisation", async () => {
  const api = await start(await bootstrap("throw new TypeError('no top level');\nexport default () => new Response('');", "embedded"));
  assert.equal(await api.exitCode, 1);
  assert.equal(api.isInitialised, false);
  const error = JSON.parse(api.initError!.body) as { errorMessage: string; errorType: string };
  assert.equal(error.errorType, "Runtime.InitError");
  assert.match(error.errorMessage, /TypeError: no top level/);
  await until(() => /TypeError: no top level/.test(api.stderr), "it is logged");
});

test("when the handler's process dies, its event fails and the function ends", async () => {
  const api = await start(await bootstrap(source, "embedded"));
  const pending = api.invoke(http("GET", "/never"));
  await until(() => api.isInitialised, "it asks for an event");
  await new Promise((r) => setTimeout(r, 50));
  process.kill(Number((await run("ps", ["-o", "pid=", "--ppid", String(api.pid)])).stdout.trim()), "SIGKILL");
  const outcome = await pending;
  assert.deepEqual([outcome.kind, outcome.headers["lambda-runtime-function-error-type"]], ["error", "Runtime.ExitError"]);
  assert.notEqual(await api.exitCode, 0);
});

test("the same program serves HTTP, where nobody can pass for Lambda", async () => {
  const server = await serve([await bootstrap(source)], [], {});
  const event = JSON.stringify(http("GET", "/string"));
  const forged = await new Client(server.port)
    .send(
      `POST /echo HTTP/1.1\r\nHost: x\r\nZerostart-Lambda-Key: undefined\r\nLambda-Runtime-Aws-Request-Id: 1\r\nConnection: close\r\nContent-Length: ${event.length}\r\n\r\n${event}`,
    )
    .end();
  assert.match(forged, /"method":"POST"/, "it is a request like any other");
  assert.match(await new Client(server.port).send(get("/string", "Connection: close\r\n")).end(), /text$/);
  await server.stop();
});

test("handlers of every shape are adapted; a module without one is refused when it is built", async () => {
  for (const shape of [
    "function handler() { return new Response('shape'); }",
    "export function handler() { return 'shape'; }",
    "module.exports = () => new Response('shape');",
  ]) {
    const api = await start(await bootstrap(shape));
    assert.equal(answerOf(await api.invoke(http("GET", "/"))).body, "shape", shape);
    await api.stop();
  }
  const compiled = await compileHandler({ files: { "h.js": "export const nothing = 1;" }, entry: "h.js", adapter: "lambda" });
  await assert.rejects(buildArtifact({ compiled, name: "h", mode: "snapshot", target: nativeTarget }), /exports no handler/);
});

test("a program whose launch mode has a pool is one process here, and its heap is of the function's memory", async () => {
  const api = await start(await bootstrap(source, "clone"), { AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "512" });
  assert.equal(answerOf(await api.invoke(http("GET", "/string"))).body, "text");
  const hungry = "export default () => { const kept = []; for (;;) kept.push(new Uint8Array(1 << 20).fill(1)); };";
  const small = await start(await bootstrap(hungry), { AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "32" });
  const outcome = await small.invoke(http("GET", "/"));
  assert.equal(outcome.kind, "error");
  assert.match(outcome.body + small.stderr, /memory/i);
});

test("without the adapter every event is a POST, and what is not a success is an error", async () => {
  const program = await writeExecutable(directory, "plain", await toyArtifact({ mode: "snapshot" }));
  const api = await start(program);
  const outcome = await api.invoke({ any: "event" });
  assert.deepEqual([outcome.kind, outcome.body], ["response", "hello"]);
});

test("the zip: an executable bootstrap, the same bytes every time, no other target", async () => {
  const bytes = await toyArtifact({ mode: "snapshot" });
  const { archive, architecture } = lambdaZip({ bytes, target: "aarch64-linux-musl" });
  assert.equal(architecture, "arm64");
  assert.deepEqual(lambdaZip({ bytes, target: "aarch64-linux-musl" }).archive, archive);
  const files = unzipSync(archive);
  assert.deepEqual(Object.keys(files), ["bootstrap"]);
  assert.equal(sha256(files.bootstrap!), sha256(bytes));
  await writeFile(join(directory, "function.zip"), archive);
  // What Python's zipfile reads: the mode, and an archive that is whole.
  const program =
    "import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); i = z.infolist()[0]; print(oct(i.external_attr >> 16), i.create_system, i.date_time[0], z.testzip())";
  assert.equal((await run("python3", ["-c", program, join(directory, "function.zip")])).stdout, "0o100755 3 1980 None\n");
  for (const target of ["riscv64-linux-musl", "x86_64-linux-gnu", "x86_64-windows"] as const) assert.throws(() => lambdaZip({ bytes, target }), BuildError);
});
