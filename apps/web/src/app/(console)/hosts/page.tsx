import type { Metadata } from "next";
import { HostsPage } from "../../../features/hosts/components/hosts-page.tsx";
import { FirstData } from "../../../lib/first-data.tsx";

export const metadata: Metadata = { title: "Hosts" };
export default function Page() {
  return (
    <FirstData of={({ trpc, want }) => want(trpc.hosts.list.queryOptions())}>
      <HostsPage />
    </FirstData>
  );
}
