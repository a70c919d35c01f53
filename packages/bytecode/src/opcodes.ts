/**
 * The one opcode table. The compiler's emitter, the verifier, the disassembler and the VM's dispatch constants
 * (packages/vm/assembly/generated/opcodes.ts) are generated from it or checked against it.
 *
 * Machine model. A frame is a window of 64-bit value registers R[0..nregs) in linear memory, below it
 * R[-1] = this and R[-2] = the callee. Parameters are R[0..nparams). A function with flag USES_ARGUMENTS gets its
 * arguments object in R[nparams]; one with HAS_REST its rest array in the register after that (or R[nparams]).
 * All other registers are undefined on entry. A call is laid out by the caller at the top of its own window:
 * R[base] = callee, R[base+1] = this, R[base+2+i] = argument i; the callee's window overlays it, nothing is copied.
 * Operands are bytes: registers u8, indices u16, jumps i16 relative to the end of the instruction (i32 in the *32 forms),
 * little-endian, unaligned. Variables that closures capture live in heap Scopes, held in ordinary registers. Where the doc
 * line says "calls", the VM may push a frame (getter, proxy trap, valueOf, library helper) and go on when it returns:
 * built-in code never recurses into the interpreter.
 *
 * HOLE is the internal "no value" constant: TDZ, array holes, absent slots. DONE is the internal end-of-iteration constant.
 */

export type OperandKind =
  | "dst" //  u8 register, written
  | "reg" //  u8 register, read
  | "optReg" //  u8 register, read; 255 = none (for scopes: the callee's own scope)
  | "base" //  u8 first of several consecutive registers, read and/or written as the doc line says
  | "i8"
  | "u8"
  | "i16"
  | "u16"
  | "k" //  u16 index into the function's constants
  | "str" //  u16 index into the function's constants; the constant is a string
  | "fn" //  u16 index into the function's child functions
  | "site" //  u16 index into the function's property sites (key + inline cache)
  | "shape" //  u16 index into the function's object-literal shapes; 0xffff = empty object
  | "table" //  u16 index into the function's switch tables
  | "slot" //  u16 slot of a Scope
  | "off16" //  i16 jump, relative to the end of the instruction
  | "off32"; //  i32 jump, relative to the end of the instruction

export interface Opcode {
  readonly name: string;
  readonly operands: readonly (readonly [name: string, kind: OperandKind])[];
  readonly doc: string;
  /** Control never falls through to the next instruction. */
  readonly ends?: boolean;
}

function op(name: string, operands: string, doc: string, ends = false): Opcode {
  const list = operands === "" ? [] : operands.split(" ").map((o) => o.split(":") as [string, OperandKind]);
  return ends ? { name, operands: list, doc, ends } : { name, operands: list, doc };
}

const binary = (name: string, doc: string) => op(name, "dst:dst a:reg b:reg", doc);
const unary = (name: string, doc: string) => op(name, "dst:dst a:reg", doc);
const compareJump = (name: string, doc: string) => op(name, "a:reg b:reg to:off16", doc);

