/**
 * Instruction bytes of one function: labels and jump fix-ups, exception ranges, source positions. Code after an instruction that
 * never falls through is not written (`dead`). Jumps to unconditional jumps are threaded when the function is finished, and jumps
 * that do not reach their target in 16 bits become a short jump around a long one.
 */
import type { ExceptionEntry } from "@zerostart/bytecode/model.ts";
import { instructionSize, opcodes } from "@zerostart/bytecode/opcodes.ts";
import * as op from "./ops.ts";

const sizes: readonly number[] = opcodes.map(instructionSize);
const isEnd: readonly boolean[] = opcodes.map((opcode) => opcode.ends === true);
const isJump: readonly boolean[] = opcodes.map((opcode) => opcode.operands.at(-1)?.[1] === "off16");

export class Label {
  /** Code offset, -1 while not bound. */
  pc = -1;
  /** Jumps to it so far. */
  uses = 0;
}

/** A stretch of code with an exception handler; it may have gaps. */
export interface Region {
  readonly handler: Label;
  readonly register: number;
  /** Start of the open segment, -1 in a gap. */
  openAt: number;
  readonly segments: number[];
}

export interface FinishedCode {
  readonly code: Uint8Array;
  readonly exceptions: ExceptionEntry[];
  /** Pairs of code offset and source offset. */
  readonly positions: number[];
  /** New offset of each label. */
  readonly resolve: (label: Label) => number;
}

const MAX_SHORT = 32767;

/** Functions are assembled one after the other, all in the same bytes. */
let scratch = new Uint8Array(4096);

export class Assembler {
  private code = scratch;
  pc = 0;
  /** No control reaches the next instruction. */
  dead = false;
  private readonly fixAt: number[] = [];
  private readonly fixLabel: Label[] = [];
  /** Labels of unconditional jumps, by their code offset. */
  private jumps: Map<number, Label> | null = null;
  private readonly regions: Region[] = [];
  private readonly positions: number[] = [];
  private lastPosition = -1;
  /** Something refers to this offset: instructions before it must stay. */
  private barrier = 0;

  private room(count: number): void {
    if (this.pc + count <= this.code.length) return;
    const grown = new Uint8Array(this.code.length * 2);
    grown.set(this.code);
    this.code = scratch = grown;
  }

  /** The instructions that follow belong to this source offset. */
  at(position: number): void {
    if (this.dead || position === this.lastPosition || position < 0) return;
    this.lastPosition = position;
    const list = this.positions;
    if (list.length > 0 && list[list.length - 2] === this.pc) list[list.length - 1] = position;
    else list.push(this.pc, position);
  }

  emit(opcode: number): void {
    if (this.dead) return;
    this.room(1);
    this.code[this.pc++] = opcode;
    if (isEnd[opcode]) this.dead = true;
  }

  a(opcode: number, a: number): void {
    if (this.dead) return;
    this.room(2);
    const code = this.code;
    code[this.pc] = opcode;
    code[this.pc + 1] = a;
    this.pc += 2;
    if (isEnd[opcode]) this.dead = true;
  }

  ab(opcode: number, a: number, b: number): void {
    if (this.dead) return;
    this.room(3);
    const code = this.code;
    code[this.pc] = opcode;
    code[this.pc + 1] = a;
    code[this.pc + 2] = b;
    this.pc += 3;
    if (isEnd[opcode]) this.dead = true;
  }

  abc(opcode: number, a: number, b: number, c: number): void {
    if (this.dead) return;
    this.room(4);
    const code = this.code;
    code[this.pc] = opcode;
    code[this.pc + 1] = a;
    code[this.pc + 2] = b;
    code[this.pc + 3] = c;
    this.pc += 4;
  }

  abcd(opcode: number, a: number, b: number, c: number, d: number): void {
    if (this.dead) return;
    this.abc(opcode, a, b, c);
    this.room(1);
    this.code[this.pc++] = d;
  }

  /** A u16 or i16 operand alone. */
  w(opcode: number, w: number): void {
    if (this.dead) return;
    this.emitWide(opcode, -1, -1, w, -1, -1);
  }

