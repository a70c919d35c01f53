import type { Metadata } from "next";
import { NewExperimentPage } from "../../../../features/experiments/components/new-experiment-page.tsx";
import { FirstData } from "../../../../lib/first-data.tsx";

export const metadata: Metadata = { title: "New experiment" };
export default function Page() {
  return (
    <FirstData
      of={({ trpc, want }) => {
        want(trpc.handlers.list.queryOptions());
        want(trpc.hosts.list.queryOptions());
      }}
    >
      <NewExperimentPage />
    </FirstData>
  );
}
