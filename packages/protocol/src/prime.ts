/** Priming: requests that a handler answers when its snapshot is made, so that what its libraries put off until the first request is in the snapshot. */
import { launchModes, type LaunchMode } from "./targets.ts";

export const maxPrimePaths = 16;
export const maxPrimePathLength = 2_048;
/** Not even one byte of it can end the request line. */
export const primePath: RegExp = /^\/[!"$-~]*$/;

/** Why a handler cannot be asked for this path; undefined when it can. */
export function primePathProblem(path: string): string | undefined {
  if (!path.startsWith("/")) return `The path to prime with begins with a slash: ${JSON.stringify(path.slice(0, 80))} does not`;
  if (path.length > maxPrimePathLength) return `A path to prime with has at most ${maxPrimePathLength} characters: ${path.slice(0, 40)}... has ${path.length}`;
  if (!primePath.test(path))
    return `A path to prime with is written as in a request, other characters as %XX and without #: ${JSON.stringify(path.slice(0, 80))} is not`;
  return undefined;
}

/** Why a build in this mode cannot be primed so; undefined when it can, or is not to be. */
export function primeProblem(paths: readonly string[], mode: LaunchMode): string | undefined {
  if (paths.length === 0) return undefined;
  if (paths.length > maxPrimePaths) return `At most ${maxPrimePaths} paths can be primed, and ${paths.length} were given`;
  // Said, not ignored: who asks for it counts on it.
  if (launchModes.find(({ name }) => name === mode)?.payload !== "snapshot") {
    const able = launchModes.filter(({ payload }) => payload === "snapshot").map(({ name }) => name);
    return `Mode ${mode} has no snapshot that could keep what a primed request leaves: prime in ${able.slice(0, -1).join(", ")} or ${able.at(-1)}`;
  }
  for (const path of paths) {
    const problem = primePathProblem(path);
    if (problem !== undefined) return problem;
  }
  return undefined;
}
