import { Suspense } from "react";
import { TracePage } from "../../../../features/traces/components/trace-page.tsx";

export default async function Page({ params }: { params: Promise<{ traceId: string }> }) {
  const { traceId } = await params;
  return (
    <Suspense>
      <TracePage key={traceId} traceId={traceId} />
    </Suspense>
  );
}
