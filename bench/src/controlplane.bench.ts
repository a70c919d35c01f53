/**
 * The control plane under a fleet: simulated agents with the real protocol on either database (is anything lost or twice, does memory stay
 * flat), and what the dashboard's queries cost as samples grow.
 */
import { writeFile } from "node:fs/promises";
import { cpus, release } from "node:os";
import { parseCount } from "@zerostart/cli/artifacts.ts";
import { Command, Option } from "commander";
import { Plane, type Provider } from "./controlplane/fleet.ts";
import { runLoad, type LoadResult } from "./controlplane/load.ts";
import { measureQueries, printGrowth, type QueryResult } from "./controlplane/queries.ts";

interface Options {
  database: Provider | "both";
  minutes: number;
  agents: number;
  rate?: number;
  heartbeat: number;
  rows?: number[];
  repeats: number;
  query?: RegExp;
  json?: string;
}

/** What each database is asked for, starts a second. */
const rates: Record<Provider, number> = { sqlite: 2_000, postgresql: 10_000 };

export const command = new Command("controlplane")
  .description("the control plane under a fleet of simulated agents, and its queries with many rows (--rows)")
  .addOption(new Option("--database <name>", "which database").choices(["sqlite", "postgresql", "both"]).default("both"))
  .option("--minutes <n>", "length of the load on each database", Number, 5)
  .option("--agents <n>", "simulated agents", parseCount(1, 10_000), 1_000)
  .option("--rate <n>", "starts a second, of all agents together (default 10000 on PostgreSQL, 2000 on SQLite)", parseCount(1, 1_000_000))
  .option("--heartbeat <seconds>", "of each agent, and of its reports", parseCount(1, 60), 5)
  .option("--rows <n,...>", "instead of the load: query times with so many rows, e.g. 1e5,1e6,1e7", (text) => text.split(",").map(Number))
  .option("--repeats <n>", "of each query", parseCount(5, 1_000), 40)
  .option("--query <pattern>", "with --rows: only queries whose name matches, a regular expression", (text) => new RegExp(text))
  .option("--json <file>", "write the results to this file")
  .action(async (options: Options) => {
    const providers: Provider[] = options.database === "both" ? ["sqlite", "postgresql"] : [options.database];
    const machine = { cpu: cpus()[0]?.model.trim(), cores: cpus().length, kernel: release(), node: process.version };
    const load: LoadResult[] = [];
    const queries: (QueryResult & { provider: Provider })[] = [];
    const save = async () => {
      if (options.json) await writeFile(options.json, `${JSON.stringify({ machine, load, queries }, null, 2)}\n`);
    };
    for (const provider of providers) {
      const plane = await Plane.start(
        provider,
        options.rows ? { agents: 50, handlers: 20, builds: 4, history: 1 } : { agents: options.agents, handlers: 20, builds: 2 },
      );
      try {
        if (!options.rows) {
          const result = await runLoad(plane, provider, {
            agents: options.agents,
            samplesPerSecond: options.rate ?? rates[provider],
            minutes: options.minutes,
            heartbeatSeconds: options.heartbeat,
          });
          load.push(result);
          console.table([result]);
          if (result.lost + result.twice > 0) process.exitCode = 1;
        }
        for (const rows of options.rows ?? []) {
          const began = performance.now();
          await plane.seed(rows);
          console.log(`${provider}: ${rows} rows after ${Math.round((performance.now() - began) / 1000)} s`);
          const results = await measureQueries(plane, rows, options.repeats, options.query);
          queries.push(...results.map((result) => ({ provider, ...result })));
          await save();
        }
        if (options.rows) printGrowth(queries.filter((result) => result.provider === provider));
      } finally {
        await plane.stop();
      }
      await save();
    }
  });
