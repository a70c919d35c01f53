import { LRUCache } from "lru-cache";

export default (request) => {
  const n = Number(new URL(request.url).searchParams.get("n"));
  const gone = [];
  const cache = new LRUCache({ max: 5, ttl: 60_000, dispose: (value, key, reason) => gone.push([key, value, reason]) });
  for (let i = 0; i < n; i++) {
    cache.set(`k${i}`, i);
    cache.get("k0");
  }
  cache.delete("k0");
  return Response.json({ gone, entries: [...cache.entries()], size: cache.size, has: cache.has("k1"), dump: cache.dump().map(([key]) => key) });
};
