/** 20.3 Boolean objects. */

installConstructor(
  function Boolean(value) {
    const b = !!value;
    if ($newTarget === undefined) return b;
    return wrapPrimitive($kind.BOOLEAN, GetPrototypeFromConstructor($newTarget, BooleanPrototype), b);
  },
  1,
  BooleanPrototype,
  undefined,
);
function thisBooleanValue(v, method: string): boolean {
  if (typeof v === "boolean") return v;
  if ($kindOf(v) === $kind.BOOLEAN) return $getInternal(v, 0);
  throw Incompatible(`Boolean.prototype.${method}`, v);
}
install(BooleanPrototype, {
  toString() {
    return thisBooleanValue(this, "toString") ? "true" : "false";
  },
  valueOf() {
    return thisBooleanValue(this, "valueOf");
  },
});
