import Link from "next/link";

export default function NotFound() {
  return (
    <main className="flex min-h-dvh flex-col items-center justify-center gap-2 p-6 text-center">
      <h1 className="text-xl font-semibold">There is no such page</h1>
      <p className="text-sm text-muted">It may have been removed, or the address has a typing error.</p>
      <Link href="/" className="mt-2 text-sm font-medium underline">
        All handlers
      </Link>
    </main>
  );
}
