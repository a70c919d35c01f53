/** The file format by hand-made files: round trip, every rejection of the verifier, and what the disassembler prints. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { generate } from "../scripts/generate.ts";
import { forms, sources } from "../src/forms.ts";
import {
  BytecodeError,
  constantKinds,
  crc32,
  decode,
  disassemble,
  encode,
  exportKinds,
  fileFlags,
  functionFlags,
  hooks,
  instructionSize,
  intrinsics,
  opcodeNumber,
  opcodes,
  operandSize,
  sectionsOf,
  verify,
  type BytecodeFile,
  type FunctionRecord,
} from "../src/index.ts";

function fn(code: number[], more: Partial<FunctionRecord> = {}): FunctionRecord {
  return {
    flags: 0,
    name: -1,
    nparams: 0,
    length: 0,
    nregs: 4,
    code: Uint8Array.from(code),
    moduleScopeSlots: 0,
    constants: [],
    sites: [],
    children: [],
    shapes: [],
    exceptions: [],
    tables: [],
    sourceStart: 0,
    sourceEnd: 0,
    lines: [],
    ...more,
  };
}
function file(functions: FunctionRecord[], more: Partial<BytecodeFile> = {}): BytecodeFile {
  return {
    flags: 0,
    filename: -1,
    mainFunction: 0,
    strings: ["x", "é\u{1f600}\ud800", "12"],
    numbers: [1.5, -0],
    bigints: [2],
    functions,
    templates: [],
    regexps: [],
    module: null,
    source: null,
    ...more,
  };
}
const op = (name: string, ...operands: number[]): number[] => [opcodeNumber[name]!, ...operands];
const u16 = (value: number): number[] => [value & 255, (value >> 8) & 255];
const RETU = op("RETU");

function accepted(model: BytecodeFile): void {
  const result = verify(encode(model));
  assert.ok(result.ok, result.ok ? "" : result.message);
}
function rejected(model: BytecodeFile, message: RegExp): void {
  const result = verify(encode(model));
  assert.ok(!result.ok, "expected a rejection");
  assert.match(result.message, message);
}

test("CRC-32 check value", () => {
  assert.equal(crc32(Uint8Array.from("123456789", (c) => c.charCodeAt(0))), 0xcbf43926);
});

test("a file with everything in it round-trips", () => {
  const code = [
    ...op("LOADK", 0, ...u16(0)),
    ...op("TEMPLATE", 1, ...u16(1)),
    ...op("REGEXP", 1, ...u16(2)),
    ...op("GETPROP", 1, 1, ...u16(0)),
    ...op("SWITCH", 0, ...u16(0)),
    ...op("JMP", ...u16(0)),
    ...RETU,
  ];
  const main = fn(code, {
    flags: functionFlags.STRICT | functionFlags.MODULE_MAIN,
    name: 0,
    nparams: 1,
    length: 1,
    moduleScopeSlots: 2,
    constants: [
      { kind: constantKinds.STRING, index: 1 },
      { kind: constantKinds.TEMPLATE, index: 0 },
      { kind: constantKinds.REGEXP, index: 0 },
    ],
    sites: [0],
    children: [1],
    shapes: [[0, 1], []],
    exceptions: [{ start: 0, length: 4, handler: 24, register: 3 }],
    tables: [
      [
        { isNumber: true, key: -(2 ** 30), target: 24 },
        { isNumber: true, key: 2 ** 30 - 1, target: 0 },
        { isNumber: false, key: 1, target: 8 },
      ],
    ],
    sourceStart: 3,
    sourceEnd: 70000,
    lines: [
      { pc: 0, line: 1, column: 5, file: -1 },
      { pc: 8, line: 300, column: 1, file: -1 },
      { pc: 8, line: 301, column: 70, file: 1 },
      { pc: 12, line: 300, column: 2, file: -1 },
      { pc: 17, line: 300, column: 9, file: -1 },
      { pc: 21, line: 301, column: 9, file: -1 },
    ],
  });
  const model = file([main, fn(RETU)], {
    flags: fileFlags.MODULE,
    filename: 0,
    templates: [
      [
        { cooked: -1, raw: 0 },
        { cooked: 1, raw: 1 },
      ],
    ],
    regexps: [{ pattern: 0, flags: 2 }],
    module: {
      requests: [0],
      imports: [
        { request: 0, name: -1 },
        { request: 0, name: 1 },
      ],
      exports: [
        { name: 0, kind: exportKinds.LOCAL, a: 1, b: 0 },
        { name: 1, kind: exportKinds.INDIRECT, a: 0, b: 2 },
        { name: 2, kind: exportKinds.NAMESPACE, a: 0, b: 0 },
        { name: 0, kind: exportKinds.STAR, a: 0, b: 0 },
      ],
    },
    source: "a\u00e9\u{1f600}\ud800",
  });
  accepted(model);
  assert.deepEqual(decode(encode(model)), model);
  assert.deepEqual([...sectionsOf(encode(model)).keys()].sort(), [
    "BIGINTS",
    "FUNCTIONS",
    "LINES",
    "MODULE",
    "NUMBERS",
    "REGEXPS",
    "SOURCE",
    "STRINGS",
    "TEMPLATES",
  ]);
});

test("header: magic, version, length, checksum, opcode table", () => {
  const good = encode(file([fn(RETU)]));
  const patched = (at: number, value: number, seal = true): string => {
    const bytes = good.slice();
    const view = new DataView(bytes.buffer);
    view.setUint32(at, value, true);
    if (seal && at !== 12) view.setUint32(12, crc32(bytes, 16), true);
    const result = verify(bytes);
    return result.ok ? "" : result.message;
  };
  assert.match(patched(0, 1), /wrong magic/);
  assert.match(patched(4, 99), /bytecode version 99/);
  assert.match(patched(8, 5), /header says 5 bytes/);
  assert.match(patched(12, 5), /checksum/);
  assert.match(patched(16, 5), /another opcode table/);
  assert.match(patched(20, 0xffffff), /section table/);
  assert.match(patched(24, 7), /main function 7 of 1/);
  assert.match(patched(28, 7, true), /file name/);
  assert.match(patched(32, 77), /unknown section 77/);
  assert.match(patched(36, 4), /not aligned|overlaps/);
  assert.match(patched(40, 0x7fffffff), /overlaps/);
  assert.throws(() => decode(new Uint8Array(5)), BytecodeError);
});

const bad: [string, FunctionRecord, RegExp][] = [
  ["no code", fn([]), /runs off the end/],
  ["no end", fn(op("NOP")), /runs off the end/],
  ["cut instruction", fn([...RETU, opcodeNumber["LOADK"]!, 0]), /LOADK is cut off/],
  ["register", fn([...op("MOVE", 0, 4), ...RETU]), /MOVE: register 4 of 4/],
  ["scope register", fn([...op("NEWSCOPE", 0, 9, 1, 0), ...RETU]), /register 9/],
  ["call window", fn([...op("CALL", 0, 1, 2), ...RETU]), /window of 2 at register 1/],
  ["spread call window", fn([...op("CALLV", 0, 2), ...RETU]), /window at register 2/],
  ["iterator window", fn([...op("GETITER", 3, 0), ...RETU]), /window at register 3/],
  ["jump into an instruction", fn([...op("JMP", ...u16(1)), ...op("MOVE", 0, 0), ...RETU]), /target 4 is not an instruction/],
  ["jump out of the function", fn([...op("JT", 0, ...u16(-9)), ...RETU]), /target -5 is not an instruction/],
  ["long jump", fn([opcodeNumber["JMP32"]!, 255, 255, 255, 127]), /is not an instruction/],
  ["constant kind", fn([...op("LOADK", 0, 0, 0), ...RETU], { constants: [{ kind: constantKinds.REGEXP, index: 0 }] }), /wrong kind|kind 4/],
  ["string constant", fn([...op("CHECKHOLE", 0, 0, 0), ...RETU], { constants: [{ kind: constantKinds.NUMBER, index: 0 }] }), /not a string/],
  ["child", fn([...op("CLOSURE", 0, 0, 0, 255), ...RETU]), /child function 0 of 0/],
  ["shape", fn([...op("NEWOBJ", 0, 0, 0), ...RETU]), /shape 0 of 0/],
  ["table", fn([...op("SWITCH", 0, 0, 0), ...RETU]), /table 0 of 0/],
  ["import", fn([...op("LDIMPORT", 0, 0, 0), ...RETU]), /import 0 of 0/],
  ["error kind", fn(op("THROWERR", 9, 0, 0), { constants: [{ kind: 0, index: 0 }] }), /kind 9/],
  ["native in a handler", fn([...op("INTRINSIC", 0, 0, 0, 0, 0), ...RETU]), /only allowed in library code/],
  ["yield in a plain function", fn([...op("YIELD", 0, 0), ...RETU]), /only allowed in generators/],
  ["await in a generator", fn([...op("AWAIT", 0, 0), ...RETU], { flags: functionFlags.GENERATOR }), /only allowed in generators and async/],
  ["generator entry in a plain function", fn([...op("INITGEN"), ...RETU]), /not a generator/],
  ["exception range", fn([...op("NOP"), ...RETU], { exceptions: [{ start: 0, length: 0, handler: 0, register: 0 }] }), /exception range/],
  ["exception handler", fn([...op("MOVE", 0, 0), ...RETU], { exceptions: [{ start: 0, length: 3, handler: 1, register: 0 }] }), /target 1/],
  ["exception register", fn(RETU, { exceptions: [{ start: 0, length: 1, handler: 0, register: 4 }] }), /exception register 4/],
  ["table target", fn([...op("MOVE", 0, 0), ...RETU], { tables: [[{ isNumber: true, key: 1, target: 2 }]] }), /target 2/],
  ["table string", fn(RETU, { tables: [[{ isNumber: false, key: 99, target: 0 }]] }), /table string 99/],
  ["unknown flags", fn(RETU, { flags: 1 << 20 }), /unknown flags/],
  ["more parameters than registers", fn(RETU, { nparams: 5 }), /5 parameters in 4 registers/],
  ["child before its parent", fn(RETU, { children: [0] }), /not after its parent/],
  ["position out of range", fn(RETU, { lines: [{ pc: 5, line: 1, column: 1, file: -1 }] }), /position out of range/],
];
for (const [name, record, message] of bad) test(`rejected: ${name}`, () => rejected(file([record]), message));

/** What the verifier says of the file with `from` in its functions replaced by as many other bytes. */
function messageAfter(model: BytecodeFile, from: number[], to: number[]): string {
  const bytes = encode(model);
  const { offset, end } = sectionsOf(bytes).get("FUNCTIONS")!;
  const at = bytes.findIndex((_, i) => i >= offset && i + from.length <= end && from.every((byte, j) => bytes[i + j] === byte));
  assert.ok(at > 0, "the bytes are not there");
  bytes.set(to, at);
  new DataView(bytes.buffer).setUint32(12, crc32(bytes, 16), true);
  const result = verify(bytes);
  return result.ok ? "" : result.message;
}

