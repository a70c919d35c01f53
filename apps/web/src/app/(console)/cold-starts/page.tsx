import type { Metadata } from "next";
import { Suspense } from "react";
import { ColdStartsPage } from "../../../features/cold-starts/components/cold-starts-page.tsx";

export const metadata: Metadata = { title: "Cold starts" };
export default function Page() {
  return (
    <Suspense>
      <ColdStartsPage />
    </Suspense>
  );
}
