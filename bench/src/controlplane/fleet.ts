/** Starts a control plane on a fresh database, and looks at its process. */
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { DatabaseSync } from "node:sqlite";
import { PostgresServer } from "../../../apps/web/test/support/postgres.ts";
import type { Fleet } from "./server.ts";

export type Provider = "sqlite" | "postgresql";

export class Plane {
  readonly fleet: Fleet;
  readonly databaseUrl: string | undefined;
  readonly dataDir: string;
  #child: ChildProcess;
  readonly #postgres: PostgresServer | undefined;

  private constructor(fleet: Fleet, dataDir: string, child: ChildProcess, postgres: PostgresServer | undefined, databaseUrl: string | undefined) {
    this.fleet = fleet;
    this.dataDir = dataDir;
    this.#child = child;
    this.#postgres = postgres;
    this.databaseUrl = databaseUrl;
  }

  static async start(provider: Provider, size: { agents: number; handlers: number; builds: number; history?: 0 | 1 }): Promise<Plane> {
    // Ended from outside, it takes its processes with it.
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130));
    const dataDir = mkdtempSync(join(tmpdir(), "zerostart-bench-"));
    // Durable, as it would be: what is acknowledged is on the disk.
    // Millions of rows are filled in without being written to the log as well, which only wal_level = minimal allows.
    const filling: Record<string, string> = size.history ? { wal_level: "minimal", max_wal_senders: "0" } : {};
    const settings = { fsync: "on", shared_buffers: "512MB", max_wal_size: "4GB", ...filling };
    const postgres = provider === "postgresql" ? await PostgresServer.start(settings) : undefined;
    const databaseUrl = await postgres?.createDatabase();
    const flags = Object.entries({ data: dataDir, ...(databaseUrl ? { database: databaseUrl } : {}), ...size });
    const child = spawn(process.execPath, [join(import.meta.dirname, "server.ts"), ...flags.flatMap(([name, value]) => [`--${name}`, String(value)])], {
      stdio: ["ignore", "pipe", "inherit"],
      env: { ...process.env, NODE_ENV: "production" },
    });
    process.once("exit", () => child.kill("SIGKILL"));
    const line = await new Promise<string>((resolve, reject) => {
      createInterface({ input: child.stdout as NonNullable<typeof child.stdout> }).once("line", resolve);
      child.once("close", (code, signal) => reject(new Error(`the control plane ended: ${signal ?? code}`)));
    });
    return new Plane(JSON.parse(line) as Fleet, dataDir, child, postgres, databaseUrl);
  }

  /** The whole control plane with its pages in place of what served the API; its address. */
  async servePages(): Promise<string> {
    const ended = new Promise((resolve) => this.#child.once("close", resolve));
    this.#child.kill("SIGTERM");
    await ended;
    const env = {
      ...process.env,
      NODE_ENV: "production" as const,
      ZEROSTART_DATA: this.dataDir,
      PORT: "0",
      ...(this.databaseUrl ? { ZEROSTART_DATABASE_URL: this.databaseUrl } : {}),
    };
    const child = spawn(process.execPath, [join(import.meta.dirname, "../../../apps/web/src/server/main.ts")], { stdio: ["ignore", "pipe", "inherit"], env });
    process.once("exit", () => child.kill("SIGKILL"));
    this.#child = child;
    for await (const line of createInterface({ input: child.stdout })) {
      const [, url] = /listening on (http:\S+)/.exec(line) ?? [];
      if (url) {
        child.stdout.resume();
        return url;
      }
    }
    throw new Error("the control plane did not come up");
  }

  /** Rows of the table itself. */
  async storedSamples(): Promise<number> {
    const sql = `SELECT COUNT(*) AS n FROM "StartSample"`;
    if (this.#postgres) return Number((await this.#postgres.query(sql, this.databaseUrl?.split("/").at(-1)))[0]?.["n"]);
    const db = new DatabaseSync(join(this.dataDir, "zerostart.db"), { readOnly: true });
    try {
      return Number(db.prepare(sql).get()?.["n"]);
    } finally {
      db.close();
    }
  }

  /** Fills it up to `rows` samples, in a process of its own. */
  async seed(rows: number): Promise<void> {
    const flags = { data: this.dataDir, rows, ...(this.databaseUrl ? { database: this.databaseUrl } : {}) };
    const child = spawn(
      process.execPath,
      [join(import.meta.dirname, "seed.ts"), ...Object.entries(flags).flatMap(([name, value]) => [`--${name}`, String(value)])],
      { stdio: ["pipe", "inherit", "inherit"], env: { ...process.env, NODE_ENV: "production" } },
    );
    process.once("exit", () => child.kill("SIGKILL"));
    child.stdin.end(JSON.stringify(this.fleet));
    const code = await new Promise((resolve) => child.once("close", resolve));
    if (code !== 0) throw new Error(`seeding ended with ${String(code)}`);
  }

  /** Resident memory of its process's own, bytes: without mapped files, of which SQLite's grows with what is stored and is the system's cache. */
  memoryBytes(): number {
    return Number(/RssAnon:\s+(\d+)/.exec(readFileSync(`/proc/${this.#child.pid}/status`, "utf8"))?.[1]) * 1024;
  }

  /** CPU time of its process so far, s. */
  cpuSeconds(): number {
    return cpuSecondsOf(this.#child.pid as number);
  }

  /** CPU time of the database server's processes so far, s; 0 on SQLite, which is within the control plane. */
  databaseCpuSeconds(): number {
    const pid = this.#postgres?.pid;
    if (pid === undefined) return 0;
    return [pid, ...childrenOf(pid)].reduce((sum, child) => sum + cpuSecondsOf(child), 0);
  }

  /** CPU time of both so far, ms, to the nanosecond. */
  cpuMs(): number {
    const pid = this.#postgres?.pid;
    return [this.#child.pid as number, ...(pid === undefined ? [] : childrenOf(pid))].reduce((sum, each) => sum + cpuNsOf(each), 0) / 1e6;
  }

  async query<T>(procedure: string, input: object = {}): Promise<T> {
    const response = await fetch(`${this.fleet.url}/api/trpc/${procedure}?input=${encodeURIComponent(JSON.stringify(input))}`, {
      headers: { authorization: `Bearer ${this.fleet.apiToken}` },
    });
    if (!response.ok) throw new Error(`${procedure}: ${response.status} ${await response.text()}`);
    return ((await response.json()) as { result: { data: T } }).result.data;
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once("close", resolve));
    this.#child.kill("SIGTERM");
    await ended;
    await this.#postgres?.stop();
    rmSync(this.dataDir, { recursive: true, force: true });
  }
}

const childrenOf = (pid: number): number[] => readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean).map(Number);

/** Of a process's threads that live. */
function cpuNsOf(pid: number): number {
  try {
    return readdirSync(`/proc/${pid}/task`).reduce(
      (sum, thread) => sum + Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8").split(" ")[0]),
      0,
    );
  } catch {
    return 0; // it has just ended
  }
}

/** Of a process and its ended children. */
function cpuSecondsOf(pid: number): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
    return [11, 12, 13, 14].reduce((sum, at) => sum + Number(fields[at]), 0) / 100;
  } catch {
    return 0; // it has just ended
  }
}

/** By nearest rank: of twenty the 95th is the nineteenth. */
export function percentile(sorted: number[], p: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * p) - 1)] ?? 0;
}
