/**
 * Scope analysis: one walk over the tree that declares names, resolves every reference when the scope of its declaration closes,
 * decides which bindings live in heap Scopes and which references need a check for initialisation (temporal dead zone).
 *
 * A reference bubbles outwards, scope by scope. When it leaves a function, its position becomes the earliest one where that
 * function can be called: its own start for an expression, the start of the block for a hoisted declaration. A binding of the
 * scope it then meets is initialised for certain when its declaration ends at or before that position: within one
 * activation of a block, control reaches later text only through earlier declarations.
 */
import type * as ast from "acorn";
import { CompileError } from "./diagnostics.ts";
import { Binding, FunctionInfo, Reference, Scope, type BindingKind, type ClassInfo, type FunctionKind } from "./scope.ts";

/** Functions that need more registers for variables than this keep them in their heap Scope. */
const MAX_LOCAL_REGISTERS = 150;
/** Arguments are registers of a call window. */
const MAX_PARAMETERS = 200;

export type SourceKind = "script" | "module" | "library";

export interface Analysis {
  readonly main: FunctionInfo;
  readonly usesTopLevelAwait: boolean;
}

type ForHead = ast.VariableDeclaration | ast.Pattern;
type ReferenceNode = Reference["node"];

/** `trustLibrary`: library code that has been tested with checks for initialisation does without them. */
export function analyze(program: ast.Program, kind: SourceKind, trustLibrary = false): Analysis {
  return new Analyzer(kind, kind === "library" && trustLibrary).program(program);
}

class Analyzer {
  private readonly kind: SourceKind;
  private scope!: Scope;
  private fn!: FunctionInfo;
  private varScope!: Scope;
  private loopDepth = 0;
  /** Counts functions, to see whether an expression contains one. */
  private functions = 0;
  private usesTopLevelAwait = false;
  /** Classes around the current place in the current function. */
  private classes = 0;

  private readonly trustLibrary: boolean;

  constructor(kind: SourceKind, trustLibrary: boolean) {
    this.kind = kind;
    this.trustLibrary = trustLibrary;
  }

  program(program: ast.Program): Analysis {
    const strict = this.kind !== "script" || hasUseStrict(program.body);
    const usesAwait = this.kind === "module";
    const fn = (this.fn = new FunctionInfo("main", null, strict, false, false));
    const scope = (this.scope = this.varScope = new Scope(null, fn, "function", 0, 0, true));
    fn.scope = fn.bodyScope = scope;
    const body = program.body;
    for (const statement of body) this.moduleItem(statement);
    this.trustInertPrefix(body, scope);
    this.closeFunctionScope(fn, null);
    for (const statement of body) this.captureExports(statement, scope);
    return { main: fn, usesTopLevelAwait: usesAwait && this.usesTopLevelAwait };
  }

  // Modules

  private moduleItem(node: ast.Statement | ast.ModuleDeclaration): void {
    switch (node.type) {
      case "ImportDeclaration":
        for (const specifier of node.specifiers) {
          const binding = this.declareName(specifier.local.name, "import", this.scope);
          specifier.local.binding = binding;
        }
        return;
      case "ExportNamedDeclaration":
        if (node.declaration) this.statement(node.declaration);
        return;
      case "ExportAllDeclaration":
        return;
      case "ExportDefaultDeclaration": {
        const declaration = node.declaration;
        if (declaration.type === "FunctionDeclaration") {
          if (declaration.id) this.statement(declaration as ast.FunctionDeclaration);
          else {
            this.declareName("*default*", "function", this.scope);
            this.hoist(declaration as unknown as ast.FunctionDeclaration);
            this.functionNode(declaration, "function", true);
          }
        } else if (declaration.type === "ClassDeclaration" && declaration.id) this.statement(declaration as ast.ClassDeclaration);
        else {
          const binding = this.declareName("*default*", "const", this.scope);
          binding.initialisedFrom = node.end;
          if (declaration.type === "ClassDeclaration") this.classNode(declaration);
          else this.expression(declaration);
        }
        return;
      }
      default:
        this.statement(node);
    }
  }

  /** Exported bindings are seen by other modules: they live in the module's Scope. */
  private captureExports(node: ast.Statement | ast.ModuleDeclaration, scope: Scope): void {
    const capture = (name: string): void => {
      const binding = scope.bindings.get(name);
      if (binding && binding.kind !== "import") {
        binding.references++;
        captureBinding(binding);
      } else if (binding) binding.references++;
    };
    if (node.type === "ExportDefaultDeclaration") {
      const declaration = node.declaration;
      const named = (declaration.type === "FunctionDeclaration" || declaration.type === "ClassDeclaration") && declaration.id;
      capture(named ? named.name : "*default*");
    } else if (node.type === "ExportNamedDeclaration" && !node.source) {
      for (const specifier of node.specifiers) if (specifier.local.type === "Identifier") capture(specifier.local.name);
      const declaration = node.declaration;
      if (!declaration) return;
      if (declaration.type === "VariableDeclaration") for (const { id } of declaration.declarations) for (const name of patternNames(id)) capture(name);
      else capture(declaration.id.name);
    } else if (this.kind === "module" && node.type === "FunctionDeclaration" && node.id.name === "handler") capture("handler");
  }

