/** Takes builds off the queue, runs them, keeps their logs and stores what comes out. */
import type { ArtifactMode, ArtifactTarget } from "@zerostart/protocol";
import type { Prisma } from "../../../../generated/prisma/client.ts";
import type { Db } from "../../../server/db/client.ts";
import { AppError } from "../../../server/errors.ts";
import type { Events } from "../../../server/events.ts";
import { newId } from "../../../server/ids.ts";
import type { Job, Jobs } from "../../../server/jobs/jobs.ts";
import { StoreError, type Objects } from "../../../server/objects/objects.ts";
import type { Signer } from "../../../server/signing.ts";
import { queueCheck } from "../../regressions/server/checks.ts";
import { readSources } from "../../handlers/server/sources.ts";
import { isForOtherRuntimes, type Diagnostic, type Pipeline } from "../helpers/pipeline-types.ts";
import { primeOf } from "../helpers/prime.ts";

const pollMs = 2_000;
const concurrency = 2;
/** A build whose process died this often is at fault itself. */
const maxAttempts = 3;
const insistTries = 30;
const insistPauseMs = 500;

type Services = { db: Db; events: Events; jobs: Jobs; objects: Objects; signer: Signer; pipeline: Pipeline };

export class BuildRunner {
  readonly #services: Services;
  readonly #stopping = new AbortController();
  readonly #running = new Set<AbortController>();
  #lanes: Promise<void>[] = [];

  constructor(services: Services) {
    this.#services = services;
  }

  start(): void {
    this.#lanes = Array.from({ length: concurrency }, () => this.#lane());
  }

  /** Puts what runs back into the queue and waits for the lanes to end. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#services.events.notify("jobs");
    for (const controller of this.#running) controller.abort();
    await Promise.all(this.#lanes);
  }

  async #lane(): Promise<void> {
    const { events, jobs } = this.#services;
    while (!this.#stopping.signal.aborted) {
      const job = await jobs.take().catch((error: unknown) => console.error(`no build could be taken off the queue: ${String(error)}`));
      if (!job) {
        await events.wait("jobs", pollMs, this.#stopping.signal);
        continue;
      }
      await this.#run(job).catch((error: unknown) => console.error(`build ${job.subjectId} comes back when its lease has run out:`, error));
    }
  }

  async #run(job: Job): Promise<void> {
    const { events, jobs } = this.#services;
    const buildId = job.subjectId;
    const controller = new AbortController();
    this.#running.add(controller);
    const watch = () => void this.#abortWhenCancelled(buildId, controller);
    const unsubscribe = events.on(`cancel:${buildId}`, watch);
    const renew = setInterval(() => {
      watch();
      jobs.renew(job).catch((error: unknown) => console.error(`the lease of build ${buildId} was not renewed:`, error));
    }, jobs.renewMs);
    try {
      await this.#build(buildId, job.attempts, controller.signal);
      await this.#insist(() => jobs.finish(job));
    } catch (error) {
      if (this.#stopping.signal.aborted) return await jobs.release(job, false);
      console.error(`build ${buildId} failed unexpectedly (try ${job.attempts})`, error);
      // The database, the store or the disk may be away for a moment.
      if (job.attempts < maxAttempts) return await this.#insist(() => jobs.release(job, true));
      const why = error instanceof StoreError ? error.message : "The build failed for a reason of ours; the server's log has it.";
      await this.#insist(() => this.#finish(buildId, { state: "failed", error: why }));
      await this.#insist(() => jobs.finish(job, String(error)));
    } finally {
      clearInterval(renew);
      unsubscribe();
      this.#running.delete(controller);
    }
  }

  /** What must be written although the database may be away: tried for as long as the lease would be held. */
  async #insist(write: () => Promise<void>): Promise<void> {
    for (let tries = 0; ; tries++) {
      try {
        return await write();
      } catch (error) {
        if (tries === insistTries || this.#stopping.signal.aborted) throw error;
        await new Promise((resolve) => setTimeout(resolve, insistPauseMs));
      }
    }
  }

