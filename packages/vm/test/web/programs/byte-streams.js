const log = (...a) => console.log(...a);
const t = async (name, f) => {
  try {
    log(name, await f());
  } catch (e) {
    log(name, "threw", e?.name);
  }
};
const bytes = (...chunks) => new ReadableStream({ type: "bytes", start(c) { for (const chunk of chunks) c.enqueue(Uint8Array.from(chunk)); c.close(); } });
/** All of a stream by views of so many bytes. */
const collect = async (stream, size = 3, View = Uint8Array, options = undefined) => {
  const out = [];
  const reader = stream.getReader({ mode: "byob" });
  let view = new View(new ArrayBuffer(size));
  for (;;) {
    const { value, done } = await reader.read(view, options);
    out.push(value);
    if (done) return out;
    view = new View(new ArrayBuffer(size));
  }
};
await t("all", () => collect(bytes([1, 2, 3, 4], [5])));
await t("words", () => collect(bytes([1, 2, 3], [4]), 4, Uint16Array));
await t("a byte too few", () => collect(bytes([1, 2, 3]), 4, Uint16Array));
await t("min", () => collect(bytes([1], [2], [3], [4], [5]), 4, Uint8Array, { min: 3 }));
await t("a DataView", async () => { const { value } = await bytes([9, 8]).getReader({ mode: "byob" }).read(new DataView(new ArrayBuffer(4), 1, 2)); return [value.byteOffset, value.byteLength, value.getUint16(0), value.buffer.byteLength]; });
await t("the view is gone", async () => { const view = new Uint8Array(4); const { value } = await bytes([1]).getReader({ mode: "byob" }).read(view); return [view.byteLength, view.buffer.detached, value.buffer.byteLength]; });
await t("default reader", async () => { const out = []; for await (const chunk of bytes([1, 2], [3])) out.push(chunk); return out; });
await t("words enqueued", async () => { const s = new ReadableStream({ type: "bytes", start(c) { c.enqueue(new Uint16Array([258, 3])); c.enqueue(new DataView(new ArrayBuffer(3), 1)); c.close(); } }); const out = []; for await (const chunk of s) out.push(chunk); return out; });
await t("enqueue takes the buffer", () => { const chunk = new Uint8Array(3); new ReadableStream({ type: "bytes", start(c) { c.enqueue(chunk); } }); return [chunk.byteLength, chunk.buffer.detached]; });
/** A source that fills the request's view. */
const counting = (limit, options = {}) => {
  let n = 0;
  return new ReadableStream({
    type: "bytes",
    pull(c) {
      const request = c.byobRequest;
      if (request === null) {
        c.enqueue(Uint8Array.of(n++));
      } else {
        const { view } = request;
        const count = Math.min(2, view.byteLength);
        for (let i = 0; i < count; i++) view[i] = n++;
        request.respond(count);
      }
      if (n < limit) return;
      c.close();
      c.byobRequest?.respond(0);
    },
    ...options,
  });
};
await t("respond", () => collect(counting(5), 3));
await t("respond in words", () => collect(counting(8), 4, Uint16Array));
await t("respond, min", () => collect(counting(7), 4, Uint8Array, { min: 3 }));
await t("allocated", async () => { const out = []; for await (const chunk of counting(5, { autoAllocateChunkSize: 8 })) out.push([...chunk], chunk.buffer.byteLength); return out; });
await t("not allocated", async () => { const out = []; for await (const chunk of counting(3)) out.push([...chunk]); return out; });
await t("respondWithNewView", async () => {
  const s = new ReadableStream({ type: "bytes", pull(c) { const { view } = c.byobRequest; const moved = new Uint8Array(view.buffer.transfer(), view.byteOffset, 2); moved.set([7, 6]); c.byobRequest.respondWithNewView(moved); } });
  const { value, done } = await s.getReader({ mode: "byob" }).read(new Uint8Array(5));
  return [value, done, value.buffer.byteLength];
});
await t("a request is good once", async () => {
  const out = [];
  const s = new ReadableStream({ type: "bytes", pull(c) { const request = c.byobRequest; out.push(c.byobRequest === request); for (const n of [9, 0]) { try { request.respond(n); } catch (e) { out.push(e.name); } } request.respond(1); out.push(request.view, c.byobRequest); try { request.respond(1); } catch (e) { out.push(e.name); } } });
  await s.getReader({ mode: "byob" }).read(new Uint8Array(2));
  return out;
});
await t("views that do not fit", async () => {
  const out = [];
  const s = new ReadableStream({ type: "bytes", pull(c) { const request = c.byobRequest; for (const view of [new Uint8Array(4), new Uint8Array(8), new Uint8Array(request.view.buffer, 1), new Uint8Array(0), {}]) { try { request.respondWithNewView(view); out.push("taken"); } catch (e) { out.push(e.name); } } c.error(new Error("enough")); } });
  await s.getReader({ mode: "byob" }).read(new Uint8Array(8)).catch((e) => out.push(e.message));
  return out;
});
await t("what a reader leaves", async () => {
  let controller;
  const s = new ReadableStream({ type: "bytes", start(c) { controller = c; } });
  const first = s.getReader({ mode: "byob" });
  const read = first.read(new Uint8Array(4)).catch((e) => e.name);
  const request = controller.byobRequest;
  first.releaseLock();
  request.view[0] = 5;
  request.respond(1);
  const second = s.getReader();
  return [await read, (await second.read()).value];
});
await t("cancel", async () => {
  const out = [];
  const s = new ReadableStream({ type: "bytes", pull() { return new Promise(() => {}); }, cancel(reason) { out.push(reason); } });
  const reader = s.getReader({ mode: "byob" });
  const read = reader.read(new Uint8Array(4));
  await reader.cancel("why");
  const { value, done } = await read;
  return [...out, value, done, (await reader.read(new Uint8Array(2))).value];
});
await t("error", async () => { let controller; const s = new ReadableStream({ type: "bytes", start(c) { controller = c; } }); const reader = s.getReader({ mode: "byob" }); const read = reader.read(new Uint8Array(4)).catch((e) => e); controller.error("gone"); return [await read, await reader.closed.catch((e) => e), controller.desiredSize]; });
await t("tee by views", async () => { const [a, b] = bytes([1, 2, 3, 4], [5]).tee(); return [await collect(a, 2), await collect(b, 8)]; });
await t("tee of a source that fills", async () => { const [a, b] = counting(6).tee(); return Promise.all([collect(a, 4), collect(b, 4)]); });
await t("tee, mixed", async () => { const [a, b] = bytes([1, 2, 3]).tee(); const out = []; for await (const chunk of a) out.push(chunk); return [out, await collect(b, 2)]; });
await t("tee copies", async () => { const [a, b] = bytes([1, 2]).tee(); const x = await a.getReader().read(); const y = await b.getReader().read(); return [x.value.buffer === y.value.buffer, x.value, y.value]; });
await t("tee, one branch cancelled", async () => { const out = []; const s = new ReadableStream({ type: "bytes", pull(c) { c.enqueue(Uint8Array.of(1)); c.close(); c.byobRequest?.respond(0); }, cancel(r) { out.push(r); } }); const [a, b] = s.tee(); a.cancel("a"); out.push(...(await collect(b, 2))); return out; });
await t("a body", async () => { const { body } = new Response("some text"); return [body, (await collect(body, 4)).map((c) => new TextDecoder().decode(c))]; });
await t("a request's body", async () => (await collect(new Request("http://a/", { method: "POST", body: new Uint8Array([1, 2, 3]) }).body, 2)));
await t("a blob", async () => { const s = new Blob(["ab", new Uint8Array([99])]).stream(); return [s, (await collect(s, 2)).map((c) => new TextDecoder().decode(c))]; });
await t("cloned bodies", async () => { const response = new Response(bytes([65, 66], [67])); const copy = response.clone(); return [await response.text(), await copy.text()]; });
await t("piped", async () => { const out = []; await counting(4).pipeTo(new WritableStream({ write(chunk) { out.push(...chunk); } })); return out; });
for (const [name, f] of Object.entries({
  "no byte stream": () => new ReadableStream().getReader({ mode: "byob" }),
  "no bytes in the view": () => bytes([1]).getReader({ mode: "byob" }).read(new Uint8Array(0)),
  "no view": () => bytes([1]).getReader({ mode: "byob" }).read([1, 2]),
  "no min": () => bytes([1]).getReader({ mode: "byob" }).read(new Uint8Array(1), { min: 0 }),
  "too large a min": () => bytes([1]).getReader({ mode: "byob" }).read(new Uint8Array(1), { min: 2 }),
  "detached": () => { const view = new Uint8Array(2); view.buffer.transfer(); return bytes([1]).getReader({ mode: "byob" }).read(view); },
  "nothing enqueued": () => new ReadableStream({ type: "bytes", start(c) { c.enqueue(new Uint8Array(0)); } }),
  "text enqueued": () => new ReadableStream({ type: "bytes", start(c) { c.enqueue("text"); } }),
  "closed twice": () => new ReadableStream({ type: "bytes", start(c) { c.close(); c.close(); } }),
  "allocates nothing": () => new ReadableStream({ type: "bytes", autoAllocateChunkSize: 0 }),
  "a size": () => new ReadableStream({ type: "bytes" }, { size: () => 1 }),
  "constructed": () => new ReadableStreamBYOBRequest(),
  "another controller": () => { let c; new ReadableStream({ start(x) { c = x; } }); return ReadableByteStreamController.prototype.close.call(c); },
}))
  await t(name, f);
log(ReadableStreamBYOBReader.length, ReadableStreamBYOBReader.prototype.read.length, Object.prototype.toString.call(new ReadableStream({ type: "bytes" }).getReader({ mode: "byob" })));
