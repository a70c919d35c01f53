export default function handler(request: Request): Response {
  const url = new URL(request.url);
  return Response.json({ hello: url.searchParams.get("name") ?? "world", path: url.pathname });
}
