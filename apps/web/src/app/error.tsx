"use client";
import { useEffect } from "react";
import { Button } from "../ui/button.tsx";

const reloadedAt = "zerostart-reloaded-at";
/** A page that fails again within this time is not loaded anew by itself. */
const onceInMs = 30_000;

/** An open page asks for parts that the control plane does not have any more after it was upgraded: the new ones come with a load of the page. */
const isOutdated = (error: Error) => /loading chunk|load chunk|ChunkLoadError/i.test(`${error.name} ${error.message}`);

export default function ErrorPage({ error, reset }: { error: Error & { digest?: string }; reset: () => void }) {
  useEffect(() => {
    if (!isOutdated(error) || Date.now() - Number(sessionStorage.getItem(reloadedAt) ?? 0) < onceInMs) return;
    sessionStorage.setItem(reloadedAt, String(Date.now()));
    window.location.reload();
  }, [error]);
  return (
    <main className="flex min-h-dvh flex-col items-center justify-center gap-3 p-6 text-center">
      <h1 className="text-xl font-semibold">This page failed</h1>
      <p className="max-w-md text-sm break-words text-muted">
        {error.message}
        {error.digest ? ` (${error.digest})` : ""}
      </p>
      <Button onClick={isOutdated(error) ? () => window.location.reload() : reset}>Try again</Button>
    </main>
  );
}
