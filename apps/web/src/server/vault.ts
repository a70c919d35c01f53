/** Encryption of what the database must not tell (secrets of webhooks, handlers' variables): AES-256-GCM. */
import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { readKey } from "./keys.ts";

const version = "v1";

export class Vault {
  readonly #key: Buffer;
  constructor(key: Buffer) {
    if (key.length !== 32) throw new RangeError(`the vault's key has ${key.length} bytes, not 32`);
    this.#key = key;
  }

  /** Without its key nothing that was sealed can be read again. */
  static fromFolder(folder: string): Vault {
    return new Vault(
      Buffer.from(
        readKey(folder, "vault", () => randomBytes(32).toString("base64")),
        "base64",
      ),
    );
  }

  /** `context` (the row's id) is authenticated: a value moved to another row does not open. */
  seal(text: string, context: string): string {
    const nonce = randomBytes(12);
    const cipher = createCipheriv("aes-256-gcm", this.#key, nonce).setAAD(Buffer.from(context));
    const sealed = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
    return [version, nonce.toString("base64url"), sealed.toString("base64url"), cipher.getAuthTag().toString("base64url")].join(".");
  }

  /** Whether a value is sealed, whoever's key it was. */
  static isSealed(text: string): boolean {
    return /^v1\.[\w-]{16}\.[\w-]*\.[\w-]{22}$/.test(text);
  }

  /** Throws when the value was changed, belongs to another row, or was sealed with another key. */
  open(text: string, context: string): string {
    const [found, nonce, sealed, tag] = text.split(".");
    if (found !== version || nonce === undefined || sealed === undefined || tag === undefined) throw new Error("not a sealed value");
    const decipher = createDecipheriv("aes-256-gcm", this.#key, Buffer.from(nonce, "base64url")).setAAD(Buffer.from(context));
    decipher.setAuthTag(Buffer.from(tag, "base64url"));
    return Buffer.concat([decipher.update(Buffer.from(sealed, "base64url")), decipher.final()]).toString("utf8");
  }
}
