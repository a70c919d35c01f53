/**
 * Prisma has one connection to SQLite, and a transaction on it is everybody's: a write of somebody else's that came in between would be part of
 * it, and undone with it. So writes wait for an open transaction's end, and transactions for each other, in the order of their coming.
 * Reads do not wait; they may see what a transaction is about to commit.
 */
import { PrismaBetterSqlite3 } from "@prisma/adapter-better-sqlite3";
import Database from "better-sqlite3";
import type { Parameter, RawDatabase, RawQueries } from "./provider.ts";

type SqlDriverAdapter = Awaited<ReturnType<PrismaBetterSqlite3["connect"]>>;
type SqlQuery = Parameters<SqlDriverAdapter["queryRaw"]>[0];
type Transaction = Awaited<ReturnType<SqlDriverAdapter["startTransaction"]>>;

/** First come, first served; resolves to what lets the next in. */
class Turn {
  #last: Promise<void> = Promise.resolve();

  take(): Promise<() => void> {
    let release: () => void = () => {};
    const done = new Promise<void>((resolve) => (release = resolve));
    const mine = this.#last.then(() => release);
    this.#last = this.#last.then(() => done);
    return mine;
  }

  async alone<T>(work: () => Promise<T>): Promise<T> {
    const release = await this.take();
    try {
      return await work();
    } finally {
      release();
    }
  }
}

const isRead = (query: SqlQuery) => /^\s*(SELECT|PRAGMA|EXPLAIN)\b/i.test(query.sql);

function inTurn(adapter: SqlDriverAdapter, turn: Turn): SqlDriverAdapter {
  const [queryRaw, executeRaw, executeScript, startTransaction] = [
    adapter.queryRaw.bind(adapter),
    adapter.executeRaw.bind(adapter),
    adapter.executeScript.bind(adapter),
    adapter.startTransaction.bind(adapter),
  ];
  return Object.assign(adapter, {
    queryRaw: (query: SqlQuery) => (isRead(query) ? queryRaw(query) : turn.alone(() => queryRaw(query))),
    executeRaw: (query: SqlQuery) => turn.alone(() => executeRaw(query)),
    executeScript: (script: string) => turn.alone(() => executeScript(script)),
    async startTransaction(...args: Parameters<SqlDriverAdapter["startTransaction"]>): Promise<Transaction> {
      const release = await turn.take();
      try {
        const transaction = await startTransaction(...args);
        const [commit, rollback] = [transaction.commit.bind(transaction), transaction.rollback.bind(transaction)];
        return Object.assign(transaction, { commit: () => commit().finally(release), rollback: () => rollback().finally(release) });
      } catch (error) {
        release();
        throw error;
      }
    },
  });
}

/**
 * synchronous = FULL: a commit is on the disk before it is acknowledged, so that a power cut takes nothing that an agent was told is stored.
 * (NORMAL, the default with WAL, flushes at checkpoints only: safe when the process dies, but not when the machine does.) Journals of
 * statements stay in memory: they undo one that fails, and are no use after a crash.
 */
const pragmas = "PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -65536; PRAGMA mmap_size = 1073741824;";

/** Statements that are kept prepared. */
const mostStatements = 200;

/** Raw SQL on a connection of its own, which takes turns with Prisma's. */
class SqliteRaw implements RawDatabase {
  readonly provider = "sqlite";
  readonly #path: string;
  readonly #turn: Turn;
  #database: Database.Database | undefined;
  readonly #statements = new Map<string, Database.Statement>();

  constructor(path: string, turn: Turn) {
    this.#path = path;
    this.#turn = turn;
  }

  #prepare(sql: string): Database.Statement {
    let statement = this.#statements.get(sql);
    if (!statement) {
      if (!this.#database) {
        this.#database = new Database(this.#path, { timeout: 10_000 });
        this.#database.exec(pragmas);
      }
      statement = this.#database.prepare(sql);
      if (this.#statements.size >= mostStatements) this.#statements.clear();
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  #run<T>(statement: Database.Statement, parameters: Parameter[]): T[] {
    if (statement.reader) return statement.all(...parameters) as T[];
    statement.run(...parameters);
    return [];
  }

  async query<T>(sql: string, ...parameters: Parameter[]): Promise<T[]> {
    const statement = this.#prepare(sql);
    if (statement.readonly) return this.#run(statement, parameters);
    return this.#turn.alone(async () => this.#run(statement, parameters));
  }

  transaction<T>(work: (tx: RawQueries) => Promise<T>): Promise<T> {
    return this.#turn.alone(async () => {
      this.#prepare("BEGIN IMMEDIATE").run();
      try {
        const result = await work({ provider: "sqlite", query: async (sql, ...parameters) => this.#run(this.#prepare(sql), parameters) });
        this.#prepare("COMMIT").run();
        return result;
      } catch (error) {
        // Some errors, a full disk among them, have rolled back by themselves.
        if (this.#database?.inTransaction) this.#prepare("ROLLBACK").run();
        throw error;
      }
    });
  }

  close(): void {
    this.#statements.clear();
    this.#database?.close();
    this.#database = undefined;
  }
}

/** Prisma's adapter on a file, and raw SQL beside it; both end with the client. */
export function openSqlite(path: string): { adapter: PrismaBetterSqlite3; raw: RawDatabase } {
  const turn = new Turn();
  const raw = new SqliteRaw(path, turn);
  const factory = new PrismaBetterSqlite3({ url: `file:${path}`, timeout: 10_000 });
  const connect = factory.connect.bind(factory);
  const adapter = Object.assign(factory, {
    async connect() {
      const connected = await connect();
      await connected.executeScript(pragmas);
      const dispose = connected.dispose.bind(connected);
      return Object.assign(inTurn(connected, turn), {
        async dispose() {
          raw.close();
          await dispose();
        },
      });
    },
  }) as PrismaBetterSqlite3;
  return { adapter, raw };
}
