/** Intrinsic prototypes and well-known symbols, first in the order of concatenation: everything else defines onto them. */

const globalObject = $global();

const symbolAsyncIterator = $wellKnownSymbol(1);
const symbolHasInstance = $wellKnownSymbol(2);
const symbolIsConcatSpreadable = $wellKnownSymbol(6);
const symbolIterator = $wellKnownSymbol(0);
const symbolMatch = $wellKnownSymbol(8);
const symbolMatchAll = $wellKnownSymbol(9);
const symbolReplace = $wellKnownSymbol(10);
const symbolSearch = $wellKnownSymbol(11);
const symbolSpecies = $wellKnownSymbol(5);
const symbolSplit = $wellKnownSymbol(12);
const symbolToPrimitive = $wellKnownSymbol(3);
const symbolToStringTag = $wellKnownSymbol(4);
const symbolUnscopables = $wellKnownSymbol(7);

const ObjectPrototype = $proto($proto.OBJECT);
const FunctionPrototype = $proto($proto.FUNCTION);
const ArrayPrototype = $proto($proto.ARRAY);
const StringPrototype = $proto($proto.STRING);
const NumberPrototype = $proto($proto.NUMBER);
const BooleanPrototype = $proto($proto.BOOLEAN);
const SymbolPrototype = $proto($proto.SYMBOL);
const BigIntPrototype = $proto($proto.BIGINT);
const ErrorPrototype = $proto($proto.ERROR);
const TypeErrorPrototype = $proto($proto.TYPE_ERROR);
const RangeErrorPrototype = $proto($proto.RANGE_ERROR);
const ReferenceErrorPrototype = $proto($proto.REFERENCE_ERROR);
const SyntaxErrorPrototype = $proto($proto.SYNTAX_ERROR);
const EvalErrorPrototype = $proto($proto.EVAL_ERROR);
const URIErrorPrototype = $proto($proto.URI_ERROR);
const IteratorPrototype = $proto($proto.ITERATOR);
const AsyncIteratorPrototype = $proto($proto.ASYNC_ITERATOR);
const ArrayIteratorPrototype = $proto($proto.ARRAY_ITERATOR);
const GeneratorFunctionPrototype = $proto($proto.GENERATOR_FUNCTION);
const GeneratorPrototype = $proto($proto.GENERATOR);
const AsyncFunctionPrototype = $proto($proto.ASYNC_FUNCTION);
const AsyncGeneratorFunctionPrototype = $proto($proto.ASYNC_GENERATOR_FUNCTION);
const AsyncGeneratorPrototype = $proto($proto.ASYNC_GENERATOR);
const PromisePrototype = $proto($proto.PROMISE);
const RegExpPrototype = $proto($proto.REGEXP);
const MapPrototype = $proto($proto.MAP);
const SetPrototype = $proto($proto.SET);
const ArrayBufferPrototype = $proto($proto.ARRAYBUFFER);
const DatePrototype = $proto($proto.DATE);

// 22.1.3, 21.1.3, 20.3.3: these prototypes are wrappers themselves.
$setInternal(StringPrototype, 0, "");
$setInternal(NumberPrototype, 0, 0);
$setInternal(BooleanPrototype, 0, false);

const speciesGetter = $getOwnGetter(
  {
    get [symbolSpecies]() {
      return this;
    },
  },
  symbolSpecies,
);
