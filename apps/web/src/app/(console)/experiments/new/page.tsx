import type { Metadata } from "next";
import { Suspense } from "react";
import { NewExperimentPage } from "../../../../features/experiments/components/new-experiment-page.tsx";

export const metadata: Metadata = { title: "New experiment" };
export default function Page() {
  return (
    <Suspense>
      <NewExperimentPage />
    </Suspense>
  );
}
