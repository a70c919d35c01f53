import { Command } from "commander";
import { connect, type ConnectionOptions, healthyUrl, withConnection } from "../control-plane.ts";
import { exitCodes, exitCodesHelp, Failure } from "../failure.ts";

type Options = ConnectionOptions & { host?: string; wait: boolean; json?: boolean };

export const rollbackCommand = withConnection(new Command("rollback"))
  .description("deploy the build that a handler ran before its present one; nothing is built")
  .argument("<name>", "name of the handler")
  .option("--host <name>", "the host to roll back on (default: the only one it runs on)")
  .option("--wait", "until it answers (the default)", true)
  .option("--no-wait", "do not wait until it answers")
  .option("--json", "print the result as JSON")
  .addHelpText("after", exitCodesHelp)
  .action(async (name: string, options: Options) => {
    const plane = connect(options);
    const handler = await plane.handlerNamed(name);
    const all = (await plane.deployments(handler.id))
      .filter((each) => options.host === undefined || each.hostName === options.host)
      .filter((each) => each.role === "primary");
    const active = all.filter((each) => each.state === "active");
    if (active.length === 0) throw new Failure(exitCodes.failed, `${name} is not deployed${options.host ? ` on ${options.host}` : ""}`);
    if (active.length > 1) throw new Failure(exitCodes.usage, `name a host with --host: ${active.map((each) => each.hostName).join(", ")}`);
    const now = active[0]!;
    // Newest first: the first one behind it that ran something else.
    const before = all.slice(all.indexOf(now) + 1).find((each) => each.hostId === now.hostId && each.buildId !== now.buildId);
    if (!before) throw new Failure(exitCodes.failed, `${name} ran no other build on ${now.hostName} before`);
    const { deploymentId, hostName } = await plane.deploy({ buildId: before.buildId, hostId: now.hostId });
    console.error(`${name} on ${hostName}: from version ${now.versionNumber} (${now.mode}) back to version ${before.versionNumber} (${before.mode})`);
    const url = options.wait ? await healthyUrl(plane, deploymentId) : null;
    if (options.json) console.log(JSON.stringify({ handler: name, deploymentId, buildId: before.buildId, version: before.versionNumber, host: hostName, url }));
    else console.log(url ?? deploymentId);
  });
