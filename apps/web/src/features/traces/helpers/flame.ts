/** A flame graph's tree: stacks of all samples merged from the outermost function inwards. */
import type { FrameKind, StartTrace } from "@zerostart/protocol";

export type FlameNode = {
  /** The frames on the way to it, as indices joined by dots; "" is all. Stays the same as long as the trace does, so it goes into links. */
  id: string;
  name: string;
  kind: FrameKind;
  file: string | undefined;
  depth: number;
  /** Samples in which it was on the stack, and in which it ran itself. */
  total: number;
  self: number;
  parent: FlameNode | undefined;
  children: FlameNode[];
};

/** @param hidden kinds that are left out: what ran in them counts for who called */
export function flameTree(trace: Pick<StartTrace, "frames" | "samples" | "reference">, hidden: ReadonlySet<FrameKind> = new Set()): FlameNode {
  const root: FlameNode = { id: "", name: "all starts", kind: "phase", file: undefined, depth: 0, total: 0, self: 0, parent: undefined, children: [] };
  const nodes = new Map<string, FlameNode>([["", root]]);
  for (const { frames, count } of trace.samples.stacks) {
    let node = root;
    root.total += count;
    for (const index of frames) {
      const frame = trace.frames[index];
      if (!frame || hidden.has(frame.kind)) continue;
      const id = node.id === "" ? String(index) : `${node.id}.${index}`;
      let next = nodes.get(id);
      if (!next) {
        next = { id, name: frame.name, kind: frame.kind, file: frame.file, depth: node.depth + 1, total: 0, self: 0, parent: node, children: [] };
        nodes.set(id, next);
        node.children.push(next);
      }
      next.total += count;
      node = next;
    }
    node.self += count;
  }
  const phaseAt = new Map<string, number>(trace.reference.phases.map((p, i) => [p.phase, i]));
  root.children.sort((a, b) => (phaseAt.get(a.name) ?? Infinity) - (phaseAt.get(b.name) ?? Infinity));
  for (const node of nodes.values()) if (node !== root) node.children.sort((a, b) => b.total - a.total || a.name.localeCompare(b.name));
  return root;
}

export function findNode(root: FlameNode, id: string): FlameNode | undefined {
  let node: FlameNode | undefined = root;
  for (let end = id.indexOf("."); id !== "" && node && node.id !== id; end = id.indexOf(".", end + 1)) {
    const prefix: string = end < 0 ? id : id.slice(0, end);
    node = node.children.find((child) => child.id === prefix);
    if (end < 0) break;
  }
  return node;
}

export type FlameBox = { node: FlameNode; /** Shares of the whole width. */ left: number; width: number };

/** Boxes from the root down: those on the way to `focus` over the whole width, it and what is in it by their samples. Narrower ones than `least` are left out. */
export function flameBoxes(focus: FlameNode, least: number): FlameBox[] {
  const boxes: FlameBox[] = [];
  for (let node = focus.parent; node; node = node.parent) boxes.unshift({ node, left: 0, width: 1 });
  const place = (node: FlameNode, left: number) => {
    const width = focus.total === 0 ? 1 : node.total / focus.total;
    if (width < least) return;
    boxes.push({ node, left, width });
    let at = left;
    for (const child of node.children) {
      place(child, at);
      at += child.total / Math.max(1, focus.total);
    }
  };
  place(focus, 0);
  return boxes;
}

/** Does the name or file have the text? Case does not matter. */
export const matches = (node: { name: string; file?: string | undefined }, search: string): boolean =>
  search !== "" && `${node.name} ${node.file ?? ""}`.toLowerCase().includes(search.toLowerCase());

/** Samples in which a function that matches was on the stack, each once. */
export function matchedSamples(root: FlameNode, search: string): number {
  if (search === "") return 0;
  const count = (node: FlameNode): number => (matches(node, search) ? node.total : node.children.reduce((sum, child) => sum + count(child), 0));
  return count(root);
}
