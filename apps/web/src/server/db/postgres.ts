/** Raw SQL on PostgreSQL, on connections of the pool that Prisma uses. */
import { Pool, types, type ClientBase } from "pg";
import type { Parameter, RawDatabase, RawQueries } from "./provider.ts";

const int8 = 20;
const parsers = {
  getTypeParser: (oid: number, format?: "text" | "binary") => (oid === int8 ? Number : types.getTypeParser(oid, format as "text")),
};

async function run<T>(on: Pool | ClientBase, sql: string, parameters: Parameter[]): Promise<T[]> {
  const { rows } = await on.query({ text: sql, values: parameters, types: parsers });
  return rows as T[];
}

export function postgresRaw(pool: Pool): RawDatabase {
  return {
    provider: "postgresql",
    query: (sql, ...parameters) => run(pool, sql, parameters),
    async transaction<T>(work: (tx: RawQueries) => Promise<T>): Promise<T> {
      const client = await pool.connect();
      // A connection that breaks while it is ours says so to the query that is on it, too.
      const onError = () => undefined;
      client.on("error", onError);
      let failure: Error | undefined;
      try {
        await client.query("BEGIN");
        const result = await work({ provider: "postgresql", query: (sql, ...parameters) => run(client, sql, parameters) });
        await client.query("COMMIT");
        return result;
      } catch (error) {
        await client.query("ROLLBACK").catch((broken: Error) => (failure = broken));
        throw error;
      } finally {
        client.off("error", onError);
        // One that cannot even roll back does not come back into the pool.
        client.release(failure);
      }
    },
  };
}
