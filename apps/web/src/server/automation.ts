/** What the control plane does by itself when something has ended: one loop, woken by events and, in case one was lost, by the clock. */
import { deliverAlerts } from "../features/alerts/server/deliver.ts";
import { advanceCanaries } from "../features/deployments/server/canaries.ts";
import { forgetLogs } from "../features/deployments/server/log-retention.ts";
import { expirePreviews, keepPlacements } from "../features/deployments/server/upkeep.ts";
import { advanceExperiments } from "../features/experiments/server/advance.ts";
import { advanceChecks } from "../features/regressions/server/checks.ts";
import { forgetRequestWindows } from "../features/requests/server/store.ts";
import { forgetTraces } from "../features/traces/server/retention.ts";
import type { App } from "./app.ts";

const safetyPollMs = 3_000;

export class Automation {
  readonly #stopping = new AbortController();
  #work: Promise<void> = Promise.resolve();

  start(app: App): void {
    this.#work = this.#run(app);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#work;
  }

  async #run(app: App): Promise<void> {
    for await (const _ of app.events.turns("automation", safetyPollMs, this.#stopping.signal)) {
      for (const step of [
        advanceExperiments,
        advanceChecks,
        advanceCanaries,
        expirePreviews,
        keepPlacements,
        deliverAlerts,
        forgetRequestWindows,
        forgetLogs,
        forgetTraces,
      ]) {
        // One step's trouble must not keep the others from being taken; it is tried again at the next turn.
        await step(app).catch((error: unknown) => console.error(`automation: ${step.name}`, error));
      }
    }
  }
}
