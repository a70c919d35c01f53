/** Cold parts of the image: packed in the file, unpacked by the process when it touches them. */
import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { inflateRawSync } from "node:zlib";
import { coldBeside } from "../src/cold-beside.ts";
import { largeHandlerBytes, packCold, PackedPieces } from "../src/cold-parts.ts";
import { contentHash, decodePayload, encodePayload, findPayload } from "../src/payload.ts";
import { buildArtifact, compileHandler } from "../src/index.ts";
import { bodies, Client, get, serve } from "./helpers/server.ts";
import { nativeTarget, writeExecutable } from "./helpers/toy.ts";

const pieceBytes = 16384;

/** As host/cold.c does it. */
function unpack(packed: Uint8Array, length: number): { bytes: Uint8Array; lanes: number[] } {
  const pieces = Math.ceil(length / pieceBytes);
  const table = 4 * (pieces + 1);
  const begins = [...new Uint32Array(packed.slice(0, table).buffer)].map((at) => ({ at: at & 0x3fffffff, lanes: 1 << (at >>> 30) }));
  const unpacked = Array.from({ length: pieces }, (_, i) => {
    const inflated = inflateRawSync(packed.subarray(table + begins[i]!.at, table + begins[i + 1]!.at));
    const { lanes } = begins[i]!;
    assert.equal(inflated.length, Math.min(pieceBytes, length - i * pieceBytes));
    return inflated.map((_, at) => inflated[(at % lanes) * (inflated.length / lanes) + Math.floor(at / lanes)]!);
  });
  return { bytes: new Uint8Array(Buffer.concat(unpacked)), lanes: begins.slice(0, -1).map((begin) => begin.lanes) };
}

describe("packing", () => {
  const bytes = Uint8Array.from({ length: 40 * 4096 }, (_, i) => (i % 251) ^ (i >> 9));
  const image = { memoryPages: 32, ranges: [{ start: 0x10000, bytes, totalBytes: 0x1f0000 }], cold: [{ start: 0x12000, end: 0x12000 + 33 * 4096 }] };

  test("ranges around the part, pieces that unpack to what was there", () => {
    const { image: left, parts, state } = packCold(image, true);
    assert.equal(state, undefined);
    assert.deepEqual(
      left.ranges.map((r) => [r.start, r.bytes.length, r.totalBytes]),
      [
        [0x10000, 0x2000, 0x2000],
        [0x33000, 5 * 4096, 0x1f0000 - 0x23000],
      ],
    );
    const [part] = parts;
    assert.deepEqual([part!.start, part!.bytes], [0x12000, 33 * 4096]);
    assert.deepEqual(unpack(part!.packed, part!.bytes).bytes, bytes.slice(0x2000, 0x2000 + 33 * 4096));
  });

  test("a table of words is taken apart into lanes", () => {
    const words = Uint32Array.from({ length: 33 * 1024 }, (_, i) => i * 37);
    const table = { start: 0x10000, bytes: new Uint8Array(words.buffer), totalBytes: 0x1f0000 };
    const { parts } = packCold({ memoryPages: 32, ranges: [table], cold: [{ start: 0x10000, end: 0x10000 + words.byteLength }] }, true);
    assert.ok(unpack(parts[0]!.packed, words.byteLength).lanes.every((lanes) => lanes === 4));
    assert.deepEqual(unpack(parts[0]!.packed, words.byteLength).bytes, table.bytes);
  });

  test("empty pages behind the part belong to it", () => {
    const gap = bytes.slice();
    gap.fill(0, 35 * 4096, 38 * 4096);
    const { image: left, parts } = packCold({ ...image, ranges: [{ ...image.ranges[0]!, bytes: gap }] }, true);
    assert.deepEqual([parts[0]!.start, parts[0]!.bytes], [0x12000, 36 * 4096]);
    assert.deepEqual([left.ranges[1]!.start, left.ranges[1]!.bytes.length], [0x12000 + 36 * 4096, 2 * 4096]);
  });

  test("an image without cold parts stays as it is", () => {
    const { image: left, parts } = packCold({ memoryPages: 32, ranges: image.ranges }, true);
    assert.deepEqual([left.ranges, parts], [image.ranges, []]);
  });
});

