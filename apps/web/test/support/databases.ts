/** The same tests on both databases, each with a server of its own. */
import { after, before, describe } from "node:test";
import { startServer, type TestServer } from "./harness.ts";
import { PostgresServer } from "./postgres.ts";

/** @param tests declares them; the server that it is given is there once they run */
export function onEachDatabase(tests: (server: () => TestServer) => void): void {
  for (const provider of ["sqlite", "postgresql"] as const)
    describe(provider, () => {
      let postgres: PostgresServer | undefined;
      let server: TestServer | undefined;
      before(async () => {
        postgres = provider === "postgresql" ? await PostgresServer.start() : undefined;
        server = await startServer({ config: { databaseUrl: await postgres?.createDatabase() } });
      });
      after(async () => {
        await server?.stop();
        await postgres?.stop();
      });
      tests(() => {
        if (!server) throw new Error("the server is there when the tests run");
        return server;
      });
    });
}
