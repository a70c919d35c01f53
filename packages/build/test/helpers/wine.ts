/** Wine, where it is installed: Debian keeps the programs themselves out of the path. */
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run, tryRun } from "../../src/run.ts";

export interface Wine {
  program: string;
  env: Record<string, string>;
  remove(): Promise<void>;
}

/** Undefined when there is none. It has a folder of settings of its own. */
export async function findWine(): Promise<Wine | undefined> {
  for (const program of ["wine64", "/usr/lib/wine/wine64", "wine"]) {
    if ((await tryRun(program, ["--version"])) === undefined) continue;
    const folder = await mkdtemp(join(tmpdir(), "zerostart-wine-"));
    const env = { PATH: process.env.PATH!, WINEPREFIX: folder, WINEDEBUG: "-all", DISPLAY: "", HOME: folder };
    await run(program, ["wineboot", "-i"], { env, timeoutMs: 120_000 });
    // Wine's services end some seconds after the last program, and whatever starts them anew has its streams held open by them: one program stays.
    const keeper = spawn(program, ["cmd"], { env, stdio: ["pipe", "ignore", "ignore"] });
    return {
      program,
      env,
      remove: async () => {
        keeper.stdin.end();
        keeper.kill("SIGKILL");
        for (const server of ["wineserver", "/usr/lib/wine/wineserver"]) await run(server, ["-k"], { env, timeoutMs: 20_000 }).catch(() => undefined);
        await rm(folder, { recursive: true, force: true, maxRetries: 5 });
      },
    };
  }
  return undefined;
}
