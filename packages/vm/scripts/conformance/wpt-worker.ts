/**
 * Runs files of web-platform-tests, each in a fresh realm: testharness.js, the scripts that the file asks for, and the file are one script, as they share a turn.
 * Time is virtual: what a test waits for is skipped. Files that the test fetches come from the checkout.
 */
import { existsSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { parentPort, workerData } from "node:worker_threads";
import { compile } from "@zerostart/compiler";
import { decodeImage, type VmInstance } from "../../src/index.ts";
import type { Outcome } from "./pool.ts";
import { Realms } from "./realms.ts";

export interface WptInput {
  readonly directory: string;
  readonly wasm: Uint8Array;
  readonly image: Uint8Array;
}

const { directory, wasm, image: imageBytes } = workerData as WptInput;
const image = decodeImage(imageBytes);
let skippedMs = 0;
const realms = new Realms(new WebAssembly.Module(wasm as Uint8Array<ArrayBuffer>), {
  heapBytes: 512 << 20,
  cpuNs: 60_000_000_000n,
  clock: () => performance.timeOrigin + performance.now() + skippedMs,
});
/** Virtual time that a test may take. */
const mostMs = 60_000;
const origin = "http://web-platform.test:8000";
/** Begins the records that are for the runner. */
const mark = "\u0001wpt ";

/** What a worker's global scope has and a handler's has not: a location, and with it relative URLs; and how results come out. */
const before = (file: string) => `
globalThis.self ??= globalThis;
globalThis.location = new URL(${JSON.stringify(`${origin}/${file.replace(/\.js$/, ".html")}`)});
globalThis.GLOBAL = { isWindow: () => false, isWorker: () => true, isShadowRealm: () => false };
{
  const absolute = (input) => {
    if (typeof input !== "string") return input;
    try { return new URL(input, location).href; } catch { return input; }
  };
  const { Request: request, fetch: fetchOutside } = globalThis;
  const Relative = function Request(input, ...rest) {
    return Reflect.construct(request, arguments.length === 0 ? [] : [absolute(input), ...rest], new.target);
  };
  Relative.prototype = request.prototype;
  Object.defineProperty(request.prototype, "constructor", { value: Relative, writable: true, configurable: true });
  Object.defineProperty(globalThis, "Request", { value: Relative, writable: true, configurable: true });
  const redirect = Response.redirect;
  Response.redirect = function (url, ...rest) { return redirect.call(this, absolute(url), ...rest); };
  const waiting = [];
  globalThis.fetch = async (input, init) => {
    const wanted = new Relative(input, init);
    if (!wanted.url.startsWith(${JSON.stringify(origin)})) return fetchOutside(input, init);
    wanted.signal.throwIfAborted();
    const { promise, resolve } = Promise.withResolvers();
    console.log(${JSON.stringify(mark)} + JSON.stringify({ fetch: wanted.url.slice(${origin.length}), id: waiting.push(resolve) - 1 }));
    const { base64, type } = await promise;
    const response = new Response(Uint8Array.from(atob(base64), (c) => c.charCodeAt(0)), { headers: { "content-type": type } });
    Object.defineProperty(response, "url", { value: wanted.url });
    return response;
  };
  globalThis.__answer = (id, answer) => waiting[id](answer);
}
`;
const after = `
add_completion_callback((tests, status) => {
  for (const { name, status, message } of tests) console.log(${JSON.stringify(mark)} + JSON.stringify({ name: name.toWellFormed(), status, message: message?.toWellFormed() }));
  console.log(${JSON.stringify(mark)} + JSON.stringify({ harness: status.status, message: status.message }));
});
`;

const harness = readFileSync(path.join(directory, "resources/testharness.js"), "utf8");

/** Tests within a file that ask for what handlers do not have, by decision: by name and by what they fail with. */
const outOfScope: readonly (readonly [pattern: RegExp, reason: string])[] = [
  [/FileReader/, "FileReader and blob URLs"],
  [/SharedArrayBuffer|null is not a constructor/, "SharedArrayBuffer"],
  [/MessageChannel|MessagePort|ImageData|ImageBitmap|WebAssembly|iframe|document is not defined/, "objects of browsers"],
  [/P-384|P-521|AES-KW|AES-CBC|AES-CTR/, "algorithms that are not offered"],
  [/The "?[\w:-]*"? encoding is not supported|(ERR_ENCODING_NOT_SUPPORTED)/, "legacy encodings but windows-1252"],
  [/Test bug: /, "tests at odds with the harness of their own checkout"],
  [/invalid request header|no-cors|Header guard|forbidden|Non-secure context/i, "guards of browsers (forbidden headers, no-cors, secure contexts)"],
];

type Message = { name: string; status: number; message?: string } | { harness: number; message?: string } | { fetch: string; id: number };

/** Runs a script; the VM's message when it failed. */
function run(vm: VmInstance, source: string, filename: string): string | undefined {
  const compiled = compile(source, { filename, sourceType: "script" });
  if (!compiled.ok) return `does not compile: ${compiled.diagnostics[0]?.message}`;
  return vm.load(compiled.bytecode) ?? vm.evaluate();
}

const types: Readonly<Record<string, string>> = { ".json": "application/json", ".js": "text/javascript", ".html": "text/html", ".txt": "text/plain" };

/** The suite's own files; undefined for what only its server can answer. */
function fileAt(url: string): { base64: string; type: string } | undefined {
  const name = path.join(directory, path.posix.normalize(decodeURIComponent(url.split(/[?#]/)[0]!)));
  if (!name.startsWith(path.resolve(directory)) || !existsSync(name) || !statSync(name).isFile() || /\.(py|asis|sub\.\w+)$/.test(name)) return undefined;
  return { base64: readFileSync(name, "base64"), type: types[path.extname(name)] ?? "application/octet-stream" };
}

function runFile(file: string): Outcome {
  const source = readFileSync(path.join(directory, file), "utf8");
  const scripts = [...source.matchAll(/^\/\/ META: script=(\S+)/gm)].map(([, name]) =>
    path.posix.join(name!.startsWith("/") ? "" : path.posix.dirname(file), name!),
  );
  const missing = scripts.find((name) => !existsSync(path.join(directory, name)));
  if (missing !== undefined) return { file, result: "skip", message: "a file of the suite that this checkout has not" };
  if (/\bimportScripts\(|\bnew (Shared)?Worker\(/.test(source)) return { file, result: "skip", message: "workers" };
  // One script has one directive: that of the file.
  const strict = /^(?:\s|\/\/.*\n)*["']use strict["']/.test(source) ? '"use strict"' : "";
  const text = [strict, before(file), harness, after, ...scripts.map((name) => readFileSync(path.join(directory, name), "utf8")), source].join("\n;\n");
  const vm = realms.next(image);
  skippedMs = 0;
  const failures: Record<string, string> = {};
  const beyond: Record<string, number> = {};
  let passed = 0;
  let ended = false;
  let failed = run(vm, text, file);
  for (let turn = 0; failed === undefined && !ended && turn < 100_000; turn++) {
    const wait = vm.poll();
    const records = vm.records.splice(0);
    let busy = false;
    for (const { text: record } of records) {
      if (!record.startsWith(mark)) continue;
      const message = JSON.parse(record.slice(mark.length)) as Message;
      if ("fetch" in message) {
        const answer = fileAt(message.fetch);
        if (answer === undefined) return { file, result: "skip", message: "needs the suite's own server" };
        failed ??= run(vm, `__answer(${message.id}, ${JSON.stringify(answer)})`, "answer.js");
        busy = true;
      } else if ("name" in message) {
        // 0 pass, 4 a precondition that does not hold.
        const why = message.message ?? `status ${message.status}`;
        const reason = outOfScope.find(([pattern]) => pattern.test(`${file} ${message.name} ${why}`))?.[1];
        if (message.status === 0 || message.status === 4) passed++;
        else if (reason !== undefined) beyond[reason] = (beyond[reason] ?? 0) + 1;
        else failures[message.name in failures ? `${message.name} (again)` : message.name] = why;
      } else {
        if (message.harness !== 0) failures["(harness)"] = message.message ?? `status ${message.harness}`;
        ended = true;
      }
    }
    if (busy || ended) continue;
    if (wait < 0n || skippedMs > mostMs) break;
    skippedMs += Number(wait) / 1e6;
  }
  if (failed !== undefined && /CPU limit exceeded/.test(failed)) return { file, result: "hang", message: failed };
  if (failed !== undefined) failures["(file)"] = failed.split("\n")[0]!;
  else if (!ended) failures["(file)"] = "its tests never end";
  return { file, result: Object.keys(failures).length === 0 ? "pass" : "fail", message: "", passed, failures, beyond };
}

parentPort?.on("message", (file: string) => {
  let outcome: Outcome;
  try {
    outcome = runFile(file);
  } catch (error) {
    realms.giveUp();
    outcome = { file, result: "crash", message: String((error as Error).stack ?? error) };
  }
  parentPort?.postMessage(outcome);
});
