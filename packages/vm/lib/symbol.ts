/** 20.4 Symbol objects. */

const SymbolConstructor = installConstructor(
  function Symbol(description) {
    if ($newTarget !== undefined) throw makeTypeError("Symbol is not a constructor");
    return $newSymbol(description === undefined ? undefined : `${description}`);
  },
  0,
  SymbolPrototype,
  {
    for(key) {
      return $symbolFor(`${key}`);
    },
    keyFor(sym) {
      if (typeof sym !== "symbol") throw makeTypeError(`${describe(sym)} is not a symbol`);
      return $symbolKeyFor(sym);
    },
  },
);
installConstants(SymbolConstructor, {
  asyncIterator: symbolAsyncIterator,
  hasInstance: symbolHasInstance,
  isConcatSpreadable: symbolIsConcatSpreadable,
  iterator: symbolIterator,
  match: symbolMatch,
  matchAll: symbolMatchAll,
  replace: symbolReplace,
  search: symbolSearch,
  species: symbolSpecies,
  split: symbolSplit,
  toPrimitive: symbolToPrimitive,
  toStringTag: symbolToStringTag,
  unscopables: symbolUnscopables,
});

function thisSymbolValue(v, method: string) {
  if (typeof v === "symbol") return v;
  if ($kindOf(v) === $kind.SYMBOL_OBJECT) return $getInternal(v, 0);
  throw Incompatible(`Symbol.prototype.${method}`, v);
}
install(SymbolPrototype, {
  get description() {
    return $symbolDescription(thisSymbolValue(this, "description"));
  },
  toString() {
    return symbolText(thisSymbolValue(this, "toString"));
  },
  valueOf() {
    return thisSymbolValue(this, "valueOf");
  },
});
$defineOwn(
  SymbolPrototype,
  symbolToPrimitive,
  $getOwnValue(
    {
      [symbolToPrimitive](hint) {
        return thisSymbolValue(this, "[Symbol.toPrimitive]");
      },
    },
    symbolToPrimitive,
  ),
  4,
);
installTag(SymbolPrototype, "Symbol");
