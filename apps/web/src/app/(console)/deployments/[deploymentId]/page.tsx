import { DeploymentPage } from "../../../../features/deployments/components/deployment-page.tsx";
import { FirstData } from "../../../../lib/first-data.tsx";

export default async function Page({ params }: { params: Promise<{ deploymentId: string }> }) {
  const { deploymentId } = await params;
  return (
    <FirstData of={({ trpc, want }) => want(trpc.deployments.get.queryOptions({ deploymentId }))}>
      <DeploymentPage deploymentId={deploymentId} />
    </FirstData>
  );
}
