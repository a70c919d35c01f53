"use client";
import type { FrameKind, StartTrace } from "@zerostart/protocol";
import { Search, ZoomOut } from "lucide-react";
import { useMemo, useRef, useState, type KeyboardEvent } from "react";
import { cn } from "../../../lib/cn.ts";
import { formatNs, formatPercent } from "../../../lib/format.ts";
import { useWidth } from "../../../lib/use-width.ts";
import { Button } from "../../../ui/button.tsx";
import { phaseLabel } from "../../cold-starts/components/phases.tsx";
import { nsPerSample } from "../helpers/compare.ts";
import { findNode, flameBoxes, flameTree, matchedSamples, matches, type FlameNode } from "../helpers/flame.ts";
import { functionKinds, kindColor, kindLabel, kindTint } from "../helpers/kinds.ts";

const rowPx = 21;
/** A narrower box shows nothing and cannot be hit. */
const leastPx = 2;

type Props = {
  trace: StartTrace;
  /** The node that fills the width; "" for all. */
  focus: string;
  onFocus: (id: string) => void;
  search: string;
  onSearch: (text: string) => void;
  hidden: FrameKind[];
  onHidden: (kinds: FrameKind[]) => void;
};

const shown = (node: FlameNode) => (node.depth === 1 ? phaseLabel(node.name) : node.name);

