/** The toy VM of test/fixtures/toy-vm as an engine, and artifacts made of it. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import * as asc from "assemblyscript/asc";
import { launchModes, type LaunchMode, type TargetTriple } from "@zerostart/protocol";
import { embed } from "../../src/embed.ts";
import { type Engine, makeEngine } from "../../src/engine.ts";
import { buildPortable } from "../../src/portable.ts";
import { takeSnapshot } from "../../src/snapshot.ts";
import { getStub } from "../../src/stub.ts";

let engine: Promise<Engine> | undefined;

export function toyEngine(): Promise<Engine> {
  engine ??= compileToy();
  return engine;
}

async function compileToy(): Promise<Engine> {
  const wasm = await compileAssemblyScript(fileURLToPath(new URL("../fixtures/toy-vm/toy.ts", import.meta.url)), ["--initialMemory", "8"]);
  const toy = await makeEngine(wasm);
  // Its "compiler" is in every image.
  return { ...toy, sourceImage: toy.baseImage };
}

export async function compileAssemblyScript(path: string, flags: string[] = []): Promise<Uint8Array> {
  const directory = await mkdtemp(join(tmpdir(), "zerostart-asc-"));
  try {
    const out = join(directory, "out.wasm");
    const { error, stderr } = await asc.main([path, "-O3", "--noAssert", "--runtime", "stub", "--use", "abort=", ...flags, "-o", out, "--baseDir", "/"]);
    if (error) throw new Error(`${error.message}\n${stderr.toString()}`);
    return new Uint8Array(await readFile(out));
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

export function toyBytecode(directive: string): Uint8Array {
  return new TextEncoder().encode(`TOY1${directive}`);
}

export type ToyArtifact = { mode: LaunchMode; directive?: string; script?: boolean; portable?: boolean; target?: TargetTriple };

/** Bytes of an artifact of the toy VM that answers "hello". */
export async function toyArtifact({ mode, directive = "ok hello", script = false, portable = false, target = nativeTarget }: ToyArtifact): Promise<Uint8Array> {
  const toy = await toyEngine();
  let image = toy.baseImage;
  let payload = toyBytecode(directive);
  const kind = launchModes.find((m) => m.name === mode)!.payload;
  if (kind === "source") payload = new TextEncoder().encode(`toy.ts\0${directive}`);
  if (kind === "snapshot") {
    const snapshot = await takeSnapshot(toy, payload);
    if (!snapshot.ok) throw new Error(snapshot.message);
    image = snapshot.image;
    payload = new Uint8Array();
  }
  const common = { engine: toy, script, image, payload, name: "toy.ts" };
  return portable ? buildPortable({ ...common, kind }) : embed({ ...common, mode, stub: await getStub(toy, target) });
}

export const nativeTarget: TargetTriple = process.arch === "arm64" ? "aarch64-linux-musl" : "x86_64-linux-musl";

export async function writeExecutable(directory: string, name: string, bytes: Uint8Array): Promise<string> {
  const path = join(directory, name);
  await writeFile(path, bytes, { mode: 0o755 });
  return path;
}
