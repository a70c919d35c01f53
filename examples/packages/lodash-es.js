import {
  camelCase,
  chunk,
  cloneDeep,
  debounce,
  deburr,
  difference,
  flattenDeep,
  get,
  groupBy,
  isEqual,
  merge,
  omit,
  orderBy,
  pick,
  range,
  set,
  template,
  uniqBy,
  words,
  zipObject,
} from "lodash-es";

export default (request) => {
  const { searchParams } = new URL(request.url);
  const n = Number(searchParams.get("n"));
  const list = range(n).map((i) => ({ i, kind: i % 3 ? "b" : "a", at: new Date(i * 1e9) }));
  const copy = cloneDeep({ list, map: new Map([[1, { x: /y/g }]]) });
  return Response.json({
    groups: groupBy(list, "kind"),
    order: orderBy(list, ["kind", "i"], ["desc", "asc"]).map(({ i }) => i),
    chunks: chunk(range(n), 4),
    merged: merge({ a: { b: [1, { c: 2 }] } }, { a: { b: [undefined, { d: n }] } }),
    equal: [isEqual(copy.list, list), isEqual(copy.map, new Map([[1, { x: /y/g }]])), isEqual([1, Number.NaN], [1, Number.NaN])],
    paths: get(set({}, "a[0].b.c", n), ["a", 0, "b"]),
    text: [camelCase(searchParams.get("text")), deburr("déjà vu"), words("fred, barney & pebbles"), typeof template, typeof debounce],
    rest: [
      flattenDeep([1, [2, [3, [[4]]]]]),
      difference([1, 2, 3], [2]),
      uniqBy([1.2, 1.9, 2.1], Math.floor),
      zipObject(["a", "b"], [1, 2]),
      pick({ a: 1, b: 2 }, "a"),
      omit({ a: 1, b: 2 }, "a"),
    ],
  });
};
