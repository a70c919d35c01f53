"use client";
import { CircleCheck, FilePlus2, FolderUp, Upload, X } from "lucide-react";
import { useMemo, useRef, useState, type DragEvent, type ReactNode } from "react";
import { toast } from "sonner";
import { errorData, errorText, type Outputs } from "../../../lib/api.ts";
import { cn } from "../../../lib/cn.ts";
import { formatBytes, formatPercent } from "../../../lib/format.ts";
import { Button } from "../../../ui/button.tsx";
import { Card } from "../../../ui/card.tsx";
import { CodeEditor } from "../../../ui/lazy-code-editor.tsx";
import { ErrorNote } from "../../../ui/feedback.tsx";
import { Diagnostics } from "../../builds/components/diagnostics.tsx";
import { readChosen, readDrop, type SourceFile } from "../helpers/read-files.ts";
import { useCheck } from "../helpers/use-check.ts";

export type Workspace = { files: SourceFile[]; entry: string };
type Check = Outputs["handlers"]["check"];

const source = /\.(ts|tsx|js|jsx|mts|mjs)$/;

function guessEntry(files: SourceFile[]): string {
  const candidates = files.map((f) => f.path).filter((p) => source.test(p));
  const preferred = candidates.filter((p) => /^(src\/)?(index|handler|main|app)\.[mc]?[jt]sx?$/.test(p)).sort((a, b) => a.length - b.length);
  return preferred[0] ?? candidates[0] ?? "";
}

function CheckPanel({ check, error, pending, onJump }: { check: Check | undefined; error: unknown; pending: boolean; onJump: (file: string) => void }) {
  if (error) {
    const diagnostics = errorData(error).diagnostics;
    return diagnostics ? <Diagnostics diagnostics={diagnostics} /> : <ErrorNote title="The source could not be checked" error={error} />;
  }
  if (!check)
    return (
      <p className="text-sm text-muted">{pending ? "Compiling…" : "Type or drop a handler; it is compiled as you go. Nothing is saved until you say so."}</p>
    );
  const errors = check.diagnostics.filter((d) => d.severity === "error").length;
  return (
    <div className="flex flex-col gap-3">
      {check.ok ? (
        <p className="flex flex-wrap items-center gap-x-2 text-sm">
          <CircleCheck aria-hidden className="size-4 text-good" /> <span className="font-medium">Compiles.</span>
          <span className="tnum text-muted">
            {formatBytes(check.sourceBytes)} of source, {formatBytes(check.bytecodeBytes)} of bytecode
            {check.sourceBytes > 0 ? ` (${formatPercent(check.bytecodeBytes / check.sourceBytes)})` : ""}
          </span>
        </p>
      ) : (
        <p className="text-sm font-medium text-bad" role="status">
          {errors} compile error{errors === 1 ? "" : "s"}. Nothing was saved.
        </p>
      )}
      {check.diagnostics.length > 0 && <Diagnostics diagnostics={check.diagnostics} onJump={(d) => onJump(d.file)} />}
    </div>
  );
}

type Props = {
  initial: Workspace;
  onNamed?: (suggestedName: string) => void;
  /** Below the check: the button that saves, which gets the workspace and whether it compiles. */
  children: (workspace: Workspace, compiles: boolean) => ReactNode;
  /** Above the editor, e.g. examples; may replace the workspace. */
  toolbar?: (replace: (workspace: Workspace) => void) => ReactNode;
};