/** Where the processor was: callers above what they call, as wide as the samples in which they ran. */
export function FlameGraph({ trace, focus, onFocus, search, onSearch, hidden, onHidden }: Props) {
  const hiddenKey = hidden.join();
  const root = useMemo(() => flameTree(trace, new Set(hiddenKey === "" ? [] : (hiddenKey.split(",") as FrameKind[]))), [trace, hiddenKey]);
  const focused = findNode(root, focus) ?? root;
  const { ref, width } = useWidth<HTMLDivElement>(1_000);
  const boxes = useMemo(() => flameBoxes(focused, leastPx / Math.max(1, width)), [focused, width]);
  const [active, setActive] = useState<string>();
  const [hovered, setHovered] = useState<FlameNode>();
  const items = useRef(new Map<string, HTMLDivElement>());
  const depth = Math.max(...boxes.map((b) => b.node.depth)) + 1;
  const current = boxes.find((b) => b.node.id === active)?.node ?? focused;
  const detail = hovered ?? current;
  const matched = matchedSamples(root, search);

  const go = (node: FlameNode | undefined) => {
    if (!node || !boxes.some((b) => b.node === node)) return;
    setActive(node.id);
    items.current.get(node.id)?.focus({ preventScroll: false });
  };
  const onKey = (event: KeyboardEvent, node: FlameNode) => {
    const visible = (candidates: FlameNode[]) => candidates.filter((c) => boxes.some((b) => b.node === c));
    const siblings = node.parent ? visible(node.parent.children) : [node];
    const at = siblings.indexOf(node);
    const steps: Record<string, () => void> = {
      ArrowDown: () => go(visible(node.children)[0]),
      ArrowUp: () => go(node.parent),
      ArrowRight: () => go(siblings[at + 1]),
      ArrowLeft: () => go(siblings[at - 1]),
      Home: () => go(root),
      Enter: () => onFocus(node.id),
      " ": () => onFocus(node.id),
      Escape: () => onFocus(""),
    };
    const step = steps[event.key];
    if (!step || event.metaKey || event.ctrlKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    step();
  };
  return (
    <div className="flex flex-col gap-3">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <label className="relative block w-full sm:w-64">
          <span className="sr-only">Search functions</span>
          <Search aria-hidden className="pointer-events-none absolute top-2 left-2.5 size-4 text-muted" />
          <input
            type="search"
            value={search}
            onChange={(e) => onSearch(e.target.value)}
            placeholder="Search functions"
            className="h-8 w-full rounded-md border border-line-strong/50 bg-surface pr-2 pl-8 text-[13px]"
          />
        </label>
        <KindToggles hidden={hidden} onHidden={onHidden} />
        <Button size="sm" className="ml-auto" disabled={focused === root} onClick={() => onFocus("")}>
          <ZoomOut /> Whole start
        </Button>
      </div>
      <Detail node={detail} root={root} focused={focused} trace={trace} search={search} matched={matched} />
      <div
        ref={ref}
        role="tree"
        aria-label="Flame graph: callers above what they call"
        className="relative overflow-hidden"
        style={{ height: depth * rowPx }}
        onMouseLeave={() => setHovered(undefined)}
      >
        {boxes.map(({ node, left, width: share }) => {
          const isMatch = matches(node, search);
          return (
            <div
              key={node.id}
              ref={(element) => {
                if (element) items.current.set(node.id, element);
                else items.current.delete(node.id);
              }}
              role="treeitem"
              aria-level={node.depth + 1}
              aria-selected={node === focused}
              aria-expanded={node.children.length > 0 ? true : undefined}
              aria-label={`${shown(node)}${node.depth > 1 ? `, ${kindLabel(node.kind)}` : ""}, ${formatPercent(root.total ? node.total / root.total : 0)} of samples`}
              tabIndex={node === current ? 0 : -1}
              onClick={() => {
                setActive(node.id);
                onFocus(node.id);
              }}
              onFocus={() => setActive(node.id)}
              onMouseEnter={() => setHovered(node)}
              onKeyDown={(e) => onKey(e, node)}
              className={cn(
                "absolute cursor-pointer truncate rounded-[3px] border border-surface px-1 text-[11px] leading-[19px] text-fg select-none focus-visible:z-10 focus-visible:outline-offset-[-2px]",
                node.kind === "handler" && "font-semibold",
                isMatch && "z-[1] ring-2 ring-fg ring-inset",
                focused.depth > node.depth && "italic",
              )}
              style={{ left: `${left * 100}%`, width: `${share * 100}%`, top: node.depth * rowPx, height: rowPx, background: kindTint(node.kind) }}
            >
              {share * width > 24 ? shown(node) : ""}
            </div>
          );
        })}
      </div>
    </div>
  );
}

/** A legend whose entries can be switched off: what they ran counts for their callers then. */
function KindToggles({ hidden, onHidden }: { hidden: FrameKind[]; onHidden: (kinds: FrameKind[]) => void }) {
  return (
    <div role="group" aria-label="Functions shown" className="flex flex-wrap gap-1.5">
      {functionKinds.map(({ kind, label, what }) => {
        const isShown = !hidden.includes(kind);
        return (
          <button
            key={kind}
            type="button"
            aria-pressed={isShown}
            title={`${what}; ${isShown ? "press to hide" : "hidden, press to show"}`}
            onClick={() => onHidden(isShown ? [...hidden, kind] : hidden.filter((k) => k !== kind))}
            className={cn("inline-flex h-7 items-center gap-1.5 rounded-full border px-2.5 text-xs hover:bg-raised", !isShown && "text-muted line-through")}
          >
            <span aria-hidden className="size-2.5 rounded-[3px]" style={{ background: isShown ? kindColor(kind) : "var(--raised)" }} />
            {label}
          </button>
        );
      })}
    </div>
  );
}

type DetailProps = { node: FlameNode; root: FlameNode; focused: FlameNode; trace: StartTrace; search: string; matched: number };

function Detail({ node, root, focused, trace, search, matched }: DetailProps) {
  const unit = nsPerSample(trace);
  const share = (n: number) => formatPercent(root.total ? n / root.total : 0);
  return (
    <div className="flex min-h-14 flex-wrap items-baseline justify-between gap-x-6 gap-y-1 rounded-md bg-raised px-3 py-2 text-[13px]">
      <p className="min-w-0 flex-1 basis-60 break-words">
        <span aria-hidden className="mr-2 inline-block size-2.5 rounded-[3px]" style={{ background: kindColor(node.kind) }} />
        <strong className="font-semibold">{shown(node)}</strong>
        {node.depth > 1 && <span className="text-muted"> {kindLabel(node.kind).toLowerCase()}</span>}
        {node.file && <span className="font-mono text-xs text-muted"> {node.file}</span>}
        {search !== "" && (
          <span className="block text-muted" role="status">
            {matched === 0 ? `Nothing matches “${search}”.` : `“${search}” is in ${share(matched)} of the samples.`}
          </span>
        )}
      </p>
      <dl className="tnum flex flex-wrap gap-x-5 gap-y-0.5">
        {[
          ["Total", `${share(node.total)}, ${formatNs(node.total * unit)} a start`],
          ["Self", `${share(node.self)}, ${formatNs(node.self * unit)}`],
          ["Samples", `${node.total}${focused !== root && focused.total > 0 ? ` (${formatPercent(node.total / focused.total)} of what is shown)` : ""}`],
        ].map(([name, value]) => (
          <div key={name} className="flex gap-1.5">
            <dt className="text-muted">{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
