"use client";
import { useQueryClient } from "@tanstack/react-query";
import { LogOut, Monitor, Moon, Sun } from "lucide-react";
import { useTheme } from "next-themes";
import { useRouter } from "next/navigation";
import { useEffect, useState } from "react";
import { toast } from "sonner";
import { cn } from "../../../lib/cn.ts";
import { forgetProject, switchProject } from "../../../lib/project.ts";
import { Tip } from "../../../ui/tip.tsx";
import type { SessionInfo } from "../helpers/session.ts";

const themes = [
  { value: "light", label: "Light", icon: Sun },
  { value: "dark", label: "Dark", icon: Moon },
  { value: "system", label: "As the system", icon: Monitor },
];

export function useSignOut(): () => Promise<void> {
  const router = useRouter();
  const queryClient = useQueryClient();
  return async () => {
    const response = await fetch("/api/auth/sign-out", { method: "POST", headers: { "content-type": "application/json" }, body: "{}" });
    if (!response.ok) {
      toast.error("You could not be signed out", { description: `The server answered ${response.status}.` });
      return;
    }
    queryClient.clear();
    forgetProject();
    router.replace("/sign-in");
  };
}

export function PersonMenu({ session }: { session: SessionInfo }) {
  const { theme, setTheme } = useTheme();
  const signOut = useSignOut();
  const [mounted, setMounted] = useState(false);
  useEffect(() => setMounted(true), []);
  return (
    <div className="flex flex-col gap-2.5 border-t pt-3">
      {session.projects.length > 1 && (
        <select
          aria-label="Project"
          value={session.projectSlug}
          onChange={(e) => switchProject(e.target.value)}
          className="h-8 w-full rounded-md border border-line-strong/50 bg-surface px-2 text-[13px]"
        >
          {session.projects.map((p) => (
            <option key={p.slug} value={p.slug}>
              {p.name}
            </option>
          ))}
        </select>
      )}
      <div role="radiogroup" aria-label="Colour theme" className="flex rounded-md border bg-bg p-0.5">
        {themes.map(({ value, label, icon: Icon }) => {
          const checked = mounted && theme === value;
          return (
            <Tip key={value} text={label}>
              <button
                type="button"
                role="radio"
                aria-checked={checked}
                aria-label={label}
                onClick={() => setTheme(value)}
                className={cn("flex h-7 flex-1 items-center justify-center rounded text-muted hover:text-fg", checked && "bg-raised text-fg")}
              >
                <Icon className="size-3.5" />
              </button>
            </Tip>
          );
        })}
      </div>
      <div className="flex items-center gap-2.5 px-1">
        <span aria-hidden className="flex size-8 shrink-0 items-center justify-center rounded-full bg-raised text-[13px] font-semibold uppercase">
          {session.name.slice(0, 1)}
        </span>
        <div className="min-w-0 flex-1">
          <p className="truncate text-[13px] font-medium">{session.name}</p>
          <p className="truncate text-xs text-muted">
            {session.role} · {session.projectName}
          </p>
        </div>
        <Tip text="Sign out">
          <button type="button" aria-label="Sign out" onClick={signOut} className="rounded-md p-2 text-muted hover:bg-raised hover:text-fg">
            <LogOut className="size-4" />
          </button>
        </Tip>
      </div>
    </div>
  );
}
