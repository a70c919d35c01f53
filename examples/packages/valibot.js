import * as v from "valibot";

const Order = v.object({
  name: v.pipe(v.string(), v.trim(), v.minLength(1)),
  email: v.optional(v.pipe(v.string(), v.email())),
  kind: v.variant("type", [v.object({ type: v.literal("a"), n: v.number() }), v.object({ type: v.literal("b"), at: v.pipe(v.string(), v.isoDate()) })]),
  tags: v.pipe(v.array(v.string()), v.maxLength(2)),
});

export default (request) => {
  const { searchParams } = new URL(request.url);
  const inputs = [
    { name: ` ${searchParams.get("text")} `, kind: { type: "a", n: Number(searchParams.get("n")) }, tags: [] },
    { name: "", email: "x", kind: { type: "b", at: "2020-13-01" }, tags: ["a", "b", "c"] },
    { kind: { type: "c" } },
  ];
  return Response.json(
    inputs
      .map((input) => v.safeParse(Order, input))
      .map(({ success, output, issues }) => ({ success, output, issues: issues?.map((issue) => [v.getDotPath(issue), issue.message]) })),
  );
};
