"use client";
import { hydrate, useQueryClient, type DehydratedState } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { whenAlive } from "./now.ts";

/**
 * Puts what the server asked for where queries look for it. What was still on its way when the page was rendered counts as such until the browser
 * has taken the page over, even when it has come by then: the first render has to be the server's.
 */
export function GivenData({ state, children }: { state: DehydratedState; children: ReactNode }) {
  const queryClient = useQueryClient();
  useState(() => {
    const queries = state.queries.map(({ promise, ...query }) => (promise ? { ...query, promise: whenAlive().then(() => promise) } : query));
    hydrate(queryClient, { ...state, queries });
  });
  return children;
}
