"use client";
import Link from "next/link";
import { Fragment, useEffect, type ReactNode } from "react";

/** The head of every page: where one is, its name, what can be done. Also names the browser's tab. */
export function PageHeader({
  title,
  trail = [],
  actions,
  children,
}: {
  title: string;
  trail?: { label: string; href: string }[];
  actions?: ReactNode;
  children?: ReactNode;
}) {
  useEffect(() => {
    document.title = `${title} · Zerostart`;
  }, [title]);
  return (
    <header className="mb-5 flex flex-wrap items-start justify-between gap-x-6 gap-y-3">
      <div className="min-w-0 flex-1 basis-72">
        {trail.length > 0 && (
          <nav aria-label="Breadcrumb" className="mb-1 flex flex-wrap items-center gap-1.5 text-[13px] text-muted">
            {trail.map((step) => (
              <Fragment key={step.href}>
                <Link href={step.href} className="hover:text-fg hover:underline">
                  {step.label}
                </Link>
                <span aria-hidden>/</span>
              </Fragment>
            ))}
          </nav>
        )}
        <h1 className="text-xl break-words font-semibold tracking-tight">{title}</h1>
        {children && <div className="mt-1 text-sm text-muted">{children}</div>}
      </div>
      {actions && <div className="flex flex-wrap items-center gap-2">{actions}</div>}
    </header>
  );
}
