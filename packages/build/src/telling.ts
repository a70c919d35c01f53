/** A handler made to say what its top level leaves behind, for who wants to see what a snapshot holds. */
import { type Binding, topLevelBindings } from "@zerostart/compiler/bindings.ts";
import { compileHandler, type CompileInput } from "./compile.ts";

/**
 * Bytecode whose top level ends by writing each of its bindings to the console: `mark`, the name, a blank, the value as the console shows it.
 * Undefined when the handler does not compile.
 */
export async function compileTelling(input: CompileInput, mark: string): Promise<{ bytecode: Uint8Array; bindings: Binding[] } | undefined> {
  const content = input.files[input.entry];
  if (content === undefined) return undefined;
  const source = typeof content === "string" ? content : new TextDecoder().decode(content);
  let bindings: Binding[];
  try {
    bindings = topLevelBindings(source, input.entry);
  } catch {
    return undefined;
  }
  const told = bindings.map(({ name }) => `globalThis.console.log(${JSON.stringify(mark + name)}, ${name});`).join("\n");
  const { bytecode } = await compileHandler({ ...input, files: { ...input.files, [input.entry]: `${source}\n;${told}` } });
  return bytecode && { bytecode, bindings };
}
