/**
 * SQLite has one connection here, and a transaction on it is everybody's: a write of somebody else's that came in between would be part of
 * it, and undone with it. So writes wait for an open transaction's end, and transactions for each other, in the order of their coming.
 * Reads do not wait; they may see what a transaction is about to commit.
 */
import { PrismaBetterSqlite3 } from "@prisma/adapter-better-sqlite3";

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
}

const isRead = (query: SqlQuery) => /^\s*(SELECT|PRAGMA|EXPLAIN)\b/i.test(query.sql);

function inTurn(adapter: SqlDriverAdapter): SqlDriverAdapter {
  const turn = new Turn();
  const alone = async <T>(work: () => Promise<T>): Promise<T> => {
    const release = await turn.take();
    try {
      return await work();
    } finally {
      release();
    }
  };
  const [queryRaw, executeRaw, executeScript, startTransaction] = [
    adapter.queryRaw.bind(adapter),
    adapter.executeRaw.bind(adapter),
    adapter.executeScript.bind(adapter),
    adapter.startTransaction.bind(adapter),
  ];
  return Object.assign(adapter, {
    queryRaw: (query: SqlQuery) => (isRead(query) ? queryRaw(query) : alone(() => queryRaw(query))),
    executeRaw: (query: SqlQuery) => alone(() => executeRaw(query)),
    executeScript: (script: string) => alone(() => executeScript(script)),
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

/** Prisma's adapter on a file. */
export function sqliteAdapter(path: string): PrismaBetterSqlite3 {
  const factory = new PrismaBetterSqlite3({ url: `file:${path}`, timeout: 10_000 });
  const connect = factory.connect.bind(factory);
  return Object.assign(factory, { connect: async () => inTurn(await connect()) }) as PrismaBetterSqlite3;
}