  // Scopes

  private declareName(name: string, kind: BindingKind, scope: Scope): Binding {
    const existing = scope.bindings.get(name);
    if (existing) {
      if (kind === "function" && existing.kind !== "param") existing.kind = kind;
      return existing;
    }
    const binding = new Binding(name, kind, scope);
    scope.bindings.set(name, binding);
    return binding;
  }

  /** Script-level names are properties of the global object or global lexical bindings: never resolved here. */
  private isGlobalScope(scope: Scope): boolean {
    return this.kind === "script" && scope.parent === null;
  }

  private reference(name: string, node: ReferenceNode, write = false): void {
    const reference = new Reference(node, write);
    const { references } = this.scope;
    const first = references.get(name);
    if (first) first.append(reference);
    else references.set(name, reference);
  }

  private open(kind: Scope["kind"], start: number, options?: { container?: boolean; loopDepth?: number }): Scope {
    const parent = this.scope;
    const loopDepth = options?.loopDepth ?? this.loopDepth;
    const container = options?.container ?? this.loopDepth > parent.loopDepth;
    return (this.scope = new Scope(parent, this.fn, kind, start, loopDepth, container));
  }

  /** Resolves what the scope declares and hands the rest to its parent. */
  private close(): void {
    const scope = this.scope;
    const parent = scope.parent!;
    this.resolve(scope, parent);
    this.countLocals(scope);
    if (parent.fn === scope.fn && scope.locals > parent.locals) parent.locals = scope.locals;
    this.scope = parent;
  }

  private countLocals(scope: Scope): void {
    let count = 0;
    for (const binding of scope.bindings.values()) if (this.takesRegister(binding)) count++;
    scope.locals += count + 1;
  }

  private takesRegister(binding: Binding): boolean {
    return !binding.captured && binding.kind !== "import" && !(this.isGlobalScope(binding.scope) && isDeclaredName(binding.kind));
  }

  private resolve(scope: Scope, parent: Scope | null): void {
    const global = this.isGlobalScope(scope);
    for (const [name, first] of scope.references) {
      const binding = scope.bindings.get(name);
      if (binding && !(global && isDeclaredName(binding.kind))) {
        for (let reference: Reference | null = first; reference !== null; reference = reference.next) resolveReference(reference, binding);
      } else if (parent === null) {
        for (let reference: Reference | null = first; reference !== null; reference = reference.next) {
          const { node } = reference;
          if (node.type === "PrivateIdentifier") throw new CompileError(`Private field '#${node.name}' must be declared in an enclosing class`, node.start);
          node.binding = null;
        }
      } else {
        const others = parent.references.get(name);
        if (others) others.append(first);
        else parent.references.set(name, first);
      }
    }
    scope.references.clear();
  }

  /**
   * Closes the current scope, which is the parameter scope of `fn`. `parent` is where references go on to, at `position` when
   * the function is an expression or -1 when it is a declaration hoisted to the start of the block.
   */
  private closeFunctionScope(fn: FunctionInfo, parent: Scope | null, position = -1, selfName: string | null = null): void {
    this.declareBlockFunctions(fn);
    if (fn.bodyScope !== fn.scope) this.close();
    const scope = fn.scope;
    const references = scope.references;
    if (!fn.isArrow) {
      for (const name of ["this", "new.target", "%home", "%callee", "arguments"] as const) {
        const needed = references.has(name) || (name === "arguments" && fn.bodyScope !== scope && fn.bodyScope.bindings.get(name)?.kind === "var");
        if (!needed) continue;
        const moved = name === "%home" ? fn.homeName : null;
        if (moved !== null) {
          const first = references.get(moved);
          if (first) first.append(references.get(name)!);
          else references.set(moved, references.get(name)!);
          references.delete(name);
          continue;
        }
        if (name === "arguments") {
          if (fn.kind === "main" || fn.kind === "initialiser") continue;
          const declared = scope.bindings.get(name);
          if (declared && declared.kind !== "var") continue;
          if (declared) declared.kind = "arguments";
          else this.declareName(name, "arguments", scope);
          continue;
        }
        const binding = this.declareName(name, name, scope);
        if (name === "this" && fn.kind === "derived") binding.initialisedFrom = fn.superCalledFrom < 0 ? Infinity : fn.superCalledFrom;
      }
    }
    if (selfName !== null && references.has(selfName) && !scope.bindings.has(selfName)) this.declareName(selfName, "self", scope);
    if (parent !== null) leaving(scope, position < 0 ? parent.start : position);
    this.resolve(scope, parent);
    this.linkMappedArguments(fn);
    this.countLocals(scope);
    if (scope.locals > MAX_LOCAL_REGISTERS) this.spill(scope);
    orderMappedParameters(fn);
  }

