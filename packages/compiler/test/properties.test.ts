/** Properties that hold for every source: determinism, files that verify and round-trip, mutated files that are rejected or at least harmless. */
import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, extname, join } from "node:path";
import { test } from "node:test";
import { crc32, decode, disassemble, encode, verify } from "@zerostart/bytecode";
import fc from "fast-check";
import { compile } from "../src/index.ts";

const golden = join(import.meta.dirname, "golden");
const sources = readdirSync(golden)
  .filter((name) => extname(name) !== ".txt")
  .map((name) => ({
    filename: name,
    source: readFileSync(join(golden, name), "utf8"),
    sourceType: extname(name) === ".js" ? ("script" as const) : ("module" as const),
    library: name === "library.ts",
  }));

function bytesOf({ source, ...options }: (typeof sources)[number], extra: { keepSource?: boolean; stripLines?: boolean } = {}): Uint8Array {
  const result = compile(source, { ...options, ...extra });
  assert.ok(result.ok);
  return result.bytecode;
}

test("the same source gives the same bytes; lines and source are optional", () => {
  for (const item of sources) {
    assert.deepEqual(bytesOf(item), bytesOf(item));
    const stripped = bytesOf(item, { stripLines: true });
    const whole = bytesOf(item, { keepSource: true });
    assert.ok(stripped.length < whole.length);
    assert.equal(decode(whole).source, item.source);
    assert.equal(decode(stripped).source, null);
    assert.ok(verify(stripped).ok && verify(whole).ok);
  }
});

test("decode and encode are inverse", () => {
  for (const item of sources) {
    const bytes = bytesOf(item, { keepSource: true });
    assert.deepEqual(encode(decode(bytes)), bytes);
  }
});

test("every string survives the file", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.double(), fc.bigInt({ min: 0n }), (text, number, big) => {
      const result = compile(
        `x = [${JSON.stringify(text)}, ${Number.isNaN(number) ? "NaN" : Math.abs(number) === Infinity ? 1 : Math.abs(number)}, ${big}n];`,
        { filename: "t.js", sourceType: "script", keepSource: true },
      );
      assert.ok(result.ok);
      const file = decode(result.bytecode);
      assert.ok(file.strings.includes(text));
      assert.ok(file.bigints.map((i) => file.strings[i]).includes(String(big)));
    }),
    { numRuns: 200 },
  );
});

/** Sets the checksum right again, so that what is behind it is tested. */
function resealed(bytes: Uint8Array): Uint8Array {
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).setUint32(12, crc32(bytes, 16), true);
  return bytes;
}

test("mutated files: rejected or verified, never a crash", () => {
  const files = sources.map((item) => bytesOf(item, { keepSource: true }));
  fc.assert(
    fc.property(fc.nat(files.length - 1), fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 }), fc.boolean(), (which, edits, seal) => {
      const bytes = files[which]!.slice();
      for (const [at, value] of edits) bytes[at % bytes.length] = value;
      const result = verify(seal ? resealed(bytes) : bytes);
      if (result.ok) disassemble(bytes);
      else assert.ok(result.message.length > 0);
    }),
    { numRuns: 3000 },
  );
});

test("truncated and extended files are rejected", () => {
  const bytes = bytesOf(sources[0]!);
  for (let n = 0; n < bytes.length; n += 7) assert.ok(!verify(bytes.slice(0, n)).ok);
  assert.ok(!verify(Uint8Array.from([...bytes, 0])).ok);
});

test("big real programs compile and verify", () => {
  const require = createRequire(import.meta.url);
  const acorn = dirname(require.resolve("acorn/package.json"));
  const programs: [string, "module" | "script"][] = [
    [join(acorn, "dist/acorn.mjs"), "module"],
    [join(acorn, "dist/acorn.js"), "script"],
    [require.resolve("@sveltejs/acorn-typescript"), "module"],
    [require.resolve("fast-check"), "module"],
  ];
  for (const [file, sourceType] of programs) {
    if (!existsSync(file)) continue;
    const result = compile(readFileSync(file, "utf8"), { filename: file, sourceType });
    assert.ok(result.ok, `${file}: ${result.ok ? "" : result.diagnostics[0]!.message}`);
    const verified = verify(result.bytecode);
    assert.ok(verified.ok, `${file}: ${verified.ok ? "" : verified.message}`);
  }
});
