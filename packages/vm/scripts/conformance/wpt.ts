/**
 * `npm run conformance -- --wpt DIR [--filter GLOB]`: the tests of web-platform-tests that concern what handlers have, in our VM with the suite's own testharness.js.
 * DIR is a checkout of web-platform-tests/wpt, or the part of it that is named here with `resources` and `common`.
 */
import { existsSync, globSync, readFileSync } from "node:fs";
import path from "node:path";
import { type Outcome, runPool } from "./pool.ts";
import type { WptInput } from "./wpt-worker.ts";

const directories = [
  "FileAPI",
  "WebCryptoAPI",
  "console",
  "dom/abort",
  "dom/events",
  "encoding",
  "fetch/api/abort",
  "fetch/api/body",
  "fetch/api/headers",
  "fetch/api/request",
  "fetch/api/response",
  "fetch/data-urls",
  "hr-time",
  "html/webappapis/atob",
  "html/webappapis/microtask-queuing",
  "html/webappapis/structured-clone",
  "html/webappapis/timers",
  "streams",
  "url",
  "xhr/formdata",
];

/** Files that ask for what handlers do not have, by decision: a row each in the report, never counted as passed. */
const outOfScope: readonly (readonly [pattern: RegExp, reason: string])[] = [
  [/idlharness/, "shape of interfaces (Web IDL)"],
  [/FileAPI\/(fileReader|reading-data-section|url)|FileReader/, "FileReader and blob URLs"],
  [/streams\/transferable|owning-type|transfer-with-messageport|structured-clone\/structured-clone-cross-realm/, "transfer to other realms"],
  [/garbage-collection|crashtests/, "forced collection, crash tests of browsers"],
  [
    /WebCryptoAPI\/.*(rsa|RSA|okp|cfrg|eddsa|Ed25519|Ed448|X25519|X448|ecdh|ECDH|aes_cbc|AES-CBC|aes_ctr|AES-CTR|AES-KW|hkdf|pbkdf2|wrapKey)/,
    "algorithms that are not offered",
  ],
  [/textdecoder-fatal-single-byte|encoding\/(replacement|unsupported)-encodings/, "legacy encodings but windows-1252"],
  [/encoding\/(legacy-mb|iso-2022-jp|streams\/.*(invalid-realm|realms))/, "legacy multi-byte encodings, other realms"],
  [/fetch\/api\/(abort|request)\/.*(cache|destination|keepalive|referrer|priority)/, "HTTP cache and browser state"],
];

export interface WptOptions {
  readonly directory: string;
  readonly filter: string | undefined;
  readonly jobs: number | undefined;
}

export async function runWpt({ directory, filter, jobs }: WptOptions): Promise<Outcome[]> {
  if (!existsSync(path.join(directory, "resources/testharness.js"))) throw new Error("--wpt DIR must name a checkout of web-platform-tests/wpt");
  const patterns = filter === undefined ? directories.map((name) => `${name}/**/*.any.js`) : [filter.endsWith(".js") ? filter : `${filter}/**/*.any.js`];
  const names = globSync(patterns, { cwd: directory }).sort();
  const skipped: Outcome[] = [];
  const files = names.filter((file) => {
    const reason = outOfScope.find(([pattern]) => pattern.test(file))?.[1] ?? globalOf(readFileSync(path.join(directory, file), "utf8"));
    if (reason !== undefined) skipped.push({ file, result: "skip", message: reason });
    return reason === undefined;
  });
  const built = path.join(import.meta.dirname, "../../build");
  const workerData: WptInput = { directory, wasm: readFileSync(path.join(built, "vm.wasm")), image: readFileSync(path.join(built, "base.image")) };
  const outcomes = await runPool({ script: new URL("./wpt-worker.ts", import.meta.url), workerData, files, jobs, timeoutMs: 120_000 });
  return [...skipped, ...outcomes];
}

/** A reason when the test is for a kind of global that a handler is not. */
function globalOf(source: string): string | undefined {
  const globals = /^\/\/ META: global=(.*)$/m.exec(source)?.[1]?.split(",");
  const isFor = globals === undefined || globals.some((name) => ["worker", "dedicatedworker", "jsshell", "shadowrealm"].includes(name.trim()));
  return isFor ? undefined : "for windows or service workers alone";
}