  /** Annex B.3.2: a function declared in a block is also a `var`, unless that would clash. */
  private declareBlockFunctions(fn: FunctionInfo): void {
    for (const { node, scope } of fn.blockFunctions ?? []) {
      const name = node.id.name;
      const target = fn.bodyScope;
      let clash = false;
      for (let outer = scope.parent!; outer !== target && !clash; outer = outer.parent!) {
        const binding = outer.bindings.get(name);
        clash = binding !== undefined && binding.kind !== "catch";
      }
      const existing = target.bindings.get(name);
      if (existing && (isLexical(existing.kind) || existing.kind === "param")) clash = true;
      if (target !== fn.scope && fn.scope.bindings.get(name)?.kind === "param") clash = true;
      if (clash) continue;
      const binding = this.declareName(name, existing?.kind ?? "var", target);
      node.outerBinding = this.isGlobalScope(target) ? null : binding;
    }
  }

  private linkMappedArguments(fn: FunctionInfo): void {
    const binding = fn.scope.bindings.get("arguments");
    if (binding?.kind !== "arguments" || fn.strict || !fn.simpleParameters) return;
    const parameters = [...fn.scope.bindings.values()].filter(({ kind }) => kind === "param");
    // Of equal names only the last is linked: left alone.
    if (parameters.length === 0 || parameters.length !== fn.parameterCount) return;
    if (!fn.writesArguments && parameters.every(({ assignments }) => assignments === null)) return;
    fn.mapped = true;
    for (const parameter of parameters) captureBinding(parameter);
  }

  /** Too many variables for the registers: all of them go to heap Scopes. */
  private spill(scope: Scope): void {
    const fn = scope.fn;
    const visit = (s: Scope): void => {
      for (const binding of s.bindings.values()) if (this.takesRegister(binding)) captureBinding(binding);
    };
    visit(scope);
    if (fn.bodyScope !== scope) visit(fn.bodyScope);
    for (const inner of this.blockScopes) if (inner.fn === fn) visit(inner);
  }

  private readonly blockScopes: Scope[] = [];

  // Functions

  private functionNode(
    node: ast.Function,
    kind: FunctionKind,
    declaration: boolean,
    classInfo: ClassInfo | null = null,
    homeName: FunctionInfo["homeName"] = null,
  ): void {
    this.functions++;
    const body = node.body;
    const strict = this.fn.strict || this.classes > 0 || (body.type === "BlockStatement" && hasUseStrict(body.body));
    const fn = new FunctionInfo(kind, this.fn, strict, node.async, node.generator);
    node.info = fn;
    fn.classInfo = classInfo;
    fn.homeName = homeName;
    if (node.params.length > MAX_PARAMETERS) throw new CompileError(`A function can have at most ${MAX_PARAMETERS} parameters`, node.start);
    fn.parameterCount = node.params.length;
    fn.simpleParameters = node.params.every((parameter) => parameter.type === "Identifier");
    const selfName = node.type === "FunctionExpression" && node.id ? node.id.name : null;
    this.inFunction(fn, node.start, declaration ? -1 : node.start, selfName, () => {
      for (const parameter of node.params) this.declarePattern(parameter, "param", fn.simpleParameters ? 0 : parameter.end);
      if (!fn.simpleParameters) {
        for (const parameter of node.params) this.patternExpressions(parameter);
        if (node.params.some(hasExpressions)) fn.bodyScope = this.varScope = this.open("body", body.start, { container: false });
      }
      if (body.type === "BlockStatement") {
        body.scope = fn.bodyScope;
        if (kind === "derived") {
          fn.superCalledFrom = superCallEnd(body.body);
          // Its end returns `this`.
          this.reference("this", syntheticThis(node.end));
        }
        for (const statement of body.body) this.statement(statement);
      } else this.expression(body);
    });
  }

  /** Runs `visit` inside of a new function scope. */
  private inFunction(fn: FunctionInfo, start: number, position: number, selfName: string | null, visit: () => void): void {
    const saved = { scope: this.scope, fn: this.fn, varScope: this.varScope, loopDepth: this.loopDepth, classes: this.classes };
    this.fn = fn;
    this.classes = 0;
    this.loopDepth = 0;
    fn.scope = fn.bodyScope = this.varScope = this.scope = new Scope(saved.scope, fn, "function", start, 0, true);
    visit();
    this.closeFunctionScope(fn, saved.scope, position, selfName);
    this.scope = saved.scope;
    this.fn = saved.fn;
    this.varScope = saved.varScope;
    this.loopDepth = saved.loopDepth;
    this.classes = saved.classes;
  }

  private hoist(node: ast.FunctionDeclaration): void {
    (this.scope.functions ??= []).push(node);
  }

