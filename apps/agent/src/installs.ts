/**
 * Which file this agent runs as. The installed one is never touched; a newer one that the control plane ordered is kept in the data folder, and the installed one
 * becomes it at its start. It becomes it for good only once it has reached the control plane: one that does not is left for the installed one again, and not tried twice.
 */
import { createHash } from "node:crypto";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import packageJson from "../package.json" with { type: "json" };
import { readJson, writeFileDurably } from "./files.ts";

const refusal = z.object({ sha256: z.string(), reason: z.string() });
const stateSchema = z.object({
  /** Of the installed file: when somebody has replaced that, the one here counts no more. */
  installed: z.string(),
  current: z.string().nullable(),
  isConfirmed: z.boolean(),
  hasBegun: z.boolean(),
  refused: refusal.nullable(),
});
type State = z.infer<typeof stateSchema>;

/** Names the installed file, in the environment of one that runs in its place. */
const installedVariable = "ZEROSTART_AGENT_INSTALLED";

const fellBackVariable = "ZEROSTART_AGENT_FELL_BACK";

export type Self = { version: string; /** Undefined when it runs from sources. */ sha256: string | undefined; file: string };

/** Set in the bundle by the bundler. */
const isBundled = process.env["ZEROSTART_AGENT_BUNDLED"] === "1";

const digestOf = (file: string): string | undefined => {
  try {
    return createHash("sha256").update(readFileSync(file)).digest("hex");
  } catch {
    return undefined;
  }
};

export function describeSelf(): Self {
  const file = process.argv[1] ?? "";
  return { version: packageJson.version, sha256: isBundled ? digestOf(file) : undefined, file };
}

/**
 * The same process, with another program file: its id stays, so that whoever supervises it notices nothing. Does not return.
 * @throws Error where Node cannot (before 22.15)
 */
export function becomeFile(file: string, environment: Record<string, string | undefined>): never {
  if (!canBecome) throw new Error(cannotBecome);
  // What would be done at an exit: locks and unpacked programs are given up.
  process.emit("exit", 0);
  const env = Object.fromEntries(Object.entries({ ...process.env, ...environment }).filter((entry): entry is [string, string] => entry[1] !== undefined));
  process.execve!(process.execPath, [process.execPath, ...process.execArgv, file, ...process.argv.slice(2)], env);
  throw new Error("not reached");
}

export const canBecome = typeof process.execve === "function";
export const cannotBecome = `Node ${process.versions.node} cannot replace its own program; 22.15 or later can`;

export class Installs {
  readonly #folder: string;
  readonly self: Self;

  constructor(dataFolder: string, self: Self) {
    this.#folder = join(dataFolder, "agents");
    this.self = self;
  }

  path(sha256: string): string {
    return join(this.#folder, `${sha256}.mjs`);
  }

  /** Runs in place of the installed file. */
  get isUpgraded(): boolean {
    return process.env[installedVariable] !== undefined;
  }

  get refused(): { sha256: string; reason: string } | undefined {
    return this.#read()?.refused ?? undefined;
  }

  get isConfirmed(): boolean {
    return this.#read()?.isConfirmed ?? true;
  }

  /** At the start of the installed file: becomes the newer one, if there is one that has not failed. */
  begin(): void {
    const state = this.#read();
    if (this.isUpgraded || this.self.sha256 === undefined || !state || !canBecome) return;
    if (state.installed !== this.self.sha256) return rmSync(this.#folder, { recursive: true, force: true });
    if (state.current === null) {
      // Whoever started it anew may have mended what kept the newer one from running.
      if (state.refused && process.env[fellBackVariable] === undefined) this.#write({ ...state, refused: null });
      return;
    }
    if (!state.isConfirmed && state.hasBegun) return this.refuse(state.current, "it ended before it had reached the control plane");
    if (digestOf(this.path(state.current)) !== state.current) return this.refuse(state.current, "its file was changed after it had been verified");
    this.#write({ ...state, hasBegun: true });
    becomeFile(this.path(state.current), { [installedVariable]: this.self.file });
  }

  /** From the running agent, installed or not, to a file that was verified and tried. Does not return. */
  become(sha256: string): never {
    const installed = process.env[installedVariable] ?? this.self.file;
    this.#write({ installed: digestOf(installed) ?? "", current: sha256, isConfirmed: false, hasBegun: true, refused: null });
    return becomeFile(this.path(sha256), { [installedVariable]: installed, [fellBackVariable]: undefined });
  }

  /** This newer one works. Older ones are not needed any more. */
  confirm(): void {
    const state = this.#read();
    if (this.isUpgraded && state && !state.isConfirmed) this.#write({ ...state, isConfirmed: true });
  }

  refuse(sha256: string, reason: string): void {
    const state = this.#read() ?? { installed: this.self.sha256 ?? "", current: null, isConfirmed: false, hasBegun: false, refused: null };
    const isCurrent = state.current === sha256;
    this.#write({ ...state, ...(isCurrent && { current: null }), refused: { sha256, reason: reason.slice(0, 2_000) } });
    rmSync(this.path(sha256), { force: true });
  }

  /** Back to the installed file, for a newer one that found out by itself that it does not work. Does not return. */
  fallBack(reason: string): never {
    const installed = process.env[installedVariable];
    if (installed === undefined || this.self.sha256 === undefined) throw new Error(reason);
    this.refuse(this.self.sha256, reason);
    return becomeFile(installed, { [installedVariable]: undefined, [fellBackVariable]: "1" });
  }

  #read(): State | undefined {
    return readJson(join(this.#folder, "state.json"), stateSchema);
  }

  #write(state: State): void {
    writeFileDurably(join(this.#folder, "state.json"), JSON.stringify(state));
  }
}
