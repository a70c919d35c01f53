/**
 * JSX to calls of the library's own runtime: tags become templates (jsx-template.ts), `<C b={c}>d</C>` becomes `__jsxComponent(C, { b: c, children: "d" })`, and what
 * is neither, `__jsx("a", { ...b }, "d")`. A comment `@jsx h` (and `@jsxFrag F`) names another factory, of which all are calls as of `__jsx`; a comment
 * `@jsxImportSource` the automatic runtime of a package.
 */
import type * as ast from "acorn";
import { CompileError } from "./diagnostics.ts";
import { type Template, templateArguments, templateOf } from "./jsx-template.ts";
import { call, identifier, literal, member, rewriteChildren, type LooseNode } from "./tree.ts";

interface Runtime {
  readonly factory: string;
  readonly fragment: string;
  /** Children go into props, as the automatic runtime has it. */
  readonly childrenInProps: boolean;
  /** Of the library's own: templates by the calls that they are. */
  readonly templates?: WeakMap<object, Template>;
}

/** Lowers every JSX expression of the program in place. */
export function lowerJsx(program: ast.Program, source: string): void {
  const pragma = (name: string): string | undefined => new RegExp(`@${name}\\s+([\\w$./@-]+)`).exec(source)?.[1];
  const importSource = source.includes("@jsxImportSource") ? pragma("jsxImportSource") : undefined;
  const runtime: Runtime =
    importSource !== undefined
      ? { factory: "_jsx", fragment: "_Fragment", childrenInProps: true }
      : {
          factory: pragma("jsx") ?? "__jsx",
          fragment: pragma("jsxFrag") ?? "__jsxFragment",
          childrenInProps: false,
          ...(pragma("jsx") === undefined && pragma("jsxFrag") === undefined ? { templates: new WeakMap() } : {}),
        };
  let used = false;
  const visit = (node: LooseNode): LooseNode => {
    rewriteChildren(node, visit);
    if (node.type !== "JSXElement" && node.type !== "JSXFragment") return node;
    used = true;
    return element(node, runtime) as unknown as LooseNode;
  };
  rewriteChildren(program as unknown as LooseNode, visit);
  if (!used || importSource === undefined) return;
  const at = { start: 0, end: 0 };
  const specifier = (imported: string, local: string): ast.ImportSpecifier => ({
    type: "ImportSpecifier",
    imported: identifier(imported, at),
    local: identifier(local, at),
    ...at,
  });
  program.body.unshift({
    type: "ImportDeclaration",
    specifiers: [specifier("jsx", "_jsx"), specifier("Fragment", "_Fragment")],
    source: literal(`${importSource}/jsx-runtime`, at),
    attributes: [],
    ...at,
  });
}

/** A dotted name in scope. */
function dotted(name: string, at: ast.Node): ast.Expression {
  return name
    .split(".")
    .reduce<ast.Expression | null>((object, part) => (object ? member(object, identifier(part, at), false, at) : identifier(part, at)), null)!;
}

/** Children and attributes of the node have been lowered already. */
function element(node: LooseNode, runtime: Runtime): ast.CallExpression {
  const opening = node["openingElement"] as LooseNode | undefined;
  const type = opening ? elementType(opening["name"] as LooseNode) : dotted(runtime.fragment, node);
  const attributes = opening ? (opening["attributes"] as LooseNode[]) : [];
  const properties = attributes.map(attribute);
  const children = (node["children"] as LooseNode[]).flatMap(child);
  const props = (): ast.ObjectExpression => ({ type: "ObjectExpression", properties, start: node.start, end: node.end });
  const own = runtime.templates;
  if (own) {
    const tag = opening && type.type === "Literal" ? (type.value as string) : undefined;
    const template = tag !== undefined || !opening ? templateOf(tag, properties, children, own) : undefined;
    if (template) {
      const made = call(identifier("__jsxTemplate", node), templateArguments(template, node), node);
      own.set(made, template);
      return made;
    }
    if (tag === undefined && opening) {
      addChildren(properties, children, node);
      return call(identifier("__jsxComponent", node), [type, props()], node);
    }
  }
  if (runtime.childrenInProps) {
    let key: ast.Expression | null = null;
    const index = properties.findIndex((property) => property.type === "Property" && property.key.type === "Literal" && property.key.value === "key");
    if (index >= 0) key = (properties.splice(index, 1)[0] as ast.Property).value;
    addChildren(properties, children, node);
    return call(dotted(runtime.factory, node), key ? [type, props(), key] : [type, props()], node);
  }
  return call(dotted(runtime.factory, node), [type, properties.length > 0 ? props() : literal(null, node), ...children], node);
}

