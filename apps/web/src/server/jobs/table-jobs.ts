/** The queue as a table with leases: SQLite's. */
import type { DbTransaction } from "../db/client.ts";
import { takeJob } from "../db/dialect.ts";
import { newId } from "../ids.ts";
import type { Job, Jobs, JobsServices } from "./jobs.ts";

/** After a crash a build waits this long before it is taken up again; it is renewed three times as often. */
const defaultLeaseMs = 20_000;

export class TableJobs implements Jobs {
  readonly #services: JobsServices;
  readonly #leaseMs: number;

  constructor(services: JobsServices, leaseMs = defaultLeaseMs) {
    this.#services = services;
    this.#leaseMs = leaseMs;
  }

  get renewMs(): number {
    return this.#leaseMs / 3;
  }

  async enqueue(tx: DbTransaction, subjectIds: string[]): Promise<void> {
    await tx.job.createMany({ data: subjectIds.map((subjectId) => ({ id: newId("job"), kind: "build", subjectId })) });
  }

  take(): Promise<Job | undefined> {
    return takeJob(this.#services.db, this.#services.instanceId, this.#leaseMs);
  }

  async renew(job: Job): Promise<void> {
    await this.#services.db.job.updateMany({
      where: { id: job.id, leaseOwner: this.#services.instanceId, state: "running" },
      data: { leaseUntil: new Date(Date.now() + this.#leaseMs) },
    });
  }

  async finish(job: Job, error?: string): Promise<void> {
    const data = { state: error === undefined ? "done" : "failed", finishedAt: new Date(), error: error ?? null };
    await this.#services.db.job.update({ where: { id: job.id }, data });
  }

  async release(job: Job, isFault: boolean): Promise<void> {
    const data = { state: "queued", leaseOwner: null, leaseUntil: null, runAt: new Date(Date.now() + (isFault ? this.renewMs : 0)) };
    await this.#services.db.job.update({ where: { id: job.id }, data: { ...data, ...(isFault ? {} : { attempts: { decrement: 1 } }) } });
  }

  async close(): Promise<void> {}
}
