const t = async (name, f) => { try { console.log(name, await f()); } catch (e) { console.log(name, "threw", e?.name, e?.constructor?.name); } };
// FormData
await t("fd1", () => { const f = new FormData(); f.append("a", "1"); f.append("a", "2"); f.set("b", new Blob(["x"], { type: "text/plain" }), "n.txt"); return [...f].map(([k, v]) => [k, typeof v === "string" ? v : [v.name, v.type, v.size, v instanceof File]]); });
await t("fd2", async () => { const f = new FormData(); f.append('we"ird\r\nname', "va\nlue"); f.append("file", new File(["abc"], 'fi"le.txt', { type: "text/x" })); const r = new Response(f); const ct = r.headers.get("content-type"); const text = await r.text(); const b = ct.split("boundary=")[1]; return text.replaceAll(b, "B").split("\r\n"); });
await t("fd3", async () => { const body = "--B\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--B\r\ncontent-disposition: form-data; name=\"f\"; filename=\"x.bin\"\r\nContent-Type: application/octet-stream\r\n\r\n\0\x01\r\n\r\n--B--\r\n"; const f = await new Response(body, { headers: { "content-type": "multipart/form-data; boundary=B" } }).formData(); const x = f.get("f"); return [f.get("a"), x.name, x.type, x.size, [...new Uint8Array(await x.arrayBuffer())]]; });
for (const bad of ["", "--B\r\n", "--B--", "--B\r\nContent-Disposition: form-data\r\n\r\nx\r\n--B--", "--B\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx", "xx--B\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx\r\n--B--"]) await t("fdbad", async () => [...(await new Response(bad, { headers: { "content-type": "multipart/form-data; boundary=B" } }).formData())]);
await t("fd4", async () => [...(await new Response("a=1&b=%20+x&a=2", { headers: { "content-type": "application/x-www-form-urlencoded" } }).formData())]);
await t("fd5", async () => (await new Response("x").formData()));
// Blob
await t("blob", async () => { const b = new Blob(["héllo", new Uint8Array([1, 2]), new Blob(["z"])], { type: "TEXT/Plain" }); return [b.size, b.type, await b.slice(1, 4).text(), await b.slice(-3, -1, "a/b").arrayBuffer(), b.slice(0, 1, "x/y").type, b]; });
await t("file", () => { const f = new File(["a"], "n", { lastModified: 5, type: "t/y" }); return [f.name, f.lastModified, f.type, f instanceof Blob, String(f)]; });
await t("blob endings", async () => new Blob(["a\nb"], { endings: "native" }).text());
await t("blob bad", () => new Blob("abc"));
// structuredClone
await t("sc1", () => structuredClone({ a: [1, , 3], d: new Date(5), m: new Map([[1, new Set([2])]]), r: /x/gi, n: null, u: undefined, big: 10n, e: new RangeError("boo", { cause: 1 }), buf: new Uint16Array([1, 2]).subarray(1), b: new Boolean(false), s: Object("str") }));
await t("sc2", () => { const o = {}; o.self = o; const c = structuredClone(o); return [c.self === c, c !== o]; });
await t("sc3", () => structuredClone(() => 1));
await t("sc4", () => structuredClone({ s: Symbol("x") }));
await t("sc5", () => { const b = new ArrayBuffer(8); const c = structuredClone(b, { transfer: [b] }); return [b.byteLength, c.byteLength, b.detached]; });
await t("sc6", () => { class A { x = 1; #y = 2; get z() { return 3; } } return structuredClone(new A()); });
await t("sc7", () => structuredClone(new WeakMap()));
await t("sc8", () => structuredClone(Object.create({ inherited: 1 }, { own: { value: 2, enumerable: true }, hidden: { value: 3 } })));
await t("sc9", () => structuredClone(new Proxy({}, {})));
await t("sc10", () => { const e = structuredClone(Object.assign(new TypeError("m"), { extra: 1 })); return [e.name, e.message, e.extra, e instanceof TypeError]; });
// AbortSignal
await t("as1", () => { const c = new AbortController(); const s = AbortSignal.any([c.signal, new AbortController().signal]); const log = []; s.addEventListener("abort", (e) => log.push(e.type, e.target === s, s.reason)); c.abort("why"); return [log, s.aborted, AbortSignal.any([s]).reason, AbortSignal.any([]).aborted]; });
await t("as2", () => AbortSignal.abort().reason.name);
await t("as3", () => AbortSignal.abort(5).throwIfAborted());
await t("as4", () => new Promise((r) => { const k = setTimeout(() => {}, 1000); const s = AbortSignal.timeout(5); s.onabort = () => clearTimeout(k); r([s.reason.name, s.reason.message, s.reason.code]); }));
await t("as5", () => new AbortSignal());
await t("as6", () => { const c = new AbortController(); c.abort(); c.abort(2); return [c.signal.reason.name, c.signal.reason.message, c.signal]; });
// Headers
await t("h1", () => { const h = new Headers([["b", "1"], ["A", "2"], ["a", "3"], ["set-cookie", "x"], ["Set-Cookie", "y"]]); return [[...h], h.getSetCookie(), h.get("a"), h.get("set-cookie"), h.has("B")]; });
await t("h2", () => new Headers({ "bad name": "1" }));
await t("h3", () => new Headers({ a: "x\ny" }));
await t("h4", () => { const h = new Headers({ a: "  trim\t" }); h.append("a", "b"); h.set("A", "c"); h.delete("zz"); return [...h.entries(), ...h.keys(), ...h.values()]; });
await t("h5", () => { const h = new Headers(); h.append("x", 1); h.append("y", null); return [...h]; });
await t("h6", () => new Headers([["a"]]));
await t("h7", () => new Headers("abc"));
// Request / Response
await t("r1", async () => { const r = new Response("a", { status: 201, statusText: "S", headers: { x: "1" } }); const c = r.clone(); return [r.status, await r.text(), await c.text(), r.bodyUsed, c.bodyUsed]; });
await t("r2", async () => { const r = new Response("a"); await r.text(); return r.clone(); });
await t("r3", async () => { const r = new Response("a"); await r.text(); return r.json(); });
for (const s of [99, 199, 600, "x", 204, 205, 304, 101]) await t("r4 " + s, () => new Response("body", { status: s }).status);
await t("r5", () => Response.redirect("http://a/b", 301).headers.get("location"));
await t("r6", () => Response.redirect("http://a/b", 200));
await t("r7", () => Response.json({ a: 1 }, { status: 400 }).headers.get("content-type"));
await t("r8", () => Response.json(undefined));
await t("r9", () => [Response.error().type, Response.error().status]);
await t("q1", () => { const r = new Request("http://a/b#c", { method: "post", body: "x", headers: { a: "b" } }); return [r.method, r.url, r.headers.get("content-type"), r.redirect, r.credentials, r.mode, r.cache, r.duplex, r.keepalive, r.referrer]; });
await t("q2", () => new Request("http://a/", { method: "GET", body: "x" }));
await t("q3", () => new Request("/relative"));
await t("q4", () => new Request("http://u:p@a/"));
await t("q5", () => new Request("http://a", { method: "CONNECT" }));
await t("q6", () => new Request("http://a", { method: "pat ch" }));
await t("q7", async () => { const a = new Request("http://a", { method: "POST", body: "x" }); const b = new Request(a); return [a.bodyUsed, await b.text()]; });
await t("q8", () => new Request("http://a", { method: "patch" }).method);
await t("q9", async () => { const r = new Request("http://a", { method: "POST", body: new URLSearchParams({ a: "1 2" }) }); return [r.headers.get("content-type"), await r.text()]; });
await t("q10", () => new Request("http://a", { method: "POST", body: new ReadableStream() }));
await t("body1", async () => new Response(new Uint8Array([239, 187, 191, 65])).text());
await t("body2", async () => new Response("{bad").json());
await t("body3", async () => (await new Response("abc").bytes()));
await t("body4", async () => { const r = new Response("abc"); const reader = r.body.getReader(); return r.text(); });
await t("body5", async () => { const r = new Response(null); return [r.body, await r.text(), r.bodyUsed]; });
