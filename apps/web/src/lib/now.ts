"use client";
import { createContext, useContext, useSyncExternalStore } from "react";

/** When the page was rendered on the server, ms since the epoch. */
export const RenderedAt = createContext(0);

let resolveAlive = () => {};
const alive = new Promise<void>((resolve) => {
  resolveAlive = resolve;
});

/** Resolves when the browser has taken over the page that the server rendered; never on the server. */
export const whenAlive = (): Promise<void> => (typeof window === "undefined" ? new Promise(() => {}) : alive);

export function becomeAlive(): void {
  document.documentElement.dataset["alive"] = ""; // for tests, which would act on what does not listen yet
  resolveAlive();
}

const never = () => () => {};

/** False on the server and while the browser takes over its work, which has to be the same there; then the reader's own clock, zone and language count. */
export const useIsAlive = (): boolean =>
  useSyncExternalStore(
    never,
    () => true,
    () => false,
  );

/** Now, in ms since the epoch. */
export function useNow(): number {
  const renderedAt = useContext(RenderedAt);
  return useIsAlive() ? Date.now() : renderedAt;
}
