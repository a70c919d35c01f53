/**
 * TypeScript to JavaScript on the syntax tree: types are dropped; enums, namespaces and parameter properties become what they do
 * at run time. Decorators, `export =`, `import = require()` and auto-accessors are errors.
 */
import type * as ast from "acorn";
import { CompileError } from "./diagnostics.ts";
import type { Scope } from "./scope.ts";
import {
  arrow,
  assign,
  call,
  emptyObject,
  identifier,
  isNode,
  literal,
  member,
  or,
  returns,
  rewriteChildren,
  statement,
  thisExpression,
  variable,
  type LooseNode,
} from "./tree.ts";

/** Lowers the whole program in place. */
export function lowerTypescript(program: ast.Program): void {
  lower(program as unknown as LooseNode);
}

const expressionOf = (node: LooseNode): LooseNode => node["expression"] as LooseNode;
const asStatement = (node: ast.Statement): LooseNode => node as unknown as LooseNode;
const unsupported = (what: string, node: LooseNode): never => {
  throw new CompileError(`${what} not supported`, node.start);
};

const typeFields = [
  "typeAnnotation",
  "returnType",
  "typeParameters",
  "typeArguments",
  "superTypeParameters",
  "superTypeArguments",
  "implements",
  "superInterfaces",
];

/** The replacement of a node; null where it has no meaning at run time. */
function lower(node: LooseNode): LooseNode | null {
  if (node["declare"] === true) return null;
  const decorators = node["decorators"];
  if (Array.isArray(decorators) && decorators.length > 0) unsupported("Decorators are", decorators[0] as LooseNode);
  switch (node.type) {
    case "TSAsExpression":
    case "TSSatisfiesExpression":
    case "TSNonNullExpression":
    case "TSTypeAssertion":
    case "TSInstantiationExpression":
    case "TSTypeCastExpression":
      return lower(expressionOf(node));
    case "TSInterfaceDeclaration":
    case "TSTypeAliasDeclaration":
    case "TSDeclareFunction":
    case "TSDeclareMethod":
    case "TSIndexSignature":
    case "TSNamespaceExportDeclaration":
    case "TSAbstractMethodDefinition":
    case "TSAbstractPropertyDefinition":
      return null;
    case "TSExportAssignment":
      return unsupported("'export =' is", node);
    case "TSImportEqualsDeclaration":
      return importEquals(node);
    case "TSEnumDeclaration":
      return asStatement(lowerEnum(node));
    case "TSModuleDeclaration":
      return namespace(node, null);
    case "ImportDeclaration":
    case "ExportAllDeclaration":
    case "ExportNamedDeclaration":
      return importOrExport(node);
    case "ExportDefaultDeclaration": {
      const declaration = lower(node["declaration"] as LooseNode);
      if (!declaration) return null;
      node["declaration"] = declaration;
      return node;
    }
    case "MethodDefinition":
      if (node["abstract"] === true || (node["value"] as LooseNode).type === "TSDeclareMethod") return null;
      break;
    case "PropertyDefinition":
      if (node["abstract"] === true) return null;
      if (node["accessor"] === true) unsupported("Auto-accessors are", node);
      break;
    case "AccessorProperty":
      return unsupported("Auto-accessors are", node);
    case "ClassDeclaration":
    case "ClassExpression":
      parameterProperties(node);
      break;
    case "FunctionDeclaration":
    case "FunctionExpression":
    case "ArrowFunctionExpression": {
      if (!node["body"]) return null;
      const params = node["params"] as LooseNode[];
      if (params[0]?.type === "Identifier" && params[0]["name"] === "this") params.shift();
      break;
    }
    case "BinaryExpression":
    case "LogicalExpression": {
      // Long left-leaning chains without recursion.
      let current = node;
      for (;;) {
        current["right"] = lower(current["right"] as LooseNode);
        const left: LooseNode = current["left"] as LooseNode;
        if (left.type !== "BinaryExpression" && left.type !== "LogicalExpression") {
          current["left"] = lower(left);
          return node;
        }
        current = left;
      }
    }
  }
  for (const field of typeFields) if (node[field]) node[field] = null;
  rewriteChildren(node, lower);
  // A loop or branch whose body had no meaning, as in `if (x) interface ...`, does not exist: only lists lose elements.
  return node;
}