  aw(opcode: number, a: number, w: number): void {
    if (this.dead) return;
    this.emitWide(opcode, a, -1, w, -1, -1);
  }

  abw(opcode: number, a: number, b: number, w: number): void {
    if (this.dead) return;
    this.emitWide(opcode, a, b, w, -1, -1);
  }

  /** Wide operand first, then a byte. */
  wa(opcode: number, w: number, a: number): void {
    if (this.dead) return;
    this.emitWide(opcode, -1, -1, w, a, -1);
    if (isEnd[opcode]) this.dead = true;
  }

  awb(opcode: number, a: number, w: number, b: number): void {
    if (this.dead) return;
    this.emitWide(opcode, a, -1, w, b, -1);
  }

  awbc(opcode: number, a: number, w: number, b: number, c: number): void {
    if (this.dead) return;
    this.emitWide(opcode, a, -1, w, b, c);
  }

  private emitWide(opcode: number, a: number, b: number, w: number, c: number, d: number): void {
    this.room(7);
    const code = this.code;
    let pc = this.pc;
    code[pc++] = opcode;
    if (a >= 0) code[pc++] = a;
    if (b >= 0) code[pc++] = b;
    code[pc++] = w & 255;
    code[pc++] = (w >> 8) & 255;
    if (c >= 0) code[pc++] = c;
    if (d >= 0) code[pc++] = d;
    this.pc = pc;
  }

  /** THROWERR: a byte, then a wide operand. */
  throwError(kind: number, message: number): void {
    if (this.dead) return;
    this.emitWide(op.THROWERR, kind, -1, message, -1, -1);
    this.dead = true;
  }

  // Jumps

  jump(label: Label): void {
    if (this.dead) return;
    (this.jumps ??= new Map()).set(this.pc, label);
    this.jumpWith(op.JMP, -1, -1, label);
    this.dead = true;
  }

  jumpIf(opcode: number, a: number, label: Label): void {
    if (!this.dead) this.jumpWith(opcode, a, -1, label);
  }

  compareJump(opcode: number, a: number, b: number, label: Label): void {
    if (!this.dead) this.jumpWith(opcode, a, b, label);
  }

  private jumpWith(opcode: number, a: number, b: number, label: Label): void {
    this.emitWide(opcode, a, b, 0, -1, -1);
    label.uses++;
    this.fixAt.push(this.pc - 2);
    this.fixLabel.push(label);
  }

  /** SWITCH refers to labels through its table; they count as used. */
  useInTable(label: Label): void {
    if (!this.dead) label.uses++;
  }

  bind(label: Label): void {
    // A jump to the very next instruction is dropped.
    const last = this.fixAt.length - 1;
    if (
      this.dead &&
      last >= 0 &&
      this.fixLabel[last] === label &&
      this.fixAt[last] === this.pc - 2 &&
      this.code[this.pc - 3] === op.JMP &&
      this.barrier < this.pc &&
      this.jumps!.has(this.pc - 3)
    ) {
      this.pc -= 3;
      this.fixAt.pop();
      this.fixLabel.pop();
      this.jumps!.delete(this.pc);
      while (this.positions.length > 0 && this.positions[this.positions.length - 2]! > this.pc) this.positions.length -= 2;
      this.lastPosition = -1;
      this.dead = false;
    }
    if (label.uses > 0) this.dead = false;
    label.pc = this.pc;
    this.barrier = this.pc;
  }

  /** Binds the head of a loop, which later code jumps back to; `reachable` says whether control comes here at all. */
  bindLoop(label: Label, reachable: boolean): void {
    if (reachable) this.dead = false;
    label.pc = this.pc;
    this.barrier = this.pc;
  }

  // Exception ranges

  openRegion(handler: Label, register: number): Region {
    const region: Region = { handler, register, openAt: this.pc, segments: [] };
    this.barrier = this.pc;
    return region;
  }

  suspend(region: Region): void {
    if (region.openAt >= 0 && this.pc > region.openAt) {
      region.segments.push(region.openAt, this.pc);
      region.handler.uses++;
    }
    region.openAt = -1;
    this.barrier = this.pc;
  }

