import { enableMapSet, enablePatches, produce, produceWithPatches, applyPatches } from "immer";

enableMapSet();
enablePatches();
const base = {
  list: [
    { id: 1, tags: ["a"] },
    { id: 2, tags: [] },
  ],
  map: new Map([["k", { v: 1 }]]),
  set: new Set([1, 2]),
};

export default (request) => {
  const { searchParams } = new URL(request.url);
  const n = Number(searchParams.get("n"));
  const next = produce(base, (draft) => {
    draft.list[0].tags.push(searchParams.get("text"));
    draft.list.splice(1, 0, { id: n, tags: [] });
    draft.map.get("k").v += n;
    draft.set.delete(1);
  });
  const [changed, patches, inverse] = produceWithPatches(next, (draft) => void (draft.list.length = 1));
  let frozen = false;
  try {
    next.list.push(1);
  } catch (error) {
    frozen = error instanceof TypeError;
  }
  return Response.json({
    next: next.list,
    map: [...next.map],
    set: [...next.set],
    base: base.list,
    patches,
    inverse,
    undone: applyPatches(changed, inverse).list,
    kept: next.list[2] === base.list[1],
    frozen,
  });
};
