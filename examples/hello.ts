export default function handler(request: Request): Response {
  return Response.json({ hello: "world", path: new URL(request.url).pathname });
}
