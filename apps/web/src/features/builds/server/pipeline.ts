/**
 * The build pipeline behind child processes: one that stays warm for compile checks, two for builds. A child that takes
 * too long, runs out of memory or dies is replaced, and its request gets an error that says so.
 */
import { fork, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import { AppError } from "../../../server/errors.ts";
import type {
  BuildOutcome,
  BuildRequest,
  BuiltStub,
  CheckResult,
  CompileOutcome,
  PackageRequest,
  Pipeline,
  SourceFiles,
  StubBuildRequest,
  ToolchainStatus,
} from "../helpers/pipeline-types.ts";
import type { WorkerReply, WorkerRequest } from "./pipeline-worker.ts";

const workerPath = fileURLToPath(new URL("./pipeline-worker.ts", import.meta.url));
const checkTimeoutMs = 20_000;
/** The first build for a target also makes its stub, which can take a minute. */
const buildTimeoutMs = 300_000;
const heapMegabytes = 1024;

type RequestBody = WorkerRequest extends infer R ? (R extends { id: number } ? Omit<R, "id"> : never) : never;
type RunOptions = { timeoutMs: number; onLog?: ((line: string) => void) | undefined; signal?: AbortSignal | undefined };

class PipelineChild {
  #child: ChildProcess | undefined;
  #nextId = 1;
  #queue: Promise<unknown> = Promise.resolve();
  #stderrTail = "";

  /** Requests of one child run one after the other. */
  run<T>(body: RequestBody, options: RunOptions): Promise<T> {
    const result = this.#queue.then(() => this.#run<T>(body, options));
    this.#queue = result.catch(() => undefined);
    return result;
  }

  #start(): ChildProcess {
    if (this.#child?.connected) return this.#child;
    const child = fork(workerPath, {
      serialization: "advanced",
      stdio: ["ignore", "ignore", "pipe", "ipc"],
      execArgv: [`--max-old-space-size=${heapMegabytes}`, "--disable-warning=ExperimentalWarning"],
    });
    this.#stderrTail = "";
    child.stderr?.setEncoding("utf8").on("data", (text: string) => (this.#stderrTail = (this.#stderrTail + text).slice(-2_000)));
    child.unref();
    (child.channel as { unref?: () => void } | null | undefined)?.unref?.();
    this.#child = child;
    return child;
  }

  #run<T>(body: RequestBody, { timeoutMs, onLog, signal }: RunOptions): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (signal?.aborted) return reject(new AppError("CONFLICT", "Cancelled."));
      const child = this.#start();
      const id = this.#nextId++;
      const finish = (settle: () => void, kill = false) => {
        clearTimeout(timer);
        child.off("message", onMessage).off("exit", onExit);
        signal?.removeEventListener("abort", onAbort);
        if (kill) this.#kill(child);
        settle();
      };
      const onMessage = (reply: WorkerReply) => {
        if (reply.id !== id) return;
        if (reply.kind === "log") return onLog?.(reply.line);
        if (reply.kind === "done") return finish(() => resolve(reply.value as T));
        finish(() => reject(new AppError(reply.unavailable ? "UNAVAILABLE" : "INVALID", reply.message)));
      };
      const onExit = (code: number | null, exitSignal: string | null) => {
        const memory = /heap out of memory/.test(this.#stderrTail);
        const why = memory
          ? `it needed more than ${heapMegabytes} MB of memory`
          : `it ended with ${exitSignal ?? `code ${code}`}: ${this.#stderrTail.trim().split("\n").at(-1) ?? ""}`;
        finish(() => reject(new AppError("INVALID", `The build process stopped: ${why}`)));
      };
      const onAbort = () => finish(() => reject(new AppError("CONFLICT", "Cancelled.")), true);
      const timer = setTimeout(() => {
        const message = `Stopped after ${timeoutMs / 1000} s: the handler's top level may never end, or the source is too large to compile.`;
        finish(() => reject(new AppError("INVALID", message)), true);
      }, timeoutMs);
      child.on("message", onMessage).on("exit", onExit);
      signal?.addEventListener("abort", onAbort, { once: true });
      child.send({ ...body, id });
    });
  }

  #kill(child: ChildProcess): void {
    if (this.#child === child) this.#child = undefined;
    child.kill("SIGKILL");
  }

  close(): void {
    if (this.#child) this.#kill(this.#child);
  }
}

export class ChildPipeline implements Pipeline {
  readonly #checker = new PipelineChild();
  readonly #builders = [new PipelineChild(), new PipelineChild()];
  #nextBuilder = 0;

  check(input: { files: SourceFiles; entry: string }, signal?: AbortSignal): Promise<CheckResult> {
    return this.#checker.run<CheckResult>({ kind: "check", input }, { timeoutMs: checkTimeoutMs, signal });
  }

  compile(input: { files: SourceFiles; entry: string }, signal?: AbortSignal): Promise<CompileOutcome> {
    return this.#checker.run<CompileOutcome>({ kind: "compile", input }, { timeoutMs: checkTimeoutMs, signal });
  }

  build(request: BuildRequest, options: { onLog: (line: string) => void; signal: AbortSignal }): Promise<BuildOutcome> {
    const builder = this.#builders[this.#nextBuilder++ % this.#builders.length] as PipelineChild;
    return builder.run<BuildOutcome>({ kind: "build", input: request }, { timeoutMs: buildTimeoutMs, ...options });
  }

  toolchain(): Promise<ToolchainStatus> {
    return this.#checker.run<ToolchainStatus>({ kind: "toolchain" }, { timeoutMs: checkTimeoutMs });
  }

  stub(request: StubBuildRequest): Promise<BuiltStub> {
    const builder = this.#builders[this.#nextBuilder++ % this.#builders.length] as PipelineChild;
    return builder.run<BuiltStub>({ kind: "stub", input: request }, { timeoutMs: buildTimeoutMs });
  }

  package(request: PackageRequest): Promise<Uint8Array> {
    const builder = this.#builders[this.#nextBuilder++ % this.#builders.length] as PipelineChild;
    return builder.run<Uint8Array>({ kind: "package", input: request }, { timeoutMs: buildTimeoutMs });
  }

  async close(): Promise<void> {
    for (const child of [this.#checker, ...this.#builders]) child.close();
  }
}
