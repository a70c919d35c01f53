"use client";
import { useMutation } from "@tanstack/react-query";
import { useEffect } from "react";
import { useTRPC } from "../../../lib/api.ts";
import type { SourceFile } from "./read-files.ts";

const delayMs = 500;

/** The compiler's answer to what was typed, a moment after the last change. Nothing is saved. */
export function useCheck(files: SourceFile[], entry: string) {
  const trpc = useTRPC();
  const { mutate, data: check, error, isPending } = useMutation(trpc.handlers.check.mutationOptions());
  useEffect(() => {
    if (!entry) return;
    const timer = setTimeout(() => mutate({ files, entry }), delayMs);
    return () => clearTimeout(timer);
  }, [files, entry, mutate]);
  return { check, error, isPending };
}