function importOrExport(node: LooseNode): LooseNode | null {
  if (node["importKind"] === "type" || node["exportKind"] === "type") return null;
  const declaration = node["declaration"];
  if (isNode(declaration)) {
    const lowered = lower(declaration);
    if (!lowered) return null;
    node["declaration"] = lowered;
    return node;
  }
  const specifiers = node["specifiers"] as LooseNode[] | undefined;
  if (!specifiers || specifiers.length === 0) return node;
  const kept = specifiers.filter((specifier) => specifier["importKind"] !== "type" && specifier["exportKind"] !== "type");
  if (kept.length === 0) return null;
  node["specifiers"] = kept;
  return node;
}

/** import A = B.C */
function importEquals(node: LooseNode): LooseNode | null {
  if (node["importKind"] === "type") return null;
  const reference = node["moduleReference"] as LooseNode;
  if (reference.type === "TSExternalModuleReference") unsupported("'import = require()' is", node);
  const declaration = variable("const", (node["id"] as unknown as ast.Identifier).name, entityName(reference), node);
  return exportedIf(node["isExport"] === true, declaration);
}

function entityName(node: LooseNode): ast.Expression {
  if (node.type === "Identifier") return node as unknown as ast.Identifier;
  return member(entityName(node["left"] as LooseNode), node["right"] as unknown as ast.Identifier, false, node);
}

function exportedIf(isExport: boolean, declaration: ast.VariableDeclaration): LooseNode {
  if (!isExport) return asStatement(declaration);
  const { start, end } = declaration;
  return { type: "ExportNamedDeclaration", declaration, specifiers: [], source: null, attributes: [], start, end };
}

// Enums

/** var E = (E => { E[E["A"] = 0] = "A"; ...; return E; })(E || {}) */
function lowerEnum(node: LooseNode): ast.VariableDeclaration {
  const { name } = node["id"] as unknown as ast.Identifier;
  const body: ast.Statement[] = [];
  const seen = new Set<string>();
  let next: ast.Expression | null = literal(0, node);
  let counter: number | null = 0;
  for (const item of node["members"] as LooseNode[]) {
    const key = item["id"] as unknown as ast.Identifier | ast.Literal;
    const keyText = key.type === "Identifier" ? key.name : String(key.value);
    let value: ast.Expression;
    const initializer = item["initializer"];
    if (isNode(initializer)) {
      value = memberReferences(lower(initializer)!, name, seen) as unknown as ast.Expression;
      counter = numberOf(value);
      next = null;
    } else {
      if (counter === null && next === null) throw new CompileError("Enum member must have an initializer", item.start);
      value = counter === null ? next! : literal(counter, item);
    }
    counter = counter === null ? null : counter + 1;
    const target = member(identifier(name, item), literal(keyText, key), true, item);
    const set = assign(target, value, item);
    // String members have no reverse mapping.
    const isString = (value.type === "Literal" && typeof value.value === "string") || value.type === "TemplateLiteral";
    body.push(statement(isString ? set : assign(member(identifier(name, item), set, true, item), literal(keyText, key), item), item));
    seen.add(keyText);
  }
  body.push(returns(identifier(name, node), node));
  return variable("var", name, call(arrow([identifier(name, node)], body, node), [or(identifier(name, node), emptyObject(node), node)], node), node);
}

function numberOf(node: ast.Expression): number | null {
  if (node.type === "Literal" && typeof node.value === "number") return node.value;
  if (node.type === "UnaryExpression" && (node.operator === "-" || node.operator === "~")) {
    const value = numberOf(node.argument);
    return value === null ? null : node.operator === "-" ? -value : ~value;
  }
  if (node.type === "BinaryExpression" && node.left.type !== "PrivateIdentifier") {
    const a = numberOf(node.left);
    const b = numberOf(node.right);
    if (a === null || b === null) return null;
    switch (node.operator) {
      case "+":
        return a + b;
      case "-":
        return a - b;
      case "*":
        return a * b;
      case "|":
        return a | b;
      case "&":
        return a & b;
      case "<<":
        return a << b;
      case ">>":
        return a >> b;
    }
  }
  return null;
}

/** Names of earlier members in an initialiser mean the members. */
function memberReferences(node: LooseNode, enumName: string, seen: ReadonlySet<string>): LooseNode {
  if (node.type === "Identifier" && seen.has(node["name"] as string)) {
    return member(identifier(enumName, node), literal(node["name"] as string, node), true, node) as unknown as LooseNode;
  }
  if (node.type === "MemberExpression" && node["computed"] !== true) {
    node["object"] = memberReferences(node["object"] as LooseNode, enumName, seen);
    return node;
  }
  rewriteChildren(node, (child) => memberReferences(child, enumName, seen));
  return node;
}

// Namespaces

