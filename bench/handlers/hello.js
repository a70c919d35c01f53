// The handler that every runtime of the cold-start benchmark serves.
export default function handler(request) {
  return Response.json({ hello: "world" });
}
