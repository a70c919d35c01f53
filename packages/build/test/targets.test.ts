/** The targets beside Linux: Mach-O checked by every load command and page hash, and by LIEF; PE run under Wine. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { after, before, describe, test } from "node:test";
import { launchModes, modeProblem, targets, targetTriples } from "@zerostart/protocol";
import { buildArtifacts, inspectArtifact } from "../src/artifact.ts";
import { cacheDirectory, sha256 } from "../src/cache.ts";
import { checkSignature } from "../src/code-signature.ts";
import { loadCommands, MalformedMachOError, parseMachO } from "../src/macho.ts";
import { decodePayload, findPayload } from "../src/payload.ts";
import { MalformedPeError, parsePe, sectionFlags } from "../src/pe.ts";
import { run, tryRun } from "../src/run.ts";
import { bodies, Client, get, runToEnd, serve } from "./helpers/server.ts";
import { toyArtifact, toyBytecode, toyEngine, writeExecutable } from "./helpers/toy.ts";
import { findWine, type Wine } from "./helpers/wine.ts";

const foreignTargets = ["aarch64-macos", "x86_64-macos", "x86_64-windows"] as const;
let directory: string;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), "zerostart-targets-"));
});
after(() => rm(directory, { recursive: true, force: true }));

for (const target of ["aarch64-macos", "x86_64-macos"] as const) {
  describe(target, () => {
    for (const mode of ["snapshot", "source"] as const) {
      test(`${mode}: every load command points at what it names, and the image lies in a segment that can be mapped`, async () => {
        const bytes = await toyArtifact({ mode, target });
        const view = new DataView(bytes.buffer);
        const macho = parseMachO(bytes);
        assert.equal(macho.machine, target.split("-")[0]);
        assert.equal(macho.kind, "executable");
        assert.equal(macho.flags & 0x20_0000, 0x20_0000, "position-independent: the kernel refuses others");
        assert.deepEqual(macho.neededLibraries, ["/usr/lib/libSystem.B.dylib"]);
        assert.equal(macho.interpreter, "/usr/lib/dyld");
        assert.ok(macho.commandsEnd <= macho.firstSection);
        for (const type of [loadCommands.main, loadCommands.buildVersion, loadCommands.uuid, loadCommands.symtab, loadCommands.codeSignature])
          assert.equal(macho.commands.filter((c) => c.type === type).length, 1, `command ${type}`);

        const page = target === "aarch64-macos" ? 16_384 : 4096;
        assert.deepEqual(
          macho.segments.map((s) => s.name),
          ["__PAGEZERO", "__TEXT", "__DATA_CONST", "__DATA", "__ZEROSTART", "__LINKEDIT"],
        );
        for (const [i, s] of macho.segments.entries()) {
          assert.ok(s.address % page === 0 && s.offset % page === 0 && s.memoryBytes % page === 0, s.name);
          assert.ok(s.fileBytes <= s.memoryBytes && s.offset + s.fileBytes <= bytes.length, s.name);
          assert.ok((s.protection & 6) !== 6, "nothing is writable and executable");
          for (const section of s.sections)
            assert.ok(section.address >= s.address && section.address + section.sizeBytes <= s.address + s.memoryBytes, `${s.name},${section.name}`);
          const next = macho.segments[i + 1];
          if (!next) continue;
          assert.ok(s.address + s.memoryBytes <= next.address && s.offset + s.fileBytes <= next.offset, "in order, not overlapping");
        }
        assert.deepEqual([macho.segments[0]!.memoryBytes, macho.segments[1]!.offset], [2 ** 32, 0]);
        const linkedit = macho.segments.at(-1)!;
        assert.equal(linkedit.offset + linkedit.fileBytes, bytes.length);
        const inLinkedit = (offset: number, size: number, what: string) =>
          assert.ok(size === 0 || (offset >= linkedit.offset && offset + size <= macho.signature!.offset), what);
        for (const c of macho.commands) {
          const field = (at: number) => view.getUint32(c.offset + at, true);
          if (c.type === loadCommands.symtab) {
            inLinkedit(field(8), field(12) * 16, "symbols");
            inLinkedit(field(16), field(20), "strings");
            assert.equal(bytes[field(16)], target === "aarch64-macos" || bytes[field(16)] === 0 ? 0 : 0x20, "the table of strings begins as one");
          }
          if (c.type === loadCommands.dysymtab) inLinkedit(field(56), field(60) * 4, "indirect symbols");
          if (c.type === loadCommands.dyldInfoOnly) for (const at of [8, 16, 24, 32, 40]) inLinkedit(field(at), field(at + 4), `what dyld reads at ${at}`);
          if (c.type === loadCommands.functionStarts || c.type === loadCommands.dataInCode) inLinkedit(field(8), field(12), `command ${c.type}`);
        }

        const payload = decodePayload(bytes, findPayload(bytes));
        const segment = macho.segments.find((s) => s.name === "__ZEROSTART")!;
        assert.deepEqual([segment.protection, payload.contentOffset, payload.artifactBytes], [1, segment.offset, segment.offset + segment.fileBytes]);
        for (const range of payload.ranges) {
          assert.ok(range.start % 16_384 === 0 && range.fileBytes % 16_384 === 0 && range.fileOffset % 16_384 === 0, "the pages of Apple's processors");
          assert.ok(range.fileOffset >= segment.offset && range.fileOffset + range.fileBytes <= segment.offset + segment.fileBytes);
        }
        assert.equal(
          payload.ranges.reduce((sum, r) => sum + r.totalBytes, 0),
          payload.memoryPages * 65_536,
        );
      });
    }

    test("signed ad hoc, page by page, after embedding", async () => {
      const bytes = await toyArtifact({ mode: "snapshot", target });
      const macho = parseMachO(bytes);
      const { offset, sizeBytes } = macho.signature!;
      assert.equal(offset % 16, 0);
      assert.equal(offset + sizeBytes, bytes.length);
      // Read here by the field, not with the code that wrote it (xnu, osfmk/kern/cs_blobs.h).
      const blob = Buffer.from(bytes.buffer, offset, sizeBytes);
      assert.deepEqual([blob.readUInt32BE(0), blob.readUInt32BE(4), blob.readUInt32BE(8), blob.readUInt32BE(12)], [0xfade0cc0, sizeBytes, 1, 0]);
      const directoryBlob = blob.subarray(blob.readUInt32BE(16));
      const u32 = (at: number) => directoryBlob.readUInt32BE(at);
      assert.deepEqual([u32(0), u32(4), u32(8)], [0xfade0c02, directoryBlob.length, 0x20400]);
      assert.equal(u32(12) & 2, 2, "CS_ADHOC");
      assert.deepEqual([u32(24), u32(28), u32(32)], [0, Math.ceil(offset / 4096), offset], "no special slots; all pages; up to the signature");
      assert.deepEqual([...directoryBlob.subarray(36, 40)], [32, 2, 0, 12], "SHA-256, pages of 4 KiB");
      assert.equal(directoryBlob.toString("latin1", u32(20), directoryBlob.indexOf(0, u32(20))), "toy.ts");
      const text = macho.segments[1]!;
      assert.deepEqual(
        [64, 72, 80].map((at) => directoryBlob.readBigUInt64BE(at)),
        [0n, BigInt(text.fileBytes), 1n],
        "the executable segment of a main program",
      );
      for (let i = 0; i < u32(28); i++) {
        const hash = createHash("sha256").update(bytes.subarray(i * 4096, Math.min((i + 1) * 4096, offset)));
        assert.deepEqual(directoryBlob.subarray(u32(16) + i * 32, u32(16) + (i + 1) * 32), hash.digest(), `page ${i}`);
      }
      assert.equal(checkSignature(bytes, macho), undefined);
    });

    test("what was changed, cut off or appended is told; hostile bytes are an answer, never an exception", async () => {
      const bytes = await toyArtifact({ mode: "snapshot", target });
      const info = inspectArtifact(bytes);
      assert.deepEqual(
        [info.format, info.machine, info.mode, info.isStatic, info.intact, info.problems],
        ["macho", target.split("-")[0], "snapshot", false, true, []],
      );
      assert.equal(
        info.parts.reduce((sum, p) => sum + p.sizeBytes, 0),
        bytes.length,
      );
      for (const at of [5000, bytes.length - 20_000]) {
        const flipped = Uint8Array.from(bytes);
        flipped[at]! ^= 1;
        assert.match(inspectArtifact(flipped).problems.join(), /is not the one that was signed/);
      }
      assert.match(inspectArtifact(bytes.subarray(0, bytes.length - 8)).problems.join(), /cut off/);
      assert.match(inspectArtifact(Uint8Array.from([...bytes, 0])).problems.join(), /behind its code signature/);
      for (let i = 0; i < 1600; i += 3) {
        inspectArtifact(bytes.subarray(0, i));
        const hostile = Uint8Array.from(bytes);
        hostile[i] = 0xff;
        inspectArtifact(hostile);
      }
      assert.throws(() => parseMachO(bytes.subarray(0, 100)), MalformedMachOError);
    });
  });
}

describe("x86_64-windows", () => {
  test("a PE file whose image lies in a section that can be mapped", async () => {
    const bytes = await toyArtifact({ mode: "source", target: "x86_64-windows" });
    const view = new DataView(bytes.buffer);
    const pe = parsePe(bytes);
    assert.equal(pe.machine, "x86_64");
    assert.deepEqual(pe.neededLibraries.map((name) => name.toLowerCase()).sort(), ["bcrypt.dll", "kernel32.dll", "ws2_32.dll"]);
    const optional = view.getUint32(0x3c, true) + 24;
    assert.equal(view.getUint16(optional + 68, true), 3, "a program for the console");
    assert.ok((view.getUint16(optional + 70, true) & 0x140) === 0x140, "no executable data, no fixed address");
    for (const [i, s] of pe.sections.entries()) {
      assert.ok(s.address % 4096 === 0 && s.offset % 512 === 0 && s.fileBytes % 512 === 0, s.name);
      assert.ok(s.offset + s.fileBytes <= bytes.length && s.address + s.memoryBytes <= pe.imageBytes, s.name);
      assert.ok(!(s.flags & sectionFlags.executable && s.flags & sectionFlags.writable), "nothing is writable and executable");
      const next = pe.sections[i + 1];
      if (next) assert.ok(next.address >= s.address + s.memoryBytes, "ascending, not overlapping");
    }
    const section = pe.sections.at(-1)!;
    assert.equal(section.name, ".zsimage");
    const payload = decodePayload(bytes, findPayload(bytes));
    assert.deepEqual([payload.contentOffset, payload.artifactBytes], [section.offset, bytes.length]);
    assert.equal(payload.payloadOffset % 65_536, 0);
    for (const range of payload.ranges) assert.ok(range.start % 65_536 === 0 && range.fileBytes % 65_536 === 0 && range.fileOffset % 65_536 === 0);
    const info = inspectArtifact(bytes);
    assert.deepEqual([info.format, info.mode, info.intact, info.problems], ["pe", "source", true, []]);
    const flipped = Uint8Array.from(bytes);
    flipped[payload.contentOffset + 1]! ^= 1;
    assert.equal(inspectArtifact(flipped).intact, false);
    for (let i = 0; i < 1100; i += 3) {
      inspectArtifact(bytes.subarray(0, i));
      const hostile = Uint8Array.from(bytes);
      hostile[i] = 0xff;
      inspectArtifact(hostile);
    }
    assert.throws(() => parsePe(bytes.subarray(0, 100)), MalformedPeError);
  });

  describe("under Wine", () => {
    let wine: Wine | undefined;
    before(async () => {
      wine = await findWine();
    });
    after(() => wine?.remove());
    const program = async (name: string, input: Parameters<typeof toyArtifact>[0]) =>
      writeExecutable(directory, `${name}.exe`, await toyArtifact({ ...input, target: "x86_64-windows" }));

    test("serves: answers, keeps connections, comes back after a trap, drains", async (t) => {
      if (!wine) return t.skip("Wine is not installed (apt-get install wine64)");
      const server = await serve([wine.program, await program("served", { mode: "snapshot" })], ["--verbose"], wine.env);
      const client = new Client(server.port);
      client.send(get("/") + get("/") + get("/"));
      await client.until((text) => bodies(text).length === 3);
      assert.deepEqual(bodies(client.text), ["hello", "hello", "hello"]);
      // The native stack overflows, and does so again: its guard page was put back.
      for (let i = 0; i < 3; i++) {
        assert.match(await new Client(server.port).send(get("/deep")).end(), /^HTTP\/1.1 500/);
        assert.deepEqual(bodies(await new Client(server.port).send(get("/", "Connection: close\r\n")).end()), ["hello"]);
      }
      // The trap closed the old connection; thirty new ones at once, half of which leave without a word.
      const many = Array.from({ length: 30 }, () => new Client(server.port));
      many.forEach((each, i) => (i % 2 ? each.send(get("/", "Connection: close\r\n")) : each.close()));
      for (const [i, each] of many.entries()) if (i % 2) assert.deepEqual(bodies(await each.end()), ["hello"]);
      server.child.kill("SIGINT");
      assert.equal(await server.exited, 0);
      assert.match(server.stderr(), /native stack exhausted[\s\S]*draining/);
    });

    test("the other launch modes, arguments with spaces and quotes, and what is refused", async (t) => {
      if (!wine) return t.skip("Wine is not installed (apt-get install wine64)");
      for (const mode of ["embedded", "cached"] as const) {
        const path = await program(mode, { mode });
        const cache = mode === "cached" ? ["--cache", `Z:${join(directory, "a cache", "below").replaceAll("/", "\\")}`] : [];
        for (let start = 0; start < 2; start++) {
          const server = await serve([wine.program, path], cache, wine.env);
          assert.deepEqual(bodies(await new Client(server.port).send(get("/", "Connection: close\r\n")).end()), ["hello"], mode);
          server.child.kill("SIGINT");
          assert.equal(await server.exited, 0);
        }
      }
      const path = await program("refused", { mode: "embedded" });
      assert.equal((await runToEnd([wine.program, path, "--verify"], wine.env)).code, 0);
      const unknown = await runToEnd([wine.program, path, 'a "b" \\c'], wine.env);
      assert.deepEqual([unknown.code, unknown.stderr.split("\n")[0]!.trim()], [2, 'zerostart: unknown option a "b" \\c']);
      const pool = await runToEnd([wine.program, path, "--port", "0", "--pool", "2"], wine.env);
      assert.equal(pool.code, 2);
      assert.match(pool.stderr, /--pool needs an operating system that forks/);
    });
  });
});

describe("all targets at once", () => {
  type Result = { totalMs: number; artifacts: { path: string; target: string; sha256: string; buildMs: number; executor: string }[] };

  test("one command builds all eight; from another folder the bytes are the same", async () => {
    const { wasm } = await toyEngine();
    await writeFile(join(directory, "vm.wasm"), wasm);
    const program = fileURLToPath(new URL("../../cli/bin/zerostart.mjs", import.meta.url));
    const build = async (name: string) => {
      const folder = join(directory, name);
      await mkdir(join(folder, "src"), { recursive: true });
      await writeFile(join(folder, "src/handler.ts"), 'import { text } from "./text.ts";\nexport default () => new Response(text);\n');
      await writeFile(join(folder, "src/text.ts"), 'export const text: string = "hello";\n');
      const args = [program, "build", "src/handler.ts", "--target", "all", "--mode", "embedded", "-o", "out", "--json"];
      return JSON.parse(await run(process.execPath, args, { cwd: folder, env: { ...process.env, ZEROSTART_ENGINE: directory } })) as Result;
    };
    const [first, second] = [await build("one"), await build("another")];
    assert.deepEqual(
      first.artifacts.map((a) => a.target),
      targets.map((t) => t.triple),
    );
    assert.deepEqual(
      first.artifacts.map((a) => a.sha256),
      second.artifacts.map((a) => a.sha256),
    );
    for (const { path, target, sha256: digest, executor, buildMs } of first.artifacts) {
      const bytes = new Uint8Array(await readFile(path));
      assert.equal(sha256(bytes), digest);
      assert.deepEqual([inspectArtifact(bytes).problems, executor], [[], target === "wasm32" ? "module" : "native"], target);
      assert.ok(buildMs <= first.totalMs);
    }
  });

  test("the snapshot is made once for all of them", async () => {
    const log: string[] = [];
    const compiled = { ok: true, diagnostics: [], bytecode: toyBytecode("ok hello"), sourceBytes: 1, bytecodeBytes: 1 };
    const input = { compiled, name: "toy.ts", mode: "snapshot" as const, tls: false, engine: await toyEngine(), onLog: (line: string) => log.push(line) };
    const built = [];
    for await (const artifact of buildArtifacts(input, targetTriples)) built.push(artifact);
    assert.equal(built.length, targets.length);
    assert.equal(log.filter((line) => /Running the top level/.test(line)).length, 1);
    // Refused before anything is built, not after the first seven.
    log.length = 0;
    await assert.rejects(buildArtifacts({ ...input, mode: "clone" }, targetTriples).next(), /clone forks processes/);
    assert.deepEqual(log, []);
  });
});

test("LIEF, which checks what the systems' loaders check, finds nothing wrong with the files", async (t) => {
  const env = { ...process.env, PYTHONPATH: cacheDirectory("python") };
  const program = `
import lief, sys
for path in sys.argv[1:]:
    binary = lief.parse(path)
    sound, why = lief.MachO.check_layout(binary) if lief.is_macho(path) else lief.PE.check_layout(binary)
    print("sound" if sound else why)
`;
  const paths = await Promise.all(
    foreignTargets.map(async (target) => writeExecutable(directory, `lief-${target}`, await toyArtifact({ mode: "embedded", target }))),
  );
  if ((await tryRun("python3", ["-c", `import sys; sys.path.append("${env.PYTHONPATH}"); import lief`])) === undefined)
    return t.skip("LIEF is not installed (python3 -m pip install --target .cache/python lief)");
  assert.equal(await run("python3", ["-c", program, ...paths], { env }), "sound\n".repeat(foreignTargets.length));
});

test("which launch mode on which target", () => {
  const table = Object.fromEntries(targets.map((t) => [t.triple, launchModes.filter((m) => !modeProblem(m.name, t.triple)).map((m) => m.name)]));
  const all = launchModes.map((m) => m.name);
  assert.deepEqual(table["x86_64-linux-musl"], all);
  assert.deepEqual(table["aarch64-macos"], all);
  assert.deepEqual(table["x86_64-windows"], ["source", "cached", "embedded", "snapshot"]);
  assert.deepEqual(table["wasm32"], ["source", "embedded", "snapshot"]);
  assert.equal(modeProblem("clone", "x86_64-windows"), "Launch mode clone forks processes, which Windows x86-64 cannot do");
});