export const opcodes: readonly Opcode[] = [
  // Moves and constants
  op("NOP", "", "nothing"),
  op("MOVE", "dst:dst src:reg", "dst = src"),
  op("LOADK", "dst:dst k:k", "dst = constant (string, number, bigint)"),
  op("LOADI", "dst:dst value:i16", "dst = small integer"),
  op("LOADUNDEF", "dst:dst", "dst = undefined"),
  op("LOADNULL", "dst:dst", "dst = null"),
  op("LOADTRUE", "dst:dst", "dst = true"),
  op("LOADFALSE", "dst:dst", "dst = false"),
  op("LOADHOLE", "dst:dst", "dst = HOLE (a binding in its temporal dead zone)"),
  op("LOADSPECIAL", "dst:dst value:u8", "library code only: dst = the special value with this payload (docs/engine.md, Values): 5 DONE, 7 NOT_HANDLED"),
  op("LOADTHIS", "dst:dst", "dst = R[-1]"),
  op("LOADCALLEE", "dst:dst", "dst = R[-2]"),
  op("LOADNEWTARGET", "dst:dst", "dst = new.target of this frame, or undefined"),
  op("LOADHOME", "dst:dst", "dst = [[HomeObject]] of the callee"),
  op("COERCETHIS", "", "sloppy functions that use this, at entry: R[-1] = undefined/null -> globalThis, primitive -> wrapper"),

  // Scopes
  op("NEWSCOPE", "dst:dst parent:optReg size:u16", "dst = new Scope of `size` slots, all HOLE; parent 255 = the callee's scope"),
  op("COPYSCOPE", "dst:dst src:reg", "dst = a fresh copy of Scope src (per-iteration bindings)"),
  op("LDSLOT", "dst:dst scope:reg slot:slot", "dst = scope[slot]"),
  op("STSLOT", "scope:reg slot:slot src:reg", "scope[slot] = src"),
  op("LDUP", "dst:dst depth:u8 slot:slot", "dst = slot of the Scope `depth` parents above the callee's scope (0 = the callee's scope itself)"),
  op("STUP", "depth:u8 slot:slot src:reg", "the store for LDUP"),
  op("LDUPSCOPE", "dst:dst depth:u8", "dst = the Scope itself"),
  op("MAPARGS", "args:reg scope:reg", "mapped arguments: from now on element i of the arguments object and slot i of the Scope are one variable, for i < min(argc, nparams)"),
  op("CHECKHOLE", "a:reg name:str", "throw ReferenceError \"Cannot access 'name' before initialization\" when a is HOLE (for name \"this\": super() was not called)"),

  // Globals
  op("GETGLOBAL", "dst:dst site:site", "dst = global lexical or globalThis property; ReferenceError when absent; calls"),
  op("GETGLOBALT", "dst:dst site:site", "as GETGLOBAL, undefined when absent (typeof); calls"),
  op("SETGLOBAL", "site:site src:reg", "assign; in strict code ReferenceError when absent; calls"),
  op("DECLVAR", "name:str", "script: declare a global var (undefined when new)"),
  op("DECLFN", "name:str src:reg", "script: declare a global function"),
  op("DECLLEX", "name:str flags:u8", "script: declare a global let or class (0) or const (1) in its TDZ; SyntaxError on a clash"),
  op("INITLEX", "name:str src:reg", "script: initialise a global lexical binding"),

  // Functions and calls
  op("CLOSURE", "dst:dst fn:fn scope:optReg", "dst = new closure of child function fn over scope; 255 = the callee's scope"),
  op("CALL", "dst:dst base:base argc:u8", "dst = call R[base] with this R[base+1] and argc arguments from R[base+2]; calls"),
  op("CALLU", "dst:dst base:base argc:u8", "as CALL with this undefined: R[base+1] is written by this instruction; calls"),
  op("CALLV", "dst:dst base:base", "as CALL, arguments are the elements of the array R[base+2]; calls"),
  op("NEW", "dst:dst base:base argc:u8", "dst = construct R[base] with new.target R[base+1] and argc arguments from R[base+2]; calls"),
  op("NEWV", "dst:dst base:base", "as NEW, arguments are the elements of the array R[base+2]; calls"),
  op("RET", "src:reg", "return; in a construct frame a non-object yields R[-1] instead", true),
  op("RETU", "", "return undefined (same rule)", true),
  op("RETD", "src:reg self:reg", "return from a derived constructor: src if object; TypeError if not undefined; else self (ReferenceError when HOLE)", true),
  op("THROW", "src:reg", "throw src", true),
  op("THROWERR", "kind:u8 message:str", "throw new error; kind 0 Error 1 TypeError 2 ReferenceError 3 SyntaxError 4 RangeError", true),
  op("INTRINSIC", "dst:dst id:u16 base:base argc:u8", "library code only: dst = intrinsic id (packages/bytecode/src/intrinsics) with argc arguments from R[base]"),

  // Properties
  op("GETPROP", "dst:dst obj:reg site:site", "dst = obj.key through the site's inline cache; calls"),
  op("SETPROP", "obj:reg site:site src:reg", "obj.key = src; strictness is the function's; calls"),
  op("GETLEN", "dst:dst obj:reg site:site", "dst = obj.length (the site's key is \"length\"); fast for arrays and strings; calls"),
  op("GETELEM", "dst:dst obj:reg key:reg", "dst = obj[key]; calls"),
  op("SETELEM", "obj:reg key:reg src:reg", "obj[key] = src; calls"),
  op("DELPROP", "dst:dst obj:reg key:str", "dst = delete obj.key; TypeError in strict code when not deletable; calls"),
  op("DELELEM", "dst:dst obj:reg key:reg", "dst = delete obj[key]; calls"),
  op("IN", "dst:dst key:reg obj:reg", "dst = key in obj; calls"),
  op("INSTANCEOF", "dst:dst a:reg b:reg", "dst = a instanceof b; calls"),
  op("GETSUPER", "dst:dst start:reg key:reg self:reg", "dst = start[key] with receiver self; calls"),
  op("SETSUPER", "start:reg key:reg self:reg src:reg", "start[key] = src with receiver self; calls"),
  op("GETPROTO", "dst:dst obj:reg", "dst = obj.[[Prototype]] of a home object or a class: an object or null"),

  // Object and array literals
  op("NEWOBJ", "dst:dst shape:shape", "dst = new object with the literal's shape, slots undefined"),
  op("INITSLOT", "obj:reg index:u8 src:reg", "slot `index` of a literal just made by NEWOBJ = src"),
  op("INITPROP", "obj:reg site:site src:reg", "define own enumerable data property (literal, class field); calls on exotic objects"),
  op("DEFELEM", "obj:reg key:reg src:reg", "define own enumerable data property with computed key; calls"),
  op("DEFMETHOD", "obj:reg key:reg fn:reg flags:u8", "define method/accessor, set [[HomeObject]] and the name; flags bits 0-1: 0 method 1 getter 2 setter; bit 2: enumerable"),
  op("SETPROTO", "obj:reg src:reg", "__proto__: src in a literal (ignored unless object or null)"),
  op("COPYPROPS", "obj:reg src:reg", "object spread; calls"),
  op("COPYREST", "dst:dst src:reg base:base count:u8", "dst = object rest of src without the `count` property keys R[base..]; calls"),
  op("NEWARR", "dst:dst capacity:u16", "dst = []"),
  op("APPEND", "arr:reg src:reg", "push onto an array literal"),
  op("APPENDHOLE", "arr:reg", "push a hole onto an array literal"),
  op("SPREAD", "arr:reg src:reg", "push every element of iterable src; calls"),
  op("TEMPLATE", "dst:dst k:k", "dst = the template object of this site (made once)"),
  op("REGEXP", "dst:dst k:k", "dst = new RegExp from a literal"),
  op("SETNAME", "fn:reg key:reg prefix:u8", "give an anonymous function/class the name of a property key; prefix 0 none 1 get 2 set"),

  // Classes
  op("CLASS", "base:base fn:fn heritage:optReg scope:optReg", "R[base] = constructor from child fn over scope, R[base+1] = its prototype; heritage 255 = none (`extends null` passes null); calls"),
  op("SETFIELDS", "ctor:reg fn:reg", "fn is the constructor's field initialiser (a method without parameters)"),
  op("INITFIELDS", "self:reg ctor:reg", "run ctor's field initialiser, if any, with this = self; calls"),
  op("NEWPRIV", "dst:dst name:str", "dst = fresh private name"),
  op("GETPRIV", "dst:dst obj:reg key:reg", "dst = obj.#key; TypeError when absent; calls"),
  op("SETPRIV", "obj:reg key:reg src:reg", "obj.#key = src; TypeError when absent, a method, or without setter; calls"),
  op("DEFPRIV", "obj:reg key:reg src:reg", "add private field; TypeError when present"),
  op("DEFPRIVM", "obj:reg key:reg fn:reg flags:u8", "add private method/accessor; flags as DEFMETHOD"),
  op("HASPRIV", "dst:dst obj:reg key:reg", "dst = #key in obj"),

  // Arithmetic and logic
  binary("ADD", "dst = a + b; calls"),
  binary("SUB", "dst = a - b; calls"),
  binary("MUL", "dst = a * b; calls"),
  binary("DIV", "dst = a / b; calls"),
  binary("MOD", "dst = a % b; calls"),
  binary("EXP", "dst = a ** b; calls"),
  binary("BAND", "dst = a & b; calls"),
  binary("BOR", "dst = a | b; calls"),
  binary("BXOR", "dst = a ^ b; calls"),
  binary("SHL", "dst = a << b; calls"),
  binary("SHR", "dst = a >> b; calls"),
  binary("USHR", "dst = a >>> b; calls"),
  op("ADDI", "dst:dst a:reg value:i8", "dst = a + value, a any value (strings concatenate); calls"),
  op("SUBI", "dst:dst a:reg value:i8", "dst = a - value; calls"),
  unary("INC", "dst = ToNumeric(a) + 1; calls"),
  unary("DEC", "dst = ToNumeric(a) - 1; calls"),
  unary("NEG", "dst = -a; calls"),
  unary("PLUS", "dst = ToNumber(a); calls"),
  unary("TONUMERIC", "dst = ToNumeric(a); calls"),
  unary("BNOT", "dst = ~a; calls"),
  unary("NOT", "dst = !a"),
  unary("TYPEOF", "dst = typeof a"),
  unary("TOSTR", "dst = ToString(a) (template literals); calls"),
  unary("TOKEY", "dst = ToPropertyKey(a), an int32 stays an int32; calls"),
  binary("ELEMKEY", "dst = ToPropertyKey(b), for a[b] that is read and then written: TypeError before that when a is undefined or null; calls"),
  op("CHECKOBJ", "a:reg", "TypeError \"Iterator result a is not an object\" unless a is an object"),
  op("REQOBJ", "a:reg", "TypeError when a is undefined or null (destructuring)"),
  binary("EQ", "dst = a == b; calls"),
  binary("NE", "dst = a != b; calls"),
  binary("SEQ", "dst = a === b"),
  binary("SNE", "dst = a !== b"),
  binary("LT", "dst = a < b; calls"),
  binary("LE", "dst = a <= b; calls"),
  binary("GT", "dst = a > b; calls"),
  binary("GE", "dst = a >= b; calls"),

  // Jumps. A taken jump backwards is a safe point: interrupt check and garbage collection.
  op("JMP", "to:off16", "jump", true),
  op("JMP32", "to:off32", "jump far", true),
  op("JT", "a:reg to:off16", "jump when ToBoolean(a)"),
  op("JF", "a:reg to:off16", "jump when not ToBoolean(a)"),
  op("JNULLISH", "a:reg to:off16", "jump when a is undefined or null"),
  op("JNNULLISH", "a:reg to:off16", "jump when a is neither undefined nor null"),
  op("JUNDEF", "a:reg to:off16", "jump when a is undefined"),
  op("JNUNDEF", "a:reg to:off16", "jump when a is not undefined"),
  op("JDONE", "a:reg to:off16", "jump when a is DONE"),
  op("JNDONE", "a:reg to:off16", "jump when a is not DONE"),
  compareJump("JLT", "jump when a < b; calls"),
  compareJump("JNLT", "jump when not a < b; calls"),
  compareJump("JLE", "jump when a <= b; calls"),
  compareJump("JNLE", "jump when not a <= b; calls"),
  compareJump("JGT", "jump when a > b; calls"),
  compareJump("JNGT", "jump when not a > b; calls"),
  compareJump("JGE", "jump when a >= b; calls"),
  compareJump("JNGE", "jump when not a >= b; calls"),
  compareJump("JEQ", "jump when a == b; calls"),
  compareJump("JNE", "jump when a != b; calls"),
  compareJump("JSEQ", "jump when a === b"),
  compareJump("JSNE", "jump when a !== b"),
  op("SWITCH", "a:reg table:table", "jump to the table's offset for the string or integer a (=== semantics); falls through when not in the table"),

  // Iteration
  op("GETITER", "base:base src:reg", "R[base], R[base+1] = iterator record of src; for an array with pristine iteration R[base] = the array, R[base+1] = int 0; calls"),
  op("GETSYNCITER", "base:base src:reg", "as GETITER, never the array form: R[base] = iterator, R[base+1] = its next method (yield*); calls"),
  op("GETASYNCITER", "base:base src:reg", "R[base], R[base+1] = async iterator and its next method (sync iterators are wrapped); calls"),
  op("ITERNEXT", "dst:dst base:base", "dst = next value of the record, or DONE; when next() throws or ends, R[base] becomes undefined so that ITERCLOSE is a no-op; DONE again when R[base] is undefined; calls"),
  op("ITERVALUE", "dst:dst base:base", "as ITERNEXT, but undefined instead of DONE (array destructuring); calls"),
  op("ITERRESULT", "dst:dst src:reg", "src is a result object of next(): TypeError unless object; dst = DONE when done, else its value; calls"),
  op("ITERCLOSE", "base:base", "normal or return completion: call return() when there is one, TypeError when it gives no object; calls"),
  op("ITERCLOSEQ", "base:base", "throw completion: call return(), its errors and result are dropped; calls"),
  op("FORIN", "base:base src:reg", "R[base], R[base+1] = for-in enumeration state of src (empty for undefined/null); calls"),
  op("FORINNEXT", "dst:dst base:base", "dst = next enumerable string key still present, or DONE; calls"),

  // Coroutines: generators, async functions, async generators
  op("INITGEN", "", "generators, after parameters are bound; async functions, first instruction: suspend the frame into a coroutine and return the generator object / promise; calls"),
  op("YIELD", "dst:base src:reg", "suspend with src; when resumed R[dst] = the value sent, R[dst+1] = 0 next or 2 return (a throw is thrown here)"),
  op("AWAIT", "dst:dst src:reg", "suspend until the promise of src settles; dst = its value, or its reason is thrown here"),
  op("RESUME", "dst:dst co:reg mode:reg value:reg", "library code only: run coroutine co until it suspends or ends; mode 0 next 1 throw 2 return; dst = value yielded, awaited or returned; calls"),

  // Modules
  op("LDIMPORT", "dst:dst index:u16", "dst = value of import binding `index` of this module (HOLE-checked: ReferenceError)"),
  op("DYNIMPORT", "dst:dst src:reg options:optReg", "dst = promise of import(src, options); calls"),
  op("IMPORTMETA", "dst:dst", "dst = import.meta of this module"),
  op("DEBUGGER", "", "nothing (kept so that a debugger statement has a position)"),
];

/** Opcode number by name; numbers are positions in the table. */
export const opcodeNumber: Readonly<Record<string, number>> = Object.fromEntries(opcodes.map((o, i) => [o.name, i]));

/** Bytes that an operand takes in an instruction. */
export function operandSize(kind: OperandKind): number {
  switch (kind) {
    case "dst":
    case "reg":
    case "optReg":
    case "base":
    case "i8":
    case "u8":
      return 1;
    case "off32":
      return 4;
    default:
      return 2;
  }
}

/** Bytes of a whole instruction, opcode included. */
export function instructionSize(opcode: Opcode): number {
  return 1 + opcode.operands.reduce((sum, [, kind]) => sum + operandSize(kind), 0);
}
