/**
 * The dashboard in a real Chromium over a database with many samples: how soon each page's largest content is painted (LCP, a fresh browser
 * context each time: nothing cached), and how long an interaction takes until the next paint (Event Timing).
 */
import { writeFile } from "node:fs/promises";
import { cpus, release } from "node:os";
import { parseCount } from "@zerostart/cli/artifacts.ts";
import { Command, Option } from "commander";
import { Plane, percentile, type Provider } from "./controlplane/fleet.ts";
import { measurePage, openBrowser, pagesOf, type PageResult } from "./controlplane/pages.ts";

interface Options {
  database: Provider;
  rows: number;
  repeats: number;
  hosts: number;
  only?: string;
  json?: string;
}

export const command = new Command("dashboard")
  .description("the dashboard's pages in Chromium with many samples stored: largest contentful paint and interactions (needs the built pages and Chromium)")
  .addOption(new Option("--database <name>", "which database").choices(["sqlite", "postgresql"]).default("sqlite"))
  .option("--rows <n>", "samples stored, e.g. 1e7", Number, 1_000_000)
  .option("--hosts <n>", "hosts that have joined", parseCount(1, 10_000), 50)
  .option("--repeats <n>", "of each page", parseCount(3, 100), 7)
  .option("--only <text>", "pages whose name has this text")
  .option("--json <file>", "write the results to this file")
  .action(async (options: Options) => {
    const plane = await Plane.start(options.database, { agents: options.hosts, handlers: 20, builds: 4, history: 1 });
    try {
      await plane.seed(options.rows);
      console.log(`${options.rows} rows`);
      const url = await plane.servePages();
      const pages = pagesOf(plane.fleet).filter(({ name }) => name.includes(options.only ?? ""));
      const browser = await openBrowser();
      const results: PageResult[] = [];
      try {
        // In turns: what else the machine does meets all pages alike. The first round warms the server up.
        const rounds: Record<string, Awaited<ReturnType<typeof measurePage>>[]> = {};
        for (let round = -1; round < options.repeats; round++)
          for (const page of pages) {
            const measured = await measurePage(browser, url, page);
            console.log(`${page.name}: LCP ${Math.round(measured.lcpMs)} ms (${measured.lcpElement}), interaction ${measured.interactionMs} ms`);
            if (round >= 0) (rounds[page.name] ??= []).push(measured);
          }
        for (const [page, list] of Object.entries(rounds)) {
          const at = (of: (m: (typeof list)[number]) => number, p: number) =>
            Math.round(
              percentile(
                list.map(of).toSorted((a, b) => a - b),
                p,
              ),
            );
          results.push({
            page,
            lcpMsP50: at((m) => m.lcpMs, 0.5),
            lcpMsP95: at((m) => m.lcpMs, 0.95),
            lcpElement: list[0]?.lcpElement ?? "",
            interactionMsP50: at((m) => m.interactionMs, 0.5),
            interactionMsP95: at((m) => m.interactionMs, 0.95),
            scriptKb: at((m) => m.scriptBytes / 1_000, 0.5),
          });
        }
      } finally {
        await browser.close();
      }
      console.table(results);
      const machine = { cpu: cpus()[0]?.model.trim(), cores: cpus().length, kernel: release(), node: process.version };
      if (options.json) await writeFile(options.json, `${JSON.stringify({ machine, rows: options.rows, database: options.database, results }, null, 2)}\n`);
    } finally {
      await plane.stop();
    }
  });
