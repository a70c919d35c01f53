/** Packagings of an artifact, read by the tools that people load them with. */
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { parseTar } from "nanotar";
import { openWasmArtifact } from "@zerostart/vm/wasm-artifact.ts";
import type { WasmHandler } from "@zerostart/vm/wasm-handler.ts";
import { BuildError, buildArtifact, inspectArtifact } from "../src/artifact.ts";
import { sha256 } from "../src/cache.ts";
import { compileHandler } from "../src/compile.ts";
import { containerImage, moduleArchive, systemdUnits } from "../src/packaging/index.ts";
import { tryRun } from "../src/run.ts";
import { freePort } from "../../../scripts/free-port.ts";
import { nativeTarget, toyArtifact, writeExecutable } from "./helpers/toy.ts";

const run = promisify(execFile);
let directory: string;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), "zerostart-packaging-"));
});
after(() => rm(directory, { recursive: true, force: true }));

describe("container image", () => {
  test("one layer with the program alone; every digest is right; the same input gives the same bytes", async () => {
    const bytes = await toyArtifact({ mode: "snapshot" });
    const image = containerImage({ bytes, target: nativeTarget, name: "My Handler!" });
    assert.deepEqual(containerImage({ bytes, target: nativeTarget, name: "My Handler!" }), image);
    const files = new Map(parseTar(image.archive).map((file) => [file.name, file.data!]));
    for (const [name, data] of files) if (name.startsWith("blobs/sha256/")) assert.equal(name, `blobs/sha256/${sha256(data)}`);
    const [entry] = JSON.parse(Buffer.from(files.get("manifest.json")!).toString()) as { RepoTags: string[]; Layers: string[] }[];
    assert.deepEqual(entry!.RepoTags, ["my-handler:latest"]);
    const layer = parseTar(files.get(entry!.Layers[0]!)!.slice());
    assert.deepEqual([layer.length, layer[0]!.name, layer[0]!.attrs?.mode], [1, "handler", "0000755"]);
    assert.equal(sha256(layer[0]!.data!), sha256(bytes));
  });

  test("skopeo reads it as an OCI archive and as a docker archive", async (t) => {
    if ((await tryRun("skopeo", ["--version"])) === undefined) return t.skip("skopeo is not installed");
    const image = containerImage({ bytes: await toyArtifact({ mode: "snapshot" }), target: nativeTarget, name: "hello" });
    const path = join(directory, "image.tar");
    await writeFile(path, image.archive);
    for (const transport of ["oci-archive", "docker-archive"]) {
      const { stdout } = await run("skopeo", ["inspect", `${transport}:${path}`]);
      const about = JSON.parse(stdout) as { Architecture: string; Os: string; Layers: string[]; Digest: string };
      assert.deepEqual([about.Os, about.Layers.length], ["linux", 1], transport);
      if (transport === "oci-archive") assert.equal(about.Digest, image.digest);
      // A copy reads and checks every blob.
      await run("skopeo", ["copy", "--insecure-policy", `${transport}:${path}`, `dir:${join(directory, transport)}`]);
    }
  });

  test("not for a target without containers", () => {
    assert.throws(() => containerImage({ bytes: new Uint8Array(), target: "x86_64-windows", name: "x" }), BuildError);
    assert.throws(() => containerImage({ bytes: new Uint8Array(), target: "x86_64-linux-gnu", name: "x" }), /shared libraries/);
  });
});

