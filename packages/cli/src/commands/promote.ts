import { Command } from "commander";
import { activeOf, connect, type ConnectionOptions, withConnection } from "../control-plane.ts";
import { exitCodesHelp } from "../failure.ts";

type Options = ConnectionOptions & { host?: string; json?: boolean };

const command = (verb: "promote" | "take-back", description: string, done: string) =>
  withConnection(new Command(verb))
    .description(description)
    .argument("<name>", "name of the handler")
    .option("--host <name>", "on this host (default: on all)")
    .option("--json", "print the result as JSON")
    .addHelpText("after", exitCodesHelp)
    .action(async (name: string, options: Options) => {
      const plane = connect(options);
      const results = [];
      for (const { id, hostName, versionNumber } of await activeOf(plane, name, options.host, "canary")) {
        await (verb === "promote" ? plane.promote(id) : plane.takeBack(id));
        results.push({ deploymentId: id, host: hostName, version: versionNumber });
        if (!options.json) console.log(`${name} on ${hostName}: ${done}`);
      }
      if (options.json) console.log(JSON.stringify(results));
    });

export const promoteCommand = command("promote", "let a handler's canary take over, whatever its rules say", "the canary was promoted");
export const takeBackCommand = command("take-back", "end a handler's canary; what ran before gets every connection", "the canary was taken back");
