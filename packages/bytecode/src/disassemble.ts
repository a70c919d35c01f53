/** Readable text of a bytecode file: one line an instruction, names in place of indices, source lines between when they are known. */
import { decode } from "./decode.ts";
import { EMPTY_SHAPE, NO_REGISTER, constantKinds, errorKinds, exportKinds, fileFlags, functionFlags } from "./layout.ts";
import type { BytecodeFile, FunctionRecord } from "./model.ts";
import { instructionSize, opcodes, operandSize, type OperandKind } from "./opcodes.ts";

export interface DisassembleOptions {
  /** Interleaves these source lines; the SOURCE section is used when it is there. */
  readonly source?: string;
}

export interface ListedInstruction {
  /** Byte offset within the function. */
  readonly pc: number;
  readonly text: string;
  /** Something jumps here. */
  readonly isTarget: boolean;
  /** From 1; 0 when it is not known. */
  readonly line: number;
  /** Of the line; absent for the file's own source. */
  readonly file?: string;
}
export interface ListedFunction {
  readonly title: string;
  readonly instructions: readonly ListedInstruction[];
  /** Exception and dispatch tables. */
  readonly tables: readonly string[];
}

/** The instructions of each function, with the lines that they come from. Throws BytecodeError when the file is malformed. */
export function listFunctions(bytes: Uint8Array): ListedFunction[] {
  const file = decode(bytes);
  return file.functions.map((fn, index) => listFunction(file, fn, index));
}

/** Throws BytecodeError when the file is malformed. */
export function disassemble(bytes: Uint8Array, options: DisassembleOptions = {}): string {
  const file = decode(bytes);
  const source = options.source ?? file.source;
  const sourceLines = source === null ? [] : source.split(/\r\n|[\n\r\u2028\u2029]/);
  const out: string[] = [];
  const flags = flagNames(file.flags, fileFlags);
  out.push(`; ${file.filename < 0 ? "(no name)" : file.strings[file.filename]}${flags ? `, ${flags}` : ""}`);
  const module = file.module;
  if (module) {
    const text = (index: number): string => JSON.stringify(file.strings[index]);
    for (const request of module.requests) out.push(`; request ${text(request)}`);
    module.imports.forEach(({ request, name }, i) => out.push(`; import ${i}: ${name < 0 ? "*" : text(name)} from ${text(module.requests[request]!)}`));
    for (const { name, kind, a, b } of module.exports) {
      if (kind === exportKinds.LOCAL) out.push(`; export ${text(name)} = slot ${a}`);
      else if (kind === exportKinds.STAR) out.push(`; export * from ${text(module.requests[a]!)}`);
      else out.push(`; export ${text(name)} = ${kind === exportKinds.NAMESPACE ? "*" : text(b)} from ${text(module.requests[a]!)}`);
    }
  }
  file.functions.forEach((fn, index) => writeFunction(out, file, fn, index, sourceLines));
  return out.join("\n") + "\n";
}

function flagNames(value: number, names: Readonly<Record<string, number>>): string {
  return Object.entries(names)
    .filter(([, bit]) => value & bit)
    .map(([name]) => name.toLowerCase().replaceAll("_", "-"))
    .join(" ");
}

function writeFunction(out: string[], file: BytecodeFile, fn: FunctionRecord, index: number, sourceLines: readonly string[]): void {
  const { title, instructions, tables } = listFunction(file, fn, index);
  out.push("", title);
  let lastLine = 0;
  for (const { pc, text, isTarget, line } of instructions) {
    if (line !== lastLine && line > 0 && line <= sourceLines.length) out.push(`  ; ${line}: ${sourceLines[line - 1]!.trim()}`);
    lastLine = line;
    out.push(`${isTarget ? ">" : " "} ${String(pc).padStart(5)}  ${text}`);
  }
  for (const table of tables) out.push(`  ${table}`);
}

