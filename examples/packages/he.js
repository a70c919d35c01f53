import * as he from "he";

export default (request) => {
  const text = `${new URL(request.url).searchParams.get("text")} <a href="x">ä€😀</a>`;
  const encoded = he.encode(text, { useNamedReferences: true });
  return Response.json([encoded, he.escape(text), he.decode(encoded) === text, he.decode("&lt;&copy;&notit;&#x1F600;&#0;&ampx", { isAttributeValue: true })]);
};
