/** Artifacts on this host, by content: downloaded once, verified before the first use and again before each start. */
import { createHash, createPublicKey, randomUUID, verify, type KeyObject } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { ArtifactRef } from "@zerostart/protocol";

/** The artifact is not what the control plane signed. The message is fit to be shown. */
export class VerificationError extends Error {}

export type Download = (sha256: string) => Promise<AsyncIterable<Uint8Array>>;

export class ArtifactStore {
  readonly #folder: string;
  readonly #download: Download;
  readonly #inFlight = new Map<string, Promise<void>>();

  constructor(folder: string, download: Download) {
    this.#folder = folder;
    this.#download = download;
  }

  #path(sha256: string): string {
    return join(this.#folder, sha256);
  }

  /**
   * Path of the verified program, downloading it when it is not here.
   * @param signingKey the control plane's Ed25519 public key, SPKI DER, base64
   * @throws VerificationError when signature, size or digest are wrong; the file is then gone. Other errors: the download failed.
   */
  async ensure(artifact: ArtifactRef, signingKey: string): Promise<string> {
    verifySignature(artifact, signingKey);
    const path = this.#path(artifact.sha256);
    const digest = await digestOf(path);
    if (digest === artifact.sha256) return path;
    let running = this.#inFlight.get(artifact.sha256);
    if (!running) {
      running = this.#fetch(artifact, path).finally(() => this.#inFlight.delete(artifact.sha256));
      this.#inFlight.set(artifact.sha256, running);
    }
    await running;
    return path;
  }

  async #fetch(artifact: ArtifactRef, path: string): Promise<void> {
    await mkdir(this.#folder, { recursive: true });
    const temporary = `${path}.${randomUUID()}.part`;
    const hash = createHash("sha256");
    try {
      const body = await this.#download(artifact.sha256);
      const file = await open(temporary, "wx", 0o500);
      let size = 0;
      try {
        for await (const chunk of body) {
          size += chunk.length;
          if (size > artifact.sizeBytes)
            throw new VerificationError(`the artifact ${short(artifact)} is longer than the ${artifact.sizeBytes} bytes announced; it was not started`);
          hash.update(chunk);
          await file.write(chunk);
        }
        await file.sync();
      } finally {
        await file.close();
      }
      const digest = hash.digest("hex");
      if (size !== artifact.sizeBytes)
        throw new VerificationError(`the artifact ${short(artifact)} has ${size} bytes instead of ${artifact.sizeBytes}; it was not started`);
      if (digest !== artifact.sha256) {
        throw new VerificationError(`the artifact ${short(artifact)} was tampered with or damaged: its SHA-256 is ${digest}; it was not started`);
      }
      await rename(temporary, path);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  }

  /**
   * What goes with an artifact and is only read here: its bytes, verified by their digest and not kept.
   * @throws VerificationError when it is longer than `maxBytes` or not what the digest says; other errors: the download failed
   */
  async read(sha256: string, maxBytes: number): Promise<Uint8Array> {
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of await this.#download(sha256)) {
      size += chunk.length;
      if (size > maxBytes) throw new VerificationError(`the object ${sha256.slice(0, 12)} is longer than ${maxBytes} bytes`);
      chunks.push(chunk);
    }
    const bytes = Buffer.concat(chunks);
    if (createHash("sha256").update(bytes).digest("hex") !== sha256) throw new VerificationError(`the object ${sha256.slice(0, 12)} was damaged on its way`);
    return bytes;
  }

  /** Delete what is not among `wanted`. */
  async sweep(wanted: Set<string>): Promise<void> {
    for (const name of await readdir(this.#folder).catch(() => [])) {
      if (!wanted.has(name) && !this.#inFlight.has(name.slice(0, 64))) await rm(join(this.#folder, name), { force: true });
    }
  }
}

const short = (artifact: ArtifactRef) => artifact.sha256.slice(0, 12);

async function digestOf(path: string): Promise<string | undefined> {
  const hash = createHash("sha256");
  try {
    for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
    return hash.digest("hex");
  } catch {
    return undefined;
  }
}

/** @throws VerificationError */
function verifySignature(artifact: ArtifactRef, signingKey: string): void {
  let key: KeyObject;
  try {
    key = createPublicKey({ key: Buffer.from(signingKey, "base64"), format: "der", type: "spki" });
  } catch {
    throw new VerificationError("the control plane's signing key is malformed; nothing can be verified");
  }
  const isGood = key.asymmetricKeyType === "ed25519" && verify(null, Buffer.from(artifact.sha256, "hex"), key, Buffer.from(artifact.signature, "base64"));
  if (!isGood) throw new VerificationError(`the artifact ${short(artifact)} is not signed by this control plane; it was not started`);
}
