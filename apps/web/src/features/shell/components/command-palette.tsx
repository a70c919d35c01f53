"use client";
import { useQuery } from "@tanstack/react-query";
import { Command } from "cmdk";
import { Box, LogOut, Plus, SunMoon } from "lucide-react";
import { useTheme } from "next-themes";
import { useRouter } from "next/navigation";
import { useEffect, useState } from "react";
import { Dialog as Radix } from "radix-ui";
import { useTRPC } from "../../../lib/api.ts";
import { navigation } from "../helpers/navigation.ts";
import { useCan } from "../helpers/session.ts";
import { useSignOut } from "./person-menu.tsx";

const item = "flex cursor-pointer items-center gap-2.5 rounded-md px-2.5 py-2 text-sm data-[selected=true]:bg-raised [&_svg]:size-4 [&_svg]:text-muted";

const typing = (target: EventTarget | null) =>
  target instanceof HTMLElement && (target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName));

/** Cmd/Ctrl-K from anywhere; "g" then a letter jumps to a page, "n" makes a handler. */
function useShortcuts(toggle: () => void): void {
  const router = useRouter();
  useEffect(() => {
    let going = 0;
    const onKey = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() === "k" && (event.metaKey || event.ctrlKey)) {
        event.preventDefault();
        toggle();
        return;
      }
      if (event.metaKey || event.ctrlKey || event.altKey || typing(event.target) || document.querySelector("[role=dialog],[role=alertdialog]")) return;
      const target = Date.now() - going < 1_000 ? navigation.find((n) => n.key === event.key) : undefined;
      going = event.key === "g" ? Date.now() : 0;
      if (target) router.push(target.href);
      else if (event.key === "n") router.push("/handlers/new");
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [router, toggle]);
}

const asked = "zerostart:palette";

/** Opens the palette from anywhere; its state is its own, so that nothing else is drawn again. */
export const openPalette = () => void window.dispatchEvent(new Event(asked));

export function CommandPalette() {
  const [open, onOpenChange] = useState(false);
  useEffect(() => {
    const show = () => onOpenChange(true);
    window.addEventListener(asked, show);
    return () => window.removeEventListener(asked, show);
  }, []);
  const trpc = useTRPC();
  const router = useRouter();
  const { resolvedTheme, setTheme } = useTheme();
  const signOut = useSignOut();
  const canCreate = useCan("deployer");
  const { data: handlers } = useQuery(trpc.handlers.list.queryOptions(undefined, { enabled: open }));
  useShortcuts(() => onOpenChange(!open));
  const run = (action: () => unknown) => () => {
    onOpenChange(false);
    void action();
  };
  return (
    // Not modal: that would restyle the whole page, which on a large one takes longer than the palette itself. What is beneath is covered all the same,
    // and a focus that leaves closes it.
    <Radix.Root modal={false} open={open} onOpenChange={onOpenChange}>
      <Radix.Portal>
        <div aria-hidden className="fixed inset-0 z-40 overscroll-contain bg-black/50" />
        <Radix.Content
          aria-describedby={undefined}
          className="fixed top-[12dvh] left-1/2 z-50 w-[calc(100vw-2rem)] max-w-lg -translate-x-1/2 overflow-hidden rounded-xl border bg-surface shadow-2xl"
        >
          <Radix.Title className="sr-only">Search or jump to</Radix.Title>
          <Command loop>
            <Command.Input
              placeholder="Search handlers, pages, actions"
              className="h-12 w-full border-b bg-transparent px-4 text-sm outline-none placeholder:text-muted"
            />
            <Command.List className="max-h-[50dvh] overflow-y-auto p-2 [&_[cmdk-group-heading]]:px-2.5 [&_[cmdk-group-heading]]:py-1.5 [&_[cmdk-group-heading]]:text-xs [&_[cmdk-group-heading]]:text-muted">
              <Command.Empty className="px-3 py-6 text-center text-sm text-muted">Nothing found.</Command.Empty>
              <Command.Group heading="Actions">
                {canCreate && (
                  <Command.Item className={item} onSelect={run(() => router.push("/handlers/new"))}>
                    <Plus /> New handler<kbd className="ml-auto font-mono text-xs text-muted">n</kbd>
                  </Command.Item>
                )}
                <Command.Item className={item} onSelect={run(() => setTheme(resolvedTheme === "dark" ? "light" : "dark"))}>
                  <SunMoon /> Switch between light and dark
                </Command.Item>
                <Command.Item className={item} onSelect={run(signOut)}>
                  <LogOut /> Sign out
                </Command.Item>
              </Command.Group>
              <Command.Group heading="Pages">
                {navigation.map((n) => (
                  <Command.Item key={n.href} className={item} onSelect={run(() => router.push(n.href))}>
                    <n.icon /> {n.label}
                    <kbd className="ml-auto font-mono text-xs text-muted">g {n.key}</kbd>
                  </Command.Item>
                ))}
              </Command.Group>
              {handlers && handlers.length > 0 && (
                <Command.Group heading="Handlers">
                  {handlers.map((h) => (
                    <Command.Item key={h.id} value={`handler ${h.name}`} className={item} onSelect={run(() => router.push(`/handlers/${h.id}`))}>
                      <Box /> {h.name}
                    </Command.Item>
                  ))}
                </Command.Group>
              )}
            </Command.List>
          </Command>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
