/**
 * A program as an AWS Lambda function: a zip whose `bootstrap` is the program, for the runtimes `provided.al2023` and
 * `provided.al2`. The handler must have been compiled with the adapter (compileHandler's `adapter: "lambda"`). The same
 * input gives the same bytes.
 */
import { zipSync } from "fflate";
import { packagingsFor, targets, type TargetTriple } from "@zerostart/protocol/targets.ts";
import { BuildError } from "../artifact.ts";

const architectures: Record<string, "x86_64" | "arm64"> = { x86_64: "x86_64", aarch64: "arm64" };
const unix = 3;
const regularFile = 0o100_000;
/** Zip's calendar begins here; it has no time zones, and is read in the machine's own. */
const epoch = new Date(1980, 0, 1);

/** The archive, and the function's `Architectures`. @throws BuildError for a target that Lambda does not run */
export function lambdaZip(input: { bytes: Uint8Array; target: TargetTriple }): { archive: Uint8Array; architecture: "x86_64" | "arm64" } {
  const architecture = architectures[targets.find((t) => t.triple === input.target)!.arch];
  if (!architecture || !packagingsFor(input.target).some(({ name }) => name === "lambda"))
    throw new BuildError(`AWS Lambda runs static programs for Linux on x86-64 and Arm64, and ${input.target} is none`);
  return { archive: zipSync({ bootstrap: [input.bytes, { os: unix, attrs: (regularFile | 0o755) * 0x1_0000, mtime: epoch }] }), architecture };
}
