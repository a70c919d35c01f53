/**
 * Objects in a store that speaks S3: `s3://BUCKET[/PREFIX]`, with the endpoint of one that is not Amazon's. Requests are signed by
 * aws4fetch. A PUT shows its object whole or not at all, and the digest that is signed with it makes the store check what arrived.
 */
import { Readable } from "node:stream";
import { AwsClient } from "aws4fetch";
import { assertDigest, assertUndamaged, digestOf, StoreError, type Objects } from "./objects.ts";

export type S3Address = {
  bucket: string;
  /** With the slash at its end; "" for none. */
  prefix: string;
  /** e.g. http://minio:9000, addressed by path; undefined: Amazon's, by host name. */
  endpoint: string | undefined;
  region: string;
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken: string | undefined;
};

const timeoutMs = 120_000;

export class S3Store implements Objects {
  readonly #client: AwsClient;
  readonly #base: string;
  readonly #bucket: string;

  constructor({ bucket, prefix, endpoint, region, accessKeyId, secretAccessKey, sessionToken }: S3Address) {
    // Tries again by itself after 429 and 5xx, with pauses that grow from 50 ms.
    this.#client = new AwsClient({ accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}), region, service: "s3", retries: 4 });
    this.#bucket = bucket;
    this.#base = `${endpoint ? `${endpoint.replace(/\/$/, "")}/${bucket}` : `https://${bucket}.s3.${region}.amazonaws.com`}/${prefix}`;
  }

  async #send(what: string, method: string, sha256: string, body?: Uint8Array): Promise<Response> {
    assertDigest(sha256);
    try {
      const response = await this.#client.fetch(`${this.#base}${sha256}`, {
        method,
        signal: AbortSignal.timeout(timeoutMs),
        ...(body ? { body: body as BodyInit, headers: { "x-amz-content-sha256": sha256, "content-type": "application/octet-stream" } } : {}),
      });
      if (response.ok || (response.status === 404 && !body)) return response;
      const text = await response.text();
      throw new Error(`bucket ${this.#bucket} answered ${response.status} ${/<Code>(\w+)/.exec(text)?.[1] ?? ""}`.trim());
    } catch (error) {
      // fetch says why only in its cause.
      throw new StoreError(what, error instanceof TypeError && error.cause ? error.cause : error);
    }
  }

  async put(bytes: Uint8Array): Promise<string> {
    const sha256 = digestOf(bytes);
    if ((await this.size(sha256)) !== bytes.byteLength) await this.#send("keep an object", "PUT", sha256, bytes);
    return sha256;
  }

  async get(sha256: string): Promise<Buffer> {
    const response = await this.#found(sha256);
    const bytes = await response.arrayBuffer().then(Buffer.from, (error: unknown) => {
      throw new StoreError("give an object", error);
    });
    assertUndamaged(sha256, bytes);
    return bytes;
  }

  async #found(sha256: string): Promise<Response> {
    const response = await this.#send("give an object", "GET", sha256);
    if (response.status === 404) {
      await response.body?.cancel();
      throw new StoreError("give an object", new Error(`there is no object ${sha256} in bucket ${this.#bucket}`));
    }
    return response;
  }

  async stream(sha256: string): Promise<Readable> {
    const { body } = await this.#found(sha256);
    return body ? Readable.fromWeb(body as Parameters<typeof Readable.fromWeb>[0]) : Readable.from([]);
  }

  async size(sha256: string): Promise<number | undefined> {
    const response = await this.#send("be read", "HEAD", sha256);
    return response.status === 404 ? undefined : Number(response.headers.get("content-length"));
  }

  async remove(sha256: string): Promise<void> {
    const response = await this.#send("remove an object", "DELETE", sha256);
    await response.body?.cancel();
  }
}
