"use client";
import type { FrameKind, StartTrace } from "@zerostart/protocol";
import { ZoomIn, ZoomOut } from "lucide-react";
import { useMemo, useRef, useState, type KeyboardEvent, type PointerEvent } from "react";
import { formatNs, nsScale } from "../../../lib/format.ts";
import { useWidth } from "../../../lib/use-width.ts";
import { Button } from "../../../ui/button.tsx";
import { phaseColor, phaseLabel } from "../../cold-starts/components/phases.tsx";
import { kindColor, kindLabel } from "../helpers/kinds.ts";
import { sampleBins, stackOrder, ticks, timelineEvents, type Bin, type TimelineEvent } from "../helpers/timeline.ts";

const labelPx = 176;
const axisPx = 22;
const phasePx = 26;
const lanePx = 20;
const samplesPx = 72;
const leastSpanNs = 2_000;

export type Span = { fromNs: number; toNs: number };
type Props = {
  trace: StartTrace;
  /** Undefined: the whole start. */
  span: Span | undefined;
  onSpan: (span: Span | undefined) => void;
  selectedId: string | undefined;
  onSelect: (id: string | undefined) => void;
};

/** Phases, system calls, page faults and the processor's samples on one time axis. */
export function TraceTimeline({ trace, span, onSpan, selectedId, onSelect }: Props) {
  const { totalNs, phases } = trace.reference;
  const { fromNs, toNs } = span ?? { fromNs: 0, toNs: totalNs };
  const { ref, width } = useWidth<HTMLDivElement>(1_000);
  const isNarrow = width < 560;
  const left = isNarrow ? 0 : labelPx;
  const plot = Math.max(120, width - left - 4);
  const x = (ns: number) => left + ((ns - fromNs) / (toNs - fromNs)) * plot;
  const isSeen = (from: number, to: number) => to >= fromNs && from <= toNs;
  const events = useMemo(() => timelineEvents(trace), [trace]);
  const lanes = useMemo(() => [...new Set(events.map((e) => e.lane))], [events]);
  const bins = useMemo(() => sampleBins(trace, fromNs, toNs, Math.max(20, Math.floor(plot / 8))), [trace, fromNs, toNs, plot]);
  const [hovered, setHovered] = useState<TimelineEvent | Bin>();
  const [drag, setDrag] = useState<{ from: number; to: number }>();
  const items = useRef(new Map<string, SVGGElement>());
  const selected = events.find((e) => e.id === selectedId);
  const roving = selected && isSeen(selected.atNs, selected.atNs + selected.ns) ? selected.id : events.find((e) => isSeen(e.atNs, e.atNs + e.ns))?.id;
  const { unit, divisor } = nsScale(toNs);
  const laneTop = (i: number) => axisPx + phasePx + i * (lanePx + (isNarrow ? 14 : 0));
  const samplesTop = laneTop(lanes.length) + 10;
  const height = samplesTop + samplesPx + (isNarrow ? 18 : 6);
  const most = Math.max(1, ...bins.map((b) => b.total));

  const zoom = (factor: number) => {
    const middle = selected ? selected.atNs : (fromNs + toNs) / 2;
    const half = Math.max(leastSpanNs, (toNs - fromNs) * factor) / 2;
    const next = { fromNs: Math.max(0, middle - half), toNs: Math.min(totalNs, middle + half) };
    onSpan(next.toNs - next.fromNs >= totalNs * 0.999 ? undefined : next);
  };
  const move = (event: TimelineEvent | undefined) => {
    if (!event) return;
    onSelect(event.id);
    items.current.get(event.id)?.focus();
  };
  const onKey = (key: KeyboardEvent, event: TimelineEvent) => {
    const inLane = (lane: string | undefined) => events.filter((e) => e.lane === lane && isSeen(e.atNs, e.atNs + e.ns));
    const own = inLane(event.lane);
    const nearest = (list: TimelineEvent[]) => list.toSorted((a, b) => Math.abs(a.atNs - event.atNs) - Math.abs(b.atNs - event.atNs))[0];
    const lane = lanes.indexOf(event.lane);
    const steps: Record<string, () => void> = {
      ArrowRight: () => move(own[own.indexOf(event) + 1]),
      ArrowLeft: () => move(own[own.indexOf(event) - 1]),
      ArrowDown: () => move(nearest(inLane(lanes[lane + 1]))),
      ArrowUp: () => move(nearest(inLane(lanes[lane - 1]))),
      Enter: () => onSelect(event.id),
      " ": () => onSelect(event.id),
      "+": () => zoom(0.5),
      "-": () => zoom(2),
      Escape: () => onSpan(undefined),
    };
    const step = steps[key.key];
    if (!step || key.metaKey || key.ctrlKey || key.altKey) return;
    key.preventDefault();
    key.stopPropagation();
    step();
  };
  const nsAt = (e: PointerEvent<SVGRectElement>) => {
    const box = e.currentTarget.ownerSVGElement!.getBoundingClientRect();
    return Math.min(toNs, Math.max(fromNs, fromNs + ((e.clientX - box.left - left) / plot) * (toNs - fromNs)));
  };
  return (
    <div className="flex flex-col gap-3">
      <div className="flex flex-wrap items-center justify-between gap-2 text-[13px]">
        <p className="text-muted">
          {formatNs(fromNs)} to {formatNs(toNs)}
          {span ? ` of ${formatNs(totalNs)}` : ""}. Drag, or choose a phase, to look closer.
        </p>
        <div className="flex gap-1.5">
          <Button size="icon" aria-label="Look closer" onClick={() => zoom(0.5)}>
            <ZoomIn />
          </Button>
          <Button size="icon" aria-label="Look from further away" disabled={!span} onClick={() => zoom(2)}>
            <ZoomOut />
          </Button>
          <Button size="sm" disabled={!span} onClick={() => onSpan(undefined)}>
            Whole start
          </Button>
        </div>
      </div>
      <div ref={ref} onMouseLeave={() => setHovered(undefined)}>
        <svg role="group" aria-label={`Timeline of a start of ${formatNs(totalNs)}`} width={width} height={height} className="block text-[11px] select-none">
          <defs>
            <clipPath id="timeline-plot">
              <rect x={left} y={0} width={plot + 2} height={height} />
            </clipPath>
          </defs>
          {ticks(fromNs, toNs, Math.max(3, Math.floor(plot / 90))).map((ns) => (
            <g key={ns} aria-hidden>
              <line x1={x(ns)} x2={x(ns)} y1={axisPx - 4} y2={height - (isNarrow ? 18 : 6)} stroke="var(--line)" />
              <text x={x(ns)} y={13} textAnchor={x(ns) > width - 30 ? "end" : x(ns) < 20 ? "start" : "middle"} fill="var(--muted)">
                {`${Number((ns / divisor).toPrecision(4))} ${unit}`}
              </text>
            </g>
          ))}
          <rect
            x={left}
            y={axisPx + phasePx}
            width={plot}
            height={height - axisPx - phasePx}
            fill="transparent"
            className="cursor-crosshair touch-pan-y"
            onPointerDown={(e) => {
              e.currentTarget.setPointerCapture(e.pointerId);
              setDrag({ from: nsAt(e), to: nsAt(e) });
            }}
            onPointerMove={(e) => drag && setDrag({ from: drag.from, to: nsAt(e) })}
            onPointerUp={() => {
              if (drag && Math.abs(x(drag.to) - x(drag.from)) > 6) onSpan({ fromNs: Math.min(drag.from, drag.to), toNs: Math.max(drag.from, drag.to) });
              else onSelect(undefined);
              setDrag(undefined);
            }}
            onPointerCancel={() => setDrag(undefined)}
          />
          <g clipPath="url(#timeline-plot)">
            {phases.map(
              (p, i) =>
                isSeen(p.fromNs, p.toNs) && (
                  <rect
                    key={i}
                    x={x(p.fromNs)}
                    y={axisPx + phasePx - 8}
                    width={Math.max(1, x(p.toNs) - x(p.fromNs))}
                    height={height}
                    fill={phaseColor(p.phase)}
                    opacity={0.05}
                    pointerEvents="none"
                  />
                ),
            )}
            {phases.map((p, i) => {
              if (p.toNs <= p.fromNs || !isSeen(p.fromNs, p.toNs)) return null;
              const [from, to] = [Math.max(left, x(p.fromNs)), Math.min(left + plot, x(p.toNs))];
              const zoomed = span && span.fromNs === p.fromNs && span.toNs === p.toNs;
              const toggle = () => onSpan(zoomed ? undefined : { fromNs: p.fromNs, toNs: p.toNs });
              return (
                <g
                  key={i}
                  role="button"
                  tabIndex={0}
                  aria-pressed={zoomed ?? false}
                  aria-label={`Phase ${phaseLabel(p.phase)}, ${formatNs(p.toNs - p.fromNs)}`}
                  className="cursor-pointer"
                  onClick={toggle}
                  onKeyDown={(e) => {
                    if (e.key !== "Enter" && e.key !== " ") return;
                    e.preventDefault();
                    toggle();
                  }}
                >
                  <title>{`${phaseLabel(p.phase)}: ${formatNs(p.toNs - p.fromNs)}`}</title>
                  <rect x={from} y={axisPx} width={Math.max(1, to - from)} height={phasePx - 8} rx={3} fill={phaseColor(p.phase)} stroke="var(--surface)" />
                </g>
              );
            })}
            {lanes.map((lane, i) =>
              events
                .filter((e) => e.lane === lane && isSeen(e.atNs, e.atNs + e.ns))
                .map((event) => {
                  const isCall = event.id.startsWith("s");
                  const wide = isCall ? Math.max(3, x(event.atNs + event.ns) - x(event.atNs)) : 3;
                  const isSelected = event.id === selectedId;
                  return (
                    <g
                      key={event.id}
                      ref={(element) => {
                        if (element) items.current.set(event.id, element);
                        else items.current.delete(event.id);
                      }}
                      role="button"
                      tabIndex={event.id === roving ? 0 : -1}
                      aria-pressed={isSelected}
                      aria-label={`${event.label}, ${event.rows.map((row) => row.join(" ")).join(", ")}`}
                      className="cursor-pointer"
                      onClick={() => onSelect(isSelected ? undefined : event.id)}
                      onMouseEnter={() => setHovered(event)}
                      onFocus={() => setHovered(event)}
                      onKeyDown={(key) => onKey(key, event)}
                    >
                      <rect
                        x={x(event.atNs)}
                        y={laneTop(i) + (isNarrow ? 14 : 0) + 3}
                        width={wide}
                        height={lanePx - 6}
                        rx={1.5}
                        fill={event.failed ? "var(--bad)" : isCall ? "var(--info)" : "var(--frame-host)"}
                        stroke={isSelected ? "var(--fg)" : "var(--surface)"}
                        strokeWidth={isSelected ? 2 : 0.5}
                      />
                      {/* A page fault is a line: something wider to hit. */}
                      {!isCall && <rect x={x(event.atNs) - 2} y={laneTop(i) + (isNarrow ? 14 : 0)} width={wide + 4} height={lanePx} fill="transparent" />}
                    </g>
                  );
                }),
            )}
            {bins.map((bin) => {
              let top = samplesTop + samplesPx;
              return (
                <g key={bin.fromNs} onMouseEnter={() => setHovered(bin.total > 0 ? bin : undefined)}>
                  <rect x={x(bin.fromNs)} y={samplesTop} width={Math.max(1, x(bin.toNs) - x(bin.fromNs))} height={samplesPx} fill="transparent" />
                  {stackOrder.map((kind: FrameKind) => {
                    const count = bin.byKind.get(kind) ?? 0;
                    if (count === 0) return null;
                    const tall = (count / most) * samplesPx;
                    top -= tall;
                    return (
                      <rect key={kind} x={x(bin.fromNs)} y={top} width={Math.max(1, x(bin.toNs) - x(bin.fromNs) - 1)} height={tall} fill={kindColor(kind)} />
                    );
                  })}
                </g>
              );
            })}
            {drag && (
              <rect
                x={Math.min(x(drag.from), x(drag.to))}
                y={axisPx}
                width={Math.abs(x(drag.to) - x(drag.from))}
                height={height - axisPx}
                fill="var(--info)"
                opacity={0.15}
                pointerEvents="none"
              />
            )}
          </g>
          {[["Phases", axisPx], ...lanes.map((lane, i) => [lane, laneTop(i)]), ["Processor", samplesTop + (isNarrow ? samplesPx : samplesPx / 2 - 10)]].map(
            ([label, top]) =>
              isNarrow && label === "Phases" ? null : (
                <text key={label} aria-hidden x={0} y={Number(top) + (isNarrow ? 11 : 14)} fill="var(--muted)">
                  {isNarrow ? label : shortened(String(label))}
                  <title>{label}</title>
                </text>
              ),
          )}
        </svg>
      </div>
      <EventDetail trace={trace} event={hovered ?? selected} />
    </div>
  );
}