/** Children as a property: the only one, or an array. */
function addChildren(properties: (ast.Property | ast.SpreadElement)[], children: (ast.Expression | ast.SpreadElement)[], at: ast.Node): void {
  if (children.length === 0) return;
  const only = children[0]!;
  const value: ast.Expression =
    children.length === 1 && only.type !== "SpreadElement" ? only : { type: "ArrayExpression", elements: children, start: at.start, end: at.end };
  properties.push(property("children", value, at));
}

/** Lower-case and dashed names are strings, others are references. */
function elementType(name: LooseNode): ast.Expression {
  if (name.type === "JSXIdentifier") {
    const text = name["name"] as string;
    if (text === "this") return { type: "ThisExpression", start: name.start, end: name.end };
    return /^[a-z]/.test(text) || text.includes("-") ? literal(text, name) : identifier(text, name);
  }
  if (name.type === "JSXNamespacedName") return literal(namespacedName(name), name);
  const object = name["object"] as LooseNode;
  const target = object.type === "JSXIdentifier" && object["name"] !== "this" ? identifier(object["name"] as string, object) : elementType(object);
  const key = name["property"] as LooseNode;
  return member(target, identifier(key["name"] as string, key), false, name);
}

function namespacedName(node: LooseNode): string {
  return `${(node["namespace"] as LooseNode)["name"] as string}:${(node["name"] as LooseNode)["name"] as string}`;
}

const property = (name: string, value: ast.Expression, at: ast.Node): ast.Property => ({
  type: "Property",
  key: literal(name, at),
  value,
  kind: "init",
  method: false,
  shorthand: false,
  computed: name === "__proto__",
  start: at.start,
  end: at.end,
});

function attribute(node: LooseNode): ast.Property | ast.SpreadElement {
  const { start, end } = node;
  if (node.type === "JSXSpreadAttribute") return { type: "SpreadElement", argument: node["argument"] as unknown as ast.Expression, start, end };
  const name = node["name"] as LooseNode;
  const text = name.type === "JSXNamespacedName" ? namespacedName(name) : (name["name"] as string);
  const value = node["value"] as LooseNode | null;
  if (!value) return property(text, literal(true, node), node);
  if (value.type === "JSXExpressionContainer") return property(text, expressionOf(value), node);
  return property(text, value as unknown as ast.Expression, node);
}

function expressionOf(container: LooseNode): ast.Expression {
  const expression = container["expression"] as LooseNode;
  if (expression.type === "JSXEmptyExpression") throw new CompileError("JSX attributes must not be empty expressions", container.start);
  return expression as unknown as ast.Expression;
}

function child(node: LooseNode): (ast.Expression | ast.SpreadElement)[] {
  switch (node.type) {
    case "JSXText": {
      const text = cleanText(node["value"] as string);
      return text === "" ? [] : [literal(text, node)];
    }
    case "JSXExpressionContainer":
      return (node["expression"] as LooseNode).type === "JSXEmptyExpression" ? [] : [expressionOf(node)];
    case "JSXSpreadChild":
      return [{ type: "SpreadElement", argument: node["expression"] as unknown as ast.Expression, start: node.start, end: node.end }];
    default:
      return [node as unknown as ast.Expression];
  }
}

/** Line breaks with the white space around them vanish, or are one space between words. */
function cleanText(text: string): string {
  const lines = text.split(/\r\n|\n|\r/);
  const kept: string[] = [];
  lines.forEach((line, i) => {
    let part = line.replaceAll("\t", " ");
    if (i > 0) part = part.replace(/^ +/, "");
    if (i < lines.length - 1) part = part.replace(/ +$/, "");
    if (part !== "") kept.push(part);
  });
  return kept.join(" ");
}
