import { Command } from "commander";
import { build, handlerName, hostTarget, runAndCapture, runToEnd, withArtifacts } from "../artifacts.ts";
import { exitCodesHelp } from "../failure.ts";
import { compileFile } from "../sources.ts";

export const execCommand = new Command("exec")
  .description("run a plain script on the native VM; console.log goes to stdout, an uncaught error ends it with exit code 1")
  .argument("<file>", "JavaScript or TypeScript file")
  .option("--json", "print exit code and output as JSON when it has ended")
  .addHelpText("after", exitCodesHelp)
  .action(async (file: string, options: { json?: boolean }) => {
    const name = handlerName(file);
    const compiled = await compileFile(file, "script");
    const artifact = await build({ compiled, name, kind: "script", mode: "embedded", target: hostTarget });
    process.exitCode = await withArtifacts([{ name, artifact }], async ([command]) => {
      if (!options.json) return runToEnd(command!, [], {}, compiled.mapStack);
      const result = await runAndCapture(command!, [], compiled.mapStack);
      console.log(JSON.stringify(result));
      return result.exitCode;
    });
  });
