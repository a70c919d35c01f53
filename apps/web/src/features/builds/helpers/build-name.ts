import { isForOtherRuntimes } from "./pipeline-types.ts";

/** How a build starts, for people: "snapshot", or "snapshot with symbols" where its program is not stripped. */
export function modeName(build: { mode: string; symbols: boolean }): string {
  if (isForOtherRuntimes(build)) return "module (Node, Deno, Bun)";
  return build.symbols ? `${build.mode} with symbols` : build.mode;
}
