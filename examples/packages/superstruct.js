import { array, coerce, create, defaulted, enums, number, object, optional, refine, string, trimmed, validate } from "superstruct";

const Order = object({
  name: trimmed(string()),
  kind: defaulted(enums(["a", "b"]), "a"),
  lines: array(object({ sku: refine(string(), "sku", (s) => /^\w+$/.test(s) || `bad sku ${s}`), n: coerce(number(), string(), Number) })),
  note: optional(string()),
});

export default (request) => {
  const { searchParams } = new URL(request.url);
  const [error] = validate({ name: 1, lines: [{ sku: searchParams.get("text"), n: "x" }], extra: 1 }, Order);
  return Response.json({
    made: create({ name: ` ${searchParams.get("text")} `, lines: [{ sku: "a1", n: searchParams.get("n") }] }, Order),
    failures: error.failures().map(({ path, message }) => [path.join("."), message]),
  });
};
