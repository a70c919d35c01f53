/**
 * Generator of random but deterministic, terminating JavaScript programs for differential testing against Node.
 *
 * A program is a function of its seed alone. It prints through `show`, defined in the program itself, so that what is compared is the language and
 * not console formatting; errors are compared by name, not by message (also where a program makes a string of one). What V8 itself gets wrong is
 * left out: in an object literal that begins with a spread it defines accessors, and properties that come twice, after all others. Decimals of BigInts over 100,000 bits are left
 * out as well: making them takes time that grows with the square of their length here (2.7 s for a million bits, 0.06 in Node). Loops are bounded by construction, recursion by a depth parameter;
 * a getter that shows its object may recurse all the same, and where the stack then ends is the engine's own: such a program prints that it overflowed.
 */
import { Random } from "../fuzz/random.ts";
import { feature, type Parts, sloppyFeature } from "./features.ts";

const prelude = `
Error.prototype.toString = function () { return this.name; };
const out = [];
function show(v, depth = 0) {
  if (typeof v === "string") return JSON.stringify(v);
  if (typeof v === "number") return Object.is(v, -0) ? "-0" : String(v);
  if (typeof v === "bigint") return (v >> 100_000n) + 1n >> 1n === 0n ? v + "n" : "big" + BigInt.asIntN(1000, v) + " " + (v >> 100_000n).toString(16).length;
  if (typeof v === "symbol") return "symbol";
  if (typeof v === "function") return "function " + v.length;
  if (v === null || typeof v !== "object") return String(v);
  if (depth > 3) return "...";
  if (Array.isArray(v)) { let s = "["; for (let i = 0; i < v.length && i < 20; i++) s += (i ? "," : "") + (i in v ? show(v[i], depth + 1) : "hole"); return s + "]" + v.length; }
  if (v instanceof Error) { overflow(v); return "error " + v.name; }
  if (v instanceof Map) return "Map" + show([...v], depth + 1);
  if (v instanceof Set) return "Set" + show([...v], depth + 1);
  let s = "{"; for (const k of Object.keys(v).slice(0, 20)) s += k + ":" + show(v[k], depth + 1) + ",";
  return s + "}";
}
let budget = 4000;
let overflowed = false;
function overflow(e) { if (e instanceof RangeError && e.message === "Maximum call stack size exceeded") overflowed = true; }
function print(...vs) { if (out.length < 400) out.push(vs.map((v) => { try { return show(v); } catch (e) { overflow(e); return "show failed " + e.name; } }).join(" ")); }
function bound(v) { if (typeof v === "string" && v.length > 100_000) throw new RangeError("bound"); }
function tick() { if (--budget < 0) throw new RangeError("budget"); return true; }
`;

const epilogue = `
Promise.resolve().then(() => {}).then(() => {}).then(() => {}).then(() => {}).then(() => {}).then(() => {}).then(() => {}).then(() => {}).then(() => console.log(overflowed ? "the stack overflowed" : out.join("\\n")));
`;

type Scope = { vars: string[]; consts: string[]; functions: { name: string; arity: number }[]; generators: string[]; classes: string[] };

/** Keeps one failing statement from ending the program. */
function guarded(text: string): string {
  return `try { ${text} } catch (e) { print("top", e); }`;
}

class Generator implements Parts {
  readonly random: Random;
  private names = 0;
  private scopes: Scope[] = [{ vars: [], consts: [], functions: [], generators: [], classes: [] }];
  private inFunction = 0;
  private inGenerator = false;
  private inAsync = false;
  private loopLabels: string[] = [];
  private inMethod = false;

  /** Every fifth program, but no module (an even seed) can be. */
  private readonly sloppy: boolean;

  constructor(seed: number) {
    this.random = new Random(seed);
    this.sloppy = seed % 2 === 1 && seed % 5 === 0;
  }

  program(): string {
    const body: string[] = [];
    const count = 4 + this.random.below(8);
    for (let i = 0; i < count; i++) body.push(this.topLevel());
    return `${this.sloppy ? "" : '"use strict";'}${prelude}\ntry {\n${body.join("\n")}\n} catch (e) { print("top", e); }\n${epilogue}`;
  }