  private classNode(node: ast.Class): void {
    const savedFn = this.fn;
    // All parts of a class are strict code.
    this.classes++;
    const scope = this.open("class", node.start);
    this.blockScopes.push(scope);
    const info: ClassInfo = {
      node,
      scope,
      derived: !!node.superClass,
      hasInstanceElements: false,
      instanceInitialiser: null,
      staticInitialiser: null,
      keyBindings: new Map(),
      methodBindings: new Map(),
      prototype: null,
      constructorBinding: null,
    };
    node.info = info;
    const members = node.body.body;
    const name = node.id?.name;
    if (name !== undefined) this.declareName(name, "self", scope);
    for (const member of members) {
      if (member.type !== "StaticBlock" && member.key.type === "PrivateIdentifier") {
        const binding = this.declareName(`#${member.key.name}`, "private", scope);
        member.key.binding = binding;
        if (member.type === "PropertyDefinition" || !member.static) captureBinding(binding);
      }
    }
    // Heritage and computed keys run before the class binding is initialised.
    if (node.superClass) this.expression(node.superClass);
    members.forEach((member, i) => {
      if (member.type === "StaticBlock" || !member.computed) return;
      this.expression(member.key as ast.Expression);
      if (member.type !== "PropertyDefinition") return;
      const binding = this.declareName(`%key${i}`, "hidden", scope);
      captureBinding(binding);
      info.keyBindings.set(member, binding);
    });
    if (name !== undefined) for (let reference = scope.references.get(name) ?? null; reference !== null; reference = reference.next) reference.position = -1;

    members.forEach((member, i) => {
      if (member.type !== "MethodDefinition") return;
      const kind: FunctionKind =
        member.kind === "constructor"
          ? info.derived
            ? "derived"
            : "constructor"
          : member.kind === "get"
            ? "getter"
            : member.kind === "set"
              ? "setter"
              : "method";
      // Private methods are not defined on their home object, so they get it from the class scope.
      const homeName = member.key.type !== "PrivateIdentifier" ? null : member.static ? "%constructor" : "%prototype";
      this.functionNode(member.value, kind, false, info, homeName);
      if (member.key.type === "PrivateIdentifier" && !member.static) {
        info.hasInstanceElements = true;
        const binding = this.declareName(`%method${i}`, "hidden", scope);
        captureBinding(binding);
        info.methodBindings.set(member, binding);
      }
    });
    for (const isStatic of [false, true]) {
      const elements = members.filter((m) => (m.type === "StaticBlock" ? isStatic : m.type === "PropertyDefinition" && m.static === isStatic));
      const needed = elements.length > 0 || (!isStatic && info.hasInstanceElements);
      if (!needed) continue;
      const fn = new FunctionInfo("initialiser", savedFn, true, false, false);
      fn.classInfo = info;
      fn.homeName = isStatic ? "%constructor" : "%prototype";
      if (isStatic) info.staticInitialiser = fn;
      else {
        info.instanceInitialiser = fn;
        info.hasInstanceElements = true;
      }
      this.inFunction(fn, node.body.start, elements[0]?.start ?? node.body.start, null, () => {
        // Initialisers and private methods always work on `this`.
        this.reference("this", syntheticThis(node.body.start));
        for (const element of elements) {
          if (element.type === "StaticBlock") {
            const block = this.open("block", element.start);
            element.scope = block;
            this.blockScopes.push(block);
            const savedVarScope = this.varScope;
            this.varScope = block;
            for (const statement of element.body) this.statement(statement);
            this.varScope = savedVarScope;
            this.close();
          } else if (element.type === "PropertyDefinition" && element.value) this.expression(element.value);
        }
      });
    }
    if (scope.references.has("%prototype")) info.prototype = this.declareName("%prototype", "hidden", scope);
    if (scope.references.has("%constructor")) info.constructorBinding = this.declareName("%constructor", "hidden", scope);
    this.classes--;
    this.close();
  }

  // Statements

  private statements(list: readonly ast.Statement[]): void {
    for (const statement of list) this.statement(statement);
  }

  private block(node: ast.BlockStatement): void {
    // Most blocks declare nothing: those need no scope.
    if (!node.body.some(declares)) {
      this.statements(node.body);
      return;
    }
    node.scope = this.open("block", node.start);
    this.blockScopes.push(node.scope);
    this.statements(node.body);
    this.close();
  }

