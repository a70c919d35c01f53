/**
 * State of the generation of one function: registers, constants, bindings, control stack. The parts that generate code for
 * syntax (expressions.ts, statements.ts, ...) are functions over it.
 *
 * Registers are a stack: parameters, then variables of the open blocks, then temporaries. `into(node, dst)` leaves a value in dst and may
 * use dst as scratch before only when it is a temporary; `operand(node)` gives any register, that of a variable where it can.
 */
import { MAX_REGISTERS, NO_REGISTER, constantKinds, errorKinds } from "@zerostart/bytecode/layout.ts";
import type { Constant } from "@zerostart/bytecode/model.ts";
import type * as ast from "acorn";
import { CompileError } from "../diagnostics.ts";
import { nearestMaterialised, type Binding, type FunctionInfo, type Scope } from "../scope.ts";
import { Assembler, Label, type Region } from "./assembler.ts";
import * as op from "./ops.ts";
import type { PendingFunction, Unit } from "./unit.ts";

/** Something that break, continue, return and exceptions meet on their way out. */
export type Control =
  | {
      readonly kind: "jump";
      readonly labels: readonly string[];
      readonly breakLabel: Label | null;
      readonly continueLabel: Label | null;
      readonly plainBreak: boolean;
    }
  | { readonly kind: "iterator"; readonly base: number; readonly async: boolean; readonly region: Region }
  | { readonly kind: "catch"; readonly region: Region }
  | FinallyControl;

export interface FinallyControl {
  readonly kind: "finally";
  readonly region: Region;
  /** Register that says how the block was left: 0 normally, 1 by an exception, n by route n - 2. */
  readonly how: number;
  /** The exception or return value. */
  readonly value: number;
  readonly entry: Label;
  /** Where the ways out go on after the finally block: a jump's label, or null for return. */
  readonly routes: (Label | null)[];
}

export interface SwitchTable {
  readonly entries: { readonly isNumber: boolean; readonly key: number; readonly label: Label }[];
}

/** What an optional chain jumps to when it meets null or undefined. */
export interface Chain {
  readonly nullish: Label;
}

const MAX_INDEX = 0xffff;
/** With more registers in use than this, deep expressions are spilled: there is room for one more call with many arguments. */
const CROWDED = 120;

export class Generator {
  readonly unit: Unit;
  readonly pending: PendingFunction;
  readonly info: FunctionInfo;
  readonly asm = new Assembler();
  readonly constants: Constant[] = [];
  private constantIndices: Map<number, number> | null = null;
  readonly sites: number[] = [];
  readonly children: number[] = [];
  readonly shapes: number[][] = [];
  private shapeIndices: Map<string, number> | null = null;
  readonly tables: SwitchTable[] = [];
  readonly controls: Control[] = [];
  /** Scopes of this function that have a heap Scope in a register now, innermost last. */
  private readonly heapScopes: Scope[] = [];
  /** Nearest heap Scope around the function. */
  private readonly outerScope: Scope | null;
  chain: Chain | null = null;
  /** First free register. */
  top = 0;
  registers = 0;
  /** Registers from here on are temporaries of the current statement. */
  floor = 0;
  /** Register of a variable that is being initialised and that nobody can read yet: it may be overwritten early too. */
  fresh = -1;
  /** Registers below it may be named by code to come: they cannot be spilled. Inside of a statement `floor` is no lower. */
  pinned = 0;
  /** `top` and `pinned` at the entry of each open block. */
  readonly blockMarks: number[] = [];
  /** Labels before the statement to come. */
  pendingLabels: string[] = [];

  constructor(unit: Unit, pending: PendingFunction) {
    this.unit = unit;
    this.pending = pending;
    this.info = pending.info;
    this.outerScope = nearestMaterialised(pending.info.scope.parent);
  }

  // Registers

  temp(): number {
    return this.temps(1);
  }

