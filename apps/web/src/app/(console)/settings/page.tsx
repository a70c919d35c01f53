import type { Metadata } from "next";
import { SettingsPage } from "../../../features/settings/components/settings-page.tsx";
import { FirstData } from "../../../lib/first-data.tsx";

export const metadata: Metadata = { title: "Settings" };
export default function Page() {
  return (
    <FirstData of={({ trpc, want }) => want(trpc.settings.listApiTokens.queryOptions())}>
      <SettingsPage />
    </FirstData>
  );
}
