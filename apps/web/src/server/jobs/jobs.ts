/**
 * The queue of builds to be made, in the database of everything else: a job is enqueued in the transaction that makes it
 * necessary, and one whose worker died is taken again. On PostgreSQL it is pg-boss's; SQLite has one process to serve.
 */
import type { Db, DbTransaction } from "../db/client.ts";

/** `subjectId`: the build. `attempts`: how often it has been taken, this time included. */
export type Job = { id: string; subjectId: string; attempts: number };

export type Jobs = {
  /** Within the transaction; whoever calls says `events.notify("jobs")` when that is done. */
  enqueue(tx: DbTransaction, subjectIds: string[]): Promise<void>;
  /** One that is due, or whose worker was not heard of for a lease; undefined when there is none. */
  take(): Promise<Job | undefined>;
  /** Says that the worker is alive. */
  renew(job: Job): Promise<void>;
  /** It came to an end, for better or (with `error`) worse, and is not tried again. */
  finish(job: Job, error?: string): Promise<void>;
  /** Back into the queue; `isFault`: the try counts. */
  release(job: Job, isFault: boolean): Promise<void>;
  /** How often to renew, and to look when no event came. */
  readonly renewMs: number;
  close(): Promise<void>;
};

export type JobsServices = { db: Db; instanceId: string };
