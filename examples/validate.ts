/** Input checked with zod: a mid-sized npm dependency in a handler. */
import { z } from "zod";

const order = z.object({
  customer: z.string().min(1).max(80),
  email: z.email(),
  items: z.array(z.object({ sku: z.string().regex(/^[A-Z]{2}-\d{3}$/), quantity: z.number().int().positive() })).min(1),
  note: z.string().optional(),
});

export default {
  async fetch(request: Request): Promise<Response> {
    if (request.method !== "POST") return Response.json({ error: "POST an order" }, { status: 405, headers: { allow: "POST" } });
    let body: unknown;
    try {
      body = await request.json();
    } catch {
      return Response.json({ error: "The body is not JSON" }, { status: 400 });
    }
    const parsed = order.safeParse(body);
    if (!parsed.success)
      return Response.json({ issues: parsed.error.issues.map((issue) => ({ path: issue.path.join("."), code: issue.code })) }, { status: 422 });
    return Response.json({ accepted: parsed.data, total: parsed.data.items.reduce((sum, item) => sum + item.quantity, 0) });
  },
};
