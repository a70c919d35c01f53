/** Handlers whose first request shows what a first request needs. They run while the images are made, and leave nothing but warm caches behind. */
export const warmUps: readonly { source: string }[] = [
  { source: `export default { fetch(request) { return Response.json({ hello: "world" }); } };` },
  { source: `export default { async fetch(request, env, ctx) { return new Response("hello " + request.method, { headers: { "x-a": "b" } }); } };` },
  {
    source: `export function handler(request) {
      const url = new URL(request.url);
      return new Response("hello " + url.pathname + url.searchParams.get("name") + request.headers.get("accept"));
    }`,
  },
  // A function has a prototype and is a constructor, which a method is not.
  { source: `export default function handler(request) { return Response.json({ hello: "world" }); }` },
  {
    source: `const headers = { "content-type": "text/html" }; export default async function (request) { return new Response(await "<p>hello", { status: 200, headers }); }`,
  },
  { source: `export const handler = async (request) => Response.json({ url: request.url, list: [1, "a", null] });` },
];

/**
 * What many handlers do beyond that. It is only traced: cells and instructions that it needs, and no warm-up handler does, lie side by side, so that a start
 * that needs them unpacks few pieces of the image's cold part (host/cold.c).
 */
export const typical = `
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
  };`;
