/** A handler with an adapter around it, as files to bundle: "lambda" takes the events of AWS Lambda, "server" serves on Node, Deno and Bun. */
import { readFile } from "node:fs/promises";

export type Adapter = "lambda" | "server";
/** A name that no handler's file has, as those of the adapters. */
const entryName = "zerostart-entry.js";
const shared = "zerostart-handler.js";

/** The files and their new entry. */
export async function withAdapter(files: Map<string, string>, entry: string, adapter: Adapter): Promise<[files: Map<string, string>, entry: string]> {
  const adapterName = `zerostart-${adapter}.js`;
  const all = new Map(files);
  const text = files.get(entry)!;
  // Our compiler takes a function named `handler` for the handler when nothing is exported; a module that imports the file needs it exported.
  if (!/^\s*export\b/m.test(text) && !/\bexports\b/.test(text) && /\bfunction\s+handler\s*\(/.test(text)) all.set(entry, `${text}\nexport { handler };\n`);
  for (const name of [adapterName, shared]) all.set(name, await readFile(new URL(`./${name}`, import.meta.url), "utf8"));
  // The adapter first: what it adds to the global object is there when the handler's top level runs.
  const from = `import { ${adapter} } from "./${adapterName}";\nimport * as handler from ${JSON.stringify(`./${entry}`)};\n`;
  all.set(entryName, `${from}${adapter === "lambda" ? "export default lambda(handler);" : "server(handler);"}\n`);
  return [all, entryName];
}
