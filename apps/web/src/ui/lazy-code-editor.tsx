"use client";
/** The editor in a bundle of its own: the page is alive before it has come. */
import dynamic from "next/dynamic";
import { Skeleton } from "./feedback.tsx";

export const CodeEditor = dynamic(() => import("./code-editor.tsx").then((m) => m.CodeEditor), { ssr: false, loading: () => <Skeleton className="h-full" /> });
