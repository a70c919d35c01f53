import { ExperimentPage } from "../../../../features/experiments/components/experiment-page.tsx";
import { FirstData } from "../../../../lib/first-data.tsx";

export default async function Page({ params }: { params: Promise<{ experimentId: string }> }) {
  const { experimentId } = await params;
  return (
    <FirstData of={({ trpc, want }) => want(trpc.experiments.get.queryOptions({ experimentId }))}>
      <ExperimentPage experimentId={experimentId} />
    </FirstData>
  );
}
