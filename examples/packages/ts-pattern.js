import { P, isMatching, match } from "ts-pattern";

const describe = (value) =>
  match(value)
    .with({ type: "list", items: P.array({ n: P.number }) }, ({ items }) => `list of ${items.length}`)
    .with({ type: "text", text: P.string.includes("a").and(P.string.minLength(3)) }, ({ text }) => `text ${text}`)
    .with(P.union(1, 2), (n) => `small ${n}`)
    .with({ deep: [P._, P.select("second"), ...P.array()] }, ({ second }) => `second ${second}`)
    .with(P.map(P.string, P.number), (map) => `map ${map.size}`)
    .otherwise(() => "other");

export default (request) => {
  const { searchParams } = new URL(request.url);
  const n = Number(searchParams.get("n"));
  let message;
  try {
    match(n)
      .with("x", () => 1)
      .exhaustive();
  } catch (error) {
    message = error.message;
  }
  return Response.json([
    describe({ type: "list", items: [{ n }] }),
    describe({ type: "text", text: searchParams.get("text") }),
    describe(n),
    describe({ deep: [1, n, 3] }),
    describe(new Map([["a", 1]])),
    isMatching({ a: P.nonNullable }, { a: n }),
    message,
  ]);
};
