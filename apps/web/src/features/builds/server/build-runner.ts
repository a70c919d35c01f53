/** Takes queued builds off the jobs table, runs them, keeps their logs and stores what comes out. */
import type { LaunchMode, TargetTriple } from "@zerostart/protocol";
import type { Db } from "../../../server/db/client.ts";
import { takeJob } from "../../../server/db/dialect.ts";
import { AppError } from "../../../server/errors.ts";
import type { Events } from "../../../server/events.ts";
import { newId } from "../../../server/ids.ts";
import type { ObjectStore } from "../../../server/objects.ts";
import type { Signer } from "../../../server/signing.ts";
import { queueCheck } from "../../regressions/server/checks.ts";
import { readSources } from "../../handlers/server/sources.ts";
import type { Diagnostic, Pipeline } from "../helpers/pipeline-types.ts";

/** After a crash a build waits this long before it is taken up again; it is renewed three times as often. */
const defaultLeaseMs = 20_000;
const pollMs = 2_000;
const concurrency = 2;
/** A build whose process died this often is at fault itself. */
const maxAttempts = 3;

type Services = { db: Db; events: Events; objects: ObjectStore; signer: Signer; pipeline: Pipeline; instanceId: string };

export class BuildRunner {
  readonly #services: Services;
  readonly #stopping = new AbortController();
  readonly #running = new Map<string, AbortController>();
  #lanes: Promise<void>[] = [];

  readonly #leaseMs: number;

  constructor(services: Services, leaseMs = defaultLeaseMs) {
    this.#services = services;
    this.#leaseMs = leaseMs;
  }

  start(): void {
    this.#lanes = Array.from({ length: concurrency }, () => this.#lane());
  }

  /** Lets go of what runs (its lease runs out, another worker takes it) and waits for the lanes to end. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#services.events.notify("jobs");
    for (const controller of this.#running.values()) controller.abort();
    await Promise.all(this.#lanes);
  }

  /** Stops a build that runs in this process; one still in the queue is marked by the procedure itself. */
  cancel(buildId: string): void {
    this.#running.get(buildId)?.abort();
  }

  async #lane(): Promise<void> {
    const { db, events, instanceId } = this.#services;
    const leaseMs = this.#leaseMs;
    while (!this.#stopping.signal.aborted) {
      const job = await takeJob(db, instanceId, leaseMs);
      if (!job) {
        await events.wait("jobs", pollMs, this.#stopping.signal);
        continue;
      }
      const controller = new AbortController();
      this.#running.set(job.subjectId, controller);
      const renew = setInterval(() => {
        // `then` is what sends it: a query of the client that nobody waits for is never run.
        db.job
          .updateMany({ where: { id: job.id, leaseOwner: instanceId, state: "running" }, data: { leaseUntil: new Date(Date.now() + leaseMs) } })
          .then(undefined, (error: unknown) => console.error(`the lease of build ${job.subjectId} was not renewed`, error));
      }, leaseMs / 3);
      try {
        await this.#build(job.subjectId, job.attempts, controller.signal);
        await db.job.update({ where: { id: job.id }, data: { state: "done", finishedAt: new Date() } });
      } catch (error) {
        if (this.#stopping.signal.aborted) {
          await db.job.update({ where: { id: job.id }, data: { state: "queued", leaseOwner: null, leaseUntil: null, attempts: { decrement: 1 } } });
        } else {
          console.error(`build ${job.subjectId} failed unexpectedly`, error);
          await this.#finish(job.subjectId, { state: "failed", error: "The build failed for a reason of ours; the server's log has it." });
          await db.job.update({ where: { id: job.id }, data: { state: "failed", finishedAt: new Date(), error: String(error) } });
        }
      } finally {
        clearInterval(renew);
        this.#running.delete(job.subjectId);
      }
    }
  }

