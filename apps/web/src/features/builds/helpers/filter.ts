/** Which builds the list shows; all of it is in the URL. */
import { parseAsString, parseAsStringLiteral, type inferParserType } from "nuqs/server";
import { buildStates } from "./pipeline-types.ts";

export const buildsFilterParsers = {
  handlerId: parseAsString,
  state: parseAsStringLiteral(buildStates),
  target: parseAsString,
  mode: parseAsString,
};

/** The chosen values alone, as `builds.list` takes them. */
export const buildsFilterOf = (filter: inferParserType<typeof buildsFilterParsers>) =>
  Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== null));
