import { Command } from "commander";
import { setTimeout as sleep } from "node:timers/promises";
import { connect, type ConnectionOptions, type Host, withConnection } from "../control-plane.ts";
import { exitCodes, exitCodesHelp, Failure } from "../failure.ts";
import { table } from "../terminal.ts";

type ListOptions = ConnectionOptions & { json?: boolean };
type UpgradeOptions = ListOptions & { all?: boolean; wait: boolean };

const upgradeWithinMs = 120_000;

const agentText = ({ agent }: Host) =>
  `${agent.version ?? "?"}${agent.sha256 ? ` ${agent.sha256.slice(0, 12)}` : ""}${agent.state === "fixed" ? "" : ` (${agent.state})`}`;

const list = withConnection(new Command("list"))
  .description("the hosts of the project, with their agents' versions")
  .option("--json", "print the result as JSON")
  .addHelpText("after", exitCodesHelp)
  .action(async (options: ListOptions) => {
    const hosts = await connect(options).hosts();
    if (options.json) return console.log(JSON.stringify(hosts));
    const rows = hosts.map((host) => [
      host.name,
      host.online ? "online" : "offline",
      agentText(host),
      Object.entries(host.labels)
        .map(([k, v]) => `${k}=${v}`)
        .join(" "),
    ]);
    console.log(table(["HOST", "STATE", "AGENT", "LABELS"], rows));
  });

const upgrade = withConnection(new Command("upgrade"))
  .description("let hosts' agents become the one that the control plane holds; what they serve goes on")
  .argument("[hosts...]", "names of hosts")
  .option("--all", "every host that has an older one")
  .option("--no-wait", "do not wait until they have")
  .option("--json", "print the result as JSON")
  .addHelpText("after", exitCodesHelp)
  .action(async (names: string[], options: UpgradeOptions) => {
    const plane = connect(options);
    const hosts = await plane.hosts();
    if ((options.all ?? false) !== (names.length === 0)) throw new Failure(exitCodes.usage, "which hosts? name them, or --all");
    const unknown = names.find((name) => !hosts.some((host) => host.name === name));
    if (unknown !== undefined) throw new Failure(exitCodes.usage, `there is no host ${unknown}; there are ${hosts.map(({ name }) => name).join(", ")}`);
    const wanted = hosts.filter((host) => (options.all ? host.agent.state === "upgradable" && host.online : names.includes(host.name)));
    for (const { id } of wanted) await plane.upgradeHost(id);
    const results: { host: string; state: string; reason: string | null }[] = [];
    for (const { id, name } of wanted) {
      let now = (await plane.hosts()).find((host) => host.id === id);
      for (const until = Date.now() + upgradeWithinMs; options.wait && now?.agent.state === "ordered" && Date.now() < until; await sleep(250))
        now = (await plane.hosts()).find((host) => host.id === id);
      const result = { host: name, state: now?.agent.state ?? "gone", reason: now?.agent.reason ?? null };
      results.push(result);
      if (!options.json)
        console.log(
          `${name}: ${{ newest: "upgraded", ordered: options.wait ? "not upgraded yet" : "ordered" }[result.state] ?? `not upgraded: ${result.reason ?? result.state}`}`,
        );
    }
    if (options.json) console.log(JSON.stringify(results));
    else if (wanted.length === 0) console.log("every agent that can be upgraded is the newest one");
    if (options.wait && results.some(({ state }) => state !== "newest")) process.exitCode = exitCodes.failed;
  });

export const hostsCommand = new Command("hosts")
  .description("list hosts, upgrade their agents")
  .addHelpText("after", exitCodesHelp)
  .addCommand(list)
  .addCommand(upgrade);
