import { type FSWatcher, watch } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { Command } from "commander";
import type { Instance, OutputChunk, StartMeasurement } from "@zerostart/launcher";
import type { LaunchMode } from "@zerostart/protocol";
import { build, commandOf, handlerName, hostTarget, modesHelp, parseCount, parseMode, parseVariable } from "../artifacts.ts";
import { exitCodes, exitCodesHelp, Failure } from "../failure.ts";
import { compileFile, readSources } from "../sources.ts";
import { colour } from "../terminal.ts";

type Options = { port: number; host: string; mode: LaunchMode; path: string; env: Record<string, string>; json?: boolean };

/** Editors write a file in several steps: what comes within this time is one change. */
const settleMs = 15;

export const devCommand = new Command("dev")
  .description("serve a handler, restart it at every change of its files, and print the cold start of each restart")
  .argument("<handler>", "JavaScript, TypeScript, JSX or TSX file")
  .option("--port <n>", "0 picks a free one", parseCount(0, 65_535), 8080)
  .option("--host <address>", "where to listen", "127.0.0.1")
  .option("--mode <mode>", `launch mode: ${modesHelp}`, parseMode, "embedded")
  .option("--path <path>", "path of the request that each start is timed with", "/")
  .option("--env <name=value>", "variable of the handler's env (repeatable)", parseVariable, {})
  .option("--json", "one JSON object a restart, on stdout")
  .addHelpText("after", exitCodesHelp)
  .action(async (path: string, options: Options) => {
    const { Launcher, listenerFd, StartError } = await import("@zerostart/launcher");
    await readSources(path);
    const folder = await mkdtemp(join(tmpdir(), "zerostart-dev-"));
    const launcher = await Launcher.open();
    // Held across restarts: a request meanwhile waits instead of being refused.
    const listener = await launcher.listen({ host: options.host, port: options.port }).catch((error: Error) => {
      throw new Failure(exitCodes.failed, error.message);
    });
    const env = Object.fromEntries(Object.entries(options.env).map(([key, value]) => [`ZS_ENV_${key}`, value]));
    let instance: Instance | undefined;
    let generation = 0;

    const restart = async (): Promise<void> => {
      const began = performance.now();
      const name = handlerName(path);
      const compiled = await compileFile(path);
      const compiledAt = performance.now();
      const artifact = await build({ compiled, name, mode: options.mode, target: hostTarget });
      const program = join(folder, `${name}-${++generation}`);
      await writeFile(program, artifact.bytes, { mode: 0o755 });
      const builtAt = performance.now();
      await instance?.stop(1_000);
      instance = await launcher.start({
        command: [...commandOf(program, artifact), "--listen-fd", String(listenerFd)],
        listener,
        host: options.host,
        path: options.path,
        trace: true,
        env,
      });
      const output = ({ stream, data }: OutputChunk) =>
        process[stream === "stdout" && !options.json ? "stdout" : "stderr"].write(compiled.mapStack?.(data.toString()) ?? data);
      instance.on("output", output).once("exit", (exit) => {
        if (exit.code !== 0 && exit.signal !== "SIGTERM") console.error(colour("red", `the handler ended: ${exit.signal ?? `exit code ${exit.code}`}`));
      });
      void rm(program, { force: true });
      report(instance.measurement, { compileMs: compiledAt - began, buildMs: builtAt - compiledAt, totalMs: performance.now() - began });
    };
    const report = (start: StartMeasurement, took: { compileMs: number; buildMs: number; totalMs: number }): void => {
      if (options.json) {
        const { totalNs, phases, memory, status, port } = start;
        return console.log(JSON.stringify({ url: `http://${options.host}:${port}/`, totalNs, phases, memory, status, ...took }));
      }
      const slowest = start.phases.filter((phase) => phase.ns > 0).sort((a, b) => b.ns - a.ns);
      const micro = (ns: number) => `${Math.round(ns / 1e3)} µs`;
      console.error(
        `${colour("green", `http://${options.host}:${listener.port}/`)} ready ${generation === 1 ? `in ${took.totalMs.toFixed(0)} ms` : `${took.totalMs.toFixed(0)} ms after the change`} (compile ${took.compileMs.toFixed(0)}, build ${took.buildMs.toFixed(0)})`,
      );
      const cost = slowest
        .slice(0, 4)
        .map(({ phase, ns }) => `${phase} ${micro(ns)}`)
        .join(", ");
      console.error(`  cold start ${colour("bold", micro(start.totalNs))}: ${cost}; ${Math.round(start.memory.rssBytes / 1e3)} kB`);
    };

    // One restart at a time; a change during one leads to another.
    let wanted = true;
    let isEnding = false;
    let wake = () => {};
    const changed = () => {
      wanted = true;
      setTimeout(() => wake(), settleMs);
    };
    const watcher = new SourceWatcher(changed);
    process.on("SIGINT", end).on("SIGTERM", end);
    function end(): void {
      isEnding = true;
      wake();
    }
    try {
      while (!isEnding) {
        if (wanted) {
          wanted = false;
          await readSources(path).then(
            ({ files, resolveDir, entry }) => watcher.set(rootOf(resolveDir, entry), Object.keys(files)),
            () => {},
          );
          await restart().catch((error: unknown) => {
            if (!(error instanceof Failure || error instanceof StartError)) throw error;
            console.error(`${colour("red", error.message)}\n${instance && !instance.exit ? "the one before goes on" : "waiting for a change"}`);
            if (options.json) console.log(JSON.stringify({ error: error.message, ...(error instanceof Failure && error.details) }));
          });
        } else {
          await new Promise<void>((resolve) => (wake = resolve));
        }
      }
    } finally {
      watcher.close();
      await instance?.stop(2_000);
      await launcher.close();
      await rm(folder, { recursive: true, force: true });
    }
  });

/** The folder that the names of the files count from. */
function rootOf(entryFolder: string, entry: string): string {
  return resolve(
    entryFolder,
    ...entry
      .split("/")
      .slice(1)
      .map(() => ".."),
  );
}

/** Tells of changes to a set of files. Folders are watched, as editors replace files rather than write them. */
class SourceWatcher {
  readonly #onChange: () => void;
  readonly #folders = new Map<string, FSWatcher>();
  #files = new Set<string>();

  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  set(root: string, files: string[]): void {
    this.#files = new Set(files.map((file) => join(root, file)));
    const wanted = new Set([...this.#files].map((file) => dirname(file)));
    for (const [folder, watcher] of this.#folders) {
      if (wanted.has(folder)) continue;
      watcher.close();
      this.#folders.delete(folder);
    }
    for (const folder of wanted) {
      if (this.#folders.has(folder)) continue;
      const watcher = watch(folder, (_event, name) => {
        if (name === null || this.#files.has(join(folder, basename(name)))) this.#onChange();
      });
      // The folder may go away; the next change that is seen sets things right.
      watcher.on("error", () => this.#folders.delete(folder));
      this.#folders.set(folder, watcher);
    }
  }

  close(): void {
    for (const watcher of this.#folders.values()) watcher.close();
  }
}
