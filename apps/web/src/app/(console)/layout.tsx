import { redirect } from "next/navigation";
import type { ReactNode } from "react";
import { Shell } from "../../features/shell/components/shell.tsx";
import { authState, FirstData } from "../../lib/first-data.tsx";
import { pageRequest } from "../../lib/page-request.ts";

/** The frame of every page of the console. Visitors are sent to set-up or sign-in at once; where links lead, the shell does it. */
export default async function ConsoleLayout({ children }: { children: ReactNode }) {
  const page = pageRequest();
  const state = page && (await authState(page).catch(() => undefined));
  if (state?.needsSetup) redirect("/setup");
  if (page && state && !state.person) redirect(`/sign-in?next=${encodeURIComponent(page.url.pathname)}`);
  return (
    <FirstData of={({ trpc, want }) => want(trpc.alerts.openCount.queryOptions())}>
      <Shell>{children}</Shell>
    </FirstData>
  );
}
