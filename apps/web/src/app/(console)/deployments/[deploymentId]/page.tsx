import { Suspense } from "react";
import { DeploymentPage } from "../../../../features/deployments/components/deployment-page.tsx";

export default async function Page({ params }: { params: Promise<{ deploymentId: string }> }) {
  const { deploymentId } = await params;
  return (
    <Suspense>
      <DeploymentPage deploymentId={deploymentId} />
    </Suspense>
  );
}
