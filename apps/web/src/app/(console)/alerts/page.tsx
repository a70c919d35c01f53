import type { Metadata } from "next";
import { AlertsPage } from "../../../features/alerts/components/alerts-page.tsx";
import { FirstData, firstPage } from "../../../lib/first-data.tsx";

export const metadata: Metadata = { title: "Alerts" };
export default function Page() {
  return (
    <FirstData
      of={({ trpc, want }) => {
        want(trpc.alerts.list.infiniteQueryOptions({}, firstPage));
        want(trpc.alerts.channels.queryOptions());
      }}
    >
      <AlertsPage />
    </FirstData>
  );
}
