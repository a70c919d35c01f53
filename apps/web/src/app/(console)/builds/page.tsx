import type { Metadata } from "next";
import { Suspense } from "react";
import { BuildsPage } from "../../../features/builds/components/builds-page.tsx";

export const metadata: Metadata = { title: "Builds" };
export default function Page() {
  return (
    <Suspense>
      <BuildsPage />
    </Suspense>
  );
}
