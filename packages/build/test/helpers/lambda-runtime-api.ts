/**
 * AWS Lambda's runtime API as its documentation and its open runtime emulator describe it ("Using the Lambda runtime API for custom runtimes", API version
 * 2018-06-01): init, next, response and error, with the states in which each is allowed, and a function's process started as Lambda starts it.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface Outcome {
  kind: "response" | "error" | "timeout" | "exit";
  body: string;
  headers: IncomingMessage["headers"];
}
interface Invocation {
  id: string;
  event: string;
  deadlineMs: number;
  headers: Record<string, string>;
  settle(outcome: Outcome): void;
  /** The event was taken; what became of it was said. */
  state: "waiting" | "taken" | "settled";
}

const prefix = "/2018-06-01/runtime/";
const largestResponseBytes = 6 * 1024 * 1024 + 100 * 1024;

export class LambdaRuntimeApi {
  readonly #server: Server;
  readonly #queue: Invocation[] = [];
  readonly #all = new Map<string, Invocation>();
  #waiting: ServerResponse | undefined;
  #child: ChildProcess | undefined;
  /** How events are sent: with a length, or in chunks. */
  chunked = false;
  /** The process has asked for an event: its initialisation is over. */
  isInitialised = false;
  initError: Outcome | undefined;
  stderr = "";
  stdout = "";
  exitCode: Promise<number | null> | undefined;
  /** What was done that the API does not allow. */
  readonly violations: string[] = [];

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(): Promise<LambdaRuntimeApi> {
    const server = createServer((req, res) => void api.#handle(req, res));
    const api = new LambdaRuntimeApi(server);
    server.keepAliveTimeout = 0;
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return api;
  }

  /** Start the function's bootstrap. */
  run(program: string, env: Record<string, string> = {}): void {
    const child = spawn(program, [], {
      env: {
        AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${(this.#server.address() as AddressInfo).port}`,
        AWS_LAMBDA_FUNCTION_NAME: "function",
        AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "128",
        LAMBDA_TASK_ROOT: "/var/task",
        _HANDLER: "handler",
        ...env,
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    child.stdout.on("data", (d: Buffer) => (this.stdout += d.toString()));
    child.stderr.on("data", (d: Buffer) => (this.stderr += d.toString()));
    this.#child = child;
    this.exitCode = new Promise((resolve) =>
      child.on("close", (code) => {
        for (const invocation of this.#all.values()) this.#settle(invocation, { kind: "exit", body: String(code), headers: {} });
        resolve(code);
      }),
    );
  }

  /** Invoke the function; what came of it. */
  invoke(event: unknown, options: { timeoutMs?: number; headers?: Record<string, string> } = {}): Promise<Outcome> {
    return new Promise((resolve) => {
      const timeoutMs = options.timeoutMs ?? 30_000;
      const invocation: Invocation = {
        id: randomUUID(),
        event: typeof event === "string" ? event : JSON.stringify(event),
        deadlineMs: Date.now() + timeoutMs,
        headers: options.headers ?? {},
        settle: resolve,
        state: "waiting",
      };
      // Lambda's own clock is a little more patient than what it tells the function.
      setTimeout(() => this.#settle(invocation, { kind: "timeout", body: "", headers: {} }), timeoutMs + 1000).unref();
      this.#all.set(invocation.id, invocation);
      this.#queue.push(invocation);
      this.#offer();
    });
  }

  get pid(): number {
    return this.#child!.pid!;
  }

  async stop(): Promise<void> {
    this.#child?.kill("SIGKILL");
    await this.exitCode;
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #settle(invocation: Invocation, outcome: Outcome): void {
    if (invocation.state === "settled") return;
    invocation.state = "settled";
    invocation.settle(outcome);
  }

  #offer(): void {
    if (!this.#waiting || this.#waiting.destroyed) return;
    const invocation = this.#queue.shift();
    if (!invocation) return;
    const res = this.#waiting;
    this.#waiting = undefined;
    invocation.state = "taken";
    const body = Buffer.from(invocation.event);
    res.writeHead(200, {
      "content-type": "application/json",
      "Lambda-Runtime-Aws-Request-Id": invocation.id,
      "Lambda-Runtime-Deadline-Ms": String(invocation.deadlineMs),
      "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:us-east-1:123456789012:function:function",
      "Lambda-Runtime-Trace-Id": "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1",
      ...invocation.headers,
      ...(this.chunked ? {} : { "content-length": String(body.length) }),
    });
    if (!this.chunked) return void res.end(body);
    for (let at = 0; at < body.length; at += 1000) res.write(body.subarray(at, at + 1000));
    res.end();
  }

  async #handle(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of req) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const answer = (status: number, document: object) => res.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(document));
    const refuse = (status: number, errorType: string) => {
      this.violations.push(`${req.method} ${req.url}: ${errorType}`);
      answer(status, { errorType, errorMessage: errorType });
    };
    const path = req.url?.startsWith(prefix) ? req.url.slice(prefix.length) : "";
    if (req.method === "GET" && path === "invocation/next") {
      if (this.#waiting && !this.#waiting.destroyed) return void refuse(403, "InvalidStateTransition");
      if ([...this.#all.values()].some((i) => i.state === "taken")) return void refuse(403, "InvalidStateTransition");
      this.isInitialised = true;
      this.#waiting = res;
      return this.#offer();
    }
    if (req.method === "POST" && path === "init/error") {
      if (this.isInitialised) return void refuse(403, "InvalidStateTransition");
      this.initError = { kind: "error", body: body.toString(), headers: req.headers };
      return void answer(202, { status: "OK" });
    }
    const [, id, what] = /^invocation\/([^/]+)\/(response|error)$/.exec(path) ?? [];
    if (req.method !== "POST" || !id) return void refuse(404, "NotFound");
    const invocation = this.#all.get(id);
    if (!invocation) return void refuse(400, "InvalidRequestID");
    if (invocation.state !== "taken") return void refuse(403, "InvalidStateTransition");
    if (what === "response" && body.length > largestResponseBytes)
      return void answer(413, { errorType: "RequestEntityTooLarge", errorMessage: "Exceeded maximum allowed payload size (6291556 bytes)." });
    this.#settle(invocation, { kind: what as "response" | "error", body: body.toString(), headers: req.headers });
    answer(202, { status: "OK" });
  }
}
