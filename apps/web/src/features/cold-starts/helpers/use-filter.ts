"use client";
import { parseAsInteger, parseAsString, parseAsStringLiteral, useQueryStates } from "nuqs";
import { useMemo } from "react";
import { executorNames, windows, type ExecutorName, type SampleFilterInput, type WindowName } from "./filter.ts";

const windowNames = Object.keys(windows) as WindowName[];

const parsers = {
  executor: parseAsStringLiteral(executorNames),
  versionId: parseAsString,
  buildId: parseAsString,
  target: parseAsString,
  mode: parseAsString,
  hostId: parseAsString,
  kind: parseAsStringLiteral(["real", "measured"] as const),
  measurementId: parseAsString,
  fromMs: parseAsInteger,
  toMs: parseAsInteger,
  window: parseAsStringLiteral(windowNames).withDefault("7d"),
};

/** Beginnings of windows are cut to whole minutes, so that a view asks the same question for a while. */
const stepMs = 60_000;

/** The filter that the URL holds. `executor` falls back to what there is: native before emulated before portable. */
export function useSampleFilter(handlerId: string | undefined, available: string[] | undefined) {
  const [state, setState] = useQueryStates(parsers, { history: "replace" });
  const executor: ExecutorName = state.executor ?? executorNames.find((name) => available?.includes(name)) ?? "native";
  const { window: windowName, fromMs, toMs, ...rest } = state;
  const minute = Math.floor(Date.now() / stepMs);
  const filter = useMemo<SampleFilterInput>(() => {
    const length = windows[windowName];
    const chosen = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== null));
    return {
      ...chosen,
      executor,
      ...(handlerId ? { handlerId } : {}),
      ...(length === null ? {} : { fromMs: minute * stepMs - length }),
      ...(windowName === "custom" ? { ...(fromMs === null ? {} : { fromMs }), ...(toMs === null ? {} : { toMs }) } : {}),
    };
    // eslint-disable-next-line react-hooks/exhaustive-deps -- `rest` is new at every render; its values are what counts
  }, [JSON.stringify(rest), executor, handlerId, windowName, fromMs, toMs, windowName === "custom" ? 0 : minute]);
  return { filter, state: { ...state, executor }, setState };
}
export type FilterState = ReturnType<typeof useSampleFilter>;
