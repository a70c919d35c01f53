/** What is compared, as the URL holds it. */
import { parseAsString, parseAsStringLiteral, type inferParserType } from "nuqs/server";
import type { Outputs } from "../../../lib/api.ts";
import { executorNames, type ExecutorName } from "../../cold-starts/helpers/filter.ts";

export const kinds = ["real", "measured"] as const;

export const sidesParsers = {
  a: parseAsString,
  b: parseAsString,
  kind: parseAsStringLiteral(kinds),
  hostId: parseAsString,
  executor: parseAsStringLiteral(executorNames),
};
export const comparisonParsers = { handlerId: parseAsString, ...sidesParsers };

/** What is asked of the API; the executor falls back to what there is, native first. */
export function comparisonOf(sides: inferParserType<typeof sidesParsers>, facets: Outputs["coldStarts"]["facets"] | undefined) {
  const executor: ExecutorName = sides.executor ?? executorNames.find((e) => facets?.executors.some((x) => x.value === e)) ?? "native";
  const side = (buildId: string | null) => ({
    executor,
    buildId: buildId ?? "",
    ...(sides.kind ? { kind: sides.kind } : {}),
    ...(sides.hostId ? { hostId: sides.hostId } : {}),
  });
  return { executor, input: { a: side(sides.a), b: side(sides.b) } };
}