  private statement(node: ast.Statement): void {
    switch (node.type) {
      case "ExpressionStatement":
        this.expression(node.expression);
        return;
      case "VariableDeclaration":
        this.variableDeclaration(node, node.end);
        return;
      case "FunctionDeclaration": {
        const scope = this.scope;
        this.declareName(node.id.name, "function", scope);
        node.id.binding = this.isGlobalScope(scope) ? null : scope.bindings.get(node.id.name)!;
        if (scope !== this.varScope && !this.fn.strict && !node.async && !node.generator) (this.fn.blockFunctions ??= []).push({ node, scope });
        this.hoist(node);
        this.functionNode(node, "function", true);
        return;
      }
      case "ClassDeclaration": {
        const binding = this.declareName(node.id.name, "class", this.scope);
        this.initialisedAt(binding, node.end);
        node.id.binding = this.isGlobalScope(this.scope) ? null : binding;
        this.classNode(node);
        return;
      }
      case "ReturnStatement":
        if (node.argument) this.expression(node.argument);
        return;
      case "IfStatement": {
        // Long else-if chains are walked without recursion.
        let current: ast.IfStatement = node;
        for (;;) {
          this.expression(current.test);
          current.consequent = functionBlock(current.consequent);
          this.statement(current.consequent);
          const alternate = current.alternate && (current.alternate = functionBlock(current.alternate));
          if (!alternate) return;
          if (alternate.type !== "IfStatement") {
            this.statement(alternate);
            return;
          }
          current = alternate;
        }
      }
      case "BlockStatement":
        this.block(node);
        return;
      case "ForStatement":
        this.forStatement(node);
        return;
      case "ForInStatement":
      case "ForOfStatement":
        if (node.type === "ForOfStatement" && node.await) this.noteAwait();
        this.forEach(node);
        return;
      case "WhileStatement":
      case "DoWhileStatement":
        this.loopDepth++;
        this.expression(node.test);
        this.statement(node.body);
        this.loopDepth--;
        return;
      case "ThrowStatement":
        this.expression(node.argument);
        return;
      case "TryStatement":
        this.block(node.block);
        if (node.handler) {
          const handler = node.handler;
          handler.scope = this.open("block", handler.start);
          this.blockScopes.push(handler.scope);
          if (handler.param) {
            this.declarePattern(handler.param, handler.param.type === "Identifier" ? "catch" : "let", handler.param.end);
            this.patternExpressions(handler.param);
          }
          this.block(handler.body);
          this.close();
        }
        if (node.finalizer) this.block(node.finalizer);
        return;
      case "SwitchStatement": {
        this.expression(node.discriminant);
        const scope = (node.scope = this.open("switch", node.start));
        this.blockScopes.push(scope);
        for (const item of node.cases) {
          if (item.test) this.expression(item.test);
          const before = scope.bindings.size;
          this.statements(item.consequent);
          if (scope.bindings.size === before) continue;
          let i = 0;
          for (const binding of scope.bindings.values()) if (i++ >= before && isLexical(binding.kind)) binding.initialisedUntil = item.end;
        }
        this.close();
        return;
      }
      case "LabeledStatement":
        this.statement(node.body);
        return;
      case "WithStatement":
        throw new CompileError("'with' is not supported", node.start);
      case "BreakStatement":
      case "ContinueStatement":
      case "EmptyStatement":
      case "DebuggerStatement":
        return;
    }
  }

  /**
   * Until the first top-level statement that can run other code, no function of the file has been called: what is declared
   * before it needs no checks in functions. The library is trusted as a whole.
   */
  private trustInertPrefix(body: readonly (ast.Statement | ast.ModuleDeclaration)[], scope: Scope): void {
    let end = 0;
    for (const item of body) {
      if (!isInert(item, scope.bindings)) break;
      end = item.end;
    }
    if (this.trustLibrary) end = Infinity;
    for (const binding of scope.bindings.values()) if (isLexical(binding.kind) && binding.initialisedFrom <= end) binding.inertPrefix = true;
  }

  private initialisedAt(binding: Binding, offset: number): void {
    binding.initialisedFrom = offset;
  }

  private variableDeclaration(node: ast.VariableDeclaration, initialisedFrom: number): void {
    const kind = node.kind;
    if (kind === "using" || kind === "await using") throw new CompileError(`'${kind}' declarations are not supported`, node.start);
    for (const declarator of node.declarations) {
      if (kind === "var") this.declareVariables(declarator.id);
      else this.declarePattern(declarator.id, kind, Math.min(initialisedFrom, declarator.end));
      this.patternExpressions(declarator.id);
      if (declarator.init) this.expression(declarator.init);
    }
  }

  private forStatement(node: ast.ForStatement): void {
    const init = node.init;
    const lexical = init?.type === "VariableDeclaration" && init.kind !== "var";
    if (lexical) {
      // Only `let` gets a fresh copy of its Scope for each iteration.
      const copied = init.kind === "let";
      node.scope = this.open("for", node.start, { container: copied || this.loopDepth > this.scope.loopDepth, loopDepth: this.loopDepth + (copied ? 1 : 0) });
      this.blockScopes.push(node.scope);
      const before = this.functions;
      this.variableDeclaration(init, init.end);
      node.capturedInInit = this.functions !== before;
    } else if (init?.type === "VariableDeclaration") this.variableDeclaration(init, init.end);
    else if (init) this.expression(init);
    this.loopDepth++;
    if (node.test) this.expression(node.test);
    if (node.update) this.expression(node.update);
    this.statement(node.body);
    this.loopDepth--;
    if (lexical) this.close();
  }

  private forEach(node: ast.ForInStatement | ast.ForOfStatement): void {
    const left: ForHead = node.left;
    if (left.type === "VariableDeclaration" && left.kind !== "var") {
      if (left.kind === "using" || left.kind === "await using") throw new CompileError(`'${left.kind}' declarations are not supported`, left.start);
      node.scope = this.open("for", node.start, { container: true, loopDepth: this.loopDepth + 1 });
      this.blockScopes.push(node.scope);
      this.declarePattern(left.declarations[0]!.id, left.kind, node.right.end);
      const before = this.functions;
      this.expression(node.right);
      node.capturedInHead = this.functions !== before;
      this.loopDepth++;
      this.patternExpressions(left.declarations[0]!.id);
      this.statement(node.body);
      this.loopDepth--;
      this.close();
      return;
    }
    if (left.type === "VariableDeclaration") {
      const declarator = left.declarations[0]!;
      this.declareVariables(declarator.id);
      if (declarator.init) this.expression(declarator.init);
    }
    this.expression(node.right);
    this.loopDepth++;
    if (left.type === "VariableDeclaration") this.patternExpressions(left.declarations[0]!.id);
    else this.assignmentTarget(left);
    this.statement(node.body);
    this.loopDepth--;
  }

