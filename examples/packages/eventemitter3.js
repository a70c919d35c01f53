import EventEmitter from "eventemitter3";

export default (request) => {
  const { searchParams } = new URL(request.url);
  const seen = [];
  const emitter = new EventEmitter();
  const listener = (...all) => seen.push(all);
  emitter
    .once("text", listener)
    .on("n", listener)
    .on("text", (text) => seen.push([text.length]));
  for (let i = 0; i < Number(searchParams.get("n")); i++) emitter.emit(i % 3 ? "n" : "text", `${searchParams.get("text")}${i}`, i);
  emitter.off("n", listener);
  return Response.json({ seen, names: emitter.eventNames(), emitted: emitter.emit("n") });
};
