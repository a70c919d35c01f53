/** The artifact for other runtimes, with which experiments compare ours: one module for Node, Deno and Bun that serves the handler by the runtime's own server. */
import { withAdapter } from "./adapters/with-adapter.ts";
import { BuildError, type Artifact } from "./artifact.ts";
import { bundle } from "./bundle.ts";
import { sha256 } from "./cache.ts";
import { readSources, type CompileInput } from "./compile.ts";

export type ModuleArtifact = Omit<Artifact, "mode" | "target" | "executor"> & { executor: "runtime" };

/**
 * TypeScript is stripped and packages are bundled as for our own engine: the runtimes run the same code. `RUNTIME FILE PORT` serves at 127.0.0.1.
 * @throws BuildError with the diagnostics
 */
export async function moduleArtifact(
  input: Pick<CompileInput, "files" | "entry" | "resolveDir"> & { name: string; onLog?: (line: string) => void },
): Promise<ModuleArtifact> {
  const read = readSources(input.files, input.entry);
  if ("ok" in read) throw new BuildError("The handler does not compile", read.diagnostics);
  const bundled = await bundle(...(await withAdapter(read.texts, read.entry, "server")), input.resolveDir, true);
  if (!bundled.ok) throw new BuildError("The handler cannot be bundled for other runtimes", bundled.diagnostics);
  const bytes = new TextEncoder().encode(bundled.code);
  input.onLog?.(`Built ${input.name} as a module for other runtimes: ${bytes.length} bytes`);
  return {
    bytes,
    sha256: sha256(bytes),
    sizeBytes: bytes.length,
    stubSha256: "",
    engineVersion: "",
    dynamicDependencies: [],
    executor: "runtime",
    warnings: bundled.diagnostics.map((d) => d.message),
  };
}
