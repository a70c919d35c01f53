import { Command } from "commander";
import { parseCount } from "../artifacts.ts";
import { activeOf, connect, type ConnectionOptions, withConnection } from "../control-plane.ts";
import { exitCodes, exitCodesHelp, Failure } from "../failure.ts";

type Options = ConnectionOptions & { host?: string; min?: number; max?: number; idle?: number; json?: boolean };

/** The options that bound a deployment's instances. */
export function withScale(command: Command): Command {
  return command
    .option("--min <n>", "instances at least; 0: none until a connection comes (default: as before)", parseCount(0, 64))
    .option("--max <n>", "instances at most, as many as the load wants (default: as before)", parseCount(1, 64))
    .option("--idle <s>", "seconds until an instance that is not needed ends (default: as before)", parseCount(1, 86_400));
}

/** As the procedures take them. */
export function scaleOf({ min, max, idle }: { min?: number; max?: number; idle?: number }) {
  return {
    ...(min !== undefined && { minInstances: min }),
    ...(max !== undefined && { maxInstances: max }),
    ...(idle !== undefined && { idleSeconds: idle }),
  };
}

export const scaleCommand = withScale(withConnection(new Command("scale")))
  .description("change how many instances a handler has, while it runs")
  .argument("<name>", "name of the handler")
  .option("--host <name>", "on this host (default: on all)")
  .option("--json", "print the result as JSON")
  .addHelpText("after", exitCodesHelp)
  .action(async (name: string, options: Options) => {
    const given = scaleOf(options);
    if (Object.keys(given).length === 0) throw new Failure(exitCodes.usage, "what is to change? --min, --max or --idle");
    const plane = connect(options);
    const results = [];
    for (const { id, hostName } of await activeOf(plane, name, options.host, "primary")) {
      const { minInstances, maxInstances, idleSeconds } = await plane.configure({ deploymentId: id, ...given });
      results.push({ deploymentId: id, host: hostName, minInstances, maxInstances, idleSeconds });
      if (!options.json)
        console.log(`${name} on ${hostName}: ${minInstances} to ${maxInstances} instances${idleSeconds === null ? "" : `, idle after ${idleSeconds} s`}`);
    }
    if (options.json) console.log(JSON.stringify(results));
  });