  /** The first of `count` consecutive free registers. */
  temps(count: number): number {
    const first = this.top;
    this.top += count;
    if (this.top > this.registers) {
      this.registers = this.top;
      if (this.top > MAX_REGISTERS)
        throw new CompileError("This code is nested too deeply for one function; move a part of it to another function", this.position);
    }
    return first;
  }
  /** Source offset for errors of the generator itself. */
  position = 0;

  isTemp(register: number): boolean {
    return register >= this.floor || register === this.fresh;
  }

  /** dst itself when it may be overwritten early, else a new temporary. */
  scratch(dst: number): number {
    return this.isTemp(dst) ? dst : this.temp();
  }

  /** Is the expression to come nested so deeply that what is pending around it should leave the registers? */
  get isCrowded(): boolean {
    return this.top > CROWDED && this.top - Math.max(this.floor, this.pinned) > CROWDED / 2;
  }

  /** `compute` leaves a value in the register it gets; around it, what the temporaries hold waits in a Scope. */
  spilled(dst: number, compute: (register: number) => void): void {
    const { asm } = this;
    const low = Math.max(this.floor, this.pinned);
    const count = this.top - low;
    const saved = this.temps(2);
    asm.abw(op.NEWSCOPE, saved, NO_REGISTER, count);
    for (let i = 0; i < count; i++) asm.awb(op.STSLOT, saved, i, low + i);
    this.move(low, saved);
    this.top = low + 2;
    compute(low + 1);
    this.move(saved, low);
    this.move(saved + 1, low + 1);
    for (let i = 0; i < count; i++) asm.abw(op.LDSLOT, low + i, saved, i);
    this.move(dst, saved + 1);
    this.top = low + count;
  }

  // Tables

  constant(kind: number, index: number): number {
    const key = index * 8 + kind;
    const indices = (this.constantIndices ??= new Map());
    let k = indices.get(key);
    if (k === undefined) {
      k = this.constants.length;
      if (k > MAX_INDEX) throw new CompileError("A function has too many constants", this.position);
      this.constants.push({ kind, index });
      indices.set(key, k);
    }
    return k;
  }

  string(text: string): number {
    return this.constant(constantKinds.STRING, this.unit.string(text));
  }

  /** Every use gets its own site: each has an inline cache. */
  site(key: string): number {
    const index = this.sites.length;
    if (index > MAX_INDEX) throw new CompileError("A function has too many property accesses", this.position);
    this.sites.push(this.unit.string(key));
    return index;
  }

  child(pending: Parameters<Unit["enqueue"]>[0]): number {
    const index = this.children.length;
    if (index > MAX_INDEX) throw new CompileError("A function contains too many functions", this.position);
    this.children.push(this.unit.enqueue(pending));
    return index;
  }

  /** -1 when there are too many. */
  shape(keys: readonly number[]): number {
    const id = keys.join();
    const indices = (this.shapeIndices ??= new Map());
    let index = indices.get(id);
    if (index === undefined) {
      index = this.shapes.length;
      if (index >= MAX_INDEX) throw new CompileError("A function has too many object literals", this.position);
      this.shapes.push([...keys]);
      indices.set(id, index);
    }
    return index;
  }

  // Simple instructions

  move(dst: number, src: number): void {
    if (dst !== src) this.asm.ab(op.MOVE, dst, src);
  }

  loadInteger(dst: number, value: number): void {
    this.asm.aw(op.LOADI, dst, value);
  }

  loadNumber(dst: number, value: number): void {
    if ((value | 0) === value && value >= -32768 && value <= 32767 && (value !== 0 || 1 / value > 0)) this.loadInteger(dst, value);
    else this.asm.aw(op.LOADK, dst, this.constant(constantKinds.NUMBER, this.unit.number(value)));
  }

  loadString(dst: number, text: string): void {
    this.asm.aw(op.LOADK, dst, this.string(text));
  }

  loadUndefined(dst: number): void {
    this.asm.a(op.LOADUNDEF, dst);
  }

  throwError(kind: keyof typeof errorKinds, message: string): void {
    this.asm.throwError(errorKinds[kind], this.string(message));
  }

  // Heap Scopes