/** Files of a handler: dropped, chosen or typed, and compiled as one goes. */
export function SourceWorkspace({ initial, onNamed, children, toolbar }: Props) {
  const [workspace, setWorkspace] = useState(initial);
  const [open, setOpen] = useState(initial.entry);
  const [dropError, setDropError] = useState<string>();
  const [dragging, setDragging] = useState(false);
  const fileInput = useRef<HTMLInputElement>(null);
  const folderInput = useRef<HTMLInputElement>(null);
  const { files, entry } = workspace;
  const { check, error, isPending } = useCheck(files, entry);
  const current = files.find((f) => f.path === open) ?? files[0];

  const replace = (next: Workspace) => {
    setWorkspace(next);
    setOpen(next.entry);
    setDropError(undefined);
  };
  const take = async (reading: Promise<{ files: SourceFile[]; suggestedName: string }>) => {
    try {
      const read = await reading;
      const nextEntry = guessEntry(read.files);
      if (!nextEntry) throw new Error("There is no .ts, .tsx, .js or .jsx file in what you dropped.");
      replace({ files: read.files, entry: nextEntry });
      onNamed?.(read.suggestedName);
    } catch (failure) {
      setDropError(errorText(failure));
      toast.error("These files cannot be used", { description: errorText(failure) });
    }
  };
  const onDrop = (event: DragEvent) => {
    event.preventDefault();
    setDragging(false);
    void take(readDrop(event.dataTransfer));
  };
  const addFile = () => {
    let n = 1;
    while (files.some((f) => f.path === `file${n}.ts`)) n++;
    setWorkspace({ ...workspace, files: [...files, { path: `file${n}.ts`, content: "", encoding: "utf8" }] });
    setOpen(`file${n}.ts`);
  };
  const removeFile = (path: string) => {
    const rest = files.filter((f) => f.path !== path);
    const nextEntry = entry === path ? guessEntry(rest) : entry;
    setWorkspace({ files: rest, entry: nextEntry });
    if (open === path) setOpen(nextEntry);
  };
  const marks = useMemo(() => (check?.diagnostics ?? []).filter((d) => d.file === current?.path), [check, current?.path]);

  return (
    <div className="flex flex-col gap-4">
      <div
        onDragOver={(event) => {
          event.preventDefault();
          setDragging(true);
        }}
        onDragLeave={() => setDragging(false)}
        onDrop={onDrop}
        data-testid="drop-zone"
        className={cn(
          "flex flex-wrap items-center gap-x-4 gap-y-3 rounded-lg border border-dashed border-line-strong/60 px-4 py-4",
          dragging && "border-info bg-info/8",
        )}
      >
        <Upload aria-hidden className="size-5 text-muted" />
        <p className="min-w-48 flex-1 text-sm">
          <span className="font-medium">Drop a file or a folder</span>{" "}
          <span className="text-muted">with the handler and what it imports, 5 MB at most. Or type below.</span>
        </p>
        <div className="flex gap-2">
          <Button size="sm" onClick={() => fileInput.current?.click()}>
            <Upload /> Files
          </Button>
          <Button size="sm" onClick={() => folderInput.current?.click()}>
            <FolderUp /> Folder
          </Button>
        </div>
        <input
          ref={fileInput}
          type="file"
          multiple
          hidden
          aria-label="Choose files"
          onChange={(e) => {
            if (e.target.files?.length) void take(readChosen(e.target.files));
            e.target.value = "";
          }}
        />
        <input
          ref={folderInput}
          type="file"
          hidden
          aria-label="Choose a folder"
          {...{ webkitdirectory: "" }}
          onChange={(e) => {
            if (e.target.files?.length) void take(readChosen(e.target.files));
            e.target.value = "";
          }}
        />
      </div>
      {dropError && <ErrorNote title="These files cannot be used">{dropError}</ErrorNote>}
      {toolbar?.(replace)}
      <section aria-label="Source" className="overflow-hidden rounded-lg border bg-surface">
        <div className="flex items-center overflow-x-auto border-b">
          {files.map((file) => (
            <div key={file.path} className={cn("flex shrink-0 items-center border-r", file.path === current?.path && "bg-raised")}>
              <button type="button" aria-pressed={file.path === current?.path} onClick={() => setOpen(file.path)} className="px-3 py-2 font-mono text-xs">
                {file.path}
                {file.path === entry && files.length > 1 ? <span className="ml-1.5 text-muted">entry</span> : null}
              </button>
              {files.length > 1 && (
                <button
                  type="button"
                  aria-label={`Remove ${file.path}`}
                  onClick={() => removeFile(file.path)}
                  className="mr-1.5 rounded p-1 text-muted hover:bg-line hover:text-fg"
                >
                  <X className="size-3" />
                </button>
              )}
            </div>
          ))}
          <button type="button" aria-label="Add a file" onClick={addFile} className="p-2.5 text-muted hover:text-fg">
            <FilePlus2 className="size-4" />
          </button>
        </div>
        {files.length > 1 && current && (
          <div className="flex flex-wrap items-center gap-3 border-b px-3 py-2 text-[13px]">
            <label className="flex items-center gap-2 text-muted">
              Path
              <input
                value={current.path}
                className="w-56 rounded border border-line-strong/50 bg-surface px-2 py-1 font-mono text-xs text-fg"
                onChange={(e) => {
                  const path = e.target.value;
                  if (files.some((f) => f.path === path)) return;
                  setWorkspace({ files: files.map((f) => (f === current ? { ...f, path } : f)), entry: entry === current.path ? path : entry });
                  setOpen(path);
                }}
              />
            </label>
            {current.path !== entry && source.test(current.path) && (
              <Button size="sm" onClick={() => setWorkspace({ ...workspace, entry: current.path })}>
                Make it the entry
              </Button>
            )}
          </div>
        )}
        <div className="h-[min(56dvh,460px)]">
          {current?.encoding === "utf8" ? (
            <CodeEditor
              key={files.indexOf(current)}
              path={current.path}
              value={current.content}
              marks={marks}
              label={`Source of ${current.path}`}
              onChange={(content) => setWorkspace((w) => ({ ...w, files: w.files.map((f) => (f.path === current.path ? { ...f, content } : f)) }))}
            />
          ) : (
            <p className="p-4 text-sm text-muted">Not text; it is uploaded as it is.</p>
          )}
        </div>
      </section>
      <Card title="Check" note="What the compiler says of this source.">
        <CheckPanel check={check} error={error} pending={isPending} onJump={setOpen} />
      </Card>
      {children(workspace, check?.ok === true && !isPending)}
    </div>
  );
}
