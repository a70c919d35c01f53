import { z } from "zod";

const Tree = z.object({
  name: z.string().min(1),
  get children() {
    return z.array(Tree).optional();
  },
});
const Order = z
  .object({
    id: z.coerce.number().int().positive(),
    name: z.string().trim().max(20),
    email: z.email().optional(),
    kind: z.enum(["odd", "even"]),
    tags: z.set(z.string()).or(z.array(z.string())).default([]),
    at: z.iso.datetime().transform((s) => new Date(s)),
    price: z.union([z.number(), z.string().regex(/^\d+\.\d\d$/)]).pipe(z.coerce.number()),
    tree: Tree,
  })
  .strict()
  .refine((o) => (o.id % 2 === 1) === (o.kind === "odd"), { path: ["kind"], error: "does not fit the id" });
const Event = z.discriminatedUnion("type", [z.object({ type: z.literal("a"), n: z.number() }), z.object({ type: z.literal("b"), s: z.string() })]);

export default (request) => {
  const { searchParams } = new URL(request.url);
  const id = searchParams.get("n");
  const order = {
    id,
    name: ` ${searchParams.get("text")} `,
    kind: "odd",
    at: "2026-01-02T03:04:05Z",
    price: "1.50",
    tree: { name: "a", children: [{ name: "b" }] },
  };
  const good = Order.safeParse(order);
  const bad = Order.safeParse({ ...order, email: "nobody", tree: { name: "", children: [{}] }, more: 1 });
  return Response.json({
    good: good.success ? good.data : z.treeifyError(good.error),
    bad: bad.success ? bad.data : z.flattenError(bad.error),
    pretty: bad.success ? "" : z.prettifyError(bad.error),
    event: Event.parse({ type: "b", s: "x" }),
    schema: z.toJSONSchema(Tree),
  });
};