/** var N = (N => { ...; return N; })(N || {}); exported members become properties of N. `outer` is the namespace it is exported from. */
function namespace(node: LooseNode, outer: string | null): LooseNode | null {
  const body = node["body"];
  if (!isNode(body) || node["global"] === true) return null;
  const { name } = node["id"] as unknown as ast.Identifier;
  const statements: ast.Statement[] = [];
  if (body.type === "TSModuleDeclaration") {
    const inner = namespace(body, name);
    if (!inner) return null;
    statements.push(inner as unknown as ast.Statement);
  } else {
    for (const item of body["body"] as LooseNode[]) namespaceItem(item, name, statements);
    // Nothing but types.
    if (statements.length === 0) return null;
  }
  statements.push(returns(identifier(name, node), node));
  const own = identifier(name, node);
  const existing =
    outer === null
      ? or(own, emptyObject(node), node)
      : or(member(identifier(outer, node), own, false, node), assign(member(identifier(outer, node), own, false, node), emptyObject(node), node), node);
  return asStatement(variable("var", name, call(arrow([identifier(name, node)], statements, node), [existing], node), node));
}

function namespaceItem(item: LooseNode, name: string, into: ast.Statement[]): void {
  if (item.type !== "ExportNamedDeclaration") {
    const lowered = lower(item);
    if (lowered) into.push(lowered as unknown as ast.Statement);
    return;
  }
  if (item["exportKind"] === "type") return;
  const declaration = item["declaration"];
  if (!isNode(declaration)) unsupported("Export lists in a namespace are", item);
  const lowered = (declaration as LooseNode).type === "TSModuleDeclaration" ? namespace(declaration as LooseNode, name) : lower(declaration as LooseNode);
  if (!lowered) return;
  const plain = lowered as unknown as ast.Declaration;
  into.push(plain);
  const names: string[] = [];
  if (plain.type !== "VariableDeclaration") names.push(plain.id.name);
  else {
    if (plain.kind === "let") unsupported("Exported 'let' in a namespace is", item);
    for (const { id } of plain.declarations) {
      if (id.type !== "Identifier") unsupported("Exported patterns in a namespace are", item);
      names.push((id as ast.Identifier).name);
    }
  }
  const after = { start: item.end, end: item.end };
  for (const exported of names)
    into.push(statement(assign(member(identifier(name, after), identifier(exported, after), false, after), identifier(exported, after), after), after));
}

// Classes

/** constructor(private x) {} sets this.x first, or right after super(). */
function parameterProperties(node: LooseNode): void {
  const members = (node["body"] as LooseNode)["body"] as LooseNode[];
  const constructor = members.find(
    (item) => item.type === "MethodDefinition" && item["kind"] === "constructor" && (item["value"] as LooseNode).type === "FunctionExpression",
  );
  if (!constructor) return;
  const fn = constructor["value"] as LooseNode;
  const params = fn["params"] as LooseNode[];
  const sets: ast.Statement[] = [];
  params.forEach((parameter, i) => {
    if (parameter.type !== "TSParameterProperty") return;
    const inner = parameter["parameter"] as LooseNode;
    params[i] = inner;
    const target = (inner.type === "AssignmentPattern" ? inner["left"] : inner) as unknown as ast.Identifier;
    sets.push(
      statement(assign(member(thisExpression(target), identifier(target.name, target), false, target), identifier(target.name, target), target), target),
    );
  });
  if (sets.length === 0) return;
  const body = (fn["body"] as unknown as ast.BlockStatement).body;
  const superCall = body.findIndex(
    (item) => item.type === "ExpressionStatement" && item.expression.type === "CallExpression" && item.expression.callee.type === "Super",
  );
  // `this` there is bound from the super() statement on: their position must say so.
  const after = superCall < 0 ? null : body[superCall]!.end;
  if (after !== null) for (const set of sets) moveTo(set as unknown as LooseNode, after);
  body.splice(superCall + 1, 0, ...sets);
}

function moveTo(node: LooseNode, offset: number): void {
  node.start = node.end = offset;
  rewriteChildren(node, (child) => {
    moveTo(child, offset);
    return child;
  });
}

/** Imports that only types use are not imports at run time, nor are exports of types. */
export function dropUnusedImports(program: ast.Program, scope: Scope): void {
  program.body = program.body.filter((item) => {
    if (item.type === "ImportDeclaration" && item.specifiers.length > 0) {
      item.specifiers = item.specifiers.filter(({ local }) => local.binding!.references > 0);
      return item.specifiers.length > 0;
    }
    if (item.type === "ExportNamedDeclaration" && !item.source && !item.declaration && item.specifiers.length > 0) {
      item.specifiers = item.specifiers.filter(({ local }) => local.type !== "Identifier" || scope.bindings.has(local.name));
    }
    return true;
  });
}
