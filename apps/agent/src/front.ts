/**
 * One port for all handlers of this host: HAProxy in front of them, HTTP/1.1 with connections kept on both sides. A request's host name or path says which
 * handler is meant. Its configuration is made anew when that changes and taken over without a lost connection (the listening socket goes from the
 * old worker to the new one). Scaling, hand-over and canaries stay what they are: each handler still has one address, behind this one.
 */
import { spawn, execFile, type ChildProcess } from "node:child_process";
import { createHash } from "node:crypto";
import { connect } from "node:net";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import type { DesiredInstance } from "@zerostart/protocol";
import { Backoff } from "./backoff.ts";
import { writeFileDurably } from "./files.ts";

/** What answers at a port here, and for which requests. */
export type FrontRoute = Pick<DesiredInstance, "deploymentId" | "handlerName" | "role" | "routes"> & {
  port: number;
  /** A canary takes a part of its connections: then each request gets one of its own, or the share would be that of the connections kept. */
  hasCanary: boolean;
};

const execute = promisify(execFile);
/** Changes within this time are one. */
const gatherMs = 50;
const stopGraceMs = 10_000;
const comesUpWithinMs = 10_000;
const name = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/** The name by which a deployment is reached without a route of its own: the first label of the request's host. */
export function frontName({ handlerName, role, deploymentId }: Pick<FrontRoute, "handlerName" | "role" | "deploymentId">): string {
  return role === "preview" ? `${handlerName}--${deploymentId.slice(-6).toLowerCase()}` : handlerName;
}

/** HAProxy's configuration. What could be more than a name or a path in it was refused by the protocol's schema; a name of another form is left out. */
export function frontConfiguration(options: { host: string; port: number; folder: string; backend: string }, routes: FrontRoute[]): string {
  const rules: { weight: number; line: string }[] = [];
  const backends: string[] = [];
  for (const route of routes) {
    const id = `b${route.port}`;
    const own = frontName(route);
    if (name.test(own)) rules.push({ weight: -1, line: `use_backend ${id} if { var(txn.host),field(1,.) -m str ${own} }` });
    for (const { host, pathPrefix } of route.routes ?? []) {
      const byHost = host === undefined ? "" : ` { var(txn.host) -m str ${host} }`;
      const weight = (host === undefined ? 0 : 10_000) + (pathPrefix?.length ?? 0);
      const prefix = pathPrefix?.replace(/\/+$/, "") ?? "";
      if (prefix === "") rules.push({ weight, line: `use_backend ${id} if${byHost || " TRUE"}` });
      else
        for (const path of [`{ path -m str ${prefix} }`, `{ path -m beg ${prefix}/ }`]) rules.push({ weight, line: `use_backend ${id} if${byHost} ${path}` });
    }
    backends.push(
      `backend ${id}`,
      `  option ${route.hasCanary ? "http-server-close" : "http-keep-alive"}`,
      `  server one ${options.backend}:${route.port}`,
      "",
    );
  }
  // The most particular first: a host name before none, then the longer path, then a handler's own name.
  rules.sort((a, b) => b.weight - a.weight);
  return [
    "global", // as many connections as its limit of open files allows
    "  hard-stop-after 30s",
    `  stats socket ${join(options.folder, "haproxy.sock")} mode 600 level admin expose-fd listeners`,
    "",
    "defaults",
    "  mode http",
    "  timeout connect 5s",
    "  timeout client 65s",
    "  timeout server 75s",
    "  timeout http-request 30s",
    "  timeout http-keep-alive 60s",
    // An instance that leaves may close a kept connection in the moment a request is sent on it: that request has not been begun, and goes to the next one.
    "  retries 3",
    "  retry-on conn-failure empty-response",
    "",
    "frontend front",
    // A worker that makes way closes a kept connection with its next answer, not under the request that is on its way.
    "  option idle-close-on-response",
    `  bind ${options.host}:${options.port}`,
    "  http-request set-var(txn.host) req.hdr(host),field(1,:),lower",
    "  http-request set-header X-Forwarded-For %[src]",
    "  http-request set-header X-Forwarded-Proto http",
    "  http-request disable-l7-retry if { method POST PATCH }",
    ...rules.map(({ line }) => `  ${line}`),
    "  default_backend nobody",
    "",
    "backend nobody",
    '  http-request return status 404 content-type text/plain string "No handler answers to this host name or path.\\n"',
    "",
    ...backends,
  ].join("\n");
}

