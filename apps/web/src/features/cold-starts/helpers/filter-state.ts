/** The filter of samples as the URL holds it: the same in the browser and for what a page is rendered with. */
import { parseAsInteger, parseAsString, parseAsStringLiteral, type inferParserType } from "nuqs/server";
import { executorNames, windows, type ExecutorName, type SampleFilterInput, type WindowName } from "./filter.ts";

const windowNames = Object.keys(windows) as WindowName[];

export const sampleFilterParsers = {
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
export const stepMs = 60_000;

/** What is asked of the API. `available` are the executors that have starts; `nowMs` is where windows end, cut to steps. */
export function filterOf(
  state: inferParserType<typeof sampleFilterParsers>,
  handlerId: string | undefined,
  available: string[] | undefined,
  nowMs: number,
): { filter: SampleFilterInput; executor: ExecutorName } {
  const { window: windowName, fromMs, toMs, ...rest } = state;
  const executor = rest.executor ?? executorNames.find((name) => available?.includes(name)) ?? "native";
  const length = windows[windowName];
  const filter: SampleFilterInput = {
    ...Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== null)),
    executor,
    ...(handlerId ? { handlerId } : {}),
    ...(length === null ? {} : { fromMs: Math.floor(nowMs / stepMs) * stepMs - length }),
    ...(windowName === "custom" ? { ...(fromMs === null ? {} : { fromMs }), ...(toMs === null ? {} : { toMs }) } : {}),
  };
  return { filter, executor };
}
