import * as R from "ramda";

const total = R.pipe(R.filter(R.propSatisfies(R.gt(R.__, 2), "i")), R.map(R.evolve({ i: R.multiply(2) })), R.groupBy(R.prop("kind")));

export default (request) => {
  const { searchParams } = new URL(request.url);
  const list = R.range(0, Number(searchParams.get("n"))).map((i) => ({ i, kind: i % 2 ? "odd" : "even" }));
  return Response.json({
    total: total(list),
    lens: R.over(R.lensPath(["a", 0, "b"]), R.inc, { a: [{ b: 1 }] }),
    curry: R.curry((a, b, c) => a + b + c)(1)(2, 3),
    transduce: R.into([], R.compose(R.map(R.add(1)), R.take(3)), [1, 2, 3, 4]),
    equals: R.equals({ a: [new Map([[1, 2]])] }, { a: [new Map([[1, 2]])] }),
    text: R.toString({ a: [1, searchParams.get("text")], d: new Date(0) }),
    sorted: R.sortWith([R.descend(R.prop("kind")), R.ascend(R.prop("i"))], list).map(R.prop("i")),
    transpose: R.transpose([[1, 2], [3], [4, 5, 6]]),
  });
};
