/** Handlers on the engine: bytes in, bytes out. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { before, test } from "node:test";
import { compile } from "@zerostart/compiler";
import { type MemoryImage, VmInstance, decodeImage } from "../../src/index.ts";
import { type Reply, replies } from "../http/harness.ts";

const build = path.join(import.meta.dirname, "../../build");
let wasm: WebAssembly.Module;
let image: MemoryImage;
before(() => {
  wasm = new WebAssembly.Module(readFileSync(path.join(build, "vm.wasm")));
  image = decodeImage(readFileSync(path.join(build, "base.image")));
});

function start(source: string, filename = "handler.js", cpuMs = 2000, heapBytes = 64 << 20): VmInstance {
  const compiled = compile(source, { filename, sourceType: "module" });
  assert.ok(compiled.ok, compiled.ok ? "" : compiled.diagnostics[0]?.message);
  const vm = new VmInstance(wasm);
  vm.resume(image, heapBytes, BigInt(cpuMs) * 1_000_000n);
  assert.equal(vm.load(compiled.bytecode) ?? vm.evaluate(), undefined);
  return vm;
}

async function send(vm: VmInstance, request: string, waitMs = 1000): Promise<Reply[]> {
  return replies(Buffer.from(await vm.exchange(Buffer.from(request, "latin1"), waitMs)).toString("latin1"));
}
async function get(vm: VmInstance, path: string, waitMs = 1000): Promise<Reply> {
  const list = await send(vm, `GET ${path} HTTP/1.1\r\nHost: example.com\r\n\r\n`, waitMs);
  assert.equal(list.length, 1);
  return list[0]!;
}

test("every shape of a handler", async () => {
  for (const source of [
    "export default { fetch(request, env, ctx) { return Response.json({ url: request.url }); } }",
    "export default (request) => Response.json({ url: request.url })",
    "export function handler(request) { return { url: request.url }; }",
    "function handler(request) { return Response.json({ url: request.url }); }",
    "export default async function (request) { await null; return Response.json({ url: request.url }); }",
    "export const handler = async (request) => new Response(JSON.stringify({ url: request.url }), { headers: { 'content-type': 'application/json' } });",
    "export default new (class { #a = 1; async fetch(r) { return this.#a && Response.json({ url: r.url }); } })()",
  ]) {
    const reply = await get(start(source), "/a?b=c");
    assert.equal(reply.status, 200, source);
    assert.equal(reply.body, '{"url":"http://example.com/a?b=c"}', source);
    assert.equal(reply.headers["content-type"], "application/json", source);
  }
  assert.equal((await get(start("export const x = 1"), "/")).status, 500);
});

test("request.json() is JSON.parse of the body's text, whatever its bytes", async () => {
  const vm = start(`
    export default async (request) => {
      try {
        const value = request.url.endsWith("/json") ? await request.json() : JSON.parse(await request.text());
        try { await request.json(); } catch (e) { return Response.json([value, Object.keys(value ?? {}), e.message]); }
      } catch (e) { return new Response(e.name + ": " + e.message, { status: 400 }); }
    }`);
  const utf8 = (text: string) => Buffer.from(text).toString("latin1");
  const long = JSON.stringify(Array.from({ length: 50 }, (_, i) => ({ id: i, name: `number ${i}`, tags: ["a", "b"] })));
  const bodies = [
    "",
    " ",
    "1",
    "{}",
    "[1,2",
    '"a',
    long,
    `${long.slice(0, -1)},{"id":1,"name":2,"tags"}]`,
    `\xef\xbb\xbf${long}`,
    "\xef\xbb\xbf",
    "\xef\xbb\xbf\xef\xbb\xbf1",
    "\xef\xbb1",
    utf8('{"é":"ü","漢字":"😀","a":"\\ud800"}'),
    utf8('{"é":"ü"'),
    '"\xff\xe2\x82"',
    '{"a\xc3":1}',
    '["\xed\xa0\x80","\xf0\x9f\x98"]',
    "\xe9",
    '{"a":1}\x00',
    "[1]\x80",
    '{"__proto__":[1],"1":2,"a":3,"1":4,"a":5}',
  ];
  for (const body of bodies) {
    const framings = [
      `Content-Length: ${body.length}\r\n\r\n${body}`,
      `Transfer-Encoding: chunked\r\n\r\n${body ? `${Math.min(3, body.length).toString(16)}\r\n${body.slice(0, 3)}\r\n` : ""}${body.length > 3 ? `${(body.length - 3).toString(16)}\r\n${body.slice(3)}\r\n` : ""}0\r\n\r\n`,
    ];
    const [whole, chunked, parsed] = await Promise.all(
      [
        `POST /json HTTP/1.1\r\nHost: a\r\n${framings[0]}`,
        `POST /json HTTP/1.1\r\nHost: a\r\n${framings[1]}`,
        `POST /text HTTP/1.1\r\nHost: a\r\n${framings[0]}`,
      ].map(async (request) => (await send(vm, request))[0]!),
    );
    const text = new TextDecoder().decode(Buffer.from(body, "latin1"));
    let expected: string;
    try {
      const value: unknown = JSON.parse(text);
      expected = JSON.stringify([value, Object.keys(value as object), "Body is unusable: Body has already been read"]);
    } catch (e) {
      expected = String(e);
    }
    assert.deepEqual([whole!.status, Buffer.from(whole!.body, "latin1").toString()], [expected.startsWith("[") ? 200 : 400, expected], body);
    assert.deepEqual([whole!.body, whole!.body], [chunked!.body, parsed!.body], body);
  }
});

test("a head that is nearly the last one: each request has its own fields, URL and body", async () => {
  const vm = start("export default async (request) => Response.json([request.method, request.url, [...request.headers], await request.text()])");
  const heads = [
    ["GET", "/a?b=c", "Host: example.com\r\nCookie: secret=1\r\n", ""],
    ["GET", "/a?b=c", "Host: example.com\r\nCookie: secret=2\r\n", ""],
    ["GET", "/a?b=c", "Host: example.com\r\n", ""],
    ["GET", "/a?b=d", "Host: example.com\r\n", ""],
    ["GET", "/a?b=d", "Host: example.org\r\n", ""],
    ["POST", "/a?b=d", "Host: example.org\r\nContent-Length: 3\r\n", "one"],
    ["POST", "/a?b=d", "Host: example.org\r\nContent-Length: 3\r\n", "two"],
    ["POST", "/a?b=d", "Host: example.org\r\nContent-Length: 0\r\n", ""],
  ] as const;
  const asked = (list: readonly (typeof heads)[number][]) =>
    list.map(([method, path, fields, body]) => `${method} ${path} HTTP/1.1\r\n${fields}\r\n${body}`).join("");
  const answered = (list: readonly (typeof heads)[number][]) =>
    list.map(([method, path, fields, body]) => {
      const pairs = fields
        .trim()
        .split("\r\n")
        .map((line) => line.split(": "))
        .map(([name, value]) => [name!.toLowerCase(), value]);
      return JSON.stringify([method, `http://${pairs[0]![1]}${path}`, pairs.toSorted(([a], [b]) => (a! < b! ? -1 : 1)), body]);
    });
  // Each twice, forwards and backwards, on one connection and on many.
  const order = [...heads, ...heads.toReversed()].flatMap((head) => [head, head, head]);
  const bodies = (list: Reply[]) => list.map(({ body }) => body);
  assert.deepEqual(bodies(await send(vm, asked(order))), answered(order));
  for (const head of order) assert.deepEqual(bodies(await send(vm, asked([head]))), answered([head]));
});

test("what a handler cannot look at is not made, and nothing else", async () => {
  const shapes = [
    ["(request) => typeof request", "object"],
    ["() => 'none'", "none"],
    ["(request, env) => typeof env", "object"],
    ["(request, env, ctx) => typeof ctx.waitUntil", "function"],
    ["function () { return String(arguments.length); }", "3"],
    ["(...all) => all.map((v) => typeof v).join()", "object,object,object"],
    ["(request, ...rest) => String(rest.length)", "2"],
    ["(request, env = 1, ctx = 2) => typeof env + typeof ctx", "objectobject"],
    ["(request, env, { waitUntil }) => typeof waitUntil", "function"],
    ["function (request) { 'use strict'; return typeof arguments[2].waitUntil; }", "function"],
    ["function (request) { return (() => arguments.length)() + ''; }", "3"],
    ["((request, env, ctx) => typeof ctx.waitUntil).bind(null)", "function"],
    ["new Proxy((request, env, ctx) => typeof ctx.waitUntil, {})", "function"],
    ["async function (request) { await null; return String(arguments.length); }", "3"],
  ] as const;
  for (const [shape, expected] of shapes) assert.equal((await get(start(`export default ${shape}`), "/")).body, expected, shape);
});

test("what a handler may return", async () => {
  const vm = start(`
    export default (request) => {
      switch (new URL(request.url).pathname) {
        case "/text": return "héllo";
        case "/null": return null;
        case "/array": return [1, "a"];
        case "/bytes": return new Uint8Array([65, 66]);
        case "/undefined": return undefined;
        case "/status": return new Response("x", { status: 404, statusText: "Nope", headers: [["a", "1"], ["a", "2"], ["set-cookie", "x"], ["set-cookie", "y"]] });
        case "/error": return Response.error();
        case "/used": { const r = new Response("x"); r.text(); return r; }
        case "/html": return Response.html("<p>");
        case "/redirect": return Response.redirect("http://b/c");
        case "/injected": return new Response("x", { headers: { a: "b\\r\\nc: d" } });
      }
    }`);
  const shape = async (p: string) => {
    const r = await get(vm, p);
    return [r.status, r.headers["content-type"], Buffer.from(r.body, "latin1").toString()];
  };
  assert.deepEqual(await shape("/text"), [200, "text/plain;charset=UTF-8", "héllo"]);
  assert.deepEqual(await shape("/null"), [204, undefined, ""]);
  assert.deepEqual(await shape("/array"), [200, "application/json", '[1,"a"]']);
  assert.deepEqual(await shape("/bytes"), [200, undefined, "AB"]);
  assert.deepEqual((await shape("/undefined"))[0], 500);
  assert.deepEqual(await shape("/html"), [200, "text/html;charset=UTF-8", "<p>"]);
  assert.deepEqual((await shape("/error"))[0], 500);
  assert.deepEqual((await shape("/used"))[0], 500);
  assert.deepEqual((await shape("/injected"))[0], 500);
  const raw = Buffer.from(await vm.exchange(Buffer.from("GET /status HTTP/1.1\r\nHost: h\r\n\r\n"))).toString();
  assert.match(raw, /^HTTP\/1\.1 404 Nope\r\n/);
  assert.match(raw, /set-cookie: x\r\nset-cookie: y\r\n/);
  assert.equal((await get(vm, "/redirect")).headers["location"], "http://b/c");
});

test("request bodies in every form, pipelined", async () => {
  const vm = start(`
    export default async (request) => {
      const kind = new URL(request.url).pathname.slice(1);
      const v = await request[kind]();
      return Response.json({ kind, v: kind === "formData" ? [...v] : kind === "arrayBuffer" ? v.byteLength : kind === "blob" ? [v.size, v.type] : kind === "bytes" ? [...v] : v, used: request.bodyUsed, method: request.method, type: request.headers.get("content-type") });
    }`);
  const post = (p: string, body: string, type = "text/plain") =>
    `POST /${p} HTTP/1.1\r\nHost: h\r\nContent-Type: ${type}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
  const list = await send(
    vm,
    post("text", "a b") +
      post("json", '{"x":[1]}') +
      post("arrayBuffer", "abc") +
      post("bytes", "AB") +
      post("blob", "abcd", "x/y") +
      post("formData", "a=1&b=c+d", "application/x-www-form-urlencoded") +
      post("json", "{"),
  );
  assert.deepEqual(
    list.slice(0, 6).map((r) => (JSON.parse(r.body) as { v: unknown }).v),
    [
      "a b",
      { x: [1] },
      3,
      [65, 66],
      [4, "x/y"],
      [
        ["a", "1"],
        ["b", "c d"],
      ],
    ],
  );
  assert.equal(list[6]?.status, 500);
  const chunked = await send(vm, "POST /text HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nfoo\r\n3\r\nbar\r\n0\r\n\r\n");
  assert.equal((JSON.parse(chunked[0]!.body) as { v: string }).v, "foobar");
});

test("streams, timers, and answers in order", async () => {
  const vm = start(`
    export default async (request) => {
      const path = new URL(request.url).pathname;
      if (path === "/stream") {
        const { readable, writable } = new TransformStream();
        (async () => { const w = writable.getWriter(); for (const c of ["one ", "two ", "three"]) { await new Promise((r) => setTimeout(r, 2)); await w.write(new TextEncoder().encode(c)); } await w.close(); })();
        return new Response(readable);
      }
      if (path === "/broken") return new Response(new ReadableStream({ pull(c) { c.error(new Error("broken stream")); } }));
      if (path === "/echo") return new Response(request.body.pipeThrough(new TextDecoderStream()).pipeThrough(new TransformStream({ transform(c, k) { k.enqueue(c.toUpperCase()); } })).pipeThrough(new TextEncoderStream()));
      await new Promise((r) => setTimeout(r, path === "/slow" ? 10 : 1));
      return path;
    }`);
  assert.equal((await get(vm, "/stream")).body, "one two three");
  const list = await send(vm, ["/slow", "/a", "/b"].map((p) => `GET ${p} HTTP/1.1\r\nHost: h\r\n\r\n`).join(""));
  assert.deepEqual(
    list.map((r) => r.body),
    ["/slow", "/a", "/b"],
  );
  const echo = await send(vm, "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello");
  assert.equal(echo[0]?.body, "HELLO");
  const broken = Buffer.from(await vm.exchange(Buffer.from("GET /broken HTTP/1.1\r\nHost: h\r\n\r\n"))).toString();
  assert.doesNotMatch(broken, /0\r\n\r\n$/);
  assert.ok(vm.records.some((r) => r.text.includes("broken stream")));
});

test("a handler that throws, rejects, loops or allocates costs only its own request", async () => {
  const vm = start(
    `
    let n = 0;
    export default async (request) => {
      switch (new URL(request.url).pathname) {
        case "/throw": throw new TypeError("thrown");
        case "/reject": return Promise.reject(new RangeError("rejected"));
        case "/later": await new Promise((r) => setTimeout(r, 1)); throw "later";
        case "/loop": for (;;);
        case "/memory": { const a = []; for (;;) a.push(new Array(50_000).fill(n)); }
        case "/deep": return (function f() { return f() + 1; })();
      }
      return String(++n);
    }`,
    "handler.js",
    1500, // ample for filling the heap on a busy machine
    32 << 20,
  );
  for (const [p, status, log] of [
    ["/throw", 500, "TypeError: thrown"],
    ["/reject", 500, "RangeError: rejected"],
    ["/later", 500, "later"],
    ["/deep", 500, "Maximum call stack"],
    ["/loop", 503, "limit"],
    ["/memory", 500, "emory"],
  ] as const) {
    vm.records.length = 0;
    const reply = await get(vm, p);
    assert.ok(reply.status === status || (p === "/memory" && reply.status === 503), `${p}: ${reply.status}`);
    assert.doesNotMatch(reply.body, /thrown|rejected|handler\.js/, "no details to the client");
    assert.ok(
      vm.records.some((r) => r.text.includes(log)),
      `${p}: ${JSON.stringify(vm.records)}`,
    );
    assert.equal((await get(vm, "/ok")).status, 200);
  }
});

test("what outlives the answer: waitUntil", async () => {
  const vm = start(`
    export default { fetch(request, env, ctx) {
      ctx.waitUntil((async () => { await new Promise((r) => setTimeout(r, 5)); console.log(request.method, request.url, request.headers.get("host"), await request.text()); })());
      ctx.waitUntil(Promise.reject(new Error("background")));
      return "done";
    } }`);
  const [reply] = await send(vm, "POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nbody");
  assert.equal(reply?.body, "done");
  assert.ok(
    vm.records.some((r) => r.text === "POST http://h/x h body"),
    JSON.stringify(vm.records),
  );
  assert.ok(vm.records.some((r) => r.text.includes("background")));
});

test("a snapshot taken after the top level keeps timers and state, and knows no connection", async () => {
  const vm = start("let n = 41; setTimeout(() => { n = 100; }, 500); export default () => String(++n);");
  assert.equal((await get(vm, "/", 0)).body, "42");
  const again = new VmInstance(wasm);
  again.resume(vm.takeImage(), 64 << 20, 0n);
  assert.equal((await get(again, "/", 0)).body, "43");
  await new Promise((resolve) => setTimeout(resolve, 600));
  again.poll();
  assert.equal((await get(again, "/", 0)).body, "101");
});

test("JSX renders to HTML", async () => {
  const vm = start(
    `
    const Item = ({ name, children }) => <li class="item" data-name={name}>{children}</li>;
    const Later = async ({ n }) => { await null; return <b>{n}</b>; };
    export default (request) => {
      const page = (
        <html>
          <body style={{ fontSize: 12, lineHeight: 1.5, "--x": 3 }} hidden onClick={() => 1}>
            <input disabled value='"<&' /><br />
            {[1, 2].map((n) => <Item name={"n" + n}>{n < 2 && "<first>"}{null}{undefined}</Item>)}
            <>fragment {1n}</>
            <label htmlFor="x" className="c">{"it's"}</label>
            <script dangerouslySetInnerHTML={{ __html: "a < b" }} />
            {rawHtml("<i>raw</i>")}
            {new URL(request.url).pathname === "/async" && <Later n={1} />}
          </body>
        </html>
      );
      return Response.html(page);
    };`,
    "page.jsx",
  );
  const expected = (later: string) =>
    `<html><body style="font-size:12px;line-height:1.5;--x:3" hidden><input disabled value="&quot;&lt;&amp;"><br><li class="item" data-name="n1">&lt;first&gt;</li><li class="item" data-name="n2"></li>fragment 1<label for="x" class="c">it&#39;s</label><script>a < b</script><i>raw</i>${later}</body></html>`;
  const reply = await get(vm, "/");
  assert.equal(reply.body, expected(""));
  assert.equal(reply.headers["content-type"], "text/html;charset=UTF-8");
  assert.equal((await get(vm, "/async")).body, expected("<b>1</b>"));
});

test("JSX: elements within each other are one template; what its text cannot say is decided at run time", async () => {
  const vm = start(
    `
    const list = function* () { yield "<1>"; yield <i>2</i>; };
    const Tag = "h2";
    const cycle = []; cycle.push(cycle);
    const wide = "€<";
    const cases = {
      nested: () => <ul class={"a" + 1} data-n={1.5}>{[1, [2, [<li key={3}>3 & {"4<"}</li>]]]}<li>{wide}{-7}{0.1}</li></ul>,
      attributes: () => <a title={wide} id={undefined} rel={null} download={false} hidden={true} aria-a={true} aria-b={false} data-x data-y={true} class={<b>"</b>} />,
      late: () => <p class={"c"}><b style={{ top: 1 }}>{Promise.resolve("<x>")}</b>{list()}{true}</p>,
      spread: () => <p id="1" {...{ id: "2", title: "t" }}>{["a", <b>b</b>]}</p>,
      twice: () => <p id="1" id="2" class="c" className={"d"} />,
      empty: () => <></>,
      void: () => <div><br /><img src={"a&b"} /><hr></hr></div>,
      inner: () => <p children={"<c>"} /> ,
      raw: () => <p dangerouslySetInnerHTML={{ __html: "<br>" }}></p>,
      marks: () => <p title="\x01">{"\x01\x02"}{"a\x01\x01b"}</p>,
      dynamic: () => <Tag id="x">{"<"}</Tag>,
      getters: () => { const o = []; const page = <p a={o.push(1)} key={o.push(2)}>{o.push(3)}<b c={o.push(4)} ref={o.push(5)}>{o.push(6)}</b></p>; return page + o.join(); },
      cycle: () => { try { return <p>{cycle}</p>; } catch (e) { return e.name; } },
      symbol: () => { try { return <p>{Symbol("s")}</p>; } catch (e) { return e.message; } },
      big: () => <p>{${'"x".repeat(5000)'}}{1n}</p>,
      many: () => <p>${"{1}".repeat(120)}</p>,
      byHand: () => __jsxTemplate("a\x01\x01b\x01c\x02", "<", 1) + __jsx("p", { className: "q" }, "<"),
      unfinished: () => __jsxTemplate("a\x01\x01b\x01\x01") + "",
    };
    export default async (request) => Response.html(await cases[new URL(request.url).pathname.slice(1)]());`,
    "page.jsx",
  );
  const expected: Record<string, string> = {
    nested: '<ul class="a1" data-n="1.5">12<li>3 &amp; 4&lt;</li><li>€&lt;-70.1</li></ul>',
    attributes: '<a title="€&lt;" hidden aria-a="true" aria-b="false" data-x="true" data-y="true" class="&lt;b&gt;&amp;quot;&lt;/b&gt;"></a>',
    late: '<p class="c"><b style="top:1px">&lt;x&gt;</b>&lt;1&gt;<i>2</i></p>',
    spread: '<p id="2" title="t">a<b>b</b></p>',
    twice: '<p id="2" class="c" class="d"></p>',
    empty: "",
    void: '<div><br><img src="a&amp;b"><hr></div>',
    inner: "<p>&lt;c&gt;</p>",
    raw: "<p><br></p>",
    marks: '<p title="\x01">\x01\x02a\x01\x01b</p>',
    dynamic: '<h2 id="x">&lt;</h2>',
    getters: '<p a="1">3<b c="4">6</b></p>1,2,3,4,5,6',
    cycle: "RangeError",
    symbol: "JSX: Symbol(s) cannot be a child",
    big: `<p>${"x".repeat(5000)}1</p>`,
    many: `<p>${"1".repeat(120)}</p>`,
    byHand: 'a&lt;b c="1"<p class="q">&lt;</p>',
    unfinished: "ab",
  };
  for (const [name, html] of Object.entries(expected)) assert.equal(Buffer.from((await get(vm, `/${name}`)).body, "latin1").toString(), html, name);
});

test("a request that a program tries to break stays whole", async () => {
  const vm = start(`
    Array.prototype.push = Array.prototype.slice = String.prototype.toLowerCase = Object.prototype.hasOwnProperty = () => { throw new Error("patched"); };
    Object.defineProperty(Object.prototype, "status", { get() { throw new Error("patched getter"); } });
    Object.defineProperty(Array.prototype, "0", { set() { throw new Error("patched setter"); } });
    Promise.prototype.then = () => { throw new Error("patched then"); };
    Map.prototype.get = Map.prototype.set = WeakMap.prototype.get = undefined;
    export default (r) => new Response(r.method + [...r.headers].length + new URL(r.url).searchParams.get("a"), new (class { get status() { return 201; } })());`);
  const reply = await get(vm, "/?a=b");
  assert.equal(reply.status, 201);
  assert.equal(reply.body, "GET1b");
});

test("fetch: data URLs only", async () => {
  const vm = start(`
    export default async () => {
      const out = [await (await fetch("data:text/plain;base64,aGk=")).text(), await (await fetch("data:,a%20b")).text()];
      try { await fetch("http://example.com/"); } catch (e) { out.push(e.name, e.message); }
      try { await fetch("data:,x", { signal: AbortSignal.abort() }); } catch (e) { out.push(e.name); }
      return out;
    }`);
  assert.equal((await get(vm, "/")).body, '["hi","a b","TypeError","fetch failed","AbortError"]');
});
