/** The queue on PostgreSQL: pg-boss, which takes with SKIP LOCKED and gives back what a dead replica held. */
import { fromPrisma, type JobAttempt, type JobWithMetadata, type PgBoss } from "pg-boss";
import type { DbTransaction } from "../db/client.ts";
import type { Job, Jobs, JobsServices } from "./jobs.ts";

const queue = "builds";
/** pg-boss's least. A replica not heard of for so long has lost its builds. */
const heartbeatSeconds = 10;
/** The runner gives up by itself long before. */
const retryLimit = 50;

type Data = { buildId: string; attempts: number };

export class BossJobs implements Jobs {
  readonly #services: JobsServices;
  readonly #boss: PgBoss;
  /** What was taken, each with its try: a claim that went to another replica meanwhile is not ours to settle. */
  readonly #claims = new Map<string, JobAttempt>();
  readonly renewMs = (heartbeatSeconds * 1000) / 3;

  private constructor(services: JobsServices, boss: PgBoss) {
    this.#services = services;
    this.#boss = boss;
  }

  static async open(services: JobsServices, boss: PgBoss): Promise<BossJobs> {
    await boss.createQueue(queue, { heartbeatSeconds, retryLimit, retryDelay: 0, expireInSeconds: 3600, deleteAfterSeconds: 86_400 });
    return new BossJobs(services, boss);
  }

  async enqueue(tx: DbTransaction, subjectIds: string[]): Promise<void> {
    await this.#insert(
      tx,
      subjectIds.map((buildId) => ({ buildId, attempts: 0 })),
      0,
    );
  }

  async #insert(tx: DbTransaction, jobs: Data[], startAfter: number): Promise<void> {
    if (jobs.length === 0) return;
    await this.#boss.insert(
      queue,
      jobs.map((data) => ({ data, startAfter })),
      { db: fromPrisma(tx) },
    );
  }

  async take(): Promise<Job | undefined> {
    const [job]: JobWithMetadata<Data>[] = await this.#boss.fetch<Data>(queue, { includeMetadata: true });
    if (!job) return undefined;
    this.#claims.set(job.id, { id: job.id, retryCount: job.retryCount });
    return { id: job.id, subjectId: job.data.buildId, attempts: job.data.attempts + job.retryCount + 1 };
  }

  #claim(job: Job): JobAttempt {
    const claim = this.#claims.get(job.id);
    if (!claim) throw new Error(`job ${job.id} was not taken here`);
    return claim;
  }

  async renew(job: Job): Promise<void> {
    await this.#boss.touch(queue, this.#claim(job));
  }

  async finish(job: Job, error?: string): Promise<void> {
    await this.#boss.complete(queue, this.#claim(job), error === undefined ? {} : { error });
    this.#claims.delete(job.id);
  }

  /** As a job of its own: what pg-boss puts back counts as a fault. */
  async release(job: Job, isFault: boolean): Promise<void> {
    await this.#services.db.$transaction(async (tx) => {
      await this.#boss.deleteJob(queue, this.#claim(job), { db: fromPrisma(tx) });
      await this.#insert(tx, [{ buildId: job.subjectId, attempts: job.attempts - (isFault ? 0 : 1) }], isFault ? heartbeatSeconds / 3 : 0);
    });
    this.#claims.delete(job.id);
  }

  /** Gives back what dead replicas held without waiting for the next round; for tests. */
  async supervise(): Promise<void> {
    await this.#boss.supervise(queue);
  }

  async close(): Promise<void> {}
}
