"use client";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useSubscription } from "@trpc/tanstack-react-query";
import { Menu, Search, X } from "lucide-react";
import Link from "next/link";
import { usePathname, useRouter } from "next/navigation";
import { parseAsString, useQueryState } from "nuqs";
import { useEffect, useMemo, useState, type ReactNode } from "react";
import { useTRPC } from "../../../lib/api.ts";
import { cn } from "../../../lib/cn.ts";
import { useIsAlive } from "../../../lib/now.ts";
import { forgetProject, isProjectInAddress, rememberProject, switchProject, wantedProject } from "../../../lib/project.ts";
import type { Role } from "../../../server/permissions.ts";
import { Button } from "../../../ui/button.tsx";
import { ErrorNote, Skeleton } from "../../../ui/feedback.tsx";
import { isCurrent, navigation } from "../helpers/navigation.ts";
import { SessionContext, type SessionInfo } from "../helpers/session.ts";
import { CommandPalette, openPalette } from "./command-palette.tsx";
import { Logo } from "./logo.tsx";
import { PersonMenu } from "./person-menu.tsx";

/** Open pages look again when the project changes; each looks for itself, so only what is shown is asked for. */
function LiveRefresh() {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  useSubscription(
    trpc.changes.subscriptionOptions(undefined, {
      onData: ({ tick }) => {
        if (tick > 0) void queryClient.invalidateQueries();
      },
    }),
  );
  return null;
}

/** With several projects, every address names the one it is about, so that it can be shared. */
function ProjectInAddress({ slug }: { slug: string }) {
  const pathname = usePathname();
  const [inAddress, setInAddress] = useQueryState("project", parseAsString.withOptions({ history: "replace" }));
  useEffect(() => {
    rememberProject(slug);
    if (inAddress !== slug) void setInAddress(slug);
  }, [slug, inAddress, pathname, setInAddress]);
  return null;
}

/** How many alerts nobody has acknowledged. */
function OpenAlerts() {
  const trpc = useTRPC();
  const { data } = useQuery(trpc.alerts.openCount.queryOptions());
  return data ? (
    <span className="tnum ml-auto rounded-full border border-bad/30 bg-bad/10 px-1.5 text-xs text-bad">
      {data}
      <span className="sr-only"> open</span>
    </span>
  ) : null;
}

function Frame({ session, children }: { session: SessionInfo; children: ReactNode }) {
  const pathname = usePathname();
  const [menuOpen, setMenuOpen] = useState(false);
  useEffect(() => setMenuOpen(false), [pathname]);
  const isAlive = useIsAlive();
  const isMac = isAlive && navigator.platform.startsWith("Mac");
  const links = (
    <nav aria-label="Main" className="flex flex-col gap-0.5">
      {navigation.map((item) => {
        const current = isCurrent(item, pathname);
        return (
          <Link
            key={item.href}
            href={item.href}
            aria-current={current ? "page" : undefined}
            className={cn(
              "flex h-9 items-center gap-2.5 rounded-md px-2.5 text-sm text-muted hover:bg-raised hover:text-fg",
              current && "bg-raised font-medium text-fg",
            )}
          >
            <item.icon aria-hidden className="size-4" />
            {item.label}
            {item.href === "/alerts" && <OpenAlerts />}
          </Link>
        );
      })}
    </nav>
  );
  const search = (
    <button
      type="button"
      onClick={openPalette}
      className="flex h-9 w-full items-center gap-2 rounded-md border bg-bg px-2.5 text-[13px] text-muted hover:text-fg"
    >
      <Search aria-hidden className="size-4" /> Search or jump to
      <kbd className="ml-auto rounded border bg-surface px-1.5 font-mono text-[11px]">{isMac ? "⌘" : "Ctrl "}K</kbd>
    </button>
  );
  return (
    <div className="flex min-h-dvh flex-col md:flex-row">
      <a href="#main" className="sr-only z-50 rounded-md bg-accent px-3 py-2 text-accent-fg focus:not-sr-only focus:fixed focus:top-2 focus:left-2">
        Skip to content
      </a>
      <aside className="sticky top-0 hidden h-dvh w-60 shrink-0 flex-col gap-4 border-r bg-surface p-3 md:flex">
        <Link href="/" className="px-2 pt-1.5" aria-label="Zerostart, handlers">
          <Logo />
        </Link>
        {search}
        {links}
        <div className="mt-auto">
          <PersonMenu session={session} />
        </div>
      </aside>
      <header className="sticky top-0 z-30 flex items-center justify-between border-b bg-surface px-4 py-2.5 md:hidden">
        <Link href="/" aria-label="Zerostart, handlers">
          <Logo />
        </Link>
        <button
          type="button"
          aria-expanded={menuOpen}
          aria-controls="phone-menu"
          aria-label={menuOpen ? "Close menu" : "Open menu"}
          onClick={() => setMenuOpen(!menuOpen)}
          className="rounded-md p-2 hover:bg-raised"
        >
          {menuOpen ? <X className="size-5" /> : <Menu className="size-5" />}
        </button>
      </header>
      {menuOpen && (
        <div id="phone-menu" className="sticky top-14 z-20 flex flex-col gap-3 border-b bg-surface p-3 shadow-lg md:hidden">
          {search}
          {links}
          <PersonMenu session={session} />
        </div>
      )}
      <main id="main" className="min-w-0 flex-1 px-4 py-6 sm:px-6 lg:px-8">
        <div className="mx-auto max-w-6xl">{children}</div>
      </main>
      <CommandPalette />
    </div>
  );
}

