import type { Metadata } from "next";
import { Suspense } from "react";
import { HandlersPage } from "../../features/handlers/components/handlers-page.tsx";

export const metadata: Metadata = { title: "Handlers" };
export default function Page() {
  return (
    <Suspense>
      <HandlersPage />
    </Suspense>
  );
}
