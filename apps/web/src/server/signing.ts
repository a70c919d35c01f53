/** The control plane's Ed25519 key: signs artifacts' raw SHA-256 digests. */
import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, type KeyObject } from "node:crypto";
import { readKey } from "./keys.ts";

export class Signer {
  readonly #key: KeyObject;
  /** SPKI DER, base64: what agents verify with. */
  readonly publicKey: string;
  constructor(key: KeyObject) {
    this.#key = key;
    this.publicKey = createPublicKey(key).export({ type: "spki", format: "der" }).toString("base64");
  }

  static fromFolder(folder: string): Signer {
    const pem = readKey(folder, "signing", () => generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }).toString());
    return new Signer(createPrivateKey(pem));
  }

  /** Signature over a statement, base64. */
  sign(statement: Uint8Array): string {
    return sign(null, statement, this.#key).toString("base64");
  }

  /** Signature over the 32 bytes of a lowercase hexadecimal SHA-256, base64. */
  signDigest(sha256: string): string {
    return sign(null, Buffer.from(sha256, "hex"), this.#key).toString("base64");
  }
}