test("rejected: what only other bytes than the encoder's can say", () => {
  const [LOADK, CHECKHOLE, GETPROP] = [opcodeNumber["LOADK"]!, opcodeNumber["CHECKHOLE"]!, opcodeNumber["GETPROP"]!];
  const twice = file([fn([...op("CHECKHOLE", 3, 0, 0), ...op("CHECKHOLE", 3, 0, 0), ...RETU], { constants: [{ kind: constantKinds.STRING, index: 2 }] })]);
  assert.match(messageAfter(twice, [CHECKHOLE, 3, 1], [CHECKHOLE, 3, 7]), /constant 3 is not a string/);
  assert.match(messageAfter(twice, [CHECKHOLE, 3, 1], [CHECKHOLE, 3, 4]), /2 constants and 0 sites, announced were 1 and 0/);
  const number = file([fn([...op("LOADK", 3, 0, 0), ...RETU], { constants: [{ kind: constantKinds.NUMBER, index: 1 }] })]);
  assert.match(messageAfter(number, [LOADK, 3, 18], [LOADK, 3, 34]), /constant 2 of kind 1, there are 2/);
  assert.match(messageAfter(number, [LOADK, 3, 18], [LOADK, 3, 14]), /constant kind 7/);
  const site = file([fn([...op("GETPROP", 3, 2, 0, 0), ...RETU], { sites: [1] })]);
  assert.match(messageAfter(site, [GETPROP, 3, 2, 1], [GETPROP, 3, 2, 99]), /site key 99 of 3/);
  assert.match(messageAfter(site, [GETPROP, 3, 2, 1], [GETPROP, 3, 2, 128]), /of \d+|left over|unexpected end|cut off/);
});

