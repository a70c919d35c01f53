/**
 * The table of hosts, a page at a time. What it is sorted and searched by is not all in the database (a host is online by the time since its last heartbeat, its agent's state depends on the
 * one that the control plane holds), so the project's hosts are read, and cut here: a browser has fifty rows however many there are.
 */
import { z } from "zod";
import { projectQuery } from "../../../server/trpc.ts";
import { hostColumns, labelsOf, wellOf, type HostColumn } from "../helpers/table.ts";
import { hostRows, type HostRow } from "./rows.ts";

type Key = string | number;
const keys: Record<HostColumn, (host: HostRow) => Key> = {
  name: (host) => host.name,
  state: (host) => (host.online ? "online" : "offline"),
  handlers: (host) => host.deploymentCount,
  instances: wellOf,
  labels: (host) => labelsOf(host).join(" "),
  agent: (host) => host.agent.version ?? "",
  memory: (host) => host.memoryBytes,
  seen: (host) => host.lastSeenAt?.getTime() ?? 0,
};
/** host-2 before host-10. */
const text = new Intl.Collator("en", { numeric: true });
const compare = (a: Key, b: Key) => (typeof a === "number" && typeof b === "number" ? a - b : text.compare(String(a), String(b)));

/** The row that a page ended with: what it was sorted by, and its id, since many may be alike. */
const cursor = z.tuple([z.union([z.string().max(10_000), z.number()]), z.string().max(64)]);

export const page = projectQuery("viewer")
  .input(
    z.object({
      search: z.string().max(200).default(""),
      sort: z.enum(hostColumns).default("name"),
      descending: z.boolean().default(false),
      limit: z.number().int().min(1).max(200).default(50),
      cursor: cursor.nullish(),
    }),
  )
  .query(async ({ ctx, input }) => {
    const { sort, limit, cursor: after } = input;
    const wanted = input.search.trim().toLowerCase();
    const all = await hostRows(ctx);
    const isWanted = (host: HostRow) =>
      wanted === "" || [host.name, keys.state(host), keys.labels(host), host.agent.version ?? ""].some((value) => String(value).toLowerCase().includes(wanted));
    const sign = input.descending ? -1 : 1;
    const order = (a: readonly [Key, string], b: readonly [Key, string]) => sign * compare(a[0], b[0]) || (a[1] < b[1] ? -1 : a[1] > b[1] ? 1 : 0);
    const sorted = all
      .filter(isWanted)
      .map((host) => ({ host, at: [keys[sort](host), host.id] as [Key, string] }))
      .sort((a, b) => order(a.at, b.at));
    const rest = after ? sorted.filter(({ at }) => order(at, after) > 0) : sorted;
    const shown = rest.slice(0, limit);
    return {
      hosts: shown.map(({ host }) => host),
      nextCursor: rest.length > limit ? shown.at(-1)!.at : null,
      matching: sorted.length,
      total: all.length,
      offline: all.filter((host) => !host.online).length,
    };
  });