  fresh(prefix: string): string {
    return `${prefix}${this.names++}`;
  }
  private get scope(): Scope {
    return this.scopes[this.scopes.length - 1] as Scope;
  }
  private all<K extends keyof Scope>(kind: K): Scope[K] {
    return this.scopes.flatMap((s) => s[kind] as never[]) as Scope[K];
  }
  private inner<T>(make: () => T): T {
    this.scopes.push({ vars: [], consts: [], functions: [], generators: [], classes: [] });
    try {
      return make();
    } finally {
      this.scopes.pop();
    }
  }
  /** Body of a new function: loops and labels of the outside are out of reach. */
  private insideFunction<T>(kind: { generator?: boolean; async?: boolean; method?: boolean }, make: () => T): T {
    const saved = [this.inGenerator, this.inAsync, this.loopLabels, this.inMethod] as const;
    this.inGenerator = kind.generator === true;
    this.inAsync = kind.async === true;
    this.inMethod = kind.method === true;
    this.loopLabels = [];
    this.inFunction++;
    try {
      return this.inner(make);
    } finally {
      this.inFunction--;
      [this.inGenerator, this.inAsync, this.loopLabels, this.inMethod] = saved;
    }
  }

  private topLevel(): string {
    switch (this.random.below(13)) {
      case 0:
      case 1:
        return this.functionDeclaration();
      case 9:
      case 10:
      case 11:
        return this.feature();
      case 2:
        return this.generatorDeclaration();
      case 3:
        return this.classDeclaration();
      case 4:
        return this.asyncBlock();
      default: {
        const text = this.statement(3);
        return /^(let|const|function) /.test(text) ? text : guarded(text);
      }
    }
  }

  private feature(): string {
    return this.sloppy && this.random.chance(40) ? sloppyFeature(this) : feature(this);
  }

  // Statements

  private block(depth: number, count = 1 + this.random.below(4)): string {
    return this.inner(() => {
      const lines: string[] = [];
      for (let i = 0; i < count; i++) lines.push(this.statement(depth - 1));
      return `{\n${lines.join("\n")}\n}`;
    });
  }

  private statement(depth: number): string {
    if (depth <= 0) return this.simpleStatement();
    switch (this.random.below(24)) {
      case 12:
      case 13:
        return this.feature();
      case 0:
      case 1:
        return `if (${this.expression(2)}) ${this.block(depth)}${this.random.chance(50) ? ` else ${this.block(depth)}` : ""}`;
      case 2:
        return this.forLoop(depth);
      case 3:
        return this.forOf(depth);
      case 4:
        return this.whileLoop(depth);
      case 5:
        return this.tryStatement(depth);
      case 6:
        return this.switchStatement(depth);
      case 7:
        return this.destructuring();
      case 8:
        return this.functionDeclaration();
      case 9: {
        const label = this.fresh("L");
        this.loopLabels.push(label);
        const text = `${label}: ${this.forLoop(depth)}`;
        this.loopLabels.pop();
        return text;
      }
      case 10:
        return `for (const k in ${this.objectLiteral(2)}) { if (!tick()) break; print("in", k); }`;
      case 11: {
        const name = this.fresh("fs");
        const text = `const ${name} = []; for (let i = 0; i < ${1 + this.random.below(4)}; i++) { ${name}.push(() => i${this.random.pick(["", "++", " * 2", " + i"])}); ${this.random.chance(30) ? "i += 1;" : ""} }\nprint(${name}.map((f) => f()), ${name}.map((f) => f()));`;
        return `{ ${text} }`;
      }
      default:
        return this.simpleStatement();
    }
  }

