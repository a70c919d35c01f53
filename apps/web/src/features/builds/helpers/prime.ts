/** Paths that a build is primed with, as they are asked for, kept and shown. */
import { maxPrimePathLength, maxPrimePaths, primePath, primePathProblem } from "@zerostart/protocol";
import { z } from "zod";

export const primeInput = z
  .array(
    z
      .string()
      .max(maxPrimePathLength)
      .regex(primePath, { error: ({ input }) => primePathProblem(String(input)) ?? "this is no path" }),
  )
  .max(maxPrimePaths, `at most ${maxPrimePaths} paths to prime with`);

/** As the database has them: no path has an end of line in it. */
export const primeText = (paths: readonly string[]): string => paths.join("\n");
export const primeOf = (text: string): string[] => (text === "" ? [] : text.split("\n"));

/** "/, /api" as a person writes it. */
export const parsePrime = (text: string): string[] => text.split(/[\s,]+/).filter((path) => path !== "");
