import type { Metadata } from "next";
import { Suspense } from "react";
import { DeploymentsPage } from "../../../features/deployments/components/deployments-page.tsx";

export const metadata: Metadata = { title: "Deployments" };
export default function Page() {
  return (
    <Suspense>
      <DeploymentsPage />
    </Suspense>
  );
}