  async #abortWhenCancelled(buildId: string, controller: AbortController): Promise<void> {
    const build = await this.#services.db.build.findUnique({ where: { id: buildId }, select: { state: true } }).catch(() => null);
    if (build?.state === "cancelled") controller.abort();
  }

  async #build(buildId: string, attempts: number, signal: AbortSignal): Promise<void> {
    const { db, events, objects, signer, pipeline } = this.#services;
    const build = await db.build.findUnique({ where: { id: buildId }, include: { version: true, handler: true } });
    if (!build || build.state === "cancelled") return;
    // Its worker may have died between the build's end and the job's.
    if (build.state === "succeeded") return queueCheck(db, buildId);
    if (attempts > maxAttempts)
      return this.#finish(buildId, { state: "failed", error: `The build was started ${maxAttempts} times and never came to an end.` });
    const { count } = await db.build.updateMany({
      where: { id: buildId, state: { not: "cancelled" } },
      data: { state: "running", startedAt: new Date(), error: null },
    });
    if (count === 0) return;
    const log = this.#logger(build.projectId, buildId);
    const what = isForOtherRuntimes(build)
      ? "Node, Deno and Bun"
      : `${build.target}, ${build.mode}${build.symbols ? ", with symbols" : ""}${build.prime ? ", primed" : ""}`;
    log("info", `Building ${build.handler.name} v${build.version.number} for ${what}`);
    try {
      const files = await readSources(objects, build.version.files);
      const started = performance.now();
      const outcome = await pipeline.build(
        {
          files,
          entry: build.version.entry,
          name: build.handler.name,
          mode: build.mode as ArtifactMode,
          target: build.target as ArtifactTarget,
          symbols: build.symbols,
          prime: primeOf(build.prime),
        },
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
      const symbolsSha256 = artifact.symbols ? await objects.put(artifact.symbols) : null;
      log("info", `Artifact ${sha256.slice(0, 12)}, ${artifact.sizeBytes.toLocaleString("en")} bytes, in ${Math.round(performance.now() - started)} ms`);
      await log.flush();
      await this.#finish(
        buildId,
        { state: "succeeded", handlerInitMs: artifact.handlerInitMs ?? null, ...figures },
        {
          id: newId("art"),
          projectId: build.projectId,
          sha256,
          sizeBytes: artifact.sizeBytes,
          signature: signer.signDigest(sha256),
          stubSha256: artifact.stubSha256,
          symbolsSha256,
          engineVersion: artifact.engineVersion,
          executor: artifact.executor,
          dynamicDependencies: artifact.dynamicDependencies,
        },
      );
    } catch (error) {
      if (error instanceof StoreError) log("warn", error.message);
      if (!(error instanceof AppError) || error instanceof StoreError || this.#stopping.signal.aborted) throw error;
      log("error", error.message);
      await log.flush();
      const cancelled = signal.aborted;
      await this.#finish(buildId, { state: cancelled ? "cancelled" : "failed", error: error.message });
    } finally {
      events.notify(`build:${buildId}`);
    }
  }

  /** With its artifact, in one step: a build that succeeded has one, and what was cancelled or ended elsewhere meanwhile stays as it is. */
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
    artifact?: Omit<Prisma.ArtifactUncheckedCreateInput, "buildId">,
  ): Promise<void> {
    const { db, events } = this.#services;
    const ended = await db.$transaction(async (tx) => {
      const { count } = await tx.build.updateMany({ where: { id: buildId, state: { in: ["queued", "running"] } }, data: { ...data, finishedAt: new Date() } });
      if (count === 0) return false;
      if (artifact) await tx.artifact.create({ data: { ...artifact, buildId } });
      return true;
    });
    if (ended && data.state === "succeeded") await queueCheck(db, buildId);
    const build = await db.build.findUnique({ where: { id: buildId }, select: { projectId: true } });
    events.notify(`build:${buildId}`);
    events.notify("automation");
    if (build) events.notify(`project:${build.projectId}`);
  }

  /** Lines are written in order, in batches, and readers are woken after each. */
  #logger(projectId: string, buildId: string) {
    const { db, events } = this.#services;
    let pending: { projectId: string; buildId: string; at: Date; level: string; text: string }[] = [];
    let writing: Promise<unknown> = Promise.resolve();
    const write = async () => {
      if (pending.length === 0) return;
      const batch = pending;
      pending = [];
      try {
        await db.buildLog.createMany({ data: batch });
      } catch (error) {
        pending = [...batch, ...pending];
        throw error;
      }
      events.notify(`build:${buildId}`);
    };
    const flush = () => {
      const next = writing.catch(() => undefined).then(write);
      writing = next;
      return next;
    };
    const log = (level: "info" | "warn" | "error", text: string) => {
      pending.push({ projectId, buildId, at: new Date(), level, text: text.slice(0, 16_384) });
      // What could not be written goes with the next line.
      flush().catch(() => undefined);
    };
    return Object.assign(log, { flush });
  }
}

/** "index.ts:3:7 message" and the code frame below it. */
export function describe(d: Diagnostic): string {
  return `${d.file}:${d.line}:${d.column} ${d.message}${d.codeFrame ? `\n${d.codeFrame}` : ""}`;
}
