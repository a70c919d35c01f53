export interface WarmUp {
  /** Its extension says which parser of the compiler reads it, in the image that has one. */
  readonly file: string;
  readonly source: string;
}

/** Handlers whose first request shows what a first request needs. They run while the images are made, and leave nothing but warm caches behind. */
export const warmUps: readonly WarmUp[] = [
  { file: "handler.js", source: `export default { fetch(request) { return Response.json({ hello: "world" }); } };` },
  {
    file: "handler.ts",
    source: `export default { async fetch(request: Request, env: unknown, ctx: unknown) { return new Response("hello " + request.method, { headers: { "x-a": "b" } }); } };`,
  },
  {
    file: "handler.jsx",
    source: `export function handler(request) {
      const url = new URL(request.url);
      return new Response("hello " + url.pathname + url.searchParams.get("name") + request.headers.get("accept"));
    }`,
  },
  // A function has a prototype and is a constructor, which a method is not.
  { file: "function.js", source: `export default function handler(request) { return Response.json({ hello: "world" }); }` },
  {
    file: "async.js",
    source: `const headers = { "content-type": "text/html" }; export default async function (request) { return new Response(await "<p>hello", { status: 200, headers }); }`,
  },
  { file: "named.js", source: `export const handler = async (request) => Response.json({ url: request.url, list: [1, "a", null] });` },
];

/** Only compiled, in the image that has the compiler: what most handlers are written with, so that the parts of the compiler that handle it are prepared. */
export const syntaxWarmUps: readonly WarmUp[] = ["warm.js", "warm.ts", "warm.jsx"].map((file) => ({
  file,
  source: `
    const table = { a: 1, "b-c": 2.5, [String(3)]: -4, nested: { list: [1, , ...[2]], regex: /a+/g, big: 10n }, method() { return this; }, get got() { return 1; } };
    let counter = 0;
    class Base { static made = 0; #hidden = 1; field = 2; constructor(value) { this.value = value; } get hidden() { return this.#hidden; } static make() { return new Base(1); } }
    class Derived extends Base { constructor(...all) { super(...all); } toString() { return \`\${super.toString()} \${this.value}!\`; } }
    function* numbers(limit = 3) { for (let i = 0; i < limit; i++) yield i * 2; }
    async function load({ name, "x-y": other = 5, ...rest }, [first, , ...others] = []) {
      try { await Promise.resolve(name); } catch (error) { if (!(error instanceof TypeError)) throw error; } finally { counter += 1; }
      return first?.length ?? others[0]?.(rest) ?? other;
    }
    const router = (method, path) => {
      if (path === "/" && method === "GET") return 1;
      else if (path === "/a" || path === "/b") return 2;
      switch (method) { case "PUT": return 3; case "POST": { let inner = path; return () => inner; } default: return typeof method === "string" ? void 0 : null; }
    };
    export default {
      async fetch(request, env) {
        const url = new URL(request.url), words = [];
        for (const [key, value] of url.searchParams) words.push(key + "=" + value);
        for (const key in table) { if (key in env) continue; delete env[key]; words[words.length] = key; }
        let n = 10; while (n-- > 0) { if (n % 2 === 0 && n !== 4) break; } do { n++; } while (n < 5);
        counter = counter << 1 | ~n & 3; counter ||= 1; counter **= 2; words.length >= 3 ? words.sort((a, b) => a < b ? -1 : 1) : words.reverse();
        [words[0], words[1]] = [words[1], words[0]];
        const body = JSON.stringify({ ...table, words, sum: [...numbers()].map((x) => x + 1).filter(Boolean).reduce((a, b) => a + b, 0), made: new Derived(1, 2).toString() });
        label: for (;;) { break label; }
        return new Response(body, { status: router(request.method, url.pathname) === 1 ? 200 : 404, headers: { "content-type": "application/json" } });
      },
    };
    export { load as loader };`,
}));
/**
 * What many handlers do beyond that. It is only traced: cells and instructions that it needs, and no warm-up handler does, lie side by side, so that a start
 * that needs them unpacks few pieces of the image's cold part (host/cold.c).
 */
export const typical: WarmUp = {
  file: "typical.js",
  source: `
  class Store { #rows = new Map(); #seen = new Set(); add(key, value) { this.#rows.set(key, value); this.#seen.add(key); return this; } get size() { return this.#rows.size; } *[Symbol.iterator]() { yield* this.#rows; } }
  const routes = [{ method: "GET", pattern: /^\\/path(\\/\\d+)?$/, name: "path" }];
  export default {
    async fetch(request, env, ctx) {
      const url = new URL(request.url), headers = new Headers({ "content-type": "application/json" });
      const route = routes.find(({ method, pattern }) => method === request.method && pattern.test(url.pathname));
      const store = new Store().add("a", 1).add("b", [1, 2, 3]);
      for (const [key, value] of url.searchParams) store.add(key, value);
      for (const [key, value] of request.headers) if (key.startsWith("x-")) headers.set(key, value);
      const parsed = JSON.parse('{"a":[1,2.5,"x",null,true],"b":{"c":"d"}}');
      const { a = [], ...rest } = parsed;
      const words = "a,b;c d".split(/[,; ]/).map((word) => word.trim().toUpperCase()).filter(Boolean).sort().slice(0, 2);
      const text = \`\${route?.name ?? "none"} \${words.join("-").replace(/-/g, "+")} \${a.length.toString().padStart(3, "0")}\`;
      try { await Promise.all([Promise.resolve(1), Promise.reject(new TypeError("no"))]); } catch (error) { headers.append("x-error", error.message); }
      const sum = Object.entries(rest).concat(Object.keys(parsed)).reduce((total, entry) => total + entry.length, 0);
      headers.set("x-at", String(Number.isInteger(new Date(0).getTime()) && Math.floor(1.5)));
      ctx?.waitUntil?.(Promise.resolve());
      return new Response(JSON.stringify({ text, sum, rows: [...store], encoded: encodeURIComponent(text) }), { status: 200, headers });
    },
  };`,
};