describe("systemd", () => {
  test("units name the program; what cannot be a unit is refused", () => {
    const units = systemdUnits({ name: "hello", program: "/opt/my apps/100%", listen: "8080" });
    assert.match(units.service, /^ExecStart=\/opt\/my\\x20apps\/100%%$/m);
    assert.match(units.socket, /^ListenStream=8080$/m);
    for (const name of ["a\nExecStart=/bin/sh", "a b", "100%", "../a", ""])
      assert.throws(() => systemdUnits({ name, program: "/x", listen: "1" }), BuildError, JSON.stringify(name));
    assert.throws(() => systemdUnits({ name: "a", program: "/x", listen: "1\nExecStartPre=/bin/sh" }), BuildError);
    assert.throws(() => systemdUnits({ name: "a", program: "x", listen: "1" }), /absolute/);
  });

  test("systemd finds nothing wrong with the units", async () => {
    const program = await writeExecutable(directory, "my program", await toyArtifact({ mode: "snapshot" }));
    const files = Object.entries(systemdUnits({ name: "verified", program, listen: "127.0.0.1:8080" })).map(
      ([kind, text]) => [join(directory, `verified.${kind}`), text] as const,
    );
    for (const [path, text] of files) await writeFile(path, text);
    const { stdout, stderr } = await run("systemd-analyze", ["verify", "--man=no", ...files.map(([path]) => path)]);
    // It reads other units of this machine as well, and warns of theirs.
    assert.deepEqual(
      (stdout + stderr).split("\n").filter((line) => /verified|my program/.test(line)),
      [],
    );
  });

  test("a socket that the manager holds starts the program on the first connection", async () => {
    const program = await writeExecutable(directory, "activated", await toyArtifact({ mode: "snapshot" }));
    const port = await freePort();
    const manager = spawn("systemd-socket-activate", ["-l", `127.0.0.1:${port}`, program], { stdio: "ignore" });
    try {
      for (let attempt = 0; ; attempt++) {
        const answer = await fetch(`http://127.0.0.1:${port}/`).catch(() => undefined);
        if (answer) {
          assert.equal(await answer.text(), "hello");
          break;
        }
        assert.ok(attempt < 200, "it answers within 10 s");
        await new Promise((r) => setTimeout(r, 50));
      }
    } finally {
      manager.kill("SIGKILL");
    }
  });
});

