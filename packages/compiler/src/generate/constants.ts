/** Constant folding over literals. */
import type * as ast from "acorn";

/** A known primitive; wrapped, so that undefined means "not constant". */
export interface Known {
  readonly value: string | number | boolean | null | undefined;
}

/** The value of an expression made of literals alone. Results that depend on an engine's mathematics (**) are not folded. */
export function constantOf(node: ast.Expression | ast.PrivateIdentifier | ast.Super): Known | undefined {
  switch (node.type) {
    case "Literal":
      if (node.regex || (node.bigint !== undefined && node.bigint !== null)) return undefined;
      return { value: node.value as string | number | boolean | null };
    case "TemplateLiteral": {
      const only = node.quasis[0]!.value.cooked;
      return node.expressions.length === 0 && typeof only === "string" ? { value: only } : undefined;
    }
    case "UnaryExpression": {
      if (node.operator === "delete" || node.operator === "typeof") return undefined;
      const known = constantOf(node.argument);
      if (!known) return undefined;
      const value = known.value;
      switch (node.operator) {
        case "void":
          return { value: undefined };
        case "!":
          return { value: !value };
        case "-":
          return typeof value === "number" ? { value: -value } : undefined;
        case "+":
          return typeof value === "number" ? known : undefined;
        case "~":
          return typeof value === "number" ? { value: ~value } : undefined;
      }
      return undefined;
    }
    case "BinaryExpression": {
      const left = constantOf(node.left);
      const right = left && constantOf(node.right);
      return right && foldBinary(node.operator, left.value, right.value);
    }
    case "ParenthesizedExpression":
      return constantOf(node.expression);
    default:
      return undefined;
  }
}

export function foldBinary(operator: ast.BinaryOperator, a: Known["value"], b: Known["value"]): Known | undefined {
  if (operator === "+" && (typeof a === "string" || typeof b === "string")) {
    if ((typeof a === "string" || typeof a === "number") && (typeof b === "string" || typeof b === "number")) return { value: `${a}${b}` };
    return undefined;
  }
  if (typeof a !== "number" || typeof b !== "number") return undefined;
  switch (operator) {
    case "+":
      return { value: a + b };
    case "-":
      return { value: a - b };
    case "*":
      return { value: a * b };
    case "/":
      return { value: a / b };
    case "%":
      return { value: a % b };
    case "|":
      return { value: a | b };
    case "&":
      return { value: a & b };
    case "^":
      return { value: a ^ b };
    case "<<":
      return { value: a << b };
    case ">>":
      return { value: a >> b };
    case ">>>":
      return { value: a >>> b };
    default:
      return undefined;
  }
}

/** Canonical array index, as property keys have: "0" to "4294967294". */
export function isArrayIndex(key: string): boolean {
  if (key.length === 0 || key.length > 10) return false;
  const first = key.charCodeAt(0);
  if (first < 48 || first > 57 || (first === 48 && key.length > 1)) return false;
  for (let i = 1; i < key.length; i++) {
    const unit = key.charCodeAt(i);
    if (unit < 48 || unit > 57) return false;
  }
  return Number(key) < 4294967295;
}

/** Property name of a literal key or non-computed name; undefined when it is computed. */
export function staticKey(node: { readonly key: ast.Expression | ast.PrivateIdentifier; readonly computed: boolean }): string | undefined {
  const { key } = node;
  if (!node.computed && key.type === "Identifier") return key.name;
  if (key.type !== "Literal") return undefined;
  if (key.bigint) return BigInt(key.bigint).toString();
  if (typeof key.value === "string" || typeof key.value === "number") return String(key.value);
  return undefined;
}

/** Functions and classes without a name of their own take that of what they are assigned to. */
export function isAnonymousFunction(node: ast.Expression): boolean {
  switch (node.type) {
    case "ArrowFunctionExpression":
      return true;
    case "FunctionExpression":
    case "ClassExpression":
      return !node.id;
    case "ParenthesizedExpression":
      return isAnonymousFunction(node.expression);
    default:
      return false;
  }
}

/** Its code writes the destination by its last instruction only, after everything it reads. */
export function writesLast(node: ast.Expression): boolean {
  switch (node.type) {
    case "Identifier":
    case "Literal":
    case "BinaryExpression":
    case "CallExpression":
    case "NewExpression":
    case "MemberExpression":
    case "ArrowFunctionExpression":
    case "FunctionExpression":
    case "ThisExpression":
    case "AwaitExpression":
      return true;
    case "UnaryExpression":
      return node.operator !== "delete" && node.operator !== "!";
    case "ConditionalExpression":
      return writesLast(node.consequent) && writesLast(node.alternate);
    case "ParenthesizedExpression":
      return writesLast(node.expression);
    default:
      return false;
  }
}
