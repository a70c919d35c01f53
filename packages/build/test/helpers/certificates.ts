/** Certificates for tests, made by openssl: an authority, and what it (or nobody) issued. */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface Identity {
  key: string;
  /** The chain, the server's own first. */
  cert: string;
}

export class Authority {
  readonly name: string;
  private readonly directory: string;
  private count = 0;
  /** `by`: who issued this one; itself unless given. `extensions` are openssl's. */
  constructor(directory: string, name: string, by?: Authority, extensions = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign") {
    this.directory = directory;
    this.name = name;
    this.make(name, { by, extensions, days: 30 });
  }

  get pem(): string {
    return readFileSync(this.path(this.name, "pem"), "utf8");
  }
  get pemPath(): string {
    return this.path(this.name, "pem");
  }

  /** A server's certificate for DNS names. `days` may be negative: expired. */
  issue(
    names: string[],
    { days = 30, type = "ec", through = [] as Authority[], extensions = "extendedKeyUsage=serverAuth", digest = "sha256" } = {},
  ): Identity {
    const name = `${this.name}-${this.count++}`;
    const subject = [extensions, `subjectAltName=${names.map((n) => `DNS:${n}`).join(",")}`].join("\n");
    this.make(name, { by: this, extensions: subject, days, type, digest });
    return { key: readFileSync(this.path(name, "key"), "utf8"), cert: [readFileSync(this.path(name, "pem"), "utf8"), ...through.map((a) => a.pem)].join("") };
  }

  /** Its own certificate, as a server would show it. */
  own(): Identity {
    return { key: readFileSync(this.path(this.name, "key"), "utf8"), cert: this.pem };
  }

  private path(name: string, kind: string): string {
    return join(this.directory, `${name}.${kind}`);
  }

  private make(name: string, options: { by?: Authority | undefined; extensions: string; days: number; type?: string; digest?: string }): void {
    const { by, extensions, days, type = "ec", digest = "sha256" } = options;
    const path = (kind: string) => this.path(name, kind);
    const openssl = (...args: string[]) => execFileSync("openssl", args, { stdio: ["ignore", "pipe", "pipe"] });
    if (type === "rsa") openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", path("key"));
    else openssl("genpkey", "-algorithm", "EC", "-pkeyopt", `ec_paramgen_curve:${type === "ec" ? "P-256" : type}`, "-out", path("key"));
    openssl("req", "-new", "-key", path("key"), "-subj", `/CN=${name}`, "-out", path("csr"));
    writeFileSync(path("ext"), `${extensions}\n`);
    const issuer = by ? ["-CA", by.pemPath, "-CAkey", by.path(by.name, "key"), "-CAcreateserial"] : ["-signkey", path("key")];
    openssl("x509", "-req", "-in", path("csr"), ...issuer, "-days", String(days), `-${digest}`, "-extfile", path("ext"), "-out", path("pem"));
  }
}
