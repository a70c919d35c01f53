import pLimit from "p-limit";

export default async (request) => {
  const n = Number(new URL(request.url).searchParams.get("n"));
  const limit = pLimit(3);
  let running = 0;
  let most = 0;
  const results = await Promise.allSettled(
    Array.from({ length: n }, (_, i) =>
      limit(async () => {
        most = Math.max(most, ++running);
        await new Promise((resolve) => setTimeout(resolve, i % 2));
        running--;
        if (i % 5 === 4) throw new Error(`no ${i}`);
        return i;
      }),
    ),
  );
  return Response.json({ most, results: results.map((result) => result.value ?? result.reason.message) });
};
