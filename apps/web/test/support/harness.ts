/**
 * The real server on a real database in a temporary folder. Only the build pipeline is a stand-in here (its own package
 * tests the real one; e2e/ runs everything together): it "compiles" by looking for the text `syntax error`.
 */
import { createHash, randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { createTRPCClient, httpLink } from "@trpc/client";
import type { StartTrace } from "@zerostart/protocol";
import { ensureGenerated } from "../../scripts/generate.ts";
import type { BuildOutcome, CheckResult, Pipeline, SourceFiles } from "../../src/features/builds/helpers/pipeline-types.ts";
import type { Config } from "../../src/server/config.ts";
import type { App } from "../../src/server/app.ts";
import type { AppRouter } from "../../src/server/root.ts";

ensureGenerated();
const { createApp } = await import("../../src/server/app.ts");
const { createHttpServer } = await import("../../src/server/http.ts");
const { createAccount } = await import("../../src/server/auth.ts");
const { newId } = await import("../../src/server/ids.ts");

export type Client = ReturnType<typeof createTRPCClient<AppRouter>>;
type Role = "viewer" | "deployer" | "admin";

function textOf(files: SourceFiles): string {
  return Object.values(files)
    .map((f) => (typeof f === "string" ? f : Buffer.from(f).toString()))
    .join("\n");
}

export function standInPipeline(): Pipeline {
  const check = async (input: { files: SourceFiles; entry: string }): Promise<CheckResult> => {
    const text = textOf(input.files);
    const bad = text.includes("syntax error");
    const diagnostics = bad
      ? [{ severity: "error" as const, message: "Unexpected token", file: input.entry, line: 1, column: 8, codeFrame: "> 1 | syntax error\n    |        ^" }]
      : [];
    return { ok: !bad, diagnostics, sourceBytes: text.length, bytecodeBytes: bad ? 0 : 100, sections: bad ? [] : [{ name: "instructions", sizeBytes: 100 }] };
  };
  return {
    check,
    async compile(input) {
      const checked = await check(input);
      if (!checked.ok) return { check: checked };
      const functions = [{ title: "function 0", instructions: [{ pc: 0, text: "RETU", isTarget: false, line: 1 }], tables: [] }];
      return { check: checked, compiled: { bytecode: new Uint8Array(100), functions, telling: undefined } };
    },
    async build(request, { onLog, signal }): Promise<BuildOutcome> {
      const checked = await check(request);
      if (!checked.ok) return { check: checked };
      if (textOf(request.files).includes("never ends"))
        await new Promise((_, reject) => {
          const cancelled = async () => reject(new (await import("../../src/server/errors.ts")).AppError("CONFLICT", "Cancelled."));
          if (signal.aborted) void cancelled();
          else signal.addEventListener("abort", cancelled);
        });
      onLog(`linking for ${request.target}`);
      const bytes = Buffer.from(
        `${request.target} ${request.mode}${request.symbols ? " with symbols" : ""}${request.prime.map((path) => ` primed with ${path}`).join("")} ${textOf(request.files)}`,
      );
      const sha256 = createHash("sha256").update(bytes).digest("hex");
      return {
        check: checked,
        artifact: {
          bytes,
          sha256,
          sizeBytes: bytes.length,
          stubSha256: "0".repeat(64),
          engineVersion: "1",
          dynamicDependencies: [],
          executor: request.mode === "module" ? "runtime" : "native",
        },
      };
    },
    async toolchain() {
      return { compilers: [], wasm2c: null, portableOnly: true, missing: [{ what: "zig", why: "compiles for every target", install: "pip install ziglang" }] };
    },
    async package(request) {
      return Buffer.from(`${request.packaging} of ${"bytes" in request ? Buffer.from(request.bytes).toString() : textOf(request.files)}`);
    },
    async stub({ target, symbols, tls }) {
      if (target === "riscv64-linux-musl") throw new (await import("../../src/server/errors.ts")).AppError("UNAVAILABLE", "No native stub can be built here");
      return { bytes: Buffer.from(`a stub for ${target}${symbols ? " with symbols" : ""}${tls ? " and TLS" : ""}`), identity: "ab".repeat(32) };
    },
    async close() {},
  };
}

export type TestServer = Awaited<ReturnType<typeof startServer>>;

export async function startServer(
  options: { dataDir?: string; pipeline?: Pipeline; config?: Partial<Config>; pages?: Parameters<typeof createHttpServer>[1] } = {},
) {
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), "zerostart-web-"));
  const app: App = await createApp(
    { dataDir, port: 0, host: "127.0.0.1", allowPrivateWebhooks: false, publicUrl: undefined, ...options.config },
    { pipeline: options.pipeline ?? standInPipeline() },
  );
  const server = createHttpServer(app, options.pages);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  /** A client that sends these headers. */
  const client = (headers: Record<string, string> = {}): Client => createTRPCClient<AppRouter>({ links: [httpLink({ url: `${url}/api/trpc`, headers })] });

  /** Reads a subscription's event stream until `enough` says so or it ends; the data of its messages. */
  const subscribe = async <T>(path: string, input: object, headers: Record<string, string>, enough: (all: T[]) => boolean = () => false): Promise<T[]> => {
    const abort = new AbortController();
    const response = await fetch(`${url}/api/trpc/${path}?input=${encodeURIComponent(JSON.stringify(input))}`, {
      headers: { ...headers, accept: "text/event-stream" },
      signal: abort.signal,
    });
    if (!response.ok || !response.body) throw new Error(`${response.status} ${await response.text()}`);
    const all: T[] = [];
    let buffered = "";
    for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
      buffered += chunk;
      const blocks = buffered.split("\n\n");
      buffered = blocks.pop() ?? "";
      for (const block of blocks) {
        const fields = new Map(block.split("\n").map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1).trim()]));
        if (fields.get("event") === "return") return (abort.abort(), all);
        if (fields.get("event") === "serialized-error") throw new Error(fields.get("data"));
        if (!fields.has("event") && fields.has("data")) all.push(JSON.parse(fields.get("data") as string) as T);
      }
      if (enough(all)) return (abort.abort(), all);
    }
    return all;
  };

  /** Signs in through better-auth as a browser would and returns the cookie header. */
  const signIn = async (email: string, password: string): Promise<string> => {
    const response = await fetch(`${url}/api/auth/sign-in/email`, {
      method: "POST",
      headers: { "content-type": "application/json", origin: url },
      body: JSON.stringify({ email, password }),
    });
    if (!response.ok) throw new Error(`sign-in: ${response.status} ${await response.text()}`);
    return response.headers
      .getSetCookie()
      .map((c) => c.split(";")[0])
      .join("; ");
  };

  const project = async (slug: string): Promise<string> =>
    (await app.db.project.upsert({ where: { slug }, update: {}, create: { id: newId("prj"), slug, name: slug } })).id;

  /** Somebody with a role in a project, signed in. */
  const person = async (role: Role, slug = "default") => {
    const projectId = await project(slug);
    const email = `${role}-${randomUUID()}@example.com`;
    const { id } = await createAccount(app.auth, { name: `${role} of ${slug}`, email, password: "correct horse battery" });
    await app.db.member.create({ data: { id: newId("mem"), projectId, userId: id, role } });
    // A session made directly: the sign-in limit is for people, and has its own test.
    const context = await app.auth.$context;
    const session = await context.internalAdapter.createSession(id, false);
    const { makeSignature } = await import("better-auth/crypto");
    const signed = `${session.token}.${await makeSignature(session.token, context.secret)}`;
    const cookie = `${context.authCookies.sessionToken.name}=${encodeURIComponent(signed)}`;
    return { id, email, projectId, cookie, api: client({ cookie }) };
  };

  /** An enrolled agent of a project. */
  const agent = async (slug = "default", hostName = "host-a") => {
    const admin = await person("admin", slug);
    const { token: enrolmentToken } = await admin.api.settings.createEnrolmentToken.mutate({ name: "test" });
    const enrolled = await client({ authorization: `Bearer ${enrolmentToken}` }).agent.enrol.mutate({
      protocolVersion: 1,
      hostName,
      os: "linux",
      arch: "x86_64",
      kernel: "6.1",
      cpuModel: "test",
      cpuCount: 2,
      memoryBytes: 8e9,
      executors: [
        { target: "x86_64-linux-musl", executor: "native" },
        { target: "aarch64-linux-musl", executor: "qemu-user" },
      ],
    });
    return { ...enrolled, enrolmentToken, api: client({ authorization: `Bearer ${enrolled.agentToken}` }) };
  };

  return {
    app,
    url,
    dataDir,
    client,
    subscribe,
    signIn,
    person,
    agent,
    project,
    async stop(keep = false) {
      server.close();
      server.closeAllConnections();
      await app.close();
      if (!keep) rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** Waits for a state that another part brings about; fails when it does not come. */
export async function eventually<T>(what: string, look: () => Promise<T | undefined | false>, patienceMs = 40_000): Promise<T> {
  const deadline = Date.now() + patienceMs;
  for (;;) {
    const value = await look();
    if (value) return value;
    if (Date.now() > deadline) throw new Error(`did not happen: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** A built handler, ready to be deployed or measured. */
export async function builtHandler(
  api: Client,
  name: string,
  options: { modes?: ("embedded" | "snapshot" | "source" | "clone")[]; targets?: ("x86_64-linux-musl" | "aarch64-linux-musl")[] } = {},
) {
  const handler = await api.handlers.create.mutate({
    name,
    files: [{ path: "index.ts", content: `export default () => new Response(${JSON.stringify(name)})` }],
  });
  const { builds } = await api.builds.start.mutate({
    handlerId: handler.handlerId,
    targets: options.targets ?? ["x86_64-linux-musl"],
    modes: options.modes ?? ["snapshot"],
  });
  const done = await Promise.all(
    builds.map((b) =>
      eventually(`build ${b.buildId}`, async () => {
        const build = await api.builds.get.query({ buildId: b.buildId });
        return build.state === "succeeded" && build;
      }),
    ),
  );
  return { ...handler, builds: done };
}

/** A sample as an agent would send it. */
export function sampleOf(
  build: { id: string; mode: string; target: string; artifact: { id: string } | null },
  totalNs: number,
  extra: Record<string, unknown> = {},
) {
  const spawn = Math.floor(totalNs * 0.4);
  const load = Math.floor(totalNs * 0.1);
  return {
    id: randomUUID(),
    buildId: build.id,
    artifactId: build.artifact?.id ?? "",
    kind: "measured" as const,
    mode: build.mode as "snapshot",
    target: build.target as "x86_64-linux-musl",
    startedAt: new Date().toISOString(),
    totalNs,
    phases: [
      { phase: "spawn" as const, ns: spawn },
      { phase: "load" as const, ns: load },
      { phase: "other" as const, ns: totalNs - spawn - load },
    ],
    memory: { rssBytes: 300_000 },
    binaryBytes: 500_000,
    executor: "native" as const,
    ...extra,
  };
}

/** A line that a deployment's handler logged. */
export const logLineOf = (deploymentId: string, text: string) => ({
  id: randomUUID(),
  deploymentId,
  instanceId: "i",
  at: new Date().toISOString(),
  level: "info" as const,
  source: "handler" as const,
  text,
});

/** A small trace in which a function of this name of the handler's ran. */
export function traceOf(functionName: string): StartTrace {
  const starts = { count: 1, minNs: 1_000, medianNs: 1_000 };
  return {
    version: 2,
    recordedAt: new Date(0).toISOString(),
    subject: { handler: "somebody's", mode: "embedded", target: "aarch64-linux-musl", path: "/" },
    host: { name: "host", kernel: "6.1", cpuModel: "", arch: "x64" },
    frames: [
      { name: "first_request", kind: "phase" },
      { name: functionName, kind: "handler", file: "index.ts" },
      { name: "vfs_read", kind: "kernel" },
    ],
    starts: { plain: starts, syscalls: starts, watched: starts, sampled: starts },
    reference: {
      totalNs: 1_000,
      phases: [
        { phase: "spawn", fromNs: 0, toNs: 400 },
        { phase: "first_request", fromNs: 400, toNs: 1_000 },
      ],
    },
    syscalls: [{ name: "listen", args: "5, 4096", result: "0", failed: false, atNs: 300, ns: 20 }],
    faults: [{ atNs: 500, address: "20b00000", segment: "linear memory: static data and heap", by: 1 }],
    samples: {
      intervalNs: 250_000,
      total: 3,
      stacks: [
        { frames: [0, 1], count: 2 },
        { frames: [0, 1, 2], count: 1 },
      ],
      timeline: [
        [500, 0],
        [600, 1],
        [700, 0],
      ],
    },
    unavailable: [],
  };
}

/** As an agent reports it. */
export const packedTrace = (functionName: string): string => gzipSync(JSON.stringify(traceOf(functionName))).toString("base64");
