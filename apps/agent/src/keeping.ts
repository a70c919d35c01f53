/**
 * What should run here, kept on disk so that a host comes up while the control plane is away. Variables of handlers are sealed with
 * the host's own key (AES-256-GCM): a copy or a backup of this one file tells no secret.
 */
import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { desiredInstance, type DesiredInstance } from "@zerostart/protocol";
import { z } from "zod";
import { readJson, writeFileDurably } from "./files.ts";

const fileName = "desired.json";
const clearEnv = z.record(z.string(), z.string());
/** An agent of before wrote variables in the clear. */
const keptSchema = z.object({
  revision: z.number(),
  signingKey: z.string(),
  instances: z.array(desiredInstance.omit({ env: true }).extend({ env: z.union([z.string(), clearEnv]).default({}) })),
});

export type Kept = { revision: number; signingKey: string; instances: DesiredInstance[] };

export class DesiredFile {
  readonly #folder: string;
  readonly #key: Buffer;

  /**
   * @param keyFile 32 bytes as base64, from a place of its own (a systemd credential, a mounted secret); made in `folder` unless given
   * @throws Error when the key's file holds no such key
   */
  constructor(folder: string, keyFile?: string) {
    this.#folder = folder;
    const path = keyFile ?? join(folder, "host-key");
    if (keyFile === undefined && !existsSync(path)) writeFileDurably(path, randomBytes(32).toString("base64"));
    this.#key = Buffer.from(readFileSync(path, "utf8").trim(), "base64");
    if (this.#key.length !== 32) throw new Error(`${path} holds no key: 32 bytes as base64 are wanted (openssl rand -base64 32)`);
  }

  /** Undefined when there is none that can be read, which a first sync makes good. */
  read(): Kept | undefined {
    const kept = readJson(join(this.#folder, fileName), keptSchema);
    if (!kept) return undefined;
    try {
      const instances = kept.instances.map((instance) => ({
        ...instance,
        env: typeof instance.env === "string" ? clearEnv.parse(JSON.parse(this.#open(instance.env, instance.deploymentId))) : instance.env,
      }));
      const opened = { ...kept, instances };
      if (kept.instances.some(({ env }) => typeof env !== "string")) this.write(opened);
      return opened;
    } catch {
      return undefined; // another key: variables have to come from the control plane again
    }
  }

  /** @throws Error of the file system */
  write(kept: Kept): void {
    const instances = kept.instances.map((instance) => ({ ...instance, env: this.#seal(JSON.stringify(instance.env), instance.deploymentId) }));
    writeFileDurably(join(this.#folder, fileName), JSON.stringify({ revision: kept.revision, signingKey: kept.signingKey, instances }));
  }

  /** `context` is authenticated: what was sealed for one deployment does not open as another's. */
  #seal(text: string, context: string): string {
    const nonce = randomBytes(12);
    const cipher = createCipheriv("aes-256-gcm", this.#key, nonce).setAAD(Buffer.from(context));
    return Buffer.concat([nonce, cipher.update(text, "utf8"), cipher.final(), cipher.getAuthTag()]).toString("base64");
  }

  #open(sealed: string, context: string): string {
    const bytes = Buffer.from(sealed, "base64");
    const decipher = createDecipheriv("aes-256-gcm", this.#key, bytes.subarray(0, 12)).setAAD(Buffer.from(context));
    decipher.setAuthTag(bytes.subarray(-16));
    return Buffer.concat([decipher.update(bytes.subarray(12, -16)), decipher.final()]).toString("utf8");
  }
}
