export function Logo() {
  return (
    <span className="inline-flex items-center gap-2 font-semibold tracking-tight">
      <svg viewBox="0 0 32 32" aria-hidden className="size-6">
        <rect width="32" height="32" rx="7" className="fill-accent" />
        <path d="M9 9h14v2.6L13.2 20.4H23V23H9v-2.6l9.8-8.8H9z" className="fill-accent-fg" />
      </svg>
      Zerostart
    </span>
  );
}
