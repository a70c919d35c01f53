"use client";
import { useQueryStates } from "nuqs";
import { useMemo } from "react";
import { useNow } from "../../../lib/now.ts";
import { filterOf, sampleFilterParsers, stepMs } from "./filter-state.ts";

/** The filter that the URL holds. `executor` falls back to what there is: native before emulated before portable. */
export function useSampleFilter(handlerId: string | undefined, available: string[] | undefined) {
  const [state, setState] = useQueryStates(sampleFilterParsers, { history: "replace" });
  const minute = Math.floor(useNow() / stepMs);
  const { filter, executor } = filterOf(state, handlerId, available, minute * stepMs);
  const key = JSON.stringify(filter);
  // eslint-disable-next-line react-hooks/exhaustive-deps -- the filter is new at every render; its values are what counts
  return { filter: useMemo(() => filter, [key]), state: { ...state, executor }, setState };
}
export type FilterState = ReturnType<typeof useSampleFilter>;
