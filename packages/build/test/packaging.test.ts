/** Packagings of an artifact, read by the tools that people load them with. */
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import { parseTar } from "nanotar";
import { openWasmArtifact } from "@zerostart/vm/wasm-artifact.ts";
import { BuildError, buildArtifact, inspectArtifact } from "../src/artifact.ts";
import { sha256 } from "../src/cache.ts";
import { compileHandler } from "../src/compile.ts";
import { containerImage, systemdUnits } from "../src/packaging/index.ts";
import { tryRun } from "../src/run.ts";
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
  test("units name the program; hostile names are refused", () => {
    const units = systemdUnits({ name: "hello", program: "/opt/my apps/100%", listen: "8080" });
    assert.match(units.service, /^ExecStart=\/opt\/my\\x20apps\/100%%$/m);
    assert.match(units.socket, /^ListenStream=8080$/m);
    assert.throws(() => systemdUnits({ name: "a\nExecStart=/bin/sh", program: "/x", listen: "1" }), RangeError);
    assert.throws(() => systemdUnits({ name: "a", program: "x", listen: "1" }), /absolute/);
  });

  test("a socket that the manager holds starts the program on the first connection", async (t) => {
    if ((await tryRun("systemd-socket-activate", ["--version"])) === undefined) return t.skip("systemd-socket-activate is not installed");
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

  test("a damaged module is told", async () => {
    const compiled = await compileHandler({ files: { "h.js": `export default () => new Response("")` }, entry: "h.js" });
    const { bytes } = await buildArtifact({ compiled, name: "h", mode: "snapshot", target: "wasm32" });
    assert.ok(inspectArtifact(bytes.subarray(0, bytes.length - 9)).problems.length > 0);
    await assert.rejects(buildArtifact({ compiled, name: "h", mode: "prefork", target: "wasm32" }), /forks processes/);
  });
});

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
