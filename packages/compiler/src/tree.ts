/** Makes plain syntax trees, for what TypeScript and JSX are lowered to. Nodes take the source range of what they stand for. */
import type * as ast from "acorn";

/** A node of any type, seen as its fields; for passes over trees whose plugin nodes have no types of their own. */
export interface LooseNode {
  type: string;
  start: number;
  end: number;
  [field: string]: unknown;
}

export const isNode = (value: unknown): value is LooseNode =>
  typeof value === "object" && value !== null && typeof (value as { type?: unknown }).type === "string";

type Range = { readonly start: number; readonly end: number };
const range = ({ start, end }: Range): Range => ({ start, end });

export const identifier = (name: string, at: Range): ast.Identifier => ({ type: "Identifier", name, ...range(at) });
export const literal = (value: string | number | boolean | null, at: Range): ast.Literal => ({
  type: "Literal",
  value,
  raw: JSON.stringify(value),
  ...range(at),
});
export const member = (object: ast.Expression, property: ast.Expression, computed: boolean, at: Range): ast.MemberExpression => ({
  type: "MemberExpression",
  object,
  property,
  computed,
  optional: false,
  ...range(at),
});
export const assign = (left: ast.Pattern, right: ast.Expression, at: Range): ast.AssignmentExpression => ({
  type: "AssignmentExpression",
  operator: "=",
  left,
  right,
  ...range(at),
});
export const call = (callee: ast.Expression, args: (ast.Expression | ast.SpreadElement)[], at: Range): ast.CallExpression => ({
  type: "CallExpression",
  callee,
  arguments: args,
  optional: false,
  ...range(at),
});
export const statement = (expression: ast.Expression, at: Range): ast.ExpressionStatement => ({ type: "ExpressionStatement", expression, ...range(at) });
export const variable = (kind: "var" | "const", name: string, init: ast.Expression, at: Range): ast.VariableDeclaration => ({
  type: "VariableDeclaration",
  kind,
  declarations: [{ type: "VariableDeclarator", id: identifier(name, at), init, ...range(at) }],
  ...range(at),
});
export const arrow = (params: ast.Pattern[], body: ast.Statement[], at: Range): ast.ArrowFunctionExpression => ({
  type: "ArrowFunctionExpression",
  id: null,
  params,
  body: { type: "BlockStatement", body, ...range(at) },
  expression: false,
  async: false,
  generator: false,
  ...range(at),
});
export const returns = (argument: ast.Expression, at: Range): ast.ReturnStatement => ({ type: "ReturnStatement", argument, ...range(at) });
export const or = (left: ast.Expression, right: ast.Expression, at: Range): ast.LogicalExpression => ({
  type: "LogicalExpression",
  operator: "||",
  left,
  right,
  ...range(at),
});
export const emptyObject = (at: Range): ast.ObjectExpression => ({ type: "ObjectExpression", properties: [], ...range(at) });
export const thisExpression = (at: Range): ast.ThisExpression => ({ type: "ThisExpression", ...range(at) });

/** Rewrites every node below `node`, innermost last; `visit` returns the replacement, or null to drop an element of a list. */
export function rewriteChildren(node: LooseNode, visit: (child: LooseNode) => LooseNode | null): void {
  for (const field in node) {
    const value = node[field];
    if (typeof value !== "object" || value === null || field === "loc") continue;
    if (Array.isArray(value)) {
      let kept = 0;
      for (const item of value) {
        const replacement: unknown = isNode(item) ? visit(item) : item;
        if (replacement !== null || item === null) value[kept++] = replacement;
      }
      value.length = kept;
    } else if (isNode(value)) node[field] = visit(value);
  }
}
