/**
 * The one list of heap kinds and of intrinsic prototypes. packages/vm/scripts/build.ts writes packages/vm/assembly/generated/kinds.ts
 * from it (KIND_X, PROTO_X constants, and functions that give sizes); library code names them `$kind.X` and `$proto.X`
 * (integers at compile time).
 */
export interface Kind {
  readonly name: string;
  /** Bytes between the common object header (16 bytes) and the inline property slots. Internal slots, when any, come first. Multiple of 8. Objects only. */
  readonly dataBytes: number;
  /** Values at +16.. that `$getInternal`/`$setInternal` reach, traced by the collector. They are part of dataBytes. */
  readonly internalSlots: number;
  /** Is a JavaScript object (has a shape)? Others are internal cells. */
  readonly object: boolean;
}

const cell = (name: string): Kind => ({ name, dataBytes: 0, internalSlots: 0, object: false });
const object = (name: string, dataBytes: number, internalSlots = 0): Kind => ({ name, dataBytes, internalSlots, object: true });

export const kinds: readonly Kind[] = [
  cell("FREE"), // 0: never a live object
  cell("STRING"),
  cell("SYMBOL"),
  cell("BIGINT"),
  cell("SHAPE"),
  cell("PROPTABLE"),
  cell("SLOTS"), // out-of-line property values: +4 capacity, +8 Values
  cell("ELEMENTS"), // dense elements: +4 capacity, +8 Values
  cell("SLOW_ELEMENTS"), // sparse elements: hash table
  cell("SCOPE"), // +4 slot count, +8 parent Value, +16 Values
  cell("CODE"),
  cell("BYTECODE"), // a loaded file
  cell("VALUES"), // +4 count, +8 Values
  cell("WORDS"), // +4 byte length, +8 raw data without references
  cell("POINTERS"), // +4 count, +8 u32 pointers to heap cells, 0 = none
  cell("SITES"), // inline caches
  cell("ACCESSOR"), // +8 getter Value, +16 setter Value (undefined when absent)
  cell("FRAMES"), // captured stack of an error
  cell("COROUTINE_FRAME"),
  cell("MODULE"),
  cell("TABLE"), // switch table
  cell("HASH"), // Map/Set storage (natives/collections.ts)
  cell("PROGRAM"), // compiled RegExp (natives/regexp)
  cell("NATIVE_DATA"), // free for natives: raw data without references, +4 byte length, +8 data

  // Objects: header, +4 shape, +8 slots, +12 elements, +16 data
  object("OBJECT", 0),
  object("ARRAY", 8), // +16 length u32
  object("FUNCTION", 24), // closure: +16 code, +20 scope, +24 home, +28 field initialiser, +32 cached prototype, +36 cached shape
  object("NATIVE_FUNCTION", 16), // +16 native id, +20 fallback closure, +24 name string, +28 length
  object("BOUND_FUNCTION", 24), // +16 target, +20 argument VALUES cell, +24 bound this Value
  object("ERROR", 8), // +16 FRAMES cell
  object("BOOLEAN", 8, 1), // wrappers: internal slot 0 is the primitive
  object("NUMBER", 8, 1),
  object("STRING_OBJECT", 8, 1),
  object("SYMBOL_OBJECT", 8, 1),
  object("BIGINT_OBJECT", 8, 1),
  object("DATE", 8, 1), // slot 0: the time value, a number
  object("REGEXP", 40, 4), // slot 0 source, 1 flags string, 2 program, 3 lastIndex when plain; +48 free
  object("MAP", 16), // +16 HASH cell pointer; +20.. natives
  object("SET", 16),
  object("WEAKMAP", 16),
  object("WEAKSET", 16),
  object("WEAKREF", 16), // +16 target Value, weak; +24 the collector's
  object("FINALIZATION_REGISTRY", 32, 4),
  object("PROMISE", 40, 5),
  object("GENERATOR", 24, 2), // slots 0, 1 are the library's; +32 COROUTINE_FRAME cell, +36 state (see $coroutineState)
  object("ASYNC_GENERATOR", 32, 4),
  object("ARGUMENTS", 8), // +16 mapped Scope pointer or 0
  object("PROXY", 24, 2), // slot 0 target, 1 handler; +32 flags: 1 callable, 2 constructor
  object("ARRAYBUFFER", 24), // natives/typedarray.ts
  object("TYPEDARRAY", 32), // natives/typedarray.ts
  object("DATAVIEW", 32), // natives/typedarray.ts
  object("MODULE_NAMESPACE", 8), // +16 MODULE cell
  object("ITERATOR", 32, 4), // iterators of the library
  object("HOST", 48, 6), // any other library object with internal slots
];

/** Prototypes that the VM itself must know; all are made empty at boot, with the parent after the colon (OBJECT when none). */
export const prototypes = [
  "OBJECT",
  "FUNCTION",
  "ARRAY",
  "STRING",
  "NUMBER",
  "BOOLEAN",
  "SYMBOL",
  "BIGINT",
  "ERROR",
  "TYPE_ERROR:ERROR",
  "REFERENCE_ERROR:ERROR",
  "SYNTAX_ERROR:ERROR",
  "RANGE_ERROR:ERROR",
  "EVAL_ERROR:ERROR",
  "URI_ERROR:ERROR",
  "AGGREGATE_ERROR:ERROR",
  "ITERATOR",
  "ARRAY_ITERATOR:ITERATOR",
  "GENERATOR:ITERATOR",
  "ASYNC_ITERATOR",
  "ASYNC_GENERATOR:ASYNC_ITERATOR",
  "GENERATOR_FUNCTION:FUNCTION",
  "ASYNC_FUNCTION:FUNCTION",
  "ASYNC_GENERATOR_FUNCTION:FUNCTION",
  "PROMISE",
  "REGEXP",
  "DATE",
  "MAP",
  "SET",
  "WEAKMAP",
  "WEAKSET",
  "WEAKREF",
  "FINALIZATION_REGISTRY",
  "ARRAYBUFFER",
  "DATAVIEW",
  "TYPEDARRAY",
  "INT8ARRAY:TYPEDARRAY",
  "UINT8ARRAY:TYPEDARRAY",
  "UINT8CLAMPEDARRAY:TYPEDARRAY",
  "INT16ARRAY:TYPEDARRAY",
  "UINT16ARRAY:TYPEDARRAY",
  "INT32ARRAY:TYPEDARRAY",
  "UINT32ARRAY:TYPEDARRAY",
  "FLOAT32ARRAY:TYPEDARRAY",
  "FLOAT64ARRAY:TYPEDARRAY",
  "BIGINT64ARRAY:TYPEDARRAY",
  "BIGUINT64ARRAY:TYPEDARRAY",
  "FLOAT16ARRAY:TYPEDARRAY",
  "MAP_ITERATOR:ITERATOR",
  "SET_ITERATOR:ITERATOR",
  "STRING_ITERATOR:ITERATOR",
  "HTML",
] as const;