/** The frame of every page of the console; sends visitors to set-up or sign-in first. */
export function Shell({ children }: { children: ReactNode }) {
  const trpc = useTRPC();
  const router = useRouter();
  const pathname = usePathname();
  const { data, error } = useQuery(trpc.auth.state.queryOptions(undefined, { staleTime: 60_000 }));
  const away = data && (data.needsSetup ? "/setup" : data.person ? null : `/sign-in?next=${encodeURIComponent(pathname)}`);
  useEffect(() => {
    if (away) router.replace(away);
  }, [away, router]);
  const session = useMemo<SessionInfo | null>(() => {
    const wanted = wantedProject();
    const project = data?.projects.find((p) => p.slug === wanted || p.id === wanted) ?? (wanted === null ? data?.projects[0] : undefined);
    return data?.person && project
      ? {
          name: data.person.name,
          email: data.person.email,
          projectName: project.name,
          projectSlug: project.slug,
          projects: data.projects.map(({ slug, name }) => ({ slug, name })),
          role: project.role as Role,
        }
      : null;
  }, [data]);
  if (error)
    return (
      <main className="mx-auto max-w-lg p-6">
        <ErrorNote title="The console cannot be shown" error={error} />
      </main>
    );
  const first = data?.projects[0];
  // Remembered from another account or another control plane at this address: not worth an error.
  const isStale = Boolean(data?.person && !session && first && !isProjectInAddress());
  useEffect(() => {
    if (!isStale) return;
    forgetProject();
    window.location.reload();
  }, [isStale]);
  if (data?.person && !session && !isStale)
    return (
      <main className="mx-auto max-w-lg p-6">
        {first ? (
          <ErrorNote title={`You are not a member of the project "${wantedProject()}"`}>
            <p>It may have been removed, or the address names another team's.</p>
            <Button size="sm" className="mt-3" onClick={() => switchProject(first.slug)}>
              Go to {first.name}
            </Button>
          </ErrorNote>
        ) : (
          <ErrorNote title="You belong to no project">Ask an admin to add you to one (Settings, People).</ErrorNote>
        )}
      </main>
    );
  if (!session)
    return (
      <main aria-busy className="p-8">
        <h1 className="sr-only">Zerostart</h1>
        <Skeleton className="h-8 w-48" />
        <Skeleton className="mt-6 h-64" />
      </main>
    );
  return (
    <SessionContext value={session}>
      <LiveRefresh />
      {session.projects.length > 1 && <ProjectInAddress slug={session.projectSlug} />}
      <Frame session={session}>{children}</Frame>
    </SessionContext>
  );
}