test("every form says the instruction that it was made from", () => {
  const value = {
    dst: 77,
    reg: 78,
    optReg: 79,
    base: 80,
    i8: 50,
    u8: 51,
    i16: -300,
    u16: 300,
    k: 0,
    str: 0,
    fn: 1,
    site: 0,
    shape: 0,
    table: 0,
    slot: 200,
    off16: 0,
    off32: 0,
  };
  for (const [number, { opcode, sources: list }] of forms.entries()) {
    const { name, operands } = opcodes[opcode]!;
    const code = op("LOADUNDEF", 8);
    const start = code.push(opcode) - 1;
    operands.forEach(([, kind], i) => {
      const source = list[i]!;
      let v = value[kind];
      if (source >= sources.LAST_LEAST) v = 8 + source - sources.LAST;
      else if (source >= sources.CONSTANT) v = source - sources.CONSTANT;
      else if (source === sources.NEXT && kind === "fn") v = 0;
      else if (source === sources.SELF) v = code[start + 1]!;
      else if (source === sources.NONE) v = 255;
      code.push(...(operandSize(kind) === 1 ? [v] : operandSize(kind) === 2 ? u16(v) : [...u16(v), 0, 0]));
    });
    const kind =
      name === "TEMPLATE"
        ? constantKinds.TEMPLATE
        : name === "REGEXP"
          ? constantKinds.REGEXP
          : name === "LOADK" && list[1] === sources.EXPLICIT
            ? constantKinds.NUMBER
            : constantKinds.STRING;
    const lists = {
      constants: operands.some(([, k]) => k === "k" || k === "str") ? [{ kind, index: 0 }] : [],
      sites: operands.some(([, k]) => k === "site") ? [0] : [],
    };
    const record = fn([...code, ...RETU], { ...lists, nregs: 200, children: [1, 2], shapes: [[0]], tables: [[]] });
    const model = file([record, fn(RETU), fn(RETU)], { templates: [[]], regexps: [{ pattern: 0, flags: 0 }] });
    const bytes = encode(model);
    assert.deepEqual(decode(bytes), model, `form ${number} of ${name}`);
    const { offset, end } = sectionsOf(bytes).get("FUNCTIONS")!;
    if (number >= opcodes.length) assert.ok(bytes.subarray(offset, end).includes(number), `form ${number} of ${name} is not used`);
  }
});

