const u="http://a/";
const b=new Request(u,{method:"POST",body:"x"}); const c=new Request(b,{body:"y"}); console.log(b.bodyUsed, await c.text());
for (const o of [{mode:"navigate"},{window:"x"},{window:null},{referrer:"http://:x"},{referrer:"/rel"},{referrer:"http://q/z"},{referrer:""},{referrer:"about:client"},{cache:"only-if-cached"},{cache:"only-if-cached",mode:"same-origin"},{referrerPolicy:"bogus"},{duplex:"full"}]) try { const r=new Request(u,o); console.log(JSON.stringify(o), r.referrer, r.mode, r.duplex) } catch (e) { console.log(JSON.stringify(o), e.name) }
const r=new Response("abc"); await r.text(); console.log(r.body.locked);
const q=new Response("abc",{headers:{"content-type":"Text/HTML ;  Charset=\"utf-8\""}}); console.log((await q.blob()).type);
for (const t of ["data:;x=y,A","data:text/html;charset=\"x\",A","data:bogus,A","data:;charset=,X"]) console.log((await fetch(t)).headers.get("content-type"));
try { new Headers({[Symbol("x")]:1}); console.log("no") } catch(e) { console.log(e.name) }
try { new Headers({"a":"\u0100"}); console.log("no") } catch(e) { console.log(e.name) }
try { new URLSearchParams({[Symbol("x")]:1}); console.log("no") } catch(e) { console.log(e.name) }
console.log(Object.keys(Object.getPrototypeOf(new Headers().keys())), Object.getPrototypeOf(Object.getPrototypeOf(new Headers().keys()))===Object.getPrototypeOf(Object.getPrototypeOf([][Symbol.iterator]())));
console.log(Object.keys(Object.getPrototypeOf(new URLSearchParams().keys())), Object.getPrototypeOf(Object.getPrototypeOf(new URLSearchParams().keys()))===Object.getPrototypeOf(Object.getPrototypeOf([][Symbol.iterator]())));
for (const type of ["text/plain;charset= x", "TEXT/plain", "text/html;;x=1;x=2", "bogus", "a/b;c=\"d\\\"e\";f", " a/b ; C=d ", "text/html,*/*", "text/html;charset=gbk, text/html"])
  console.log(type, (await new Response("x", { headers: { "content-type": type } }).blob()).type);
const order = [];
const controller = new AbortController();
const first = AbortSignal.any([controller.signal]);
const second = AbortSignal.any([first]);
controller.signal.addEventListener("abort", () => order.push("source", first.aborted, second.aborted));
second.addEventListener("abort", () => order.push("second"));
first.addEventListener("abort", () => order.push("first"));
controller.abort();
console.log(order.slice(0, 3), order.slice(3).sort());
for (const make of [() => { const buffer = new ArrayBuffer(8, { maxByteLength: 8 }); const view = new Uint8Array(buffer, 4, 4); buffer.resize(2); return view; }, () => { const buffer = new ArrayBuffer(8, { maxByteLength: 8 }); const view = new DataView(buffer, 4, 4); buffer.resize(2); return view; }])
  try {
    structuredClone(make());
    console.log("cloned");
  } catch (e) {
    console.log(e.name);
  }
console.log(await new Response(new Blob(["whole"]).stream()).text());