  private simpleStatement(): string {
    const mutable = this.all("vars");
    switch (this.random.below(10)) {
      case 0:
      case 1: {
        const name = this.fresh("v");
        const value = this.expression(3);
        const text = this.scopes.length === 1 ? `let ${name}; ${guarded(`${name} = ${value};`)}` : `let ${name} = ${value};`;
        this.scope.vars.push(name);
        return text;
      }
      case 2: {
        const name = this.fresh("c");
        const text = `const ${name} = ${this.expression(3)};`;
        this.scope.consts.push(name);
        return text;
      }
      case 3:
      case 4:
        if (mutable.length > 0) {
          // A string that doubles in a loop would be a test of memory limits, which are not the same.
          const name = this.random.pick(mutable);
          return `${name} ${this.random.pick(["=", "=", "+=", "-=", "*=", "|=", "??=", "||=", "&&=", "<<=", ">>>=", "%=", "**="])} ${this.expression(2)}; bound(${name});`;
        }
        return `print(${this.expression(3)});`;
      case 5:
        if (mutable.length > 0) return `print(${this.random.pick(mutable)}${this.random.pick(["++", "--"])}, ${this.random.pick(mutable)});`;
        return `print(${this.expression(2)});`;
      case 6:
        if (this.inGenerator && this.random.chance(60))
          return this.random.chance(80) ? `print("sent", yield ${this.expression(2)});` : `yield* ${this.arrayLiteral(2)};`;
        if (this.inAsync && this.random.chance(60))
          return `print("awaited", await ${this.random.pick([this.expression(2), `Promise.resolve(${this.expression(1)})`])});`;
        return `print(${this.expression(3)});`;
      case 7:
        if (this.loopLabels.length > 0 && this.random.chance(50))
          return `if (${this.expression(1)}) ${this.random.pick(["break", "continue"])} ${this.random.pick(this.loopLabels)};`;
        if (this.inFunction > 0 && this.random.chance(40)) return `if (${this.expression(1)}) return ${this.expression(2)};`;
        return `print(${this.expression(2)});`;
      default:
        return `print(${this.expression(3)});`;
    }
  }

