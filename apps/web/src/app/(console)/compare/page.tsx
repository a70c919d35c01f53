import type { Metadata } from "next";
import { ComparePage } from "../../../features/compare/components/compare-page.tsx";
import type { SearchParams } from "nuqs/server";
import { wantComparison } from "../../../features/compare/helpers/first-data.ts";
import { FirstData } from "../../../lib/first-data.tsx";

export const metadata: Metadata = { title: "Compare" };
export default async function Page({ searchParams }: { searchParams: Promise<SearchParams> }) {
  const search = await searchParams;
  return (
    <FirstData of={(ask) => wantComparison(ask, search)}>
      <ComparePage />
    </FirstData>
  );
}
