import type { Metadata } from "next";
import { Suspense } from "react";
import { HostsPage } from "../../../features/hosts/components/hosts-page.tsx";

export const metadata: Metadata = { title: "Hosts" };
export default function Page() {
  return (
    <Suspense>
      <HostsPage />
    </Suspense>
  );
}
