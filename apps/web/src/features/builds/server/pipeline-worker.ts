/** The child process that runs packages/build. One request at a time; the parent kills it when it takes too long. */
import type {
  BuildOutcome,
  BuildRequest,
  BuiltStub,
  CheckResult,
  CompileOutcome,
  Diagnostic,
  PackageRequest,
  SourceFiles,
  StubBuildRequest,
  ToolchainStatus,
} from "../helpers/pipeline-types.ts";
import { bindingMark } from "../../playground/helpers/protocol.ts";

export type WorkerRequest =
  | { id: number; kind: "check"; input: { files: SourceFiles; entry: string } }
  | { id: number; kind: "compile"; input: { files: SourceFiles; entry: string } }
  | { id: number; kind: "build"; input: BuildRequest }
  | { id: number; kind: "stub"; input: StubBuildRequest }
  | { id: number; kind: "package"; input: PackageRequest }
  | { id: number; kind: "toolchain" };
export type WorkerReply =
  | { id: number; kind: "log"; line: string }
  | { id: number; kind: "done"; value: CheckResult | CompileOutcome | BuildOutcome | BuiltStub | Uint8Array | ToolchainStatus }
  /** `expected` errors have a message for people; `unavailable` ones mean that there is no pipeline at all. */
  | { id: number; kind: "failed"; message: string; unavailable: boolean };

type BuildPackage = typeof import("@zerostart/build");

function checkOf(result: Awaited<ReturnType<BuildPackage["compileHandler"]>>): CheckResult {
  return {
    ok: result.ok,
    diagnostics: result.diagnostics,
    sourceBytes: result.sourceBytes,
    bytecodeBytes: result.bytecodeBytes,
    sections: result.sections ?? [],
  };
}

/** Errors of the build step that carry diagnostics (a top level that throws or never ends) are the handler's, not ours. */
function diagnosticsOf(error: unknown): Diagnostic[] | undefined {
  const diagnostics = (error as { diagnostics?: unknown } | null)?.diagnostics;
  return Array.isArray(diagnostics) ? (diagnostics as Diagnostic[]) : undefined;
}

async function wrap(build: BuildPackage, request: PackageRequest): Promise<Uint8Array> {
  const { name, target, mode } = request;
  if (request.packaging !== "lambda") {
    const { bytes } = request;
    if (request.packaging === "esm") return build.moduleArchive({ bytes, name });
    return request.packaging === "oci" ? build.containerImage({ bytes, target, name }).archive : build.systemdArchive({ bytes, name, listen: "8080" });
  }
  const compiled = await build.compileHandler({ files: request.files, entry: request.entry, adapter: "lambda" });
  if (!compiled.ok) throw new Error(compiled.diagnostics.find((d) => d.severity === "error")?.message ?? "The handler does not compile");
  return build.lambdaZip(await build.buildArtifact({ compiled, name, mode, target })).archive;
}

async function handle(
  build: BuildPackage,
  request: WorkerRequest,
  log: (line: string) => void,
): Promise<CheckResult | CompileOutcome | BuildOutcome | BuiltStub | Uint8Array | ToolchainStatus> {
  if (request.kind === "toolchain") return build.toolchainStatus();
  if (request.kind === "stub") {
    const { target, symbols, tls } = request.input;
    const engine = await build.loadEngine();
    const identity = await build.stubIdentity(engine, request.input);
    return { identity, bytes: (await build.getStub(engine, target, { strip: !symbols, tls })).bytes };
  }
  if (request.kind === "package") return wrap(build, request.input);
  const compiled = await build.compileHandler({ files: request.input.files, entry: request.input.entry });
  const check = checkOf(compiled);
  if (request.kind === "check") return check;
  if (request.kind === "compile") {
    const { bytecode } = compiled;
    if (!bytecode) return { check };
    return { check, compiled: { bytecode, functions: build.listFunctions(bytecode), telling: await build.compileTelling(request.input, bindingMark) } };
  }
  if (!compiled.ok) return { check };
  const { name, mode, target, symbols: keepSymbols, prime, files, entry } = request.input;
  try {
    if (mode === "module" || target === "any") {
      // Its bytecode was made to check the handler; it is no part of a module.
      return { check: { ...check, bytecodeBytes: 0, sections: [] }, artifact: await build.moduleArtifact({ files, entry, name, onLog: log }) };
    }
    const artifact = await build.buildArtifact({ compiled, name, mode, target, strip: !keepSymbols, prime, onLog: log });
    const { bytes, sha256, sizeBytes, stubSha256, engineVersion, dynamicDependencies, executor, handlerInitMs, symbols } = artifact;
    return { check, artifact: { bytes, sha256, sizeBytes, stubSha256, engineVersion, dynamicDependencies, executor, handlerInitMs, symbols } };
  } catch (error) {
    const diagnostics = diagnosticsOf(error);
    if (!diagnostics) throw error;
    return { check: { ...check, ok: false, diagnostics: [...check.diagnostics, ...diagnostics] } };
  }
}

const send = (reply: WorkerReply) => process.send?.(reply);

process.on("message", async (request: WorkerRequest) => {
  const { id } = request;
  let build: BuildPackage;
  try {
    build = await import("@zerostart/build");
  } catch (error) {
    send({ id, kind: "failed", unavailable: true, message: `The build pipeline is unavailable: ${(error as Error).message}` });
    return;
  }
  try {
    const value = await handle(build, request, (line) => send({ id, kind: "log", line }));
    send({ id, kind: "done", value });
  } catch (error) {
    send({ id, kind: "failed", unavailable: false, message: error instanceof Error ? error.message : String(error) });
  }
});
process.on("disconnect", () => process.exit(0));
