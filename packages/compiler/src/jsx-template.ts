/**
 * Elements of tags whose names are known, as one text with marks where values go: `<a b={c}>d {e}</a>` is `__jsxTemplate("<a\x01b\x02>d \x01\x01</a>", c, e)`. Elements in
 * elements become one template, so a page is rendered by a few calls. What the text says has been escaped here; lib/web/jsx.ts of the VM has the marks' meaning.
 */
import type * as ast from "acorn";
import { literal } from "./tree.ts";

export interface Template {
  text: string;
  values: ast.Expression[];
}

/** Values are arguments of one call, in as many registers. */
const valuesMax = 48;
const voidElements = new Set("area base br col embed hr img input link meta param source track wbr".split(" "));
const entities: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
const escape = (text: string) => text.replace(/[&<>"']/g, (c) => entities[c]!);
const hasMark = (text: string) => /[\x01\x02]/.test(text);

/**
 * The template of an element, or undefined where it must be decided at run time. `tag` undefined: a fragment. Properties and children are lowered already;
 * `templates` holds those of elements among the children.
 */
export function templateOf(
  tag: string | undefined,
  properties: readonly (ast.Property | ast.SpreadElement)[],
  children: readonly (ast.Expression | ast.SpreadElement)[],
  templates: WeakMap<object, Template>,
): Template | undefined {
  const template: Template = { text: "", values: [] };
  if (tag !== undefined) {
    template.text = `<${tag}`;
    const names = new Set<string>();
    for (const property of properties) {
      if (property.type !== "Property" || property.key.type !== "Literal") return undefined;
      const name = property.key.value as string;
      if (names.has(name) || name === "children" || name === "dangerouslySetInnerHTML" || name === "__proto__") return undefined;
      names.add(name);
      if (!addAttribute(template, name, property.value)) return undefined;
    }
    template.text += ">";
    if (voidElements.has(tag)) return children.length === 0 ? template : undefined;
  }
  for (const child of children) {
    if (child.type === "SpreadElement") return undefined;
    const text = child.type === "Literal" ? child.value : undefined;
    const inner = templates.get(child);
    if (typeof text === "string") {
      if (hasMark(text)) return undefined;
      template.text += escape(text);
    } else if (inner && template.values.length + inner.values.length <= valuesMax) {
      template.text += inner.text;
      template.values.push(...inner.values);
    } else {
      template.text += "\x01\x01";
      template.values.push(child);
    }
  }
  if (tag !== undefined) template.text += `</${tag}>`;
  return template.values.length <= 2 * valuesMax ? template : undefined;
}

/** False: only at run time. */
function addAttribute(template: Template, name: string, value: ast.Expression): boolean {
  const constant = value.type === "Literal" ? value.value : undefined;
  if (name === "key" || name === "ref") {
    if (constant !== undefined) return true;
    template.text += "\x01\x02";
    template.values.push(value);
    return true;
  }
  const shown = name === "className" ? "class" : name === "htmlFor" ? "for" : name;
  const inWords = /^(?:aria|data)-/.test(shown);
  if (typeof constant === "string") {
    if (hasMark(constant)) return false;
    template.text += ` ${shown}="${escape(constant)}"`;
  } else if (constant === true) {
    template.text += inWords ? ` ${shown}="true"` : ` ${shown}`;
  } else {
    template.text += `\x01${shown}\x02`;
    template.values.push(value);
  }
  return true;
}

export const templateArguments = ({ text, values }: Template, at: ast.Node): ast.Expression[] => [literal(text, at), ...values];
