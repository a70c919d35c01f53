/** What a view of cold starts is rendered with on the server. */
import { createLoader, type SearchParams } from "nuqs/server";
import type { Outputs } from "../../../lib/api.ts";
import type { Ask } from "../../../lib/first-data.tsx";
import { shownStarts } from "./filter.ts";
import { filterOf, sampleFilterParsers } from "./filter-state.ts";

const load = createLoader(sampleFilterParsers);

/** Which executors there are has to be known before anything else can be asked. What stands highest on the page is asked first. */
export async function wantColdStarts({ trpc, want, get, nowMs }: Ask, search: SearchParams, handlerId: string | undefined): Promise<void> {
  const facets = await get<Outputs["coldStarts"]["facets"]>(trpc.coldStarts.facets.queryOptions(handlerId ? { handlerId } : {}));
  const { filter } = filterOf(
    load(search),
    handlerId,
    facets.executors.map((e) => e.value),
    nowMs,
  );
  want(trpc.coldStarts.summary.queryOptions(filter));
  want(trpc.coldStarts.list.queryOptions({ ...filter, limit: shownStarts }));
  want(trpc.coldStarts.timeline.queryOptions(filter));
  want(trpc.coldStarts.histogram.queryOptions(filter));
  if (handlerId) want(trpc.measurements.list.queryOptions({ handlerId, limit: 1 }));
}