  // Patterns

  /** Declares the names of a let, const, parameter or catch pattern; expressions inside are visited by patternExpressions. */
  private declarePattern(node: ast.Pattern, kind: BindingKind, initialisedFrom: number): void {
    switch (node.type) {
      case "Identifier": {
        const binding = this.declareName(node.name, kind, this.scope);
        this.initialisedAt(binding, initialisedFrom);
        node.binding = this.isGlobalScope(this.scope) ? null : binding;
        return;
      }
      case "ObjectPattern":
        for (const property of node.properties)
          this.declarePattern(property.type === "RestElement" ? property.argument : property.value, kind, initialisedFrom);
        return;
      case "ArrayPattern":
        for (const element of node.elements) if (element) this.declarePattern(element, kind, initialisedFrom);
        return;
      case "RestElement":
        this.declarePattern(node.argument, kind, initialisedFrom);
        return;
      case "AssignmentPattern":
        this.declarePattern(node.left, kind, initialisedFrom);
        return;
      case "MemberExpression":
        throw new CompileError("A member expression cannot be declared", node.start);
    }
  }

  /** `var`: declared in the function, written through ordinary resolution (a catch parameter may stand in between). */
  private declareVariables(node: ast.Pattern): void {
    for (const identifier of patternIdentifiers(node)) {
      this.declareName(identifier.name, "var", this.varScope);
      this.reference(identifier.name, identifier, true);
    }
  }

  /** Default values and computed keys of a declaration's pattern. */
  private patternExpressions(node: ast.Pattern): void {
    switch (node.type) {
      case "Identifier":
      case "MemberExpression":
        return;
      case "ObjectPattern":
        for (const property of node.properties) {
          if (property.type === "RestElement") this.patternExpressions(property.argument);
          else {
            if (property.computed) this.expression(property.key);
            this.patternExpressions(property.value);
          }
        }
        return;
      case "ArrayPattern":
        for (const element of node.elements) if (element) this.patternExpressions(element);
        return;
      case "RestElement":
        this.patternExpressions(node.argument);
        return;
      case "AssignmentPattern":
        this.patternExpressions(node.left);
        this.expression(node.right);
        return;
    }
  }

  /** The target of an assignment, for-in or for-of without declaration, or update. */
  private assignmentTarget(node: ast.Pattern): void {
    switch (node.type) {
      case "Identifier":
        this.reference(node.name, node, true);
        return;
      case "MemberExpression":
        if (node.object.type === "Identifier" && node.object.name === "arguments") this.noteArgumentsWrite();
        this.expression(node);
        return;
      case "ObjectPattern":
        for (const property of node.properties) {
          if (property.type === "RestElement") this.assignmentTarget(property.argument);
          else {
            if (property.computed) this.expression(property.key);
            this.assignmentTarget(property.value);
          }
        }
        return;
      case "ArrayPattern":
        for (const element of node.elements) if (element) this.assignmentTarget(element);
        return;
      case "RestElement":
        this.assignmentTarget(node.argument);
        return;
      case "AssignmentPattern":
        this.assignmentTarget(node.left);
        this.expression(node.right);
        return;
    }
  }

  private noteArgumentsWrite(): void {
    let fn: FunctionInfo | null = this.fn;
    while (fn?.isArrow) fn = fn.parent;
    if (fn) fn.writesArguments = true;
  }

  private noteAwait(): void {
    if (this.fn.kind === "main") this.usesTopLevelAwait = true;
  }

  // Expressions

