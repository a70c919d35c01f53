import { isForOtherRuntimes } from "./pipeline-types.ts";

/** How a build starts, for people: "snapshot", or "primed snapshot with symbols" where it was primed and its program is not stripped. `prime`: its paths, or as the database has them. */
export function modeName(build: { mode: string; symbols: boolean; prime: string | readonly string[] }): string {
  if (isForOtherRuntimes(build)) return "module (Node, Deno, Bun)";
  return `${build.prime.length > 0 ? "primed " : ""}${build.mode}${build.symbols ? " with symbols" : ""}`;
}
