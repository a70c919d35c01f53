import { BuildPage } from "../../../../features/builds/components/build-page.tsx";
import { FirstData } from "../../../../lib/first-data.tsx";

export default async function Page({ params }: { params: Promise<{ buildId: string }> }) {
  const { buildId } = await params;
  return (
    <FirstData of={({ trpc, want }) => want(trpc.builds.get.queryOptions({ buildId }))}>
      <BuildPage buildId={buildId} />
    </FirstData>
  );
}
