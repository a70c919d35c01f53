import type { Metadata } from "next";
import { Suspense } from "react";
import { ProfilesPage } from "../../../features/traces/components/profiles-page.tsx";

export const metadata: Metadata = { title: "Profiles" };
export default function Page() {
  return (
    <Suspense>
      <ProfilesPage />
    </Suspense>
  );
}
