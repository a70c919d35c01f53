/** The kinds of functions for people: what each is, and its colour (app/globals.css). */
import type { FrameKind } from "@zerostart/protocol";

export const functionKinds = [
  { kind: "handler", label: "Handler", what: "your own functions" },
  { kind: "library", label: "Library", what: "built-ins that are written in JavaScript" },
  { kind: "engine", label: "Engine", what: "the VM: interpreter, built-ins, HTTP, memory" },
  { kind: "host", label: "Host", what: "the C program around the VM: sockets, sandbox, memory" },
  { kind: "kernel", label: "Kernel", what: "Linux, on behalf of the program" },
] as const satisfies { kind: FrameKind; label: string; what: string }[];

export const kindLabel = (kind: FrameKind): string => functionKinds.find((k) => k.kind === kind)?.label ?? "Phase";
export const kindColor = (kind: FrameKind): string => (kind === "phase" ? "var(--line-strong)" : `var(--frame-${kind})`);
/** For text upon it: little of the colour, much of the surface. */
export const kindTint = (kind: FrameKind): string => (kind === "phase" ? "var(--raised)" : `color-mix(in srgb, var(--frame-${kind}) 32%, var(--surface))`);
