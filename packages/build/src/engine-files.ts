/** Where the engine's files are, and whether they are still the ones that they were. Loads next to nothing: a command's first step needs it. */
import { statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const repositoryRoot = resolve(dirname(fileURLToPath(import.meta.url)), "../../..");
export const engineDirectory = join(repositoryRoot, "packages/vm/build");

/** Unless another is named. */
export function usualEngine(): string {
  return process.env.ZEROSTART_ENGINE ?? engineDirectory;
}

/** Another text whenever one of an engine's files is another. */
export function engineStamp(directory: string): string {
  const stamps = ["vm.wasm", "base.image", "source.image", "vm.symbols.json", "vm.tracing.wasm"].map((name) => {
    const file = statSync(join(directory, name), { throwIfNoEntry: false });
    return file ? `${file.mtimeMs}:${file.size}:${file.ino}` : "";
  });
  return `${resolve(directory)} ${stamps.join()}`;
}
