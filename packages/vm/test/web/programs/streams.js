const log = (...a) => console.log(...a);
const collect = async (s) => {
  const out = [];
  for await (const c of s) out.push(c);
  return out;
};
const fail = async (p) => {
  try {
    log("ok", await p);
  } catch (e) {
    log("fail", e instanceof Error ? e.name : e);
  }
};
log(await collect(ReadableStream.from([1, 2, 3])));
log(await collect(ReadableStream.from((async function* () { yield "a"; yield "b"; })())));
let n = 0;
const pulled = new ReadableStream({ pull(c) { c.enqueue(n++); if (n === 4) c.close(); } }, { highWaterMark: 0 });
log(await collect(pulled), n);
const counts = new ReadableStream({ start(c) { c.enqueue("abc"); log(c.desiredSize); c.enqueue("d"); log(c.desiredSize); c.close(); } }, { highWaterMark: 5, size: (s) => s.length });
log(await collect(counts));
const canceled = new ReadableStream({ cancel(r) { log("cancel", r); } });
await canceled.cancel("why");
const rd = new ReadableStream({ start(c) { c.enqueue(1); } }).getReader();
const one = await rd.read();
log(one.value, one.done);
const pending = rd.read();
rd.releaseLock();
await fail(pending);
await fail(rd.closed);
await fail(rd.read());
const errored = new ReadableStream({ start(c) { c.error("E"); } });
await fail(errored.getReader().read());
await fail(collect(new ReadableStream({ pull() { throw "P"; } })));
const [a, b] = ReadableStream.from([1, 2]).tee();
log(await collect(a), await collect(b));
const upper = new TransformStream({ transform(c, k) { k.enqueue(c.toUpperCase()); k.enqueue("."); }, flush(k) { k.enqueue("end"); } });
log(await collect(ReadableStream.from(["a", "b"]).pipeThrough(upper)));
log(await collect(ReadableStream.from(["hé", "llo\ud83d", "\ude00"]).pipeThrough(new TextEncoderStream()).pipeThrough(new TextDecoderStream())));
log((await collect(ReadableStream.from([new Uint8Array([0xe2, 0x82]), new Uint8Array([0xac, 0x41])]).pipeThrough(new TextDecoderStream()))).join("|"));
const written = [];
const sink = new WritableStream({ write(c) { written.push(c); }, close() { written.push("closed"); } });
await ReadableStream.from([1, 2, 3]).pipeTo(sink);
log(written);
const w = new WritableStream({ write(c) { if (c === 2) throw new RangeError("two"); } }).getWriter();
await w.write(1);
await fail(w.write(2));
await fail(w.closed);
await fail(w.write(3));
const slow = new WritableStream({ write() { return new Promise((r) => setTimeout(r, 1)); } }, { highWaterMark: 2 });
const sw = slow.getWriter();
log(sw.desiredSize);
sw.write(1);
log(sw.desiredSize);
sw.write(2);
log(sw.desiredSize);
await sw.ready;
log(sw.desiredSize);
await sw.close();
await fail(sw.closed);
await fail(ReadableStream.from([1]).pipeTo(new WritableStream({ write() { throw "W"; } })));
await fail(new ReadableStream({ start(c) { c.error("R"); } }).pipeTo(new WritableStream({ abort(r) { log("abort", r); } })));
const ac = new AbortController();
const piping = new ReadableStream().pipeTo(new WritableStream({ abort(r) { log("aborted", r.name); } }), { signal: ac.signal });
ac.abort();
await fail(piping);
const term = new TransformStream({ transform(c, k) { k.enqueue(c); k.terminate(); } });
await fail(collect(ReadableStream.from([1, 2, 3]).pipeThrough(term)));
for (const f of [() => new ReadableStream({}, { highWaterMark: -1 }), () => new ReadableStream({ type: "x" }), () => new ReadableStreamDefaultReader({}), () => new WritableStream({ type: "x" }), () => new ReadableStream(1), () => ReadableStream.from(1)]) {
  try {
    f();
    log("no error");
  } catch (e) {
    log(e.name);
  }
}
const locked = new ReadableStream();
locked.getReader();
await fail(locked.cancel());
try {
  locked.getReader();
} catch (e) {
  log(e.name);
}
const bytes = new ReadableStream({ type: "bytes", start(c) { c.enqueue(new Uint8Array([1, 2, 3, 4, 5])); c.close(); } });
const br = bytes.getReader({ mode: "byob" });
const first = await br.read(new Uint8Array(3));
log(first.value, first.done);
const second = await br.read(new Uint8Array(3));
log(second.value, second.done);
const third = await br.read(new Uint8Array(3));
log(third.value.byteLength, third.done);
const it = ReadableStream.from([1, 2, 3])[Symbol.asyncIterator]();
for (const r of [await it.next(), await it.return("r"), await it.next()]) log(r.value, r.done);
log(new CountQueuingStrategy({ highWaterMark: 3 }).size("abc"), new ByteLengthQueuingStrategy({ highWaterMark: 3 }).size(new Uint8Array(4)));
