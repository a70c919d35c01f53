import { z } from "zod";

/** Appears in URLs, file names and logs. */
export const handlerName = z.string().regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, "a name of lowercase letters, digits and hyphens, at most 63");

/** "My Handler.ts" -> "my-handler"; "" when nothing is left. */
export function suggestName(fileName: string): string {
  const base = fileName.split("/").filter(Boolean).at(-1) ?? "";
  return base
    .replace(/\.[a-z]+$/i, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 63)
    .replace(/-+$/, "");
}
