/** Popular npm packages, unchanged, in handlers: the engine answers as Node does with the same bundle. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";
import { compileHandler } from "@zerostart/build";
import { VmInstance, decodeImage } from "@zerostart/vm";

type Handler = (request: Request) => Promise<Response> | Response;
interface Answer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: string;
}

const build = path.join(import.meta.dirname, "../../packages/vm/build");
const packages = path.join(import.meta.dirname, "../packages");
const wasm = new WebAssembly.Module(readFileSync(path.join(build, "vm.wasm")));
const image = decodeImage(readFileSync(path.join(build, "base.image")));
const scratch = mkdtempSync(path.join(tmpdir(), "zerostart-packages-"));
after(() => rmSync(scratch, { recursive: true, force: true }));

const requests = ["/?n=1&text=Ada", "/?n=7&text=Jeeves%20%26%20%3CHTML%3E", "/some/path?n=12&text=Z%C3%BCrich%20%E2%9C%93%F0%9F%98%80"];

/** The two helpers that our Response has and Node's has not. */
const textOf = (type: string) => (body: string, init?: ResponseInit) => {
  const response = new Response(body, init);
  response.headers.set("content-type", type);
  return response;
};
Object.assign(Response, { text: textOf("text/plain;charset=UTF-8"), html: textOf("text/html;charset=UTF-8") });

/** What of an answer must agree: status, body, and the header fields that the handler decides. */
function answerOf(status: number, fields: Iterable<[string, string]>, body: string): Answer {
  const headers: Record<string, string> = {};
  for (const [name, value] of fields) if (!["connection", "content-length", "date", "keep-alive"].includes(name)) headers[name] = value;
  return { status, headers, body };
}

async function answerOfEngine(vm: VmInstance, target: string): Promise<Answer> {
  const bytes = await vm.exchange(Buffer.from(`GET ${target} HTTP/1.1\r\nHost: example.com\r\nConnection: close\r\n\r\n`));
  const [head, ...body] = Buffer.from(bytes).toString().split("\r\n\r\n");
  const [status, ...fields] = (head ?? "").split("\r\n");
  return answerOf(
    Number(status?.split(" ")[1]),
    fields.map((field): [string, string] => [field.slice(0, field.indexOf(":")).toLowerCase(), field.slice(field.indexOf(":") + 2)]),
    body.join("\r\n\r\n"),
  );
}

for (const file of readdirSync(packages).sort())
  test(file.replace(/\.js$/, ""), async () => {
    const compiled = await compileHandler({ files: { [file]: readFileSync(path.join(packages, file)) }, entry: file, resolveDir: packages });
    assert.ok(compiled.ok && compiled.bytecode && compiled.bundledSource, compiled.diagnostics.map((d) => `${d.message}\n${d.codeFrame}`).join("\n"));
    const vm = new VmInstance(wasm);
    vm.resume(image, 128 << 20, 10_000_000_000n);
    assert.equal(vm.load(compiled.bytecode) ?? vm.evaluate(), undefined);

    const module = path.join(scratch, file.replace(/js$/, "mjs"));
    writeFileSync(module, compiled.bundledSource);
    const { default: reference } = (await import(pathToFileURL(module).href)) as { default: Handler };
    for (const target of requests) {
      const expected = await reference(new Request(`http://example.com${target}`));
      const actual = await answerOfEngine(vm, target);
      assert.deepEqual(actual, answerOf(expected.status, expected.headers, await expected.text()), vm.records.map((r) => r.text).join("\n"));
      assert.equal(actual.status, 200);
    }
  });