describe("pieces that were packed before", () => {
  const words = Uint32Array.from({ length: 32 * 1024 }, (_, i) => i * 37);
  const bytes = new Uint8Array(words.buffer);
  const image = { memoryPages: 32, ranges: [{ start: 0x10000, bytes, totalBytes: 0x1f0000 }], cold: [{ start: 0x10000, end: 0x10000 + bytes.length }] };
  let cache: string;
  const ownCache = process.env.ZEROSTART_CACHE;
  before(async () => {
    cache = process.env.ZEROSTART_CACHE = await mkdtemp(join(tmpdir(), "zerostart-packed-"));
  });
  after(async () => {
    if (ownCache === undefined) delete process.env.ZEROSTART_CACHE;
    else process.env.ZEROSTART_CACHE = ownCache;
    await rm(cache, { recursive: true, force: true });
  });

  test("give the same bytes; one that the handler changed is packed anew; a damaged file is made anew", async () => {
    const expected = packCold(image, true).parts;
    assert.deepEqual(packCold(image, true, await PackedPieces.of(image, "v")).parts, expected);
    const [file] = await readdir(join(cache, "packed"));
    const path = join(cache, "packed", file!);
    assert.deepEqual(packCold(image, true, await PackedPieces.of(image, "v")).parts, expected);

    const changed = bytes.slice();
    changed[pieceBytes + 5] = 0xff;
    const other = { ...image, ranges: [{ start: 0x10000, bytes: changed, totalBytes: 0x1f0000 }] };
    assert.deepEqual(packCold(other, true, await PackedPieces.of(image, "v")).parts, packCold(other, true).parts);

    const stored = await readFile(path);
    for (const damaged of [stored.subarray(0, 100), Buffer.alloc(0), stored.map((byte, i) => (i === 5000 ? byte ^ 1 : byte))]) {
      await writeFile(path, damaged);
      assert.deepEqual(packCold(image, true, await PackedPieces.of(image, "v")).parts, expected);
      assert.deepEqual(await readFile(path), stored);
    }
    assert.equal(await PackedPieces.of({ ...image, cold: [] }, "none"), undefined);
  });
});

describe("an artifact", () => {
  let directory: string;
  let bytes: Uint8Array;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "zerostart-cold-"));
    // Normalisation tables, regular expressions with properties, big integers, dates, typed arrays: nothing that a warm-up handler uses.
    const source = `export function handler(request) {
      if (!request.url.endsWith("/cold")) return new Response("warm");
      const words = ["e\\u0301".normalize("NFC"), "straße".toUpperCase(), /\\p{Lu}+/u.exec("abcÄÖ")[0], String(2n ** 70n), new Date(0).toISOString()];
      return new Response([...words, new Float64Array([2, 1]).sort().join(), structuredClone(new Map([[1, 2]])).size, atob("eA==")].join(" "));
    }`;
    const compiled = await compileHandler({ files: { "handler.js": source }, entry: "handler.js" });
    ({ bytes } = await buildArtifact({ compiled, name: "cold", mode: "snapshot", target: nativeTarget }));
  });
  after(() => rm(directory, { recursive: true, force: true }));

  test("unpacks what it touches", async () => {
    const payload = decodePayload(bytes, findPayload(bytes));
    assert.ok(payload.cold.reduce((sum, part) => sum + part.bytes, 0) > 500_000);
    const server = await serve([await writeExecutable(directory, "cold", bytes)]);
    const ask = async (path: string) => bodies(await new Client(server.port).send(get(path, "Connection: close\r\n")).end())[0];
    const expected = "é STRASSE ÄÖ 1180591620717411303424 1970-01-01T00:00:00.000Z 1,2 1 x";
    assert.equal(await ask("/"), "warm");
    assert.equal(Buffer.from((await ask("/cold"))!, "latin1").toString("utf8"), expected);
    assert.equal(Buffer.from((await ask("/cold"))!, "latin1").toString("utf8"), expected);
    assert.equal(await server.stop(), 0);
  });

  test("a piece that is damaged ends the process with a message", async () => {
    const damaged = bytes.slice();
    const at = findPayload(damaged);
    const payload = decodePayload(damaged, at);
    const from = payload.contentOffset;
    damaged.fill(0xff, from + 8192, payload.ranges.find((r) => r.fileBytes > 0)!.fileOffset - 4096);
    // As if it had been built so: only unpacking can find it.
    damaged.set(encodePayload({ ...payload, contentHash: contentHash(damaged.subarray(from)) }), at);
    const server = await serve([await writeExecutable(directory, "damaged", damaged)]);
    await new Client(server.port).send(get("/cold", "Connection: close\r\n")).end();
    assert.equal(await server.exited, 3);
    assert.match(server.stderr(), /damaged: a part of its image cannot be unpacked/);
  });

  test("of a small handler has at most a million bytes", async () => {
    const source = `export default { fetch(request) { return Response.json({ hello: "world" }); } };`;
    const compiled = await compileHandler({ files: { "handler.js": source }, entry: "handler.js" });
    for (const mode of ["snapshot", "embedded"] as const) {
      const { sizeBytes } = await buildArtifact({ compiled, name: "hello", mode, target: "x86_64-linux-musl" });
      assert.ok(sizeBytes <= 1_000_000, `${mode}: ${sizeBytes} bytes`);
    }
  });

  test("of a large handler has nothing packed", async () => {
    const source = `const text = "${"0123456789".repeat(largeHandlerBytes / 10)}"; export const handler = () => new Response("e\u0301".normalize("NFC") + text.length);`;
    const compiled = await compileHandler({ files: { "handler.js": source }, entry: "handler.js" });
    const large = await buildArtifact({ compiled, name: "large", mode: "embedded", target: nativeTarget });
    assert.deepEqual(decodePayload(large.bytes, findPayload(large.bytes)).cold, []);
    const server = await serve([await writeExecutable(directory, "large", large.bytes)]);
    const answer = bodies(await new Client(server.port).send(get("/", "Connection: close\r\n")).end())[0]!;
    assert.equal(Buffer.from(answer, "latin1").toString("utf8"), `é${Math.floor(largeHandlerBytes / 10) * 10}`);
    assert.equal(await server.stop(), 0);
  });
});

