/** Files and folders that a person dropped or chose, read into what the API takes. */

export type SourceFile = { path: string; content: string; encoding: "utf8" | "base64" };

export const maxSourceBytes = 5_000_000;
const skippedFolders = new Set(["node_modules", ".git", ".next", "dist", "coverage"]);

type Found = { path: string; file: File };

function skipped(path: string): boolean {
  return path.split("/").some((part) => skippedFolders.has(part) || part === ".DS_Store");
}

function readEntries(reader: FileSystemDirectoryReader): Promise<FileSystemEntry[]> {
  return new Promise((resolve, reject) => reader.readEntries(resolve, reject));
}

async function walk(entry: FileSystemEntry, found: Found[]): Promise<void> {
  const path = entry.fullPath.replace(/^\//, "");
  if (skipped(path)) return;
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject));
    found.push({ path, file });
  } else if (entry.isDirectory) {
    const reader = (entry as FileSystemDirectoryEntry).createReader();
    // A reader gives its entries in portions, an empty one last.
    for (let batch = await readEntries(reader); batch.length > 0; batch = await readEntries(reader)) for (const child of batch) await walk(child, found);
  }
}

/** A single folder's own name is not part of the paths in it. */
function withoutCommonFolder(found: Found[]): { files: Found[]; folder: string | undefined } {
  const first = found[0]?.path.split("/");
  const folder = first && first.length > 1 ? first[0] : undefined;
  if (folder === undefined || !found.every((f) => f.path.startsWith(`${folder}/`))) return { files: found, folder: undefined };
  return { files: found.map((f) => ({ path: f.path.slice(folder.length + 1), file: f.file })), folder };
}

function toBase64(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length; i += 0x8000) text += String.fromCharCode(...bytes.subarray(i, i + 0x8000));
  return btoa(text);
}

async function read(found: Found[]): Promise<{ files: SourceFile[]; suggestedName: string }> {
  const { files, folder } = withoutCommonFolder(found);
  if (files.length === 0) throw new Error("There is no file in what you dropped (node_modules, dist and .git are left out).");
  const total = files.reduce((sum, f) => sum + f.file.size, 0);
  // Before anything is read: a file of gigabytes must not fill the tab's memory.
  if (total > maxSourceBytes) {
    throw new Error(
      `That is ${(total / 1e6).toFixed(1)} MB; the source of a handler may have 5 MB at most. Leave out tests and assets, or bundle the handler first.`,
    );
  }
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const out = await Promise.all(
    files.map(async ({ path, file }): Promise<SourceFile> => {
      const bytes = new Uint8Array(await file.arrayBuffer());
      try {
        return { path, content: decoder.decode(bytes), encoding: "utf8" };
      } catch {
        return { path, content: toBase64(bytes), encoding: "base64" };
      }
    }),
  );
  return { files: out.sort((a, b) => a.path.localeCompare(b.path)), suggestedName: folder ?? files[0]?.file.name ?? "" };
}

/** What was dropped; items must be taken from the event at once, before it is over. */
export async function readDrop(transfer: DataTransfer) {
  const items = [...transfer.items].filter((item) => item.kind === "file").map((item) => ({ entry: item.webkitGetAsEntry(), file: item.getAsFile() }));
  const found: Found[] = [];
  for (const { entry, file } of items) {
    if (entry) await walk(entry, found);
    else if (file) found.push({ path: file.name, file });
  }
  return read(found);
}

/** What was chosen with a file or folder input. */
export function readChosen(list: FileList) {
  return read([...list].map((file) => ({ path: file.webkitRelativePath || file.name, file })).filter((f) => !skipped(f.path)));
}
