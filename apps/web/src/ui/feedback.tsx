import { CircleAlert } from "lucide-react";
import Link from "next/link";
import type { ReactNode } from "react";
import { errorText } from "../lib/api.ts";
import { cn } from "../lib/cn.ts";

/** In the place of what is still loading, in its size. */
export function Skeleton({ className }: { className?: string }) {
  return <div aria-hidden className={cn("animate-pulse rounded-md bg-raised", className)} />;
}

export function TableSkeleton({ rows = 4 }: { rows?: number }) {
  return (
    <div role="status" aria-label="Loading" className="flex flex-col gap-2 p-4">
      {Array.from({ length: rows }, (_, i) => (
        <Skeleton key={i} className="h-9" />
      ))}
    </div>
  );
}

/** Nothing here yet: what this is and what to do next. */
export function Empty({ icon, title, children, action }: { icon?: ReactNode; title: string; children?: ReactNode; action?: ReactNode }) {
  return (
    <div className="flex flex-col items-center gap-3 px-6 py-12 text-center [&_svg]:size-6">
      {icon && (
        <div aria-hidden className="rounded-full border bg-raised p-3 text-muted">
          {icon}
        </div>
      )}
      <p className="font-medium">{title}</p>
      {children && <div className="max-w-md text-sm text-muted">{children}</div>}
      {action && <div className="mt-1 flex flex-wrap justify-center gap-2 [&_svg]:size-4">{action}</div>}
    </div>
  );
}

/** An error in the place of what it kept from being shown. */
export function ErrorNote({ error, title, className, children }: { error?: unknown; title?: string; className?: string; children?: ReactNode }) {
  return (
    <div role="alert" className={cn("flex gap-2.5 rounded-md border border-bad/30 bg-bad/8 p-3 text-sm", className)}>
      <CircleAlert aria-hidden className="mt-0.5 size-4 shrink-0 text-bad" />
      <div className="min-w-0">
        {title && <p className="font-medium">{title}</p>}
        {error !== undefined && <p className="break-words">{errorText(error)}</p>}
        {children}
      </div>
    </div>
  );
}

/** In the place of a page whose subject is not there, or may not be seen: what is wrong, and the way on. */
export function NotShown({ what, error, back }: { what: string; error: unknown; back: { label: string; href: string } }) {
  return (
    <>
      <h1 className="mb-5 text-xl font-semibold tracking-tight">The {what} cannot be shown</h1>
      <ErrorNote error={error}>
        <Link href={back.href} className="mt-1 inline-block underline">
          {back.label}
        </Link>
      </ErrorNote>
    </>
  );
}
