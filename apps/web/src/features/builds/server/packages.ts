/** An artifact wrapped for where it runs: GET /api/artifacts/SHA256/PACKAGING. Made when it is asked for; the same artifact gives the same bytes. */
import type { ServerResponse } from "node:http";
import { packagings, packagingsFor, type LaunchMode, type TargetTriple } from "@zerostart/protocol";
import type { App } from "../../../server/app.ts";
import { AppError } from "../../../server/errors.ts";
import { sendJson } from "../../../server/send-json.ts";
import { readSources } from "../../handlers/server/sources.ts";

type PackagedArtifact = {
  sha256: string;
  executor: string;
  build: { target: string; mode: string; handler: { name: string }; version: { number: number; entry: string; files: unknown } };
};

/** The caller may read the artifact. 404 for a packaging that is none, 409 for one that the artifact cannot have. */
export async function sendPackage(app: App, artifact: PackagedArtifact, wanted: string, res: ServerResponse): Promise<void> {
  const { build } = artifact;
  const packaging = packagings.find(({ name }) => name === wanted);
  if (!packaging) return sendJson(res, 404, { error: `There is no packaging ${wanted}: there are ${packagings.map(({ name }) => name).join(", ")}.` });
  const target = build.target as TargetTriple;
  if (artifact.executor === "portable" || !packagingsFor(target).includes(packaging))
    return sendJson(res, 409, {
      error: `${packaging.label} is not possible for ${build.target}${artifact.executor === "portable" ? " by the portable path" : ""}.`,
    });
  const common = { name: build.handler.name, target, mode: build.mode as LaunchMode };
  try {
    const bytes = await app.pipeline.package(
      packaging.name === "lambda"
        ? // Lambda's events come through an adapter, which is compiled with the handler.
          { ...common, packaging: "lambda", files: await readSources(app.objects, build.version.files), entry: build.version.entry }
        : { ...common, packaging: packaging.name, bytes: await app.objects.get(artifact.sha256) },
    );
    res.writeHead(200, {
      "content-type": packaging.extension === "zip" ? "application/zip" : "application/x-tar",
      "content-length": String(bytes.length),
      "content-disposition": `attachment; filename="${build.handler.name}-v${build.version.number}-${build.target}-${packaging.name}.${packaging.extension}"`,
      "cache-control": "private, no-store",
    });
    res.end(bytes);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    sendJson(res, 409, { error: error.message });
  }
}
