/** Stubs that somebody else builds, a control plane, for who has no toolchain. */
import { mkdir, rename, writeFile } from "node:fs/promises";
import { randomUUID } from "node:crypto";
import type { StubKind, TargetTriple } from "@zerostart/protocol";
import { cacheDirectory } from "./cache.ts";
import type { Engine } from "./engine.ts";
import { readStub, type Stub, stubIdentity } from "./stub.ts";

export interface StubRequest extends StubKind {
  /** Of everything that the stub is made from, but the compiler (stubIdentity). */
  identity: string;
}
export interface StubProvider {
  /** Who gives them: what one gave is never taken for another's. Letters and digits. */
  name: string;
  /** The stub, verified to be this provider's. */
  fetch(request: StubRequest, signal?: AbortSignal): Promise<Uint8Array>;
}

/** A stub of the provider's, from the cache when it was fetched before. */
export async function fetchStub(
  engine: Engine,
  target: TargetTriple,
  provider: StubProvider,
  options: { strip?: boolean | undefined; tls?: boolean; onLog?: ((line: string) => void) | undefined; signal?: AbortSignal | undefined } = {},
): Promise<Stub> {
  const kind = { target, symbols: options.strip === false, tls: options.tls === true };
  const identity = await stubIdentity(engine, kind);
  const path = cacheDirectory("stubs", `${target}-${identity}-${provider.name}`);
  const cached = await readStub(path, target, provider.name);
  if (cached) return cached;
  options.onLog?.(`Fetching the stub for ${target}`);
  const bytes = await provider.fetch({ ...kind, identity }, options.signal);
  await mkdir(cacheDirectory("stubs"), { recursive: true });
  const aside = `${path}.${randomUUID()}`;
  await writeFile(aside, bytes);
  await rename(aside, path);
  const stub = await readStub(path, target, provider.name);
  if (!stub) throw new Error(`what was fetched as the stub for ${target} is none`);
  return stub;
}
