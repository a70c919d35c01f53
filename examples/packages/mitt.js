import mitt from "mitt";

export default (request) => {
  const { searchParams } = new URL(request.url);
  const emitter = mitt();
  const seen = [];
  emitter.on("*", (type, event) => seen.push([type, event]));
  emitter.on("text", (text) => seen.push(text.length));
  for (let i = 0; i < Number(searchParams.get("n")); i++) emitter.emit(i % 2 ? "text" : "other", searchParams.get("text"));
  return Response.json(seen);
};
