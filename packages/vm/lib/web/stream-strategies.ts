/** Streams Standard 7: queuing strategies. Slot 1 is the highWaterMark. */
function installStrategy(fn, proto, size) {
  installInterface(
    fn,
    1,
    proto,
    {
      get highWaterMark() {
        return $getInternal(requireWeb(this, webStrategy, "highWaterMark"), 1);
      },
      get size() {
        requireWeb(this, webStrategy, "size");
        return size;
      },
    },
    undefined,
  );
}
function newStrategy(newTarget, proto, init, name: string) {
  requireNew(newTarget, name);
  if (!$isObject(init) || init.highWaterMark === undefined) throw makeTypeError(`${name}: highWaterMark is missing`);
  const strategy = newWeb(webStrategy, newTarget, proto);
  $setInternal(strategy, 1, +init.highWaterMark);
  return strategy;
}
const CountStrategyPrototype = $newObject(ObjectPrototype);
installStrategy(
  function CountQueuingStrategy(init) {
    return newStrategy($newTarget, CountStrategyPrototype, init, "CountQueuingStrategy");
  },
  CountStrategyPrototype,
  function size() {
    return 1;
  },
);
const ByteLengthStrategyPrototype = $newObject(ObjectPrototype);
installStrategy(
  function ByteLengthQueuingStrategy(init) {
    return newStrategy($newTarget, ByteLengthStrategyPrototype, init, "ByteLengthQueuingStrategy");
  },
  ByteLengthStrategyPrototype,
  function size(chunk) {
    return chunk.byteLength;
  },
);
