/** What the editor begins with. */
export const examples = [
  {
    name: "JSON",
    path: "index.ts",
    source: `export default function handler(request: Request): Response {
  const url = new URL(request.url);
  return Response.json({ hello: url.searchParams.get("name") ?? "world", path: url.pathname });
}
`,
  },
  {
    name: "JSX page",
    path: "index.tsx",
    source: `function Page({ name }: { name: string }) {
  return (
    <html lang="en">
      <body>
        <h1>Hello, {name}</h1>
        <p>Rendered to a string at {new Date().toISOString()}</p>
      </body>
    </html>
  );
}

export default {
  fetch(request: Request) {
    const name = new URL(request.url).searchParams.get("name") ?? "world";
    return Response.html(<Page name={name} />);
  },
};
`,
  },
  {
    name: "Routes",
    path: "index.ts",
    source: `const items = new Map([["1", { id: "1", title: "First" }]]);

export default {
  async fetch(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (pathname === "/items" && request.method === "GET") return Response.json([...items.values()]);
    if (pathname === "/items" && request.method === "POST") {
      const body = await request.json();
      const item = { id: String(items.size + 1), title: String(body.title) };
      items.set(item.id, item);
      return Response.json(item, { status: 201 });
    }
    return new Response("Not found", { status: 404 });
  },
};
`,
  },
] as const;
