import { cp, mkdir, readdir } from "node:fs/promises";
import { join, relative } from "node:path";
import { Command } from "commander";
import { exitCodes, exitCodesHelp, Failure } from "../failure.ts";

const templatesFolder = join(import.meta.dirname, "../../templates");

export const initCommand = new Command("init")
  .description("write the first files of a handler into a folder")
  .argument("[folder]", "made when it is not there", ".")
  .option("--template <name>", "json, page or routes", "json")
  .option("--json", "print the files that were written as JSON")
  .addHelpText("after", exitCodesHelp)
  .action(async (folder: string, options: { template: string; json?: boolean }) => {
    const templates = (await readdir(templatesFolder)).sort();
    if (!templates.includes(options.template)) throw new Failure(exitCodes.usage, `there is no template ${options.template} (${templates.join(", ")})`);
    const source = join(templatesFolder, options.template);
    const files = (await readdir(source)).sort();
    const there = new Set(await readdir(folder).catch(() => []));
    const clash = files.filter((file) => there.has(file));
    if (clash.length > 0) throw new Failure(exitCodes.usage, `${clash.join(", ")} would be overwritten in ${folder}`);
    try {
      await mkdir(folder, { recursive: true });
      for (const file of files) await cp(join(source, file), join(folder, file));
    } catch (error) {
      throw new Failure(exitCodes.usage, `${folder} cannot be written: ${error instanceof Error ? error.message : String(error)}`);
    }
    const written = files.map((file) => relative("", join(folder, file)));
    if (options.json) return console.log(JSON.stringify({ template: options.template, files: written }));
    for (const file of written) console.log(file);
    console.error(`next: zerostart dev ${written.find((file) => !file.includes(".test."))}`);
  });
