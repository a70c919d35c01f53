"use client";
import type { ListedFunction, ListedInstruction } from "@zerostart/bytecode/disassemble.ts";
import { useEffect, useRef } from "react";
import { cn } from "../../../lib/cn.ts";

/** Instructions in a row that come from one line of the source. */
type Run = { line: number; file: string | undefined; instructions: ListedInstruction[] };

function runsOf({ instructions }: ListedFunction): Run[] {
  const runs: Run[] = [];
  for (const instruction of instructions) {
    const last = runs.at(-1);
    if (last && last.line === instruction.line && last.file === instruction.file) last.instructions.push(instruction);
    else runs.push({ line: instruction.line, file: instruction.file, instructions: [instruction] });
  }
  return runs;
}

/** The instructions by function, each under its line; a chosen line is highlighted in all of them. */
export function BytecodeListing({
  functions,
  sourceLines,
  line,
  onLine,
}: {
  functions: ListedFunction[];
  sourceLines: string[];
  line: number | undefined;
  onLine: (line: number) => void;
}) {
  const list = useRef<HTMLDivElement>(null);
  // What was chosen in the editor comes into view; what was chosen here is in view already.
  const chosenHere = useRef<number>(undefined);
  useEffect(() => {
    const box = list.current;
    if (!box || line === undefined || chosenHere.current === line) return;
    chosenHere.current = undefined;
    const first = box.querySelector<HTMLElement>("[data-chosen]");
    if (first) box.scrollTop += first.getBoundingClientRect().top - box.getBoundingClientRect().top - 32;
  }, [line]);
  return (
    <div ref={list} tabIndex={0} role="region" aria-label="Bytecode listing" className="max-h-96 overflow-auto rounded-b-lg bg-bg py-2 font-mono text-xs">
      {functions.map((fn) => (
        <section key={fn.title} className="mb-3 min-w-fit">
          <h3 className="px-3 py-1 font-semibold">{fn.title}</h3>
          {runsOf(fn).map((run, i) => {
            const isOwn = run.line > 0 && run.file === undefined;
            const isChosen = isOwn && run.line === line;
            return (
              <div key={i} data-chosen={isChosen || undefined} className={cn("border-l-2 px-3", isChosen ? "border-info bg-info/10" : "border-transparent")}>
                {run.line > 0 && (
                  <button
                    type="button"
                    disabled={!isOwn}
                    aria-pressed={isChosen}
                    className="block w-full text-left text-muted enabled:hover:text-fg"
                    onClick={() => {
                      chosenHere.current = run.line;
                      onLine(run.line);
                    }}
                  >
                    {run.file ? `${run.file}:` : ""}
                    {run.line}: {isOwn ? sourceLines[run.line - 1]?.trim() : ""}
                  </button>
                )}
                {run.instructions.map(({ pc, text, isTarget }) => (
                  <pre key={pc}>
                    {isTarget ? ">" : " "} {String(pc).padStart(5)} {text}
                  </pre>
                ))}
              </div>
            );
          })}
          {fn.tables.map((text) => (
            <pre key={text} className="px-3 text-muted">
              {text}
            </pre>
          ))}
        </section>
      ))}
    </div>
  );
}