  private expression(node: ast.Expression | ast.PrivateIdentifier | ast.Super | ast.SpreadElement): void {
    switch (node.type) {
      case "Identifier":
        // Whoever gets the object may write to it.
        if (node.name === "arguments") this.noteArgumentsWrite();
        this.reference(node.name, node);
        return;
      case "Literal":
        return;
      case "MemberExpression":
        if (node.object.type === "Super") this.superReference(node.object);
        else if (node.object.type === "Identifier") this.reference(node.object.name, node.object);
        else this.expression(node.object);
        if (node.computed) this.expression(node.property);
        else if (node.property.type === "PrivateIdentifier") this.reference(`#${node.property.name}`, node.property);
        return;
      case "CallExpression":
        if (node.callee.type === "Super") this.superCall(node.callee);
        else this.expression(node.callee);
        for (const argument of node.arguments) this.expression(argument);
        return;
      case "NewExpression":
        this.expression(node.callee);
        for (const argument of node.arguments) this.expression(argument);
        return;
      case "BinaryExpression":
      case "LogicalExpression": {
        // Long left-leaning chains are walked without recursion.
        const rights: ast.Expression[] = [];
        let left: ast.Expression | ast.PrivateIdentifier = node;
        while (left.type === "BinaryExpression" || left.type === "LogicalExpression") {
          rights.push(left.right);
          left = left.left;
        }
        this.expression(left);
        for (let i = rights.length - 1; i >= 0; i--) this.expression(rights[i]!);
        return;
      }
      case "AssignmentExpression":
        this.assignmentTarget(node.left);
        this.expression(node.right);
        return;
      case "UpdateExpression":
        this.assignmentTarget(node.argument as ast.Pattern);
        return;
      case "UnaryExpression":
        if (
          node.operator === "delete" &&
          node.argument.type === "MemberExpression" &&
          node.argument.object.type === "Identifier" &&
          node.argument.object.name === "arguments"
        )
          this.noteArgumentsWrite();
        this.expression(node.argument);
        return;
      case "ConditionalExpression": {
        let current: ast.Expression = node;
        while (current.type === "ConditionalExpression") {
          this.expression(current.test);
          this.expression(current.consequent);
          current = current.alternate;
        }
        this.expression(current);
        return;
      }
      case "SequenceExpression":
        for (const item of node.expressions) this.expression(item);
        return;
      case "ArrayExpression":
        for (const element of node.elements) if (element) this.expression(element);
        return;
      case "ObjectExpression":
        for (const property of node.properties) {
          if (property.type === "SpreadElement") this.expression(property.argument);
          else {
            if (property.computed) this.expression(property.key);
            if (property.value.type === "FunctionExpression" && (property.method || property.kind !== "init"))
              this.functionNode(property.value, property.kind === "get" ? "getter" : property.kind === "set" ? "setter" : "method", false);
            else this.expression(property.value);
          }
        }
        return;
      case "FunctionExpression":
        this.functionNode(node, "function", false);
        return;
      case "ArrowFunctionExpression":
        this.functionNode(node, "arrow", false);
        return;
      case "ClassExpression":
        this.classNode(node);
        return;
      case "TemplateLiteral":
        for (const item of node.expressions) this.expression(item);
        return;
      case "TaggedTemplateExpression":
        this.expression(node.tag);
        for (const item of node.quasi.expressions) this.expression(item);
        return;
      case "ThisExpression":
        this.reference("this", node);
        return;
      case "MetaProperty":
        if (node.meta.name === "new") this.reference("new.target", node);
        return;
      case "AwaitExpression":
        this.noteAwait();
        this.expression(node.argument);
        return;
      case "YieldExpression":
        if (node.argument) this.expression(node.argument);
        return;
      case "SpreadElement":
        this.expression(node.argument);
        return;
      case "ChainExpression":
      case "ParenthesizedExpression":
        this.expression(node.expression);
        return;
      case "ImportExpression":
        this.expression(node.source);
        if (node.options) this.expression(node.options);
        return;
      case "PrivateIdentifier":
        this.reference(`#${node.name}`, node);
        return;
      case "Super":
        return;
    }
  }

  private superReference(node: ast.Super): void {
    this.reference("%home", node);
    this.reference("this", (node.thisReference = syntheticThis(node.start)));
  }

  private superCall(node: ast.Super): void {
    let fn: FunctionInfo = this.fn;
    while (fn.isArrow) fn = fn.parent!;
    node.constructorInfo = fn;
    fn.superCalls++;
    this.reference("%callee", node);
    this.reference("this", (node.thisReference = syntheticThis(node.start)));
    const target = { type: "MetaProperty", start: node.start, end: node.start } as ast.MetaProperty;
    this.reference("new.target", (node.targetReference = target));
  }
}

/** `if (x) function f() {}`: as in a block (Annex B.3.3). */
function functionBlock(node: ast.Statement): ast.Statement {
  return node.type === "FunctionDeclaration" ? { type: "BlockStatement", body: [node], start: node.start, end: node.end } : node;
}

const syntheticThis = (start: number): ast.ThisExpression => ({ type: "ThisExpression", start, end: start });

function captureBinding(binding: Binding): void {
  if (binding.captured) return;
  binding.captured = true;
  const container = binding.scope.container;
  binding.slot = container.captured.length;
  container.captured.push(binding);
}

function resolveReference(reference: Reference, binding: Binding): void {
  const { node, position } = reference;
  node.binding = binding;
  binding.references++;
  if (reference.write) {
    const list = (binding.assignments ??= []);
    if (list.length > 0 && list[list.length - 1]! > node.start)
      list.splice(
        list.findIndex((at) => at > node.start),
        0,
        node.start,
      );
    else list.push(node.start);
  }
  if (reference.crossedFunction && binding.kind !== "import") captureBinding(binding);
  if (reference.crossedFunction && binding.inertPrefix) return;
  if (position < binding.initialisedFrom || position >= binding.initialisedUntil || position < 0) {
    if (binding.kind !== "import" && binding.kind !== "var") {
      node.check = true;
      binding.needsHole = true;
    }
  }
}

/** References leave the function that `scope` belongs to. */
function leaving(scope: Scope, position: number): void {
  for (const [name, first] of scope.references) {
    if (scope.bindings.has(name)) continue;
    for (let reference: Reference | null = first; reference !== null; reference = reference.next) {
      reference.crossedFunction = true;
      if (reference.position >= 0) reference.position = position;
    }
  }
}

