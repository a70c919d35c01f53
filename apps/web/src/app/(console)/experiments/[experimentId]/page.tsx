import { Suspense } from "react";
import { ExperimentPage } from "../../../../features/experiments/components/experiment-page.tsx";

export default async function Page({ params }: { params: Promise<{ experimentId: string }> }) {
  const { experimentId } = await params;
  return (
    <Suspense>
      <ExperimentPage experimentId={experimentId} />
    </Suspense>
  );
}
