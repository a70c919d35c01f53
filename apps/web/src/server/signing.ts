/** The control plane's Ed25519 key: made at first start, kept in the data folder, signs artifacts' raw SHA-256 digests. */
import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, type KeyObject } from "node:crypto";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export class Signer {
  readonly #key: KeyObject;
  /** SPKI DER, base64: what agents verify with. */
  readonly publicKey: string;
  constructor(key: KeyObject) {
    this.#key = key;
    this.publicKey = createPublicKey(key).export({ type: "spki", format: "der" }).toString("base64");
  }

  static fromDataDir(dataDir: string): Signer {
    const path = join(dataDir, "signing-key.pem");
    if (!existsSync(path)) {
      const { privateKey } = generateKeyPairSync("ed25519");
      const aside = `${path}.part`;
      writeFileSync(aside, privateKey.export({ type: "pkcs8", format: "pem" }), { mode: 0o600 });
      renameSync(aside, path);
    }
    return new Signer(createPrivateKey(readFileSync(path)));
  }

  /** Signature over the 32 bytes of a lowercase hexadecimal SHA-256, base64. */
  signDigest(sha256: string): string {
    return sign(null, Buffer.from(sha256, "hex"), this.#key).toString("base64");
  }
}
