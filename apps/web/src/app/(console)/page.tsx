import type { Metadata } from "next";
import { HandlersPage } from "../../features/handlers/components/handlers-page.tsx";
import { FirstData } from "../../lib/first-data.tsx";

export const metadata: Metadata = { title: "Handlers" };
export default function Page() {
  return (
    <FirstData of={({ trpc, want }) => want(trpc.handlers.list.queryOptions())}>
      <HandlersPage />
    </FirstData>
  );
}
