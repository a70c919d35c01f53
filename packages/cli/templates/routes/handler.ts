const items = new Map([["1", { id: "1", title: "First" }]]);

export default {
  async fetch(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (pathname === "/items" && request.method === "GET") return Response.json([...items.values()]);
    if (pathname === "/items" && request.method === "POST") {
      const body = (await request.json()) as { title: string };
      const item = { id: String(items.size + 1), title: String(body.title) };
      items.set(item.id, item);
      return Response.json(item, { status: 201 });
    }
    return new Response("Not found", { status: 404 });
  },
};
