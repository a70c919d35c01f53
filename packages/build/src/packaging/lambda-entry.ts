/** A handler with the adapter for AWS Lambda around it, as files to bundle. */
import { readFile } from "node:fs/promises";

/** Names that no handler's file has. */
const [entryName, adapterName] = ["zerostart-lambda-entry.js", "zerostart-lambda-adapter.js"];

/** The files and their new entry. */
export async function withAdapter(files: Map<string, string>, entry: string): Promise<[files: Map<string, string>, entry: string]> {
  const adapter = await readFile(new URL("./lambda-adapter.js", import.meta.url), "utf8");
  const all = new Map(files);
  const text = files.get(entry)!;
  // Our compiler takes a function named `handler` for the handler when nothing is exported; a module that imports the file needs it exported.
  if (!/^\s*export\b/m.test(text) && !/\bexports\b/.test(text) && /\bfunction\s+handler\s*\(/.test(text)) all.set(entry, `${text}\nexport { handler };\n`);
  all.set(adapterName, adapter);
  all.set(
    entryName,
    `import * as handler from ${JSON.stringify(`./${entry}`)};\nimport { lambda } from "./${adapterName}";\nexport default lambda(handler);\n`,
  );
  return [all, entryName];
}
