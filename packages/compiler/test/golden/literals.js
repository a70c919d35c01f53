function f(a, k) {
  const o = { x: 1, "y": a, z() { return 1; }, get w() { return 2; }, [k]: 3, ...a, v: 4, 7: 5, __proto__: null, async *gen() {} };
  return [1, , a, ...k, 1n, 1.5, -0, 1e9, /re/gi, `t${a}u`, null, true, undefined, function () {}, class {}, o];
}
const anonymous = () => {};