/** Does a block that contains the statement need a scope for it? */
function declares(statement: ast.Statement): boolean {
  switch (statement.type) {
    case "VariableDeclaration":
      return statement.kind !== "var";
    case "FunctionDeclaration":
    case "ClassDeclaration":
      return true;
    case "LabeledStatement":
      return declares(statement.body);
    default:
      return false;
  }
}

/** Mapped arguments: parameter i is slot i. */
function orderMappedParameters(fn: FunctionInfo): void {
  if (!fn.mapped) return;
  const { scope } = fn;
  const isParameter = (binding: Binding): boolean => binding.scope === scope && binding.kind === "param";
  scope.captured = [...scope.captured.filter(isParameter), ...scope.captured.filter((binding) => !isParameter(binding))];
  // Parameters in declaration order: the order of the bindings map.
  const order = [...scope.bindings.values()].filter(isParameter);
  scope.captured.splice(0, order.length, ...order);
  scope.captured.forEach((binding, slot) => (binding.slot = slot));
}

type Names = { has(name: string): boolean };

/** Runs no code but its own: imports, functions, and variables of literals and functions. */
function isInert(item: ast.Statement | ast.ModuleDeclaration, declared: Names): boolean {
  switch (item.type) {
    case "ImportDeclaration":
    case "ExportAllDeclaration":
    case "FunctionDeclaration":
    case "EmptyStatement":
      return true;
    case "ExportNamedDeclaration":
      return !item.declaration || isInert(item.declaration, declared);
    case "ExportDefaultDeclaration":
      return item.declaration.type === "FunctionDeclaration" || (item.declaration.type !== "ClassDeclaration" && isInertValue(item.declaration, declared));
    case "VariableDeclaration":
      return item.declarations.every(({ id, init }) => id.type === "Identifier" && (!init || isInertValue(init, declared)));
    case "ExpressionStatement":
      return item.directive !== undefined;
    default:
      return false;
  }
}

function isInertValue(node: ast.Expression | ast.SpreadElement, declared: Names): boolean {
  switch (node.type) {
    case "Literal":
    case "FunctionExpression":
    case "ArrowFunctionExpression":
      return true;
    case "TemplateLiteral":
      return node.expressions.length === 0;
    case "UnaryExpression":
      return node.operator !== "delete" && isInertValue(node.argument, declared);
    case "BinaryExpression":
      return node.left.type === "Literal" && node.right.type === "Literal";
    case "ArrayExpression":
      return node.elements.every((element) => element === null || (element.type !== "SpreadElement" && isInertValue(element, declared)));
    case "ObjectExpression":
      return node.properties.every(
        (property) =>
          property.type === "Property" && !property.computed && (property.method || property.kind !== "init" || isInertValue(property.value, declared)),
      );
    case "NewExpression":
      return (
        node.arguments.length === 0 &&
        node.callee.type === "Identifier" &&
        ["Map", "Set", "WeakMap", "WeakSet"].includes(node.callee.name) &&
        !declared.has(node.callee.name)
      );
    default:
      return false;
  }
}

const isLexical = (kind: BindingKind): boolean => kind === "let" || kind === "const" || kind === "class";
const isDeclaredName = (kind: BindingKind): boolean => isLexical(kind) || kind === "var" || kind === "function";

function hasUseStrict(body: readonly (ast.Statement | ast.ModuleDeclaration)[]): boolean {
  for (const statement of body) {
    if (statement.type !== "ExpressionStatement" || statement.directive === undefined) return false;
    if (statement.directive === "use strict") return true;
  }
  return false;
}

function hasExpressions(node: ast.Pattern): boolean {
  switch (node.type) {
    case "AssignmentPattern":
      return true;
    case "ObjectPattern":
      return node.properties.some((p) => (p.type === "RestElement" ? hasExpressions(p.argument) : p.computed || hasExpressions(p.value)));
    case "ArrayPattern":
      return node.elements.some((element) => element !== null && hasExpressions(element));
    case "RestElement":
      return hasExpressions(node.argument);
    default:
      return false;
  }
}

export function patternIdentifiers(node: ast.Pattern, into: ast.Identifier[] = []): ast.Identifier[] {
  switch (node.type) {
    case "Identifier":
      into.push(node);
      break;
    case "ObjectPattern":
      for (const property of node.properties) patternIdentifiers(property.type === "RestElement" ? property.argument : property.value, into);
      break;
    case "ArrayPattern":
      for (const element of node.elements) if (element) patternIdentifiers(element, into);
      break;
    case "RestElement":
      patternIdentifiers(node.argument, into);
      break;
    case "AssignmentPattern":
      patternIdentifiers(node.left, into);
      break;
    case "MemberExpression":
      break;
  }
  return into;
}

export const patternNames = (node: ast.Pattern): string[] => patternIdentifiers(node).map(({ name }) => name);

/** End of the first statement `super(...)` at the top level of a constructor's body, -1 for none. */
function superCallEnd(body: readonly ast.Statement[]): number {
  for (const statement of body) {
    if (statement.type !== "ExpressionStatement") continue;
    const { expression } = statement;
    if (expression.type === "CallExpression" && expression.callee.type === "Super") return statement.end;
  }
  return -1;
}