function listFunction(file: BytecodeFile, fn: FunctionRecord, index: number): ListedFunction {
  const name = fn.name < 0 ? "(anonymous)" : JSON.stringify(file.strings[fn.name]);
  const flags = flagNames(fn.flags, functionFlags);
  const title = `function ${index} ${name} params=${fn.nparams} length=${fn.length} registers=${fn.nregs}${fn.moduleScopeSlots ? ` slots=${fn.moduleScopeSlots}` : ""}${flags ? ` [${flags}]` : ""}`;
  const targets = new Set<number>();
  const { code } = fn;
  const i16 = (at: number): number => ((code[at]! | (code[at + 1]! << 8)) << 16) >> 16;
  for (let pc = 0; pc < code.length;) {
    const opcode = opcodes[code[pc]!]!;
    const end = pc + instructionSize(opcode);
    const last = opcode.operands.at(-1);
    if (last?.[1] === "off16") targets.add(end + i16(end - 2));
    if (last?.[1] === "off32") targets.add(end + (i16(end - 4) & 0xffff) + (i16(end - 2) << 16));
    pc = end;
  }
  for (const table of fn.tables) for (const entry of table) targets.add(entry.target);
  for (const entry of fn.exceptions) targets.add(entry.handler);
  const instructions: ListedInstruction[] = [];
  let lineAt = 0;
  for (let pc = 0; pc < code.length;) {
    while (lineAt < fn.lines.length && fn.lines[lineAt]!.pc <= pc) lineAt++;
    const place = fn.lines[lineAt - 1];
    const opcode = opcodes[code[pc]!]!;
    const end = pc + instructionSize(opcode);
    let at = pc + 1;
    const operands: string[] = [];
    for (const [, kind] of opcode.operands) {
      const size = operandSize(kind);
      const value = size === 1 ? code[at]! : size === 2 ? code[at]! | (code[at + 1]! << 8) : (i16(at) & 0xffff) | (i16(at + 2) << 16);
      operands.push(operandText(file, fn, opcode.name, kind, value, end));
      at += size;
    }
    const text = `${operands.length ? opcode.name.padEnd(12) : opcode.name}${operands.join(", ")}`;
    instructions.push({ pc, text, isTarget: targets.has(pc), line: place?.line ?? 0, ...(place && place.file >= 0 && { file: file.strings[place.file]! }) });
    pc = end;
  }
  const catches = fn.exceptions.map(({ start, length, handler, register }) => `catch ${start}..${start + length} -> ${handler} r${register}`);
  const dispatch = fn.tables.map((table, i) => {
    const entries = table.map(({ isNumber, key, target }) => `${isNumber ? key : JSON.stringify(file.strings[key])} -> ${target}`);
    return `table ${i}: ${entries.join(", ")}`;
  });
  return { title, instructions, tables: [...catches, ...dispatch] };
}

function operandText(file: BytecodeFile, fn: FunctionRecord, opcode: string, kind: OperandKind, value: number, end: number): string {
  switch (kind) {
    case "dst":
    case "reg":
    case "base":
      return `r${value}`;
    case "optReg":
      return value === NO_REGISTER ? "-" : `r${value}`;
    case "i8":
      return String((value << 24) >> 24);
    case "i16":
      return String((value << 16) >> 16);
    case "u8":
      return opcode === "THROWERR" ? (Object.keys(errorKinds)[value] ?? String(value)) : String(value);
    case "k":
    case "str":
      return constantText(file, fn, value);
    case "fn":
      return `fn ${fn.children[value]}`;
    case "site":
      return `.${file.strings[fn.sites[value]!]}#${value}`;
    case "shape":
      return value === EMPTY_SHAPE ? "{}" : `{${fn.shapes[value]?.map((key) => file.strings[key]).join(", ")}}`;
    case "table":
      return `table ${value}`;
    case "slot":
      return `[${value}]`;
    case "off16":
      return `-> ${end + ((value << 16) >> 16)}`;
    case "off32":
      return `-> ${end + value}`;
    default:
      return String(value);
  }
}

function constantText(file: BytecodeFile, fn: FunctionRecord, k: number): string {
  const constant = fn.constants[k];
  if (!constant) return `k${k}?`;
  const { kind, index } = constant;
  switch (kind) {
    case constantKinds.STRING: {
      const text = JSON.stringify(file.strings[index]);
      return text.length > 60 ? `${text.slice(0, 57)}..."` : text;
    }
    case constantKinds.NUMBER:
      return Object.is(file.numbers[index], -0) ? "-0" : String(file.numbers[index]);
    case constantKinds.BIGINT:
      return `${file.strings[file.bigints[index]!]}n`;
    case constantKinds.TEMPLATE:
      return `template ${JSON.stringify(file.templates[index]!.map(({ raw }) => file.strings[raw]))}`;
    default:
      return `/${file.strings[file.regexps[index]!.pattern]}/${file.strings[file.regexps[index]!.flags]}`;
  }
}