describe("beside a handler whose first request was rehearsed", () => {
  const piece = pieceBytes / 8;
  const cold = [
    { start: 0x10000, end: 0x10000 + 2.5 * pieceBytes },
    { start: 0x40000, end: 0x40000 + 30 * pieceBytes },
  ];
  const [first, second] = cold.map(({ start }) => start / 8) as [number, number];
  const inPieces = (parts: typeof cold) => parts.map(({ start, end }) => [(start - 0x40000) / pieceBytes, (end - 0x40000) / pieceBytes]);

  test("what it does not touch stays packed", () => {
    assert.deepEqual(coldBeside([], cold), cold);
    assert.deepEqual(coldBeside([first - 1, second - 1, second + 30 * piece], cold), cold);
  });

  test("pieces that it touches do not, nor those close by, nor what is too little for a part", () => {
    assert.deepEqual(inPieces(coldBeside([second + 10 * piece, second + 14 * piece - 1], cold).slice(1)), [
      [0, 10],
      [14, 30],
    ]);
    assert.deepEqual(inPieces(coldBeside([second + 4 * piece, second + 27 * piece], cold).slice(1)), [
      [0, 4],
      [5, 27],
    ]);
    assert.deepEqual(coldBeside([first + piece], cold), cold.slice(1));
  });

  test("the more it touches, the more it is expected to read between them; there are at most four parts", () => {
    const every = (step: number) => Array.from({ length: Math.ceil(30 / step) }, (_, i) => second + i * step * piece);
    assert.deepEqual(coldBeside(every(5), cold), cold.slice(0, 1));
    const many = [0, 1, 2, 3, 4].map((i) => ({ start: 0x100000 * (i + 1), end: 0x100000 * (i + 1) + (i + 1) * pieceBytes }));
    assert.deepEqual(coldBeside([], many), many.slice(1));
  });

  test("a handler that many pieces are needed for has them in the file, and answers as with all of them packed", async () => {
    const source = `const words = new Map([["b", 2], ["a", 1]]);
      export default { async fetch(request) {
        const sorted = [...words.entries()].sort(([a], [b]) => a.localeCompare(b)).map(([key, value]) => key.padStart(3, "-") + value);
        const { a, ...rest } = JSON.parse(JSON.stringify({ a: 1, b: [2n.toString(), new Date(0).toISOString()], c: structuredClone(new Set([1, 2])).size }));
        return Response.json({ sorted, rest, text: "x-y".replace(/-(.)/g, (_, x) => x.toUpperCase()), keys: Object.getOwnPropertyNames(rest), url: new URL("/a?b=c", request.url).searchParams.get("b") });
      } };`;
    const compiled = await compileHandler({ files: { "handler.js": source }, entry: "handler.js" });
    const [snapshot, embedded] = await Promise.all(
      (["snapshot", "embedded"] as const).map((mode) => buildArtifact({ compiled, name: "needs", mode, target: nativeTarget })),
    );
    const packedBytes = ({ bytes }: { bytes: Uint8Array }) => decodePayload(bytes, findPayload(bytes)).cold.reduce((sum, part) => sum + part.bytes, 0);
    assert.ok(packedBytes(snapshot!) < packedBytes(embedded!) - 4 * pieceBytes, `${packedBytes(snapshot!)} of ${packedBytes(embedded!)} bytes stay packed`);
    const directory = await mkdtemp(join(tmpdir(), "zerostart-cold-"));
    const answers = await Promise.all(
      [snapshot!, embedded!].map(async ({ bytes, mode }) => {
        const server = await serve([await writeExecutable(directory, mode, bytes)]);
        const answer = bodies(await new Client(server.port).send(get("/", "Connection: close\r\n")).end())[0]!;
        assert.equal(await server.stop(), 0);
        return answer;
      }),
    );
    await rm(directory, { recursive: true });
    assert.equal(answers[0], answers[1]);
    assert.deepEqual(JSON.parse(answers[0]!), {
      sorted: ["--a1", "--b2"],
      rest: { b: ["2", "1970-01-01T00:00:00.000Z"], c: 2 },
      text: "xY",
      keys: ["b", "c"],
      url: "c",
    });
  });
});
