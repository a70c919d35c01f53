import { Command } from "commander";
import { setTimeout as sleep } from "node:timers/promises";
import { parseCount } from "../artifacts.ts";
import { connect, type ConnectionOptions, type LogLine, withConnection } from "../control-plane.ts";
import { exitCodesHelp } from "../failure.ts";
import { colour } from "../terminal.ts";

type Options = ConnectionOptions & { follow?: boolean; lines: number; json?: boolean };

/** How long after the last line the history is held to be complete: it comes in one go. */
const quietMs = 500;

export const logsCommand = withConnection(new Command("logs"))
  .description("print what a handler logged, wherever it runs")
  .argument("<name>", "name of the handler")
  .option("-f, --follow", "go on with what comes, until Ctrl-C")
  .option("-n, --lines <n>", "how many of the newest lines to begin with", parseCount(0, 2_000), 100)
  .option("--json", "one JSON object a line")
  .addHelpText("after", exitCodesHelp)
  .action(async (name: string, options: Options) => {
    const plane = connect(options);
    const { id: handlerId } = await plane.handlerNamed(name);
    const end = new AbortController();
    process.once("SIGINT", () => end.abort()).once("SIGTERM", () => end.abort());
    let lastAt = performance.now();
    let count = 0;
    const print = (line: LogLine) => {
      lastAt = performance.now();
      count++;
      if (options.json) return console.log(JSON.stringify(line));
      const { stdout } = process;
      const level = line.level === "error" ? colour("red", "error", stdout) : line.level === "warn" ? colour("yellow", "warn ", stdout) : line.level.padEnd(5);
      console.log(`${colour("dim", line.at.toISOString(), stdout)} ${level} ${line.text}`);
    };
    const followed = plane.follow({ handlerId, history: options.lines }, print, end.signal);
    if (!options.follow) {
      void (async () => {
        for (lastAt += quietMs; performance.now() - lastAt < quietMs;) await sleep(50);
        end.abort();
      })();
    }
    await followed;
    if (count === 0 && !options.follow) console.error(`${name} has logged nothing yet; --follow waits for what comes`);
  });