  async #build(buildId: string, attempts: number, signal: AbortSignal): Promise<void> {
    const { db, events, objects, signer, pipeline } = this.#services;
    const build = await db.build.findUnique({ where: { id: buildId }, include: { version: true, handler: true } });
    if (!build || build.state === "cancelled" || build.state === "succeeded") return;
    if (attempts > maxAttempts)
      return this.#finish(buildId, { state: "failed", error: `The build was started ${maxAttempts} times and never came to an end.` });
    await db.build.update({ where: { id: buildId }, data: { state: "running", startedAt: new Date(), error: null } });
    const log = this.#logger(build.projectId, buildId);
    log("info", `Building ${build.handler.name} v${build.version.number} for ${build.target}, ${build.mode}`);
    try {
      const files = await readSources(objects, build.version.files);
      const started = performance.now();
      const outcome = await pipeline.build(
        { files, entry: build.version.entry, name: build.handler.name, mode: build.mode as LaunchMode, target: build.target as TargetTriple },
        { onLog: (line) => log("info", line), signal },
      );
      const { check, artifact } = outcome;
      const figures = { diagnostics: check.diagnostics, sections: check.sections, sourceBytes: check.sourceBytes, bytecodeBytes: check.bytecodeBytes };
      if (!artifact) {
        for (const d of check.diagnostics) log(d.severity === "error" ? "error" : "warn", describe(d));
        await log.flush();
        return await this.#finish(buildId, {
          state: "failed",
          error: check.diagnostics.find((d) => d.severity === "error")?.message ?? "The handler does not compile.",
          ...figures,
        });
      }
      const sha256 = await objects.put(artifact.bytes);
      if (sha256 !== artifact.sha256) throw new Error(`the artifact's bytes hash to ${sha256}, not to ${artifact.sha256} as the pipeline said`);
      log("info", `Artifact ${sha256.slice(0, 12)}, ${artifact.sizeBytes.toLocaleString("en")} bytes, in ${Math.round(performance.now() - started)} ms`);
      await log.flush();
      await db.artifact.upsert({
        where: { buildId },
        update: {},
        create: {
          id: newId("art"),
          projectId: build.projectId,
          buildId,
          sha256,
          sizeBytes: artifact.sizeBytes,
          signature: signer.signDigest(sha256),
          stubSha256: artifact.stubSha256,
          engineVersion: artifact.engineVersion,
          executor: artifact.executor,
          dynamicDependencies: artifact.dynamicDependencies,
        },
      });
      await this.#finish(buildId, { state: "succeeded", handlerInitMs: artifact.handlerInitMs ?? null, ...figures });
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      if (this.#stopping.signal.aborted) throw error;
      log("error", error.message);
      await log.flush();
      const cancelled = signal.aborted;
      await this.#finish(buildId, { state: cancelled ? "cancelled" : "failed", error: error.message });
    } finally {
      events.notify(`build:${buildId}`);
    }
  }

  async #finish(
    buildId: string,
    data: {
      state: "succeeded" | "failed" | "cancelled";
      error?: string;
      diagnostics?: Diagnostic[];
      sections?: { name: string; sizeBytes: number }[];
      sourceBytes?: number;
      bytecodeBytes?: number;
      handlerInitMs?: number | null;
    },
  ): Promise<void> {
    const build = await this.#services.db.build.update({ where: { id: buildId }, data: { ...data, finishedAt: new Date() } });
    if (data.state === "succeeded") await queueCheck(this.#services.db, buildId);
    this.#services.events.notify(`build:${buildId}`);
    this.#services.events.notify("automation");
    this.#services.events.notify(`project:${build.projectId}`);
  }

  /** Lines are written in order, in batches, and readers are woken after each. */
  #logger(projectId: string, buildId: string) {
    const { db, events } = this.#services;
    let pending: { projectId: string; buildId: string; at: Date; level: string; text: string }[] = [];
    let writing: Promise<unknown> = Promise.resolve();
    const flush = () => {
      writing = writing.then(async () => {
        if (pending.length === 0) return;
        const batch = pending;
        pending = [];
        await db.buildLog.createMany({ data: batch });
        events.notify(`build:${buildId}`);
      });
      return writing;
    };
    const log = (level: "info" | "warn" | "error", text: string) => {
      pending.push({ projectId, buildId, at: new Date(), level, text: text.slice(0, 16_384) });
      void flush();
    };
    return Object.assign(log, { flush });
  }
}

/** "index.ts:3:7 message" and the code frame below it. */
export function describe(d: Diagnostic): string {
  return `${d.file}:${d.line}:${d.column} ${d.message}${d.codeFrame ? `\n${d.codeFrame}` : ""}`;
}

/** Queues a job within the transaction that made its build. */
export function buildJob(buildId: string) {
  return { id: newId("job"), kind: "build", subjectId: buildId };
}
