/** What the comparison is rendered with on the server. */
import { createLoader, type SearchParams } from "nuqs/server";
import type { Outputs } from "../../../lib/api.ts";
import type { Ask } from "../../../lib/first-data.tsx";
import { comparisonOf, comparisonParsers } from "./choice.ts";

const load = createLoader(comparisonParsers);

export async function wantComparison({ trpc, want, get }: Ask, search: SearchParams): Promise<void> {
  want(trpc.handlers.list.queryOptions());
  const choice = load(search);
  if (choice.handlerId === null) return;
  const facets = await get<Outputs["coldStarts"]["facets"]>(trpc.coldStarts.facets.queryOptions({ handlerId: choice.handlerId }));
  const { input } = comparisonOf(choice, facets);
  if (choice.a !== null && choice.b !== null) want(trpc.compare.run.queryOptions(input));
}
