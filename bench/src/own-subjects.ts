/** Our own artifacts as subjects of the cold-start benchmark: launch modes, and every knob beside them. */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isPooled, launchModes, type Affinity, type LaunchMode, type PageKind, type TargetTriple } from "@zerostart/protocol";
import { hostTarget, root, subject, type Subject } from "./subjects.ts";

/** Handlers of about 1 kB, 100 kB and 1 MB that give the same answer; the last one also primed with it where there is a snapshot (docs/engine.md, "Primed"). */
export const handlerNames = ["hello", "medium", "large", "large-primed"] as const;
export type HandlerName = (typeof handlerNames)[number];
export const links = ["static", "dynamic"] as const;
export type Link = (typeof links)[number];

export interface Variants {
  handlers: HandlerName[];
  modes: LaunchMode[];
  links: Link[];
  /** Without symbols (true), with (false), or both in turn. */
  stripped: boolean[];
  /** Processes that a pooled mode keeps; undefined: what the mode does by itself. */
  pools: (number | undefined)[];
  /** Of these, started before the first work. */
  prewarms: (number | undefined)[];
  /** How the starts get their memory; undefined: by page faults. */
  pages: (PageKind | undefined)[];
  /** Where the first process of a pool that waits does so; undefined: near. */
  affinities: (Affinity | undefined)[];
}

/** What is measured unless more is asked for. */
export const usual: Omit<Variants, "modes"> = {
  handlers: ["hello"],
  links: ["static"],
  stripped: [true],
  pools: [undefined],
  prewarms: [undefined],
  pages: [undefined],
  affinities: [undefined],
};

/**
 * An artifact of every combination, built for this host; pool sizes and prewarm counts apply to the pooled modes alone.
 * Artifacts are left in `folder`.
 */
export async function ownSubjects(variants: Variants, folder: string): Promise<Subject[]> {
  const subjects: Subject[] = [];
  await mkdir(folder, { recursive: true });
  for (const handler of variants.handlers)
    for (const mode of variants.modes.filter((each) => !isPrimed(handler) || launchModes.find(({ name }) => name === each)?.payload === "snapshot"))
      for (const link of variants.links)
        for (const stripped of variants.stripped) {
          const artifact = await build(folder, handler, mode, link, stripped);
          const pools = isPooled(mode)
            ? variants.pools.flatMap((pool) => variants.prewarms.flatMap((prewarm) => variants.affinities.map((affinity) => ({ pool, prewarm, affinity }))))
            : [{}];
          const pages = variants.pages.filter((kind) => kind !== "locked" || !isPooled(mode));
          const knobs = (pools as { pool?: number; prewarm?: number; affinity?: Affinity }[]).flatMap((counts) => pages.map((kind) => ({ ...counts, kind })));
          for (const { pool, prewarm, affinity, kind } of knobs) {
            if (prewarm !== undefined && pool !== undefined && prewarm > pool) continue;
            const given = Object.entries({ pool, prewarm, affinity, pages: kind }).filter(([, value]) => value !== undefined);
            const counts = given.flatMap(([flag, value]) => [`--${flag}`, String(value)]);
            const cache = mode === "cached" ? ["--cache", join(folder, "cache")] : [];
            const name = [artifact.name, ...given.map(([flag, value]) => (flag === "pages" ? `${value} pages` : `${flag} ${value}`))].join(", ");
            const own = await subject(name, artifact.what, [artifact.path, "--port", "{port}", ...cache, ...counts], true);
            const { target, symbols } = artifact;
            const traced = isPooled(mode) ? {} : { traced: { handler, mode, target, symbols } };
            subjects.push({ ...own, ...traced, start: { ...own.start, pooled: isPooled(mode) } });
          }
        }
  return subjects;
}

const isPrimed = (handler: HandlerName) => handler.endsWith("-primed");
const sourceOf = (handler: HandlerName) => handler.replace(/-primed$/, "");

const compiled = new Map<HandlerName, ReturnType<typeof compile>>();

async function compile(handler: HandlerName) {
  const { compileHandler } = await import("@zerostart/build");
  const entry = `${sourceOf(handler)}.js`;
  const directory = join(root, "handlers");
  const result = await compileHandler({ files: { [entry]: await readFile(join(directory, entry)) }, entry, resolveDir: directory });
  if (!result.ok) throw new Error(`the benchmark's handler ${handler} does not compile:\n${result.diagnostics.map((d) => d.codeFrame).join("\n")}`);
  return result;
}

async function build(
  folder: string,
  handler: HandlerName,
  mode: LaunchMode,
  link: Link,
  strip: boolean,
): Promise<{ name: string; what: string; path: string; target: TargetTriple; symbols: Uint8Array | undefined }> {
  const { buildArtifact } = await import("@zerostart/build");
  if (!compiled.has(handler)) compiled.set(handler, compile(handler));
  const source = await compiled.get(handler)!;
  if (link === "dynamic" && hostTarget() !== "x86_64-linux-musl") throw new Error("the dynamic control is there for x86-64 alone");
  const target = link === "dynamic" ? "x86_64-linux-gnu" : hostTarget();
  const prime = isPrimed(handler) ? ["/"] : [];
  const onLog = (line: string) => process.stderr.isTTY && console.error(line);
  const artifact = await buildArtifact({ compiled: source, name: handler, mode, target, prime, strip, onLog });
  const path = join(folder, [handler, mode, link, strip ? "stripped" : "symbols"].join("-"));
  // Pages that are not on the disk yet would count as private dirty memory.
  await writeFile(path, artifact.bytes, { mode: 0o755, flush: true });
  const size = handler === "hello" ? [] : [sizeName(source.bundledSource?.length ?? source.sourceBytes), ...(isPrimed(handler) ? ["primed"] : [])];
  const name = [`zerostart ${mode}`, ...size, ...(link === "dynamic" ? [link] : []), ...(strip ? [] : ["unstripped"])].join(", ");
  return { name, what: launchModes.find((entry) => entry.name === mode)?.what ?? mode, path, target, symbols: artifact.symbols };
}

function sizeName(bytes: number): string {
  return bytes < 1e6 ? `${Math.round(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