test("library files may use what others may not", () => {
  accepted(file([fn([...op("INTRINSIC", 0, 0, 0, 1, 3), ...op("LOADSPECIAL", 0, 7), ...RETU])], { flags: fileFlags.LIBRARY }));
});

test("disassembly names what indices mean", () => {
  const text = disassemble(
    encode(
      file([
        fn([...op("LOADK", 0, 0, 0), ...op("GETPROP", 1, 0, 0, 0), ...op("JT", 1, ...u16(-13)), ...RETU], {
          constants: [{ kind: constantKinds.NUMBER, index: 1 }],
          sites: [0],
          lines: [{ pc: 4, line: 1, column: 1, file: -1 }],
        }),
      ]),
    ),
    { source: "the line" },
  );
  assert.equal(
    text,
    [
      "; (no name)",
      "",
      "function 0 (anonymous) params=0 length=0 registers=4",
      ">     0  LOADK       r0, -0",
      "  ; 1: the line",
      "      4  GETPROP     r1, r0, .x#0",
      "      9  JT          r1, -> 0",
      "     13  RETU",
      "",
    ].join("\n"),
  );
});

test("the table: names are unique, instructions fit, every name is documented", () => {
  assert.equal(new Set(opcodes.map(({ name }) => name)).size, opcodes.length);
  assert.ok(opcodes.length <= 256);
  for (const opcode of opcodes) {
    assert.ok(instructionSize(opcode) <= 8, opcode.name);
    assert.ok(opcode.doc.length > 0);
  }
});

test("generated AssemblyScript follows the tables", () => {
  const directory = mkdtempSync(join(tmpdir(), "zerostart-generate-"));
  try {
    const first = generate(directory);
    assert.ok(first.written.length >= 4);
    assert.equal(first.missingNatives.length, intrinsics.length);
    assert.deepEqual(generate(directory).written, []);
    const text = readFileSync(join(directory, "generated/opcodes.ts"), "utf8");
    assert.match(text, /export const OP_NOP: i32 = 0;/);
    assert.match(text, new RegExp(`export const OP_COUNT: i32 = ${opcodes.length};`));
    assert.match(readFileSync(join(directory, "generated/hooks.ts"), "utf8"), new RegExp(`export const HOOK_COUNT: i32 = ${hooks.length};`));
  } finally {
    rmSync(directory, { recursive: true });
  }
});