/** A HAProxy that runs, started by this agent or by one before it. */
type Running = { pid: number; /** Resolves when it is gone, to what there is to say of that. */ ended: Promise<string> };

const lookEveryMs = 500;

/** That by this configuration file whose process id an agent before noted. */
function runningHaproxy(pidFile: string, file: string): Running | undefined {
  const isThere = (pid: number) => {
    try {
      // One that has ended has no command line, also while nobody has asked for its exit code. Its arguments grow as it is reloaded.
      const [program, ...args] = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
      return program === "haproxy" && args[args.indexOf("-f") + 1] === file;
    } catch {
      return false;
    }
  };
  let pid: number;
  try {
    pid = Number(readFileSync(pidFile, "utf8"));
  } catch {
    return undefined; // there was none
  }
  if (!isThere(pid)) return undefined;
  const ended = new Promise<string>((resolve) => {
    const look = setInterval(() => {
      if (isThere(pid)) return;
      clearInterval(look);
      resolve("haproxy ended");
    }, lookEveryMs);
    look.unref();
  });
  return { pid, ended };
}

/** What tells one configuration from another, in the environment of the HAProxy that runs by it. */
const markName = "ZEROSTART_CONFIGURATION";
const markOf = (configuration: string): string => createHash("sha256").update(configuration).digest("hex").slice(0, 16);

export class Front {
  readonly #options: { host: string; port: number; folder: string; backend: string; say: (text: string) => void };
  readonly #backoff = new Backoff(500, 30_000);
  #configuration = "";
  #isSettling = false;
  #running: Running | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;
  /** What runs was started by an agent before: it stays, so that an upgrade is nothing to those who are connected. */
  readonly #isAdopted: boolean;
  readonly #patientUntil = performance.now() + comesUpWithinMs;
  /** The HAProxy that was started last listens and heeds signals, or has had time to. */
  #isUp: Promise<void> = Promise.resolve();

  /** @throws Error when HAProxy is not installed */
  static async open(options: { host: string; port: number; folder: string; backend: string; say: (text: string) => void }): Promise<Front> {
    await execute("haproxy", ["-v"]).catch(() => {
      throw new Error("--front needs HAProxy, which is not installed (apt install haproxy); without --front each handler has a port of its own");
    });
    mkdirSync(options.folder, { recursive: true, mode: 0o700 });
    const front = new Front(options);
    front.update([], false);
    return front;
  }

