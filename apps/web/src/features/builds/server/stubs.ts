/** Stubs for command lines without a toolchain: GET /api/stubs/TARGET/IDENTITY, signed with the key of GET /api/stubs/key. */
import { createHash } from "node:crypto";
import type { ServerResponse } from "node:http";
import { stubStatement, type StubKind } from "@zerostart/protocol";
import type { App } from "../../../server/app.ts";
import { sendJson } from "../../../server/send-json.ts";

/**
 * Answers with the stub, built first when it is the first time that anybody wants it. The caller may read the project.
 * 409 when this control plane's engine or host is not the one that is asked for.
 */
export async function sendStub(app: App, request: StubKind & { identity: string }, res: ServerResponse): Promise<void> {
  const stub = await app.pipeline.stub({ target: request.target, symbols: request.symbols, tls: request.tls });
  if (stub.identity !== request.identity) {
    return sendJson(res, 409, {
      error: "This control plane has another version of the engine or the host than the command line, so its stubs do not fit. Use the same version of both.",
    });
  }
  const sha256 = createHash("sha256").update(stub.bytes).digest("hex");
  const statement = createHash("sha256")
    .update(stubStatement({ ...request, sha256 }))
    .digest("hex");
  res.writeHead(200, {
    "content-type": "application/octet-stream",
    "content-length": String(stub.bytes.length),
    etag: `"${sha256}"`,
    "cache-control": "private, max-age=31536000, immutable",
    "x-zerostart-sha256": sha256,
    "x-zerostart-signature": app.signer.signDigest(statement),
  });
  res.end(stub.bytes);
}
