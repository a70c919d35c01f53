/** Running the tools of the toolchain. */
import { spawn } from "node:child_process";

export class CommandError extends Error {
  readonly output: string;
  constructor(message: string, output: string) {
    super(message);
    this.output = output;
  }
}

/** Run a program to its end; its standard output. Anything but exit code 0 is a CommandError with what it printed. */
export function run(
  command: string,
  args: string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv; signal?: AbortSignal; timeoutMs?: number } = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    // Not spawn's own timeout: its timer outlives a program that could not be started.
    const limits = [options.signal, options.timeoutMs === undefined ? undefined : AbortSignal.timeout(options.timeoutMs)].filter((s) => s !== undefined);
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: options.env ?? process.env,
      signal: limits.length ? AbortSignal.any(limits) : undefined,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const out: Buffer[] = [];
    const errors: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => errors.push(chunk));
    child.on("error", reject);
    child.on("close", (code, signal) => {
      const text = Buffer.concat(out).toString();
      if (code === 0) return resolve(text);
      const printed = (Buffer.concat(errors).toString() + text).trim();
      reject(
        new CommandError(
          `${command} ${code === null ? `was ended by ${signal}` : `exited with ${code}`}${printed ? `: ${printed.slice(0, 4000)}` : ""}`,
          printed,
        ),
      );
    });
  });
}

/** As `run`, but undefined when the program is missing or fails. */
export async function tryRun(command: string, args: string[], timeoutMs = 20_000): Promise<string | undefined> {
  try {
    return await run(command, args, { timeoutMs });
  } catch {
    return undefined;
  }
}
