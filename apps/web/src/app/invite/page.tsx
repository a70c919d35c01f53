import type { Metadata } from "next";
import { Suspense } from "react";
import { InviteForm } from "../../features/auth/components/invite-form.tsx";

export const metadata: Metadata = { title: "Invitation" };
export default function Page() {
  return (
    <Suspense>
      <InviteForm />
    </Suspense>
  );
}
