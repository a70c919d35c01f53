import type { ReactNode } from "react";
import { Logo } from "../../shell/components/logo.tsx";

/** The page around set-up and sign-in. */
export function AuthFrame({ title, note, children }: { title: string; note: string; children: ReactNode }) {
  return (
    <main className="flex min-h-dvh items-center justify-center p-4">
      <div className="w-full max-w-sm">
        <div className="mb-6 text-lg">
          <Logo />
        </div>
        <div className="rounded-xl border bg-surface p-6 shadow-xs">
          <h1 className="text-lg font-semibold tracking-tight">{title}</h1>
          <p className="mt-1 mb-5 text-sm text-muted">{note}</p>
          {children}
        </div>
      </div>
    </main>
  );
}
