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
];