  /** Register of the innermost heap Scope, 255 for the callee's own. */
  get scopeRegister(): number {
    const { heapScopes } = this;
    return heapScopes.length > 0 ? heapScopes[heapScopes.length - 1]!.register : NO_REGISTER;
  }

  newHeapScope(scope: Scope, register: number): void {
    this.asm.abw(op.NEWSCOPE, register, this.scopeRegister, scope.captured.length);
    this.pushHeapScope(scope, register);
  }

  pushHeapScope(scope: Scope, register: number): void {
    if (scope.captured.length > MAX_INDEX) throw new CompileError("A function has too many variables that other functions use", this.position);
    scope.register = register;
    this.heapScopes.push(scope);
  }

  popHeapScope(): void {
    this.heapScopes.pop();
  }

  /** Parents between the callee's scope and that of a container outside of this function. */
  private depth(container: Scope): number {
    let depth = 0;
    for (let scope = this.outerScope; scope !== container; scope = nearestMaterialised(scope.parent)) {
      if (scope === null) throw new Error("a captured binding is not in an enclosing scope");
      depth++;
    }
    if (depth > 255) throw new CompileError("Functions are nested too deeply", this.position);
    return depth;
  }

  // Bindings

  /** Register that holds the binding's value itself, -1 when it lives elsewhere. */
  localRegister(binding: Binding | null | undefined): number {
    return binding && !binding.captured ? binding.register : -1;
  }

  /** Loads a binding without any check. */
  load(binding: Binding, dst: number): void {
    if (binding.kind === "import") this.asm.aw(op.LDIMPORT, dst, binding.importIndex);
    else if (!binding.captured) this.move(dst, binding.register);
    else {
      const container = binding.scope.container;
      if (container.fn === this.info) this.asm.abw(op.LDSLOT, dst, container.register, binding.slot);
      else this.asm.abw(op.LDUP, dst, this.depth(container), binding.slot);
    }
  }

  /** Stores to a binding without any check. */
  store(binding: Binding, src: number): void {
    if (!binding.captured) this.move(binding.register, src);
    else {
      const container = binding.scope.container;
      if (container.fn === this.info) this.asm.awb(op.STSLOT, container.register, binding.slot, src);
      else this.asm.awb(op.STUP, this.depth(container), binding.slot, src);
    }
  }

  checkHole(register: number, name: string, position: number): void {
    this.asm.at(position);
    this.asm.aw(op.CHECKHOLE, register, this.string(name));
  }

  /** Register of a binding's value, loaded when need be. */
  bindingOperand(binding: Binding): number {
    const register = this.localRegister(binding);
    if (register >= 0) return register;
    const temp = this.temp();
    this.load(binding, temp);
    return temp;
  }

  /** The value of a reference (identifier, this, new.target, super's home object, #name) in dst. */
  readReference(node: { readonly binding?: Binding | null; readonly check?: boolean; readonly start: number }, name: string, dst: number): void {
    const binding = node.binding;
    if (!binding) throw new Error(`unresolved reference to ${name}`);
    if (binding.kind === "import") this.asm.at(node.start);
    if (!node.check) {
      this.load(binding, dst);
      return;
    }
    // A variable must not receive HOLE when the check throws.
    const mark = this.top;
    const register = this.localRegister(binding);
    const value = register >= 0 ? register : this.scratch(dst);
    if (register < 0) this.load(binding, value);
    this.checkHole(value, name, node.start);
    this.move(dst, value);
    this.top = mark;
  }

  referenceOperand(node: { readonly binding?: Binding | null; readonly check?: boolean; readonly start: number }, name: string): number {
    const register = this.localRegister(node.binding);
    if (register < 0) {
      const temp = this.temp();
      this.readReference(node, name, temp);
      return temp;
    }
    if (node.check) this.checkHole(register, name, node.start);
    return register;
  }

  /** First value of a declared name; `kind` tells what to do for script-level names. */
  initialise(node: ast.Identifier, src: number): void {
    const binding = node.binding;
    if (binding) this.store(binding, src);
    else this.asm.wa(op.INITLEX, this.string(node.name), src);
  }

