/** Source files of a version: checked on the way in, kept content-addressed, read back for a build. */
import { createHash } from "node:crypto";
import { z } from "zod";
import { limits } from "../../../server/config.ts";
import { AppError } from "../../../server/errors.ts";
import type { Objects } from "../../../server/objects/objects.ts";
import type { SourceFiles } from "../../builds/helpers/pipeline-types.ts";

/** Relative, forward slashes, no step upwards: paths are shown, compiled and never written to disk as they are. */
const sourcePath = z
  .string()
  .min(1)
  .max(512)
  .regex(
    /^(?!\.{0,2}(?:\/|$))[^\\/\u0000-\u001f]+(?:\/(?!\.{1,2}(?:\/|$))[^\\/\u0000-\u001f]+)*$/,
    "a relative path with forward slashes, without empty, . or .. parts",
  );

export const sourceFile = z.object({ path: sourcePath, content: z.string(), encoding: z.enum(["utf8", "base64"]).default("utf8") });
export const sourceInput = z.object({
  files: z.array(sourceFile).min(1, "at least one file").max(limits.sourceFiles, `at most ${limits.sourceFiles} files`),
  /** Path of the file with the handler; without it, the only file or the first of index/handler/main/src/index. */
  entry: sourcePath.optional(),
});
export type SourceInput = z.infer<typeof sourceInput>;

export type StoredFile = { path: string; sha256: string; sizeBytes: number };
const storedFiles = z.array(z.object({ path: z.string(), sha256: z.string(), sizeBytes: z.number() }));

const extensions = ["ts", "tsx", "js", "jsx", "mts", "mjs"];
const stems = ["index", "handler", "main", "app", "src/index", "src/handler", "src/main", "src/app"];

/** Decodes, checks sizes, paths and entry. Throws AppError with the remedy. */
export function decodeSources(input: SourceInput): { files: Map<string, Buffer>; entry: string; sourceBytes: number } {
  const files = new Map<string, Buffer>();
  let sourceBytes = 0;
  for (const file of input.files) {
    if (files.has(file.path)) throw new AppError("INVALID", `The file ${file.path} is there twice.`);
    const bytes = Buffer.from(file.content, file.encoding);
    sourceBytes += bytes.byteLength;
    if (sourceBytes > limits.sourceBytes) {
      throw new AppError(
        "TOO_LARGE",
        `The source is larger than ${limits.sourceLabel}. Leave out node_modules, tests and assets, or bundle the handler first.`,
      );
    }
    files.set(file.path, bytes);
  }
  return { files, entry: chooseEntry([...files.keys()], input.entry), sourceBytes };
}

export function chooseEntry(paths: string[], wanted: string | undefined): string {
  if (wanted !== undefined) {
    if (paths.includes(wanted)) return wanted;
    throw new AppError("INVALID", `The entry ${wanted} is not among the files.`);
  }
  const candidates = paths.filter((path) => extensions.includes(path.split(".").at(-1) ?? ""));
  if (candidates.length === 0)
    throw new AppError("INVALID", `There is no JavaScript or TypeScript file (${extensions.map((e) => `.${e}`).join(", ")}) among the files.`);
  if (candidates.length === 1) return candidates[0] as string;
  for (const stem of stems) for (const extension of extensions) if (candidates.includes(`${stem}.${extension}`)) return `${stem}.${extension}`;
  throw new AppError("INVALID", `Which file holds the handler? Name it as the entry, or call it index.ts. Candidates: ${candidates.slice(0, 8).join(", ")}.`);
}

/** Stores every file; the digest is equal for equal sources whatever the order they came in. */
export async function storeSources(objects: Objects, files: Map<string, Buffer>, entry: string): Promise<{ stored: StoredFile[]; digest: string }> {
  const stored: StoredFile[] = [];
  for (const [path, bytes] of [...files].sort(([a], [b]) => (a < b ? -1 : 1)))
    stored.push({ path, sha256: await objects.put(bytes), sizeBytes: bytes.byteLength });
  const digest = createHash("sha256")
    .update(JSON.stringify([entry, stored.map((f) => [f.path, f.sha256])]))
    .digest("hex");
  return { stored, digest };
}

/** `files` is a version's column. */
export async function readSources(objects: Objects, files: unknown): Promise<SourceFiles> {
  const out: SourceFiles = {};
  for (const file of storedFiles.parse(files)) out[file.path] = await objects.get(file.sha256);
  return out;
}
