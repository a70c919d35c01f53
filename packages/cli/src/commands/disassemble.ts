import { readFile } from "node:fs/promises";
import { Command } from "commander";
import { exitCodes, exitCodesHelp, Failure } from "../failure.ts";
import { compileFile } from "../sources.ts";

export const disassembleCommand = new Command("disassemble")
  .description("print the bytecode of a handler, or of a bytecode file")
  .argument("<file>", "JavaScript, TypeScript, JSX or TSX file, or a .zbc file written by `zerostart build --bytecode`")
  .option("--script", "the file is a plain script, not a handler")
  .option("--json", "print the listing and its sizes as JSON")
  .addHelpText("after", exitCodesHelp)
  .action(async (file: string, options: { script?: boolean; json?: boolean }) => {
    const bytecode = file.endsWith(".zbc") ? await readBytecode(file) : (await compileFile(file, options.script ? "script" : "handler")).bytecode!;
    const { disassembleBytecode } = await import("@zerostart/build");
    let listing: string;
    try {
      listing = disassembleBytecode(bytecode);
    } catch (error) {
      throw new Failure(exitCodes.failed, `${file} is not a bytecode file that can be read: ${error instanceof Error ? error.message : String(error)}`);
    }
    console.log(options.json ? JSON.stringify({ bytecodeBytes: bytecode.length, listing }) : listing);
  });

async function readBytecode(file: string): Promise<Uint8Array> {
  return readFile(file).catch((error: NodeJS.ErrnoException) => {
    throw new Failure(exitCodes.usage, `${file}: ${error.code === "ENOENT" ? "there is no such file" : error.message}`);
  });
}
