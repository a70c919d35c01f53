import { spawn } from "node:child_process";
import { Command } from "commander";
import { connect, type ConnectionOptions, withConnection } from "../control-plane.ts";
import { exitCodesHelp } from "../failure.ts";

export const openCommand = withConnection(new Command("open"))
  .description("open the dashboard, or the page of a handler, in the browser")
  .argument("[name]", "name of a handler")
  .option("--print", "only print the address")
  .option("--json", "print the address as JSON, and open nothing")
  .addHelpText("after", exitCodesHelp)
  .action(async (name: string | undefined, options: ConnectionOptions & { print?: boolean; json?: boolean }) => {
    const base = options.server.replace(/\/+$/, "");
    const url = name === undefined ? `${base}/` : `${base}/handlers/${(await connect(options).handlerNamed(name)).id}`;
    console.log(options.json ? JSON.stringify({ url }) : url);
    if (options.print || options.json) return;
    const child = spawn(process.platform === "darwin" ? "open" : "xdg-open", [url], { stdio: "ignore", detached: true });
    // Without a desktop the printed address is all there is.
    child.once("error", () => {}).unref();
  });
