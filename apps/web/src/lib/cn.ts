import { clsx, type ClassValue } from "clsx";
import { twMerge } from "tailwind-merge";

/** Class names joined; of two that conflict, the later one counts. */
export function cn(...inputs: ClassValue[]): string {
  return twMerge(clsx(inputs));
}
