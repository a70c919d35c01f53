/** Stubs, embedding, images and files, with the toy VM. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { inspectArtifact } from "../src/artifact.ts";
import { sha256, withLock } from "../src/cache.ts";
import { MalformedElfError, parseElf, segmentTypes } from "../src/elf.ts";
import { embed } from "../src/embed.ts";
import { decodeImage, encodeImage, MalformedImageError } from "@zerostart/vm/image-file.ts";
import { cutImage } from "@zerostart/vm/image.ts";
import { takeSnapshot } from "../src/snapshot.ts";
import { getStub } from "../src/stub.ts";
import { targets } from "@zerostart/protocol";
import { findToolchain } from "../src/toolchain.ts";
import { bodies, Client, get, serve } from "./helpers/server.ts";
import { nativeTarget, toyArtifact, toyBytecode, toyEngine, writeExecutable } from "./helpers/toy.ts";

let directory: string;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), "zerostart-pipeline-"));
});
after(() => rm(directory, { recursive: true, force: true }));

const linuxTargets = targets.filter((t) => t.os === "linux").map((t) => t.triple);
for (const target of linuxTargets) {
  describe(target, () => {
    test("an executable, static but for the dynamic control; the image is mapped where linear memory lies", async () => {
      const bytes = await toyArtifact({ mode: "snapshot", target });
      const elf = parseElf(bytes);
      assert.equal(elf.kind, "executable");
      assert.equal(elf.machine, target.split("-")[0]);
      const isDynamic = target.endsWith("-gnu");
      assert.equal(elf.interpreter, isDynamic ? "/lib64/ld-linux-x86-64.so.2" : undefined);
      assert.deepEqual(elf.neededLibraries, isDynamic ? ["libc.so.6"] : []);
      assert.ok(bytes.length < 100_000);
      const loads = elf.segments.filter((s) => s.type === segmentTypes.load);
      for (const [i, s] of loads.entries()) {
        assert.equal(s.offset % 4096, s.address % 4096);
        assert.ok(s.fileBytes <= s.memoryBytes && s.offset + s.fileBytes <= bytes.length);
        if (i) assert.ok(s.address >= loads[i - 1]!.address + loads[i - 1]!.memoryBytes, "ascending, not overlapping");
        assert.ok(!(s.flags & 1 && s.flags & 2), "nothing is writable and executable");
      }
      const memory = loads.filter((s) => s.address >= 0x20000000);
      assert.equal(memory[0]!.address, 0x20000000);
      const pages = memory.reduce((sum, s) => sum + s.memoryBytes, 0) / 65536;
      assert.ok(Number.isInteger(pages) && pages >= 8, `the whole of linear memory: ${pages} pages`);
      for (const s of memory) assert.equal(s.flags, 6);
    });

    test("same input, same bytes, also from a second cache", async () => {
      const first = await toyArtifact({ mode: "snapshot", target });
      assert.equal(sha256(await toyArtifact({ mode: "snapshot", target })), sha256(first));
      if (target !== linuxTargets[0]) return; // one target's stub twice is enough
      const program = `import { toyArtifact } from ${JSON.stringify(new URL("./helpers/toy.ts", import.meta.url).href)};
        import { sha256 } from ${JSON.stringify(new URL("../src/cache.ts", import.meta.url).href)};
        console.log(sha256(await toyArtifact({ mode: "snapshot", target: ${JSON.stringify(target)} })));`;
      const cache = await mkdtemp(join(directory, "cache-"));
      // The compiler itself may be in the first cache.
      const zig = (await findToolchain()).compilers.find((c) => c.name === "zig")?.path;
      // Two at a time on one empty cache: both get the stub, one builds it.
      const outputs = await Promise.all([1, 2].map(() => runNode(program, { ZEROSTART_CACHE: cache, ...(zig && { ZEROSTART_ZIG: zig }) })));
      assert.deepEqual(outputs, [`${sha256(first)}\n`, `${sha256(first)}\n`]);
      const left = (await readdir(join(cache, "stubs"))).filter((f) => !/^[\w-]+-[0-9a-f]{32}$/.test(f));
      assert.deepEqual(left, [], "no locks or half-built stubs are left");
    });
  });
}

test("the dynamic control answers, and its trace begins behind the dynamic linker", { skip: nativeTarget !== "x86_64-linux-musl" }, async () => {
  const program = await writeExecutable(directory, "dynamic", await toyArtifact({ mode: "snapshot", target: "x86_64-linux-gnu" }));
  const server = await serve([program]);
  assert.deepEqual(bodies(await new Client(server.port).send(get("/", "Connection: close\r\n")).end()), ["hello"]);
  assert.match(await new Client(server.port).send(get("/deep")).end(), /^HTTP\/1.1 500/);
  assert.equal(await server.stop(), 0);
});

test("compilers other than zig build a working stub for this host", async (t) => {
  const others = (await findToolchain()).compilers.filter((c) => c.name !== "zig" && c.targets.includes(nativeTarget));
  if (others.length === 0) return t.skip("no other compiler is installed");
  const engine = await toyEngine();
  for (const { name } of others) {
    const bytes = embed({
      engine,
      stub: await getStub(engine, nativeTarget, { compiler: name }),
      mode: "embedded",
      script: false,
      image: engine.baseImage,
      payload: toyBytecode("ok hello"),
      name: "toy",
    });
    assert.deepEqual(parseElf(bytes).neededLibraries, []);
    const server = await serve([await writeExecutable(directory, name, bytes)]);
    assert.match(await new Client(server.port).send(get("/deep")).end(), /^HTTP\/1.1 500/);
    assert.deepEqual(bodies(await new Client(server.port).send(get("/", "Connection: close\r\n")).end()), ["hello"]);
    assert.equal(await server.stop(), 0);
  }
});

test("inspectArtifact tells what a file is, whole or damaged", async () => {
  const snapshot = await toyArtifact({ mode: "snapshot" });
  const info = inspectArtifact(snapshot);
  assert.deepEqual([info.format, info.mode, info.isStatic, info.intact, info.problems, info.name], ["elf", "snapshot", true, true, [], "toy.ts"]);
  assert.equal(
    info.parts.reduce((sum, p) => sum + p.sizeBytes, 0),
    snapshot.length,
  );
  const portable = inspectArtifact(await toyArtifact({ mode: "embedded", portable: true }));
  assert.deepEqual([portable.format, portable.mode, portable.intact, portable.problems], ["portable", "embedded", true, []]);

  const flipped = Uint8Array.from(snapshot);
  flipped[snapshot.length - 5]! ^= 1;
  assert.equal(inspectArtifact(flipped).intact, false);
  assert.match(inspectArtifact(snapshot.subarray(0, snapshot.length - 4096)).problems[0]!, /bytes, but/);
  // Hostile bytes: every cut and a flip in every header byte is an answer, never an exception.
  for (let i = 0; i < 2000; i += 7) {
    inspectArtifact(snapshot.subarray(0, i));
    const hostile = Uint8Array.from(snapshot);
    hostile[i] = 0xff;
    inspectArtifact(hostile);
  }
  assert.equal(inspectArtifact(new Uint8Array()).format, "unknown");
  assert.throws(() => parseElf(snapshot.subarray(0, 70)), MalformedElfError);
});

describe("snapshots", () => {
  test("a top level that throws is a message with the stack", async () => {
    const result = await takeSnapshot(await toyEngine(), toyBytecode("throw TypeError: x\n    at h.js:1:1"));
    assert.deepEqual(result, { ok: false, message: "TypeError: x\n    at h.js:1:1", records: [] });
  });
  test("bytecode that is refused is a message", async () => {
    const result = await takeSnapshot(await toyEngine(), new Uint8Array([1, 2, 3]));
    assert.equal(result.ok === false && result.message, "not a TOY1 bytecode");
  });
  test("a top level that never ends: the VM's limit, and the wall clock when the VM has none", async () => {
    const limited = await takeSnapshot(await toyEngine(), toyBytecode("loop"), { cpuMs: 20 });
    assert.match(limited.ok === false ? limited.message : "", /CPU limit/);
    const ended = await takeSnapshot(await toyEngine(), toyBytecode("loop"), { cpuMs: 0, wallMs: 300 });
    assert.match(ended.ok === false ? ended.message : "", /did not end within 0.3 s/);
  });
  test("an aborted build stops", async () => {
    const controller = new AbortController();
    const pending = takeSnapshot(await toyEngine(), toyBytecode("loop"), { cpuMs: 0, signal: controller.signal });
    setTimeout(() => controller.abort(), 50);
    await assert.rejects(pending, { name: "AbortError" });
  });
  test("console records of the top level are kept", async () => {
    const result = await takeSnapshot(await toyEngine(), toyBytecode("ok x"));
    assert.deepEqual(result.records, [{ level: "info", text: "top level ran" }]);
  });
});

describe("images", () => {
  test("leave out the stack, what lies behind the end, and long runs of zero pages", () => {
    const memory = new Uint8Array(8 * 65536).fill(0);
    memory[5] = 1;
    memory.fill(7, 65536, 131072);
    memory[131072] = 2;
    memory[131072 + 30 * 4096] = 3;
    memory[131072 + 31 * 4096] = 4;
    const image = cutImage(memory, { start: 65536, end: 131072 }, 131072 + 31 * 4096);
    assert.deepEqual(
      image.ranges.map((r) => [r.start, r.bytes.length, r.totalBytes]),
      [
        [0, 4096, 131072],
        [131072, 4096, 30 * 4096],
        [131072 + 30 * 4096, 4096, 8 * 65536 - 131072 - 30 * 4096],
      ],
    );
    assert.deepEqual(decodeImage(encodeImage(image)), image);
  });
  test("have a bounded number of ranges", () => {
    const memory = new Uint8Array(64 * 65536);
    for (let at = 0; at < memory.length; at += 65536 * 2) memory[at] = 1;
    const image = cutImage(memory, { start: 4096, end: 8192 }, memory.length);
    assert.ok(image.ranges.length <= 15);
    assert.equal(
      image.ranges.reduce((sum, r) => sum + r.totalBytes, 0),
      memory.length,
    );
  });
  test("on disk are refused when malformed", () => {
    const file = encodeImage({ memoryPages: 1, ranges: [{ start: 0, bytes: new Uint8Array(4096).fill(1), totalBytes: 65536 }] });
    for (let i = 0; i < file.length; i += 101) assert.throws(() => decodeImage(file.subarray(0, i)), MalformedImageError);
    const overlapping = Uint8Array.from(file);
    overlapping[17] = 0x10;
    assert.throws(() => decodeImage(overlapping), MalformedImageError);
  });
});

test("a lock whose process is gone is taken over", async () => {
  const path = join(directory, "some.lock");
  await writeFile(path, "999999999");
  assert.equal(await withLock(path, async () => "done"), "done");
});

function runNode(program: string, env: Record<string, string>): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(
      process.execPath,
      ["--input-type=module", "-e", program],
      { env: { ...process.env, ...env }, cwd: fileURLToPath(new URL("..", import.meta.url)), timeout: 120_000 },
      (error, stdout) => (error ? reject(error) : resolve(stdout)),
    );
  });
}
