/** How the table of hosts is sorted and narrowed; all of it is in the URL. */
import { parseAsBoolean, parseAsString, parseAsStringLiteral, type inferParserType } from "nuqs/server";

export const hostColumns = ["name", "state", "handlers", "instances", "labels", "agent", "memory", "seen"] as const;
export type HostColumn = (typeof hostColumns)[number];

export const hostsTableParsers = {
  search: parseAsString.withDefault(""),
  sort: parseAsStringLiteral(hostColumns).withDefault("name"),
  descending: parseAsBoolean.withDefault(false),
};

/** As `hosts.page` takes them. */
export const hostsTableOf = ({ search, sort, descending }: inferParserType<typeof hostsTableParsers>) => ({ search: search.slice(0, 200), sort, descending });

/** One that waits for its next connection is as well as one that serves. */
export const wellOf = (host: { instanceStates: string[] }) => host.instanceStates.filter((state) => state === "healthy" || state === "idle").length;
export const labelsOf = (host: { labels: Record<string, string> }) => Object.entries(host.labels).map(([name, value]) => `${name}=${value}`);
