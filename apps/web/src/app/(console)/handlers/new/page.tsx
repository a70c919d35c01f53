import type { Metadata } from "next";
import { NewHandlerPage } from "../../../../features/handlers/components/new-handler-page.tsx";

export const metadata: Metadata = { title: "New handler" };
export default function Page() {
  return <NewHandlerPage />;
}
