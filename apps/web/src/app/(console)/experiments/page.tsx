import type { Metadata } from "next";
import { ExperimentsPage } from "../../../features/experiments/components/experiments-page.tsx";
import { FirstData, firstPage } from "../../../lib/first-data.tsx";

export const metadata: Metadata = { title: "Experiments" };
export default function Page() {
  return (
    <FirstData of={({ trpc, want }) => want(trpc.experiments.list.infiniteQueryOptions({}, firstPage))}>
      <ExperimentsPage />
    </FirstData>
  );
}
