"use client";
import { javascript } from "@codemirror/lang-javascript";
import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { lintGutter, setDiagnostics, type Diagnostic as Mark } from "@codemirror/lint";
import { EditorState, StateEffect, StateField, type Extension } from "@codemirror/state";
import { Decoration, EditorView } from "@codemirror/view";
import { tags as t } from "@lezer/highlight";
import { basicSetup } from "codemirror";
import { useEffect, useRef } from "react";

/** Line and column count from 1. */
export type EditorMark = { line: number; column: number; severity: "error" | "warning"; message: string };

const theme = EditorView.theme({
  "&": { height: "100%", fontSize: "13px", backgroundColor: "transparent", color: "var(--fg)" },
  ".cm-scroller": { fontFamily: "var(--font-geist-mono), ui-monospace, monospace", lineHeight: "1.6" },
  ".cm-gutters": { backgroundColor: "transparent", color: "var(--muted)", border: "none" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "color-mix(in srgb, var(--raised) 60%, transparent)" },
  ".cm-linked": { backgroundColor: "color-mix(in srgb, var(--info) 7%, transparent)", boxShadow: "inset 3px 0 0 var(--info)" },
  ".cm-content": { caretColor: "var(--fg)" },
  ".cm-cursor": { borderLeftColor: "var(--fg)" },
  "&.cm-focused": { outline: "none" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    backgroundColor: "color-mix(in srgb, var(--info) 28%, transparent) !important",
  },
  ".cm-tooltip": { backgroundColor: "var(--surface)", border: "1px solid var(--line)", borderRadius: "6px", color: "var(--fg)" },
  ".cm-panels": { backgroundColor: "var(--raised)", color: "var(--fg)" },
  ".cm-matchingBracket": { backgroundColor: "color-mix(in srgb, var(--info) 22%, transparent) !important" },
});

const highlight = HighlightStyle.define([
  { tag: [t.keyword, t.operatorKeyword, t.modifier], color: "var(--phase-first_request)" },
  { tag: [t.string, t.special(t.string), t.regexp], color: "var(--good)" },
  { tag: [t.number, t.bool, t.null, t.atom], color: "var(--warn)" },
  { tag: [t.comment], color: "var(--muted)", fontStyle: "italic" },
  { tag: [t.function(t.variableName), t.function(t.propertyName), t.definition(t.function(t.variableName))], color: "var(--info)" },
  { tag: [t.typeName, t.className, t.namespace], color: "var(--phase-link)" },
  { tag: [t.tagName, t.angleBracket], color: "var(--info)" },
  { tag: t.attributeName, color: "var(--warn)" },
  { tag: t.invalid, color: "var(--bad)" },
]);

function languageOf(path: string): Extension {
  const extension = path.split(".").at(-1) ?? "";
  if (["ts", "mts", "cts"].includes(extension)) return javascript({ typescript: true });
  if (extension === "tsx") return javascript({ typescript: true, jsx: true });
  if (["js", "jsx", "mjs", "cjs"].includes(extension)) return javascript({ jsx: true });
  return [];
}

/** The line that something beside the editor is about. */
const setLinked = StateEffect.define<number | undefined>();
const linked = StateField.define({
  create: () => Decoration.none,
  update(marks, transaction) {
    let next = marks.map(transaction.changes);
    for (const effect of transaction.effects) {
      if (!effect.is(setLinked)) continue;
      const { doc } = transaction.state;
      const isThere = effect.value !== undefined && effect.value >= 1 && effect.value <= doc.lines;
      next = isThere ? Decoration.set(Decoration.line({ class: "cm-linked" }).range(doc.line(effect.value!).from)) : Decoration.none;
    }
    return next;
  },
  provide: (field) => EditorView.decorations.from(field),
});

type Props = { path: string; value: string; onChange?: (value: string) => void; marks?: EditorMark[]; label: string; readOnly?: boolean } & {
  /** A line to highlight; it is scrolled to unless the cursor is there. */
  line?: number | undefined;
  /** The cursor came to another line. */
  onLine?: ((line: number) => void) | undefined;
};

/** CodeMirror with TypeScript and JSX; `marks` underline positions. Escape then Tab leaves it by keyboard. */
export function CodeEditor({ path, value, onChange, marks, label, readOnly = false, line, onLine }: Props) {
  const parent = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const latest = useRef({ value, onChange, onLine });
  latest.current.onChange = onChange;
  latest.current.onLine = onLine;

  useEffect(() => {
    if (!parent.current) return;
    const editor = new EditorView({
      parent: parent.current,
      state: EditorState.create({
        doc: latest.current.value,
        extensions: [
          basicSetup,
          languageOf(path),
          theme,
          syntaxHighlighting(highlight),
          lintGutter(),
          linked,
          EditorState.readOnly.of(readOnly),
          EditorView.contentAttributes.of({ "aria-label": label, tabindex: "0" }),
          EditorView.updateListener.of((update) => {
            if (update.selectionSet) latest.current.onLine?.(update.state.doc.lineAt(update.state.selection.main.head).number);
            if (!update.docChanged) return;
            latest.current.value = update.state.doc.toString();
            latest.current.onChange?.(latest.current.value);
          }),
        ],
      }),
    });
    view.current = editor;
    return () => {
      editor.destroy();
      view.current = null;
    };
  }, [path, label, readOnly]);

  useEffect(() => {
    const editor = view.current;
    if (!editor || value === latest.current.value) return;
    latest.current.value = value;
    editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: value } });
  }, [value]);

  useEffect(() => {
    const editor = view.current;
    if (!editor) return;
    const { doc } = editor.state;
    const shown: Mark[] = (marks ?? [])
      .filter((m) => m.line >= 1 && m.line <= doc.lines)
      .map((m) => {
        const line = doc.line(m.line);
        const from = Math.min(line.from + Math.max(0, m.column - 1), line.to);
        const word = /^[\w$]+/.exec(doc.sliceString(from, line.to))?.[0].length ?? 1;
        return { from, to: Math.min(from + word, line.to), severity: m.severity, message: m.message };
      });
    editor.dispatch(setDiagnostics(editor.state, shown));
  }, [marks, path]);

  useEffect(() => {
    const editor = view.current;
    if (!editor) return;
    const { doc, selection } = editor.state;
    const isElsewhere = line !== undefined && line >= 1 && line <= doc.lines && doc.lineAt(selection.main.head).number !== line;
    editor.dispatch({ effects: [setLinked.of(line), ...(isElsewhere ? [EditorView.scrollIntoView(doc.line(line).from, { y: "nearest" })] : [])] });
  }, [line, path]);

  return <div ref={parent} className="h-full min-h-0 overflow-hidden" />;
}
