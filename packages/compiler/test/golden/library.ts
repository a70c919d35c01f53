const proto = $proto($proto.OBJECT);
function pick(o: object, k: string): unknown {
  if ($newTarget !== undefined) return $construct(pick, $newTarget, [o]);
  if ($kindOf(o) === $kind.PROXY) return $notHandled;
  return k === "x" ? $hole : $call(pick, o, k) || $apply(pick, o, [k]) || $done;
}
$setHook($hook.GET_SLOW, pick);
$makeNative($native.kindOf, "kindOf", 1, undefined);
