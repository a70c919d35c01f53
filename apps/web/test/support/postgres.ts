/** A PostgreSQL server of the test's own: a cluster in a temporary folder, run as a user that is not root, on a socket and a free port. */
import { execFile, execFileSync, spawn, type ChildProcess } from "node:child_process";
import { chownSync, existsSync, globSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import pg from "pg";
import { freePort } from "../../../../scripts/free-port.ts";

const run = promisify(execFile);

/** None of the PG* variables that might be set here. */
const bareEnvironment = { PATH: process.env["PATH"] ?? "", NODE_ENV: "test" as const };

/** Debian keeps them out of PATH. */
function program(name: string): string {
  const found = [
    ...globSync(`/usr/lib/postgresql/*/bin/${name}`).sort().toReversed(),
    ...(process.env["PATH"] ?? "").split(":").map((folder) => join(folder, name)),
  ];
  const path = found.find((candidate) => existsSync(candidate));
  if (!path) throw new Error(`${name} is missing: install PostgreSQL (Debian: apt-get install postgresql)`);
  return path;
}

/** PostgreSQL refuses to run as root; nobody is everywhere. */
function unprivileged(): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const idOf = (flag: string) => Number(execFileSync("id", [flag, "nobody"], { encoding: "utf8" }));
  return { uid: idOf("-u"), gid: idOf("-g") };
}

export class PostgresServer {
  readonly #folder: string;
  readonly #port: number;
  readonly #identity: { uid?: number; gid?: number };
  readonly #settings: Record<string, string>;
  #child: ChildProcess | undefined;
  #databases = 0;

  private constructor(folder: string, port: number, identity: { uid?: number; gid?: number }, settings: Record<string, string>) {
    this.#folder = folder;
    this.#port = port;
    this.#identity = identity;
    this.#settings = settings;
  }

  /** `settings` as in postgresql.conf. Durability is off unless they say otherwise: no test here cuts the power. */
  static async start(settings: Record<string, string> = {}): Promise<PostgresServer> {
    const folder = mkdtempSync(join(tmpdir(), "zerostart-pg-"));
    const identity = unprivileged();
    if (identity.uid !== undefined && identity.gid !== undefined) chownSync(folder, identity.uid, identity.gid);
    const data = join(folder, "data");
    await run(program("initdb"), ["-D", data, "-U", "zerostart", "--auth=trust", "--no-sync", "--no-instructions", "-E", "UTF8", "--locale=C"], {
      ...identity,
      cwd: folder,
      env: bareEnvironment,
    });
    const server = new PostgresServer(folder, await freePort(), identity, { fsync: "off", max_connections: "200", ...settings });
    process.once("exit", () => server.#child?.kill("SIGQUIT"));
    await server.resume();
    return server;
  }

  /** Starts it (again) on the same cluster and port. */
  async resume(): Promise<void> {
    const settings = { listen_addresses: "127.0.0.1", port: String(this.#port), unix_socket_directories: this.#folder, ...this.#settings };
    const child: ChildProcess = spawn(
      program("postgres"),
      ["-D", join(this.#folder, "data"), ...Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`])],
      { ...this.#identity, cwd: this.#folder, env: bareEnvironment, stdio: ["ignore", "ignore", "pipe"] },
    );
    let output = "";
    child.stderr?.setEncoding("utf8").on("data", (text: string) => (output = (output + text).slice(-4_000)));
    this.#child = child;
    for (const deadline = Date.now() + 20_000; ;) {
      if (child.exitCode !== null || Date.now() > deadline) throw new Error(`PostgreSQL did not come up:\n${output}`);
      const client = new pg.Client({ connectionString: this.url("postgres") });
      client.on("error", () => {});
      try {
        await client.connect();
        return await client.end();
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  url(database: string): string {
    return `postgresql://zerostart@127.0.0.1:${this.#port}/${database}`;
  }

  /** Runs one statement as the cluster's owner; its rows. */
  async query(sql: string, database = "postgres"): Promise<Record<string, unknown>[]> {
    const client = new pg.Client({ connectionString: this.url(database) });
    client.on("error", () => {});
    await client.connect();
    try {
      return (await client.query<Record<string, unknown>>(sql)).rows;
    } finally {
      await client.end();
    }
  }

  /** The address of a new, empty database. */
  async createDatabase(): Promise<string> {
    const name = `test_${++this.#databases}`;
    await this.query(`CREATE DATABASE ${name}`);
    return this.url(name);
  }

  /** Cuts every connection of the database, as a failing network or server would. */
  async dropConnections(): Promise<void> {
    await this.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()`);
  }

  /** Ends the server at once, its cluster stays. */
  async halt(): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null) return;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGQUIT");
    await ended;
  }

  async stop(): Promise<void> {
    await this.halt();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
