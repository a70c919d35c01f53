const greeting = "hello";
function handler(request) {
  return Response.json({ greeting, url: request.url });
}