describe("wasm32", () => {
  for (const mode of ["snapshot", "embedded", "source"] as const) {
    test(`${mode}: one module, loaded and asked; the same input gives the same bytes`, async () => {
      const compiled = await compileHandler({
        files: { "h.ts": `export default (r: Request) => new Response("at " + new URL(r.url).pathname)` },
        entry: "h.ts",
      });
      const build = () => buildArtifact({ compiled, name: "h", mode, target: "wasm32" });
      const { bytes, executor, sha256: digest } = await build();
      assert.equal((await build()).sha256, digest);
      assert.equal(executor, "module");
      const info = inspectArtifact(bytes);
      assert.deepEqual([info.format, info.machine, info.mode, info.name, info.problems], ["wasm", "wasm32", mode, "h", []]);
      const vm = openWasmArtifact(await WebAssembly.compile(bytes as Uint8Array<ArrayBuffer>));
      const answer = new TextDecoder().decode(await vm.exchange(new TextEncoder().encode("GET /here HTTP/1.1\r\nHost: x\r\n\r\n")));
      assert.match(answer, /^HTTP\/1.1 200 OK\r\n[\s\S]*\r\n\r\nat \/here$/);
    });
  }

  const source = `
    console.log("up");
    let n = 0;
    export default {
      async fetch(request, env) {
        const { pathname } = new URL(request.url);
        if (pathname === "/echo") return new Response(await request.text(), { headers: [["set-cookie", "a=1"], ["set-cookie", "b=2"]] });
        if (pathname === "/slow") return await new Promise((resolve) => setTimeout(resolve, 20)), Response.json({ n: ++n, who: env.WHO });
        if (pathname === "/never") return new Promise(() => {});
        if (pathname === "/full") { const all = []; for (;;) all.push(new Uint8Array(1 << 20).fill(1)); }
        if (pathname === "/none") return new Response(null, { status: 204 });
        if (pathname === "/written") return Response.json({ n });
        n = 0;
        return new Response(new ReadableStream({ async pull(c) { await null; if (n++ === 100) c.close(); else c.enqueue(new Uint8Array(50_000)); } }));
      },
    };`;
  type Loader = { open(options: object): Promise<WasmHandler>; default: Pick<WasmHandler, "fetch"> };
  const moduleOf = async (mode: "snapshot" | "embedded", text: string): Promise<Loader> => {
    const compiled = await compileHandler({ files: { "h.js": text }, entry: "h.js" });
    const { bytes } = await buildArtifact({ compiled, name: "h", mode, target: "wasm32" });
    const archive = await moduleArchive({ name: "a b", bytes });
    assert.deepEqual(await moduleArchive({ name: "a b", bytes }), archive);
    const folder = await mkdtemp(join(directory, "module-"));
    for (const { name, data } of parseTar(archive)) await writeFile(join(folder, name), data!);
    return (await import(pathToFileURL(join(folder, "a b.mjs")).href)) as Loader;
  };
  const to = (path: string, init?: RequestInit) => new Request(`http://h.test${path}`, init);

  test("with its loader: requests beside each other, bodies, fields, variables, what it logs", async () => {
    const { open, default: handler } = await moduleOf("embedded", source);
    const records: unknown[] = [];
    const own = await open({ env: { WHO: "Ada" }, log: (record: unknown) => records.push(record) });
    assert.deepEqual(records, [{ level: "info", text: "up" }]);
    const slow = await Promise.all([1, 2, 3].map(async () => (await own.fetch(to("/slow"))).json()));
    assert.deepEqual(new Set(slow.map(({ n }: { n: number }) => n)), new Set([1, 2, 3]));
    assert.ok(slow.every(({ who }: { who: string }) => who === "Ada"));
    const echo = await own.fetch(to("/echo", { method: "POST", body: "x".repeat(3_000_000) }));
    assert.deepEqual([echo.headers.getSetCookie(), (await echo.text()).length], [["a=1", "b=2"], 3_000_000]);
    assert.equal((await own.fetch(to("/none"))).status, 204);
    assert.equal((await own.fetch(to("/echo", { method: "HEAD" }))).body, null);
    assert.deepEqual(await (await handler.fetch(to("/slow"))).json(), { n: 1 }, "with memory of its own");
  });

  test("with its loader: a body comes as it is read, and not before; aborted, cancelled", async () => {
    const { open } = await moduleOf("snapshot", source);
    const own = await open({});
    const streamed = await own.fetch(to("/stream"));
    const { n } = (await (await own.fetch(to("/written"))).json()) as { n: number };
    assert.ok(n < 50, `${n} chunks were made and nobody read one`);
    assert.equal((await streamed.arrayBuffer()).byteLength, 5_000_000);
    const reader = (await own.fetch(to("/stream"))).body!.getReader();
    await reader.read();
    await reader.cancel();
    const abort = new AbortController();
    const never = own.fetch(to("/never", { signal: abort.signal }));
    abort.abort(new Error("enough"));
    await assert.rejects(never, /enough/);
    assert.equal((await own.fetch(to("/none"))).status, 204);
  });

  test("with its loader: a top level that fails, and memory that is full", async () => {
    const failing = await moduleOf("embedded", `throw new Error("not today")`);
    await assert.rejects(failing.default.fetch(to("/")), /not today/);
    const { open } = await moduleOf("snapshot", source);
    const own = await open({ heapBytes: 32 << 20, log: () => {} });
    assert.equal((await own.fetch(to("/full"))).status, 500);
    assert.equal((await own.fetch(to("/none"))).status, 204);
  });

  test("a damaged module is told", async () => {
    const compiled = await compileHandler({ files: { "h.js": `export default () => new Response("")` }, entry: "h.js" });
    const { bytes } = await buildArtifact({ compiled, name: "h", mode: "snapshot", target: "wasm32" });
    assert.ok(inspectArtifact(bytes.subarray(0, bytes.length - 9)).problems.length > 0);
    await assert.rejects(buildArtifact({ compiled, name: "h", mode: "prefork", target: "wasm32" }), /forks processes/);
  });
});