  private forLoop(depth: number): string {
    const i = this.fresh("i");
    return this.inner(() => {
      this.scope.consts.push(i);
      const extra = this.random.chance(20) ? `if (${i} === ${this.random.below(4)}) ${this.random.pick(["break", "continue"])};` : "";
      return `for (let ${i} = 0; ${i} < ${1 + this.random.below(6)}; ${i}++) { tick(); ${extra} ${this.block(depth)} }`;
    });
  }
  private forOf(depth: number): string {
    const x = this.fresh("x");
    return this.inner(() => {
      const source = this.iterable(2);
      const pattern = this.random.chance(25) ? `[${x} = 1]` : x;
      this.scope.consts.push(x);
      const guard = pattern === x ? source : `[[${this.expression(1)}], [], [undefined, 2]]`;
      return `for (const ${pattern} of ${guard}) { tick(); ${this.random.chance(20) ? "if (budget % 3 === 0) break;" : ""} ${this.block(depth)} }`;
    });
  }
  private whileLoop(depth: number): string {
    const n = this.fresh("n");
    return `{ let ${n} = ${1 + this.random.below(5)}; ${this.random.chance(50) ? `while (${n}-- > 0 && tick()) ${this.block(depth)}` : `do ${this.block(depth)} while (--${n} > 0 && tick());`} }`;
  }
  private tryStatement(depth: number): string {
    const e = this.fresh("e");
    const thrower = this.random.pick([
      `throw ${this.expression(1)};`,
      `throw new TypeError("t");`,
      `null.x;`,
      `undefined();`,
      `(void 0).a.b;`,
      `notDefined${this.random.below(3)};`,
      `print(tdz); let tdz = 1;`,
      `const k = 1; k = 2;`,
      `new Array(-1);`,
      `Symbol() + "";`,
      `1n + 1;`,
      "",
    ]);
    const handler = this.inner(() => {
      this.scope.consts.push(e);
      return `{ print("caught", ${e}); ${this.simpleStatement()} }`;
    });
    const finalizer = this.random.chance(40) ? ` finally ${this.block(depth - 1, 1)}` : "";
    return `try { ${this.block(depth)} ${thrower} } catch (${e}) ${handler}${finalizer}`;
  }
  private switchStatement(depth: number): string {
    const cases: string[] = [];
    const values = this.random.chance(50) ? ["0", "1", "2", "-1", "7"] : ['"a"', '"b"', '"ab"', '""', "undefined"];
    for (const value of values) if (this.random.chance(60)) cases.push(`case ${value}: ${this.block(depth - 1, 1)} ${this.random.chance(60) ? "break;" : ""}`);
    if (this.random.chance(60)) cases.splice(this.random.below(cases.length + 1), 0, `default: ${this.block(depth - 1, 1)}`);
    return `switch (${this.expression(2)}) { ${cases.join("\n")} }`;
  }
  private destructuring(): string {
    const [a, b, c] = [this.fresh("d"), this.fresh("d"), this.fresh("d")];
    const text = this.random.chance(50)
      ? `let [${a}, ${b} = ${this.expression(1)}, ...${c}] = ${this.iterable(2)};`
      : `let { p: ${a}, q: ${b} = ${this.expression(1)}, ...${c} } = ${this.objectLiteral(2)};`;
    this.scope.vars.push(a, b);
    this.scope.consts.push(c);
    return `${text} print(${a}, ${b}, ${c});`;
  }
  private parameters(): { text: string; names: string[]; arity: number } {
    const names: string[] = [];
    const parts: string[] = [];
    const count = this.random.below(4);
    for (let i = 0; i < count; i++) {
      const name = this.fresh("p");
      if (this.random.chance(15)) parts.push(`${name} = ${this.inner(() => this.expression(1))}`);
      else if (this.random.chance(10)) parts.push(`[${name}] = [${this.random.below(9)}]`);
      else parts.push(name);
      names.push(name);
    }
    if (this.random.chance(15)) {
      const rest = this.fresh("r");
      parts.push(`...${rest}`);
      names.push(rest);
    }
    return { text: parts.join(", "), names, arity: count };
  }
  private functionBody(kind: { generator?: boolean; async?: boolean; method?: boolean }, names: string[], depth: number): string {
    return this.insideFunction(kind, () => {
      this.scope.vars.push(...names);
      const lines = ["tick();"];
      const count = 1 + this.random.below(3);
      for (let i = 0; i < count; i++) lines.push(this.statement(depth));
      if (this.random.chance(75)) lines.push(`return ${this.expression(2)};`);
      return `{ ${lines.join("\n")} }`;
    });
  }
  private functionDeclaration(): string {
    const name = this.fresh("f");
    const { text, names, arity } = this.parameters();
    const body = this.functionBody({}, names, 2);
    this.scope.functions.push({ name, arity });
    const usesArguments = this.random.chance(15) ? `print("args", arguments.length, [...arguments]);` : "";
    return `function ${name}(${text}) { ${usesArguments} ${body.slice(1)}\n${guarded(`print(${name}(${this.arguments(arity)}));`)}`;
  }
  private generatorDeclaration(): string {
    const name = this.fresh("g");
    const body = this.functionBody({ generator: true }, [], 2);
    this.scope.generators.push(name);
    const drive = this.random.pick([
      `print([...${name}()].slice(0, 9));`,
      `{ const it = ${name}(); print(it.next(), it.next(${this.random.below(9)}), it.return(${this.random.below(9)}), it.next()); }`,
      `{ const it = ${name}(); print(it.next()); try { print(it.throw(new RangeError("thrown in"))); } catch (e) { print("out of generator", e); } print(it.next()); }`,
      `for (const x of ${name}()) { print(x); if (budget % 2) break; }`,
    ]);
    return `function* ${name}() ${body}\n${guarded(drive)}`;
  }
  private classDeclaration(): string {
    const name = this.fresh("K");
    const parents = this.all("classes");
    const parent = parents.length > 0 && this.random.chance(50) ? this.random.pick(parents) : null;
    const members: string[] = [];
    if (this.random.chance(60)) members.push(`a = ${this.inner(() => this.expression(1))};`);
    if (this.random.chance(40)) members.push(`#secret = ${this.random.below(100)}; peek() { return this.#secret++; } static has(o) { return #secret in o; }`);
    if (this.random.chance(50))
      members.push(`constructor(x, ...rest) { ${parent === null ? "" : "super(x);"} this.x = x; print("made", rest.length, new.target === ${name}); }`);
    if (this.random.chance(60)) members.push(`get size() { return ${this.inner(() => this.expression(1))}; } set size(v) { print("set", v); }`);
    members.push(`m(p) ${this.functionBody({ method: true }, ["p"], 1)}`);
    if (parent !== null && this.random.chance(60)) members.push(`up(p) { return super.m(p); }`);
    if (this.random.chance(40)) members.push(`static s = ${this.random.below(50)}; static { this.t = this.s + 1; }`);
    if (this.random.chance(40)) members.push(`*[Symbol.iterator]() { yield 1; yield this.x; }`);
    if (this.random.chance(40)) members.push(`["comp" + ${this.random.below(5)}]() { return "computed"; }`);
    if (this.random.chance(30)) members.push(`toString() { return "K" + this.x; } valueOf() { return ${this.random.below(40)}; }`);
    this.scope.classes.push(name);
    const o = this.fresh("o");
    return `class ${name}${parent === null ? "" : ` extends ${parent}`} { ${members.join("\n")} }
try { const ${o} = new ${name}(${this.expression(1)}, 1, 2);
print(${o}, ${o}.m(${this.expression(1)}), ${o}.size, ${o}.up?.(3), ${o}.peek?.(), ${name}.has?.(${o}), ${name}.t, \`\${${o}}\`, ${o} * 1, ${name}.name, ${o} instanceof ${name}, Object.getOwnPropertyNames(${name}.prototype));
${o}.size = 4; try { print([...${o}]); } catch (e) { print(e); } } catch (e) { print("top", e); }`;
  }
  private asyncBlock(): string {
    const name = this.fresh("as");
    const body = this.functionBody({ async: true }, [], 2);
    return `async function ${name}() ${body}\n${name}().then((v) => print("resolved", v), (e) => print("rejected", e)); print("after call");`;
  }