const shortened = (label: string) => {
  const text = label.replace("Faults: linear memory: ", "Faults: ");
  return text.length > 31 ? `${text.slice(0, 30)}…` : text;
};

/** What the pointer or the focus is on, in the same place always, so that nothing jumps. */
function EventDetail({ trace, event }: { trace: StartTrace; event: TimelineEvent | Bin | undefined }) {
  const kinds = [...new Set(trace.samples.stacks.map((s) => trace.frames[s.frames.at(-1)!]?.kind ?? "phase"))];
  return (
    <div className="flex min-h-19 flex-col justify-center gap-1 rounded-md bg-raised px-3 py-2 text-[13px]">
      {!event ? (
        <>
          <p className="text-muted">Point at an event, or reach it with Tab and the arrow keys.</p>
          <ul aria-label="Processor samples by kind" className="flex flex-wrap gap-x-4 gap-y-1 text-xs text-muted">
            {stackOrder
              .filter((k) => kinds.includes(k))
              .map((kind) => (
                <li key={kind} className="flex items-center gap-1.5">
                  <span aria-hidden className="size-2.5 rounded-[3px]" style={{ background: kindColor(kind) }} />
                  {kind === "phase" ? "Not known" : kindLabel(kind)}
                </li>
              ))}
          </ul>
        </>
      ) : "label" in event ? (
        <>
          <p className="font-mono text-xs break-all">{event.label}</p>
          <dl className="tnum flex flex-wrap gap-x-5">
            {event.rows.map(([name, value]) => (
              <div key={name} className="flex gap-1.5">
                <dt className="text-muted">{name}</dt>
                <dd>{value}</dd>
              </div>
            ))}
          </dl>
        </>
      ) : (
        <>
          <p>
            {event.total} {event.total === 1 ? "sample" : "samples"} from {formatNs(event.fromNs)} to {formatNs(event.toNs)}
          </p>
          <p className="text-muted">{event.top.map((f) => `${f.name} (${f.count})`).join(", ")}</p>
        </>
      )}
    </div>
  );
}
