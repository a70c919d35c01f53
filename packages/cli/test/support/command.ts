/** The command line as a person meets it: processes, exit codes, stdout and stderr. */
import { execFile, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "../../../../scripts/free-port.ts";

export const shim = join(import.meta.dirname, "../../bin/zerostart.mjs");
export const hello = join(import.meta.dirname, "../fixtures/hello.ts");

/** The working folder of the commands; gone after the tests of the file. */
export const folder = mkdtempSync(join(tmpdir(), "zerostart-cli-"));
after(() => rmSync(folder, { recursive: true, force: true }));

export type Result = { code: number; stdout: string; stderr: string };

export function zerostart(args: string[], env: Record<string, string> = {}): Promise<Result> {
  return new Promise((resolve) => {
    execFile(process.execPath, [shim, ...args], { cwd: folder, env: { ...process.env, ...env }, maxBuffer: 64 << 20 }, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
    );
  });
}

export function file(name: string, content: string | Buffer): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  return path;
}

/** Start a server with `--port N` appended, ask it when it answers, end it with SIGTERM. */
export async function serve(command: string, args: string[], ask: (url: string) => Promise<void>): Promise<Result & { code: number | null }> {
  const port = await freePort();
  const child = spawn(command, [...args, "--port", String(port)], { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
  const output = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (data: string) => (output.stdout += data));
  child.stderr.setEncoding("utf8").on("data", (data: string) => (output.stderr += data));
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  const url = `http://127.0.0.1:${port}`;
  try {
    for (const deadline = Date.now() + 60_000; !(await fetch(`${url}/ready`).catch(() => undefined)); await sleep(20)) {
      if (child.exitCode !== null || Date.now() > deadline) throw new Error(`it does not answer (exit code ${child.exitCode}):\n${output.stderr}`);
    }
    await ask(url);
  } finally {
    child.kill("SIGTERM");
  }
  return { code: await ended, ...output } as Result;
}
