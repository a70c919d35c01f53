import ms from "ms";

export default (request) => {
  const n = Number(new URL(request.url).searchParams.get("n"));
  return Response.json([ms(`${n}d`), ms(`-${n} hrs`), ms("1.5y"), ms(n * 60000), ms(n * 86400000, { long: true }), ms("nonsense") ?? null]);
};