  resume(region: Region): void {
    region.openAt = this.pc;
    this.barrier = this.pc;
  }

  /** Regions must be closed innermost first: that is their order in the table. */
  closeRegion(region: Region): void {
    this.suspend(region);
    if (region.segments.length > 0) this.regions.push(region);
  }

  // The end

  finish(): FinishedCode {
    const { fixAt, fixLabel } = this;
    for (let i = 0; i < fixAt.length; i++) fixLabel[i] = this.thread(fixLabel[i]!);
    let far = false;
    for (let i = 0; i < fixAt.length; i++) {
      const at = fixAt[i]!;
      const distance = fixLabel[i]!.pc - (at + 2);
      if (distance > MAX_SHORT || distance < -MAX_SHORT) far = true;
      this.code[at] = distance & 255;
      this.code[at + 1] = (distance >> 8) & 255;
    }
    if (far) return this.relax();
    return { code: this.code.slice(0, this.pc), exceptions: this.exceptions((pc) => pc), positions: this.positions, resolve: (label) => this.thread(label).pc };
  }

  private thread(label: Label): Label {
    if (this.jumps === null) return label;
    for (let hops = 0; hops < 8; hops++) {
      const next = this.jumps.get(label.pc);
      if (next === undefined || next === label) break;
      label = next;
    }
    return label;
  }

  private exceptions(move: (pc: number) => number): ExceptionEntry[] {
    const entries: ExceptionEntry[] = [];
    for (const { handler, register, segments } of this.regions) {
      for (let i = 0; i < segments.length; i += 2) {
        const start = move(segments[i]!);
        entries.push({ start, length: move(segments[i + 1]!) - start, handler: move(handler.pc), register });
      }
    }
    return entries;
  }

  /** Rewrites the code with every jump longer than half the short range as `Jcc +3; JMP +5; JMP32 target` (or JMP32 alone). */
  private relax(): FinishedCode {
    const old = this.code;
    const length = this.pc;
    const labelAt = new Map<number, Label>();
    this.fixAt.forEach((at, i) => labelAt.set(at, this.fixLabel[i]!));
    const moved = new Int32Array(length + 1);
    let size = 0;
    for (let pc = 0; pc < length;) {
      const opcode = old[pc]!;
      const next = pc + sizes[opcode]!;
      moved[pc] = size;
      const label = isJump[opcode] ? labelAt.get(next - 2) : undefined;
      size += sizes[opcode]!;
      if (label && Math.abs(label.pc - next) > MAX_SHORT / 4) size += opcode === op.JMP ? 2 : 8;
      pc = next;
    }
    moved[length] = size;
    const code = new Uint8Array(size);
    for (let pc = 0; pc < length;) {
      const opcode = old[pc]!;
      const next = pc + sizes[opcode]!;
      let to = moved[pc]!;
      const label = isJump[opcode] ? labelAt.get(next - 2) : undefined;
      if (!label) {
        for (let i = pc; i < next; i++) code[to++] = old[i]!;
      } else if (Math.abs(label.pc - next) <= MAX_SHORT / 4) {
        for (let i = pc; i < next - 2; i++) code[to++] = old[i]!;
        const distance = moved[label.pc]! - (to + 2);
        code[to++] = distance & 255;
        code[to++] = (distance >> 8) & 255;
      } else {
        if (opcode !== op.JMP) {
          for (let i = pc; i < next - 2; i++) code[to++] = old[i]!;
          code[to++] = 3;
          code[to++] = 0;
          code[to++] = op.JMP;
          code[to++] = 5;
          code[to++] = 0;
        }
        code[to++] = op.JMP32;
        const distance = moved[label.pc]! - (to + 4);
        for (let shift = 0; shift < 32; shift += 8) code[to++] = (distance >> shift) & 255;
      }
      pc = next;
    }
    const positions = this.positions.map((value, i) => (i % 2 === 0 ? moved[value]! : value));
    return { code, exceptions: this.exceptions((pc) => moved[pc]!), positions, resolve: (label) => moved[this.thread(label).pc]! };
  }
}