  /** Assignment to a name, with its checks; `checked`: it is known to be initialised. */
  assign(node: ast.Identifier, src: number, checked = false): void {
    const binding = node.binding;
    this.asm.at(node.start);
    if (!binding) {
      this.asm.wa(op.SETGLOBAL, this.site(node.name), src);
      return;
    }
    if (node.check && !checked) {
      const mark = this.top;
      const current = this.bindingOperand(binding);
      this.checkHole(current, node.name, node.start);
      this.top = mark;
    }
    switch (binding.kind) {
      case "const":
      case "import":
        this.throwError("TypeError", "Assignment to constant variable.");
        return;
      case "self":
        if (this.info.strict) this.throwError("TypeError", "Assignment to constant variable.");
        return;
      default:
        this.store(binding, src);
    }
  }

  // Ways out

  /** Leaves everything above `depth` of the control stack, then jumps; a finally block on the way goes on with it. */
  leaveTo(label: Label, depth: number): void {
    if (!this.unwind(depth, label, -1)) this.asm.jump(label);
    this.resumeRegions(depth);
  }

  /** Returns the value of a register, through finally blocks and closing iterators. */
  leaveFunction(value: number): void {
    if (!this.unwind(0, null, value)) this.emitReturn(value);
    this.resumeRegions(0);
  }

  emitReturn(value: number): void {
    if (this.info.kind !== "derived") {
      this.asm.a(op.RET, value);
      return;
    }
    const mark = this.top;
    this.asm.ab(op.RETD, value, this.bindingOperand(this.info.scope.bindings.get("this")!));
    this.top = mark;
  }

  /** True when a finally block has taken over. */
  private unwind(depth: number, target: Label | null, value: number): boolean {
    const { asm, controls } = this;
    for (let i = controls.length - 1; i >= depth; i--) {
      const control = controls[i]!;
      if (control.kind === "jump") continue;
      if (control.kind === "finally") {
        let route = control.routes.indexOf(target);
        if (route < 0) route = control.routes.push(target) - 1;
        if (target === null) this.move(control.value, value);
        this.loadInteger(control.how, route + 2);
        asm.jump(control.entry);
        return true;
      }
      asm.suspend(control.region);
      if (control.kind === "iterator") this.closeIterator(control.base, control.async);
    }
    return false;
  }

  private resumeRegions(depth: number): void {
    for (let i = this.controls.length - 1; i >= depth; i--) {
      const control = this.controls[i]!;
      if (control.kind !== "jump" && control.region.openAt < 0) this.asm.resume(control.region);
    }
  }

  /** Calls return() of an iterator on a normal or return completion. */
  closeIterator(base: number, async: boolean): void {
    const { asm } = this;
    if (!async) {
      asm.a(op.ITERCLOSE, base);
      return;
    }
    const mark = this.top;
    const call = this.temps(2);
    const none = new Label();
    asm.abw(op.GETPROP, call, base, this.site("return"));
    asm.jumpIf(op.JNULLISH, call, none);
    this.move(call + 1, base);
    asm.abc(op.CALL, call, call, 0);
    asm.ab(op.AWAIT, call, call);
    asm.a(op.CHECKOBJ, call);
    asm.bind(none);
    this.top = mark;
  }

  /** Index in the control stack of the statement that a break or continue names, or that is nearest. */
  findTarget(label: string | null, isContinue: boolean): { label: Label; depth: number } {
    for (let i = this.controls.length - 1; i >= 0; i--) {
      const control = this.controls[i]!;
      if (control.kind !== "jump") continue;
      if (isContinue) {
        if (control.continueLabel && (label === null || control.labels.includes(label))) return { label: control.continueLabel, depth: i + 1 };
      } else if (control.breakLabel && (label === null ? control.plainBreak : control.labels.includes(label)))
        return { label: control.breakLabel, depth: i + 1 };
    }
    throw new CompileError(`No statement ${label ?? ""} to leave`, this.position);
  }
}
