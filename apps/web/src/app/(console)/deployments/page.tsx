import type { Metadata } from "next";
import { DeploymentsPage } from "../../../features/deployments/components/deployments-page.tsx";
import { FirstData } from "../../../lib/first-data.tsx";

export const metadata: Metadata = { title: "Deployments" };
export default function Page() {
  return (
    <FirstData of={({ trpc, want }) => want(trpc.deployments.list.queryOptions({}))}>
      <DeploymentsPage />
    </FirstData>
  );
}
