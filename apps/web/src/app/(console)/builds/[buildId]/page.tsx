import { Suspense } from "react";
import { BuildPage } from "../../../../features/builds/components/build-page.tsx";

export default async function Page({ params }: { params: Promise<{ buildId: string }> }) {
  const { buildId } = await params;
  return (
    <Suspense>
      <BuildPage buildId={buildId} />
    </Suspense>
  );
}
