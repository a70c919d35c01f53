/** The playground's parts that need no browser: the real compiler's bytecode on the real engine, and HTTP written and read by the page. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { decodeImage } from "@zerostart/vm/image-file.ts";
import { VmInstance } from "@zerostart/vm/instance.ts";
import { viewSnapshot } from "@zerostart/vm/snapshot-view.ts";
import { bindingMark, encodeRequest, parseResponse } from "../src/features/playground/helpers/protocol.ts";
import { ChildPipeline } from "../src/features/builds/server/pipeline.ts";
import { startServer, type TestServer } from "./support/harness.ts";

let server: TestServer;
before(async () => {
  server = await startServer({ pipeline: new ChildPipeline() });
});
after(() => server.stop());

test("what the server compiles runs on the engine files that it serves, and answers the page's request", async () => {
  const { api } = await server.person("viewer");
  const content = `export default async (request: Request) => {
  console.log("asked", request.method, new URL(request.url).pathname);
  return Response.json({ body: await request.text(), q: new URL(request.url).searchParams.get("q") }, { status: 201 });
};`;
  const compiled = await api.playground.compile.mutate({ files: [{ path: "index.ts", content }] });
  const handler = compiled.compiled!.functions.find(({ instructions }) => instructions.some(({ text }) => /NEWOBJ .*{body, q}/.test(text)))!;
  assert.equal(handler.instructions.find(({ text }) => text.startsWith("NEWOBJ"))?.line, 3);
  const fetchFile = async (name: string) => {
    const response = await fetch(`${server.url}/api/engine/${name}`);
    assert.equal(response.status, 200);
    const again = await fetch(`${server.url}/api/engine/${name}`, { headers: { "if-none-match": response.headers.get("etag") ?? "" } });
    assert.equal(again.status, 304);
    return { type: response.headers.get("content-type"), bytes: new Uint8Array(await response.arrayBuffer()) };
  };
  const wasm = await fetchFile("vm.wasm");
  assert.equal(wasm.type, "application/wasm");
  assert.deepEqual(Buffer.from(wasm.bytes), readFileSync(new URL("../../../packages/vm/build/vm.wasm", import.meta.url)));
  const vm = new VmInstance(await WebAssembly.compile(wasm.bytes));
  vm.resume(decodeImage((await fetchFile("base.image")).bytes), 64 << 20, 5_000_000_000n);
  assert.equal(vm.load(Buffer.from(compiled.compiled!.bytecode, "base64")), undefined);
  assert.equal(vm.evaluate(), undefined);
  const request = encodeRequest({ method: "POST", path: "/a b?q=ü", headers: "accept: */*\n\n", body: "grüße" });
  const response = parseResponse(await vm.exchange(request));
  assert.equal(response?.status, "201 Created");
  assert.deepEqual(JSON.parse(response?.body ?? ""), { body: "grüße", q: "ü" });
  assert.deepEqual(vm.records, [{ level: "info", text: "asked POST /a%20b" }]);
  for (const name of ["source.image", "../package.json", "stamps.json"]) assert.equal((await fetch(`${server.url}/api/engine/${name}`)).status, 404, name);
});

test("what a snapshot holds: the top level's names with their values, the handler's own memory, what it asked of the outside", async () => {
  const { api } = await server.person("viewer");
  const content = `type Unused = string;
const table = new Map([["a", 1]]), { length } = "four";
let text: string = "x".repeat(3);
class Thing { id = 7 }
const thing = new Thing();
export function twice(n: number) { return n * 2 }
const began = Date.now();
const numbers = Array.from({ length: 3000 }, (_, i) => i / 3);
export default { fetch: () => Response.json([table.get("a"), length, text, thing, began, numbers.length]) };`;
  const { compiled } = await api.playground.compile.mutate({ files: [{ path: "index.ts", content }] });
  const { bytecode, telling } = compiled!;
  assert.deepEqual(
    telling!.bindings.map(({ name, kind }) => `${kind} ${name}`),
    ["const table", "const length", "let text", "class Thing", "const thing", "function twice", "const began", "const numbers"],
  );
  const image = decodeImage(readFileSync(new URL("../../../packages/vm/build/base.image", import.meta.url)));
  const module = await WebAssembly.compile(readFileSync(new URL("../../../packages/vm/build/vm.wasm", import.meta.url)));
  const vm = new VmInstance(module, { time: () => 1234 });
  vm.resume(image, 64 << 20, 5_000_000_000n);
  assert.equal(vm.load(Buffer.from(telling!.bytecode, "base64")), undefined);
  assert.equal(vm.evaluate(), undefined);
  const told = vm.records.map((record) => record.text.replace(bindingMark, ""));
  assert.deepEqual(told.slice(0, 7), [
    `table Map(1) { 'a' => 1 }`,
    "length 4",
    "text xxx",
    "Thing [class Thing]",
    "thing Thing { id: 7 }",
    "twice [Function: twice]",
    "began 1234",
  ]);
  const view = viewSnapshot(module, image, Buffer.from(bytecode, "base64"), { heapBytes: 64 << 20, cpuNsPerTurn: 5_000_000_000n })!;
  assert.deepEqual([view.used, view.isPending], [{ time: true, random: false }, false]);
  assert.ok(view.baseBytes > 500_000 && view.addedBytes > 24_000 && view.addedBytes % 4096 === 0 && view.changedBytes > 0, JSON.stringify(view));
  const part = (what: string) => view.heap.find((entry) => entry.what === what);
  assert.ok(part("Arrays")!.bytes >= 24_000 && part("Arrays")!.bytes < 100_000, JSON.stringify(view.heap));
  assert.equal(part("Maps and sets")!.cells, 2, "the map and its table");
  assert.ok(part("Functions and their scopes")!.cells >= 4);
  assert.ok(view.heap.reduce((n, { bytes }) => n + bytes, 0) <= view.addedBytes + view.changedBytes);
  const fails = await api.playground.compile.mutate({ files: [{ path: "index.js", content: "throw new Error('no'); export default () => {}" }] });
  const failing = Buffer.from(fails.compiled!.bytecode, "base64");
  assert.equal(viewSnapshot(module, image, failing, { heapBytes: 64 << 20, cpuNsPerTurn: 5_000_000_000n }), undefined);
});

test("what does not compile has diagnostics and no bytecode", async () => {
  const { api } = await server.person("viewer");
  const answer = await api.playground.compile.mutate({ files: [{ path: "index.ts", content: "const x = ;" }] });
  assert.equal(answer.compiled, null);
  assert.equal(answer.diagnostics[0]?.line, 1);
});

test("a chunked response is put together; half of one is none", () => {
  const bytes = (text: string) => new TextEncoder().encode(text);
  assert.deepEqual(parseResponse(bytes("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")), {
    status: "200 OK",
    headers: [["transfer-encoding", "chunked"]],
    body: "abcde",
  });
  assert.equal(parseResponse(bytes("HTTP/1.1 200 OK\r\n")), undefined);
});
