import { TracePage } from "../../../../features/traces/components/trace-page.tsx";
import { FirstData } from "../../../../lib/first-data.tsx";

export default async function Page({ params }: { params: Promise<{ traceId: string }> }) {
  const { traceId } = await params;
  return (
    <FirstData of={({ trpc, want }) => want(trpc.traces.get.queryOptions({ traceId }))}>
      <TracePage key={traceId} traceId={traceId} />
    </FirstData>
  );
}
