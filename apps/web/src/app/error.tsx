"use client";
import { Button } from "../ui/button.tsx";

export default function ErrorPage({ error, reset }: { error: Error & { digest?: string }; reset: () => void }) {
  return (
    <main className="flex min-h-dvh flex-col items-center justify-center gap-3 p-6 text-center">
      <h1 className="text-xl font-semibold">This page failed</h1>
      <p className="max-w-md text-sm break-words text-muted">
        {error.message}
        {error.digest ? ` (${error.digest})` : ""}
      </p>
      <Button onClick={reset}>Try again</Button>
    </main>
  );
}
