"use client";
import { pageRequest } from "./page-request.ts";

/**
 * Which project this tab works in: the address names it (?project=slug), else what the tab used last, else what this
 * browser used last. Switching is a fresh load of the page: nothing of the other project stays in memory.
 */
const key = "zerostart-project";

export function wantedProject(): string | null {
  if (typeof window === "undefined") return pageRequest()?.url.searchParams.get("project") ?? null;
  return new URLSearchParams(window.location.search).get("project") ?? sessionStorage.getItem(key) ?? localStorage.getItem(key);
}

export function rememberProject(slug: string): void {
  sessionStorage.setItem(key, slug);
  localStorage.setItem(key, slug);
}

export function forgetProject(): void {
  sessionStorage.removeItem(key);
  localStorage.removeItem(key);
}

/** Whether the address itself names a project, rather than this browser's memory. */
export const isProjectInAddress = (): boolean => new URLSearchParams(window.location.search).has("project");

export function switchProject(slug: string): void {
  rememberProject(slug);
  window.location.assign(`/?project=${encodeURIComponent(slug)}`);
}

/** A path of the API outside of tRPC (downloads), with the project that it is asked for. */
export function apiPath(path: string): string {
  const project = wantedProject();
  return project === null ? path : `${path}${path.includes("?") ? "&" : "?"}project=${encodeURIComponent(project)}`;
}