  // Expressions

  private arguments(arity: number): string {
    const list: string[] = [];
    const count = Math.max(0, arity + this.random.below(3) - 1);
    for (let i = 0; i < count; i++) list.push(this.expression(1));
    if (this.random.chance(10)) list.push(`...${this.arrayLiteral(1)}`);
    return list.join(", ");
  }
  literal(): string {
    return this.random.pick([
      () => String(this.random.below(10)),
      () => String(this.random.below(10)),
      () => String(this.random.below(4294967296)),
      () => `-${this.random.below(100)}`,
      () => `${this.random.below(1000)}.${this.random.below(1000)}`,
      () => this.random.pick(["0", "-0", "NaN", "Infinity", "-Infinity", "2147483647", "-2147483648", "4294967295", "1e21", "1e-7", "0.1", "9007199254740993"]),
      () => this.random.pick(['"a"', '"b"', '"ab"', '""', '"hello world"', '"ünï"', '"日本"', '"12"', '" 3 "', '"\\u{1f600}x"', '"0x1f"']),
      () => this.random.pick(["true", "false", "null", "undefined"]),
    ])();
  }
  private variable(): string {
    const names = [...this.all("vars"), ...this.all("consts")];
    return names.length > 0 ? this.random.pick(names) : this.literal();
  }
  private arrayLiteral(depth: number): string {
    const items: string[] = [];
    const count = this.random.below(5);
    for (let i = 0; i < count; i++)
      items.push(this.random.chance(8) ? "" : this.random.chance(10) ? `...${this.iterable(depth - 1)}` : this.expression(depth - 1));
    return `[${items.join(", ")}]`;
  }
  private objectLiteral(depth: number): string {
    const items: string[] = [];
    const used = new Set<string>();
    const count = this.random.below(5);
    for (let i = 0; i < count; i++) {
      let key = this.random.pick(["p", "q", "r", "x", "y", "1", "10", '"a b"', `["k" + ${this.random.below(3)}]`]);
      const afterSpread = items[0]?.startsWith("...") === true;
      if (afterSpread && used.has(key)) key = `s${i}`;
      used.add(key);
      items.push(
        this.random.pick([
          () => `${key}: ${this.expression(depth - 1)}`,
          () => `${key}: ${this.expression(depth - 1)}`,
          () => (afterSpread ? `${key}: 1` : `get ${key}() { return ${this.inner(() => this.expression(1))}; }`),
          () => `${key}() { return this.p; }`,
          () => `...${this.random.pick(["null", '"st"', "[7, 8]", "{ q: 5 }"])}`,
        ])(),
      );
    }
    return `{ ${items.join(", ")} }`;
  }
  private iterable(depth: number): string {
    const generators = this.all("generators");
    return this.random.pick([
      () => this.arrayLiteral(depth),
      () => this.arrayLiteral(depth),
      () => this.random.pick(['"héllo"', '"ab"', '""', '"\\u{1f600}!"']),
      () => `new Set(${this.arrayLiteral(depth)})`,
      () => `new Map([[1, ${this.expression(1)}], ["k", 2]]).${this.random.pick(["keys", "values", "entries"])}()`,
      () => (generators.length > 0 ? `[...${this.random.pick(generators)}()].slice(0, 5)` : "[1, 2, 3]"),
      () => `Object.entries({ a: 1, b: ${this.literal()} })`,
    ])();
  }
  expression(depth: number): string {
    if (depth <= 0) return this.random.chance(50) ? this.literal() : this.variable();
    const e = () => this.expression(depth - 1);
    const functions = this.all("functions");
    switch (this.random.below(26)) {
      case 0:
      case 1:
      case 2:
        return `(${e()} ${this.random.pick(["+", "-", "*", "/", "%", "+", "+"])} ${e()})`;
      case 3:
        return `(${e()} ${this.random.pick(["&", "|", "^", "<<", ">>", ">>>"])} ${e()})`;
      case 4:
        return `(${e()} ${this.random.pick(["<", "<=", ">", ">=", "==", "!=", "===", "!=="])} ${e()})`;
      case 5:
        return `(${e()} ${this.random.pick(["&&", "||"])} ${e()})`;
      case 6:
        return `(${e()} ?? ${e()})`;
      case 7:
        return `(${e()} ? ${e()} : ${e()})`;
      case 8:
        return `${this.random.pick(["-", "+", "~", "!", "typeof ", "void "])}(${e()})`;
      case 9:
        return this.arrayLiteral(depth);
      case 10:
        return `(${this.objectLiteral(depth)})`;
      case 11:
        return `\`t\${${e()}}u\${${e()}}\``;
      case 12:
        return `${this.arrayLiteral(depth)}.${this.arrayMethod(depth)}`;
      case 13:
        return `String(${e()}).${this.stringMethod()}`;
      case 14:
        return functions.length > 0 && this.inFunction < 2 ? this.call(this.random.pick(functions)) : this.literal();
      case 15:
        return `(${this.objectLiteral(depth)})${this.random.pick([".p", ".q?.x", '["r"]', "?.y", ".x?.()", "[1]"])}`;
      case 16:
        return `((${this.random.pick(["x", "x = 3", "[x] = [1]", "{ x } = { x: 2 }"])}) => ${this.inner(() => {
          this.scope.consts.push("x");
          return this.expression(depth - 1);
        })})(${this.random.chance(50) ? "" : "undefined"})`;
      case 17:
        return `Math.${this.random.pick(["floor", "ceil", "round", "trunc", "sign", "abs", "clz32", "fround", "sqrt"])}(${e()})`;
      case 18:
        return this.random.pick([
          () => `Number(${e()})`,
          () => `parseInt(${e()})`,
          () => `parseFloat(${e()})`,
          () => `Boolean(${e()})`,
          () => `(${this.random.below(100000)} / 7).toFixed(${this.random.below(5)})`,
          () => `(${this.random.below(100000)}).toString(${2 + this.random.below(35)})`,
        ])();
      case 19:
        return `JSON.stringify(${e()})`;
      case 20:
        return this.bigints();
      case 21:
        return `Object.${this.random.pick(["keys", "values", "entries"])}(${this.objectLiteral(depth)})`;
      case 22:
        return `String(${e()}).replace(/${this.random.pick(["[a-z]+", "(\\\\d)(\\\\d)?", "\\\\w", "^.", "(?<n>l+)", "u(?=n)"]).replaceAll("\\\\", "\\")}/${this.random.pick(["", "g", "i", "gi"])}, ${this.random.pick(['"<$&>"', '"[$1]"', "(m, a) => m + a", '""'])})`;
      case 23:
        return this.inMethod ? this.random.pick(["this.x", "this.a", "this?.size", "typeof this"]) : this.variable();
      case 24:
        return `(() => { try { return ${e()}; } catch { return "thrown"; } finally { tick(); } })()`;
      default:
        return this.random.chance(50) ? this.literal() : this.variable();
    }
  }
  private call(f: { name: string; arity: number }): string {
    return this.random.chance(80)
      ? `${f.name}(${this.arguments(f.arity)})`
      : `${f.name}.${this.random.pick(["call(null, 1)", "apply(undefined, [1, 2])", "bind(null, 5)(6)"])}`;
  }
  private arrayMethod(depth: number): string {
    const callback = (params: string) =>
      `(${params}) => ${this.inner(() => {
        this.scope.consts.push("el");
        return this.expression(Math.max(0, depth - 2));
      })}`;
    return this.random
      .pick([
        () => `map(${callback("el, i")})`,
        () => `filter(${callback("el")})`,
        () => `reduce((acc, el) => acc + String(el), "")`,
        () => `join(${this.random.pick(["", '"-"', "undefined"])})`,
        () => `slice(${this.random.below(5) - 2}${this.random.chance(50) ? `, ${this.random.below(5) - 2}` : ""})`,
        () => `concat(${this.arrayLiteral(1)}, ${this.literal()})`,
        () => `indexOf(${this.literal()})`,
        () => `includes(${this.literal()})`,
        () => `reverse()`,
        () => `sort()`,
        () => `sort((a, b) => (String(a) < String(b) ? 1 : -1))`,
        () => `flat(${this.random.below(3)})`,
        () => `flatMap((el) => [el, 1])`,
        () => `find(${callback("el")})`,
        () => `findLastIndex(${callback("el")})`,
        () => `some(${callback("el")})`,
        () => `every(${callback("el")})`,
        () => `at(${this.random.below(6) - 3})`,
        () => `fill(${this.literal()}, 1)`,
        () => `toSpliced(${this.random.below(3)}, 1, ${this.literal()})`,
        () => `with(0, 1)?.length`,
        () => `push(${this.literal()}, 2)`,
        () => `length`,
      ])()
      .replace(/^with\(0, 1\)\?\.length$/, "toReversed()");
  }
  /** Of two literals. What a shift gives may be the next one's count: those of 2^24 bits and more are RangeErrors here, in V8 those of 2^30. */
  private bigints(): string {
    const left = this.random.below(1000);
    const operator = this.random.pick(["+", "-", "*", "%", "&", "|", "<<"]);
    const right = 1 + this.random.below(20);
    return `(${left}n ${operator} ${operator === "<<" ? right % 8 : right}n)`;
  }

  private stringMethod(): string {
    const n = () => String(this.random.below(8) - 2);
    return this.random.pick([
      () => `slice(${n()}, ${n()})`,
      () => `substring(${n()}, ${n()})`,
      () => `charCodeAt(${n()})`,
      () => `at(${n()})`,
      () => `toUpperCase()`,
      () => `padStart(${this.random.below(12)}, "ab")`,
      () => `padEnd(${this.random.below(12)})`,
      () => `repeat(${this.random.below(4)})`,
      () => `split(${this.random.pick(['""', '"l"', "/[aeiou]/", "/(l)/", "undefined"])})`,
      () => `indexOf(${this.random.pick(['"l"', '""', '"x"'])})`,
      () => `trim()`,
      () => `codePointAt(0)`,
      () => `replaceAll("l", "$&L")`,
      () => `match(/${this.random.pick(["l+", "(.)(.)", "[^a-f]"])}/${this.random.pick(["", "g"])})`,
      () => `search(/[b-y]/)`,
      () => `concat("ab")`,
      () => `length`,
      () => `startsWith("t")`,
    ])();
  }
}

/** The program of a seed (a positive integer). It prints one block of text when it is done, after its microtasks. */
export function generateProgram(seed: number): string {
  return new Generator(seed).program();
}
