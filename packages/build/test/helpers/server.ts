/** Running artifacts in tests: real processes, real sockets. */
import { type ChildProcess, spawn } from "node:child_process";
import { connect, type Socket } from "node:net";
import { after } from "node:test";

/** What is still running when the file's tests are over, a failed test's server for one, would keep the file from ending. */
const running = new Set<ChildProcess>();
after(() => running.forEach((child) => child.kill("SIGKILL")));

export interface Running {
  port: number;
  child: ChildProcess;
  stdout(): string;
  stderr(): string;
  /** Sends SIGTERM; the exit code. */
  stop(): Promise<number | null>;
  exited: Promise<number | null>;
}

const startTimeoutMs = 60_000;

/** Start an artifact on a free port and wait until it listens. */
export async function serve(
  command: string[],
  args: string[] = [],
  env: Record<string, string> = {},
  stdio: (number | "pipe" | "ignore")[] = [],
): Promise<Running> {
  const child = spawn(command[0]!, [...command.slice(1), "--port", "0", ...args], {
    env: { PATH: process.env.PATH!, ...env },
    stdio: ["ignore", "pipe", "pipe", ...stdio],
  });
  let stdout = "";
  let stderr = "";
  child.stdout!.on("data", (d: Buffer) => (stdout += d.toString("latin1")));
  running.add(child);
  const exited = new Promise<number | null>((resolve) =>
    child.on("close", (code) => {
      running.delete(child);
      resolve(code);
    }),
  );
  const port = await new Promise<number>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`not listening: ${stderr}`)), startTimeoutMs);
    child.on("error", reject);
    child.stderr!.on("data", (d: Buffer) => {
      stderr += d.toString();
      const match = /listening on http:\/\/\S+:(\d+)\n/.exec(stderr);
      if (match) {
        clearTimeout(timer);
        resolve(Number(match[1]));
      }
    });
    void exited.then((code) => {
      clearTimeout(timer);
      reject(new Error(`exited with ${code} before it listened: ${stderr}`));
    });
  });
  return {
    port,
    child,
    stdout: () => stdout,
    stderr: () => stderr,
    exited,
    stop: () => {
      child.kill("SIGTERM");
      return exited;
    },
  };
}

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Run a program to its end. */
export function runToEnd(command: string[], env: Record<string, string> = {}, timeoutMs = 60_000): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(command[0]!, command.slice(1), {
      env: { PATH: process.env.PATH!, ...env },
      stdio: ["ignore", "pipe", "pipe"],
      timeout: timeoutMs,
      killSignal: "SIGKILL",
    });
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (d: Buffer) => (stdout += d.toString()));
    child.stderr.on("data", (d: Buffer) => (stderr += d.toString()));
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
}

/** A raw connection that collects what it receives. */
export class Client {
  readonly socket: Socket;
  /** What was received, as Latin-1. Appending is cheap: it is flattened only when a condition looks inside. */
  text = "";
  private ended = false;
  private wake: () => void = () => {};

  /** `allowHalfOpen`: after `socket.end()` it goes on receiving. */
  constructor(port: number, allowHalfOpen = false) {
    this.socket = connect({ port, host: "127.0.0.1", allowHalfOpen });
    this.socket.on("data", (d: Buffer) => {
      this.text += d.toString("latin1");
      this.wake();
    });
    const end = () => {
      this.ended = true;
      this.wake();
    };
    this.socket.on("end", end);
    this.socket.on("close", end);
    this.socket.on("error", end);
  }

  send(text: string | Uint8Array): this {
    this.socket.write(text);
    return this;
  }

  /** Wait until what was received fulfils a condition, or the other side ended. */
  async until(condition: (text: string) => boolean, timeoutMs = 60_000): Promise<string> {
    const deadline = Date.now() + timeoutMs;
    while (!condition(this.text) && !this.ended) {
      const left = deadline - Date.now();
      if (left <= 0) throw new Error(`nothing came: ${JSON.stringify(this.text.slice(-200))}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    return this.text;
  }

  /** Wait until the other side closed. */
  end(timeoutMs?: number): Promise<string> {
    return this.until(() => false, timeoutMs);
  }

  close(): void {
    this.socket.destroy();
  }
}

/** Bodies of the complete, sized responses in a text. */
export function bodies(text: string): string[] {
  const out: string[] = [];
  for (let at = 0; at < text.length;) {
    const head = text.indexOf("\r\n\r\n", at);
    const length = /content-length: (\d+)/i.exec(text.slice(at, head));
    if (head < 0 || !length || head + 4 + Number(length[1]) > text.length) break;
    out.push(text.slice(head + 4, head + 4 + Number(length[1])));
    at = head + 4 + Number(length[1]);
  }
  return out;
}

export const get = (path: string, headers = ""): string => `GET ${path} HTTP/1.1\r\nHost: x\r\n${headers}\r\n`;