  private constructor(options: { host: string; port: number; folder: string; backend: string; say: (text: string) => void }) {
    this.#options = options;
    const left = runningHaproxy(this.#pidFile, this.#file);
    this.#isAdopted = left !== undefined;
    if (left) this.#watch(left);
  }

  /** @param isComplete whether every handler has its port by now: until then one that an agent before left running knows more, and goes on by what it has */
  update(routes: FrontRoute[], isComplete: boolean): void {
    if (!isComplete && this.#isAdopted && performance.now() < this.#patientUntil) return;
    const configuration = frontConfiguration(this.#options, routes);
    if (configuration === this.#configuration || this.#isStopped) return;
    this.#configuration = configuration;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#apply();
    }, gatherMs);
  }

  #apply(): void {
    writeFileDurably(this.#file, this.#configuration.replace("global", `global\n  setenv ${markName} ${markOf(this.#configuration)}`));
    if (!this.#running) this.#start();
    void this.#settle();
  }

  /**
   * Until HAProxy runs by the newest configuration. Its master is told to reload by a signal, starts a new worker then, which takes the sockets over; in
   * the moments of a start or of another reload it does not heed it, so what runs is asked and the signal repeated.
   */
  async #settle(): Promise<void> {
    if (this.#isSettling) return;
    this.#isSettling = true;
    await this.#isUp;
    for (let pauseMs = 100; !this.#isStopped && (await this.#runningMark()) !== markOf(this.#configuration); pauseMs = Math.min(2 * pauseMs, 2_000)) {
      this.#signal("SIGUSR2");
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
    this.#isSettling = false;
  }

  /** Of the configuration that the worker runs by; undefined when none answers. */
  #runningMark(): Promise<string | undefined> {
    return new Promise((resolve) => {
      let said = "";
      const control = connect(this.#socket, () => control.end(`show env ${markName}\n`));
      control.setTimeout(1_000, () => control.destroy());
      control.setEncoding("utf8").on("data", (text: string) => (said += text));
      control.once("error", () => {}).once("close", () => resolve(new RegExp(`${markName}=(\\w+)`).exec(said)?.[1]));
    });
  }

  get #file(): string {
    return join(this.#options.folder, "haproxy.cfg");
  }

  #start(): void {
    const child = spawn("haproxy", ["-W", "-q", "-f", this.#file], { stdio: ["ignore", "ignore", "pipe"] });
    let complaint = "";
    child.stderr.on("data", (data: Buffer) => (complaint = (complaint + data.toString()).slice(-2_000)));
    child.once("error", () => {});
    const ended = new Promise<string>((resolve) =>
      child.once("close", (code, signal) => resolve(`haproxy ended: ${signal ?? code}${complaint && `\n${complaint.trim()}`}`)),
    );
    this.#isUp = this.#comesUp(child);
    if (child.pid !== undefined) writeFileDurably(this.#pidFile, String(child.pid));
    // Without a process (it could not be started) there is nothing to signal, and its end is told all the same.
    this.#watch({ pid: child.pid ?? 0, ended });
  }

  #watch(running: Running): void {
    this.#running = running;
    void running.ended.then((why) => {
      this.#running = undefined;
      if (this.#isStopped) return;
      const pause = this.#backoff.next();
      this.#options.say(`the front port is down, next attempt in ${(pause / 1_000).toFixed(1)} s: ${why}`);
      setTimeout(() => !this.#isStopped && !this.#running && this.#start(), pause);
    });
  }

  #signal(signal: "SIGUSR1" | "SIGUSR2" | "SIGTERM"): void {
    try {
      if (this.#running && this.#running.pid > 0) process.kill(this.#running.pid, signal);
    } catch {
      // It has just ended, which is told by itself.
    }
  }

  /** Its master has made a worker then. */
  async #comesUp({ pid }: ChildProcess): Promise<void> {
    const hasWorker = () => {
      try {
        return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8") !== "";
      } catch {
        return pid === undefined || !existsSync(`/proc/${pid}`); // it is gone: nothing to wait for
      }
    };
    for (const until = Date.now() + comesUpWithinMs; !hasWorker() && Date.now() < until;) await new Promise((resolve) => setTimeout(resolve, 20));
  }

  get #socket(): string {
    return join(this.#options.folder, "haproxy.sock");
  }

  get #pidFile(): string {
    return join(this.#options.folder, "haproxy.pid");
  }

  /** HAProxy goes on as it is; the front of a newer agent finds it. */
  leave(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }

  /** Takes no new connection, finishes what it has begun. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    if (!this.#running) return;
    const { ended } = this.#running;
    this.#signal("SIGUSR1");
    const late = setTimeout(() => this.#signal("SIGTERM"), stopGraceMs);
    await ended;
    clearTimeout(late);
  }
}
