/**
 * Which licences the dependencies have, from package-lock.json, which names them for every platform. `node scripts/licences.ts` writes docs/licences.md; it ends with 1,
 * and says why, when one has a licence that is not allowed or none at all. A test holds the page to the lock file.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import satisfies from "spdx-satisfies";

const root = join(import.meta.dirname, "..");
const page = join(root, "docs/licences.md");

/** Permissive: to name the authors is all that they ask for. */
const allowed = ["0BSD", "Apache-2.0", "BlueOak-1.0.0", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "ISC", "MIT", "MIT-0", "PSF-2.0", "Unlicense"];

/** Allowed for these alone. Used as they are published, unchanged, so that what they ask for is met by naming them. */
const exceptions: { name: RegExp; licences: string[]; why: string }[] = [
  { name: /^(axe-core|@axe-core\/playwright)$/, licences: ["MPL-2.0"], why: "tests only" },
  { name: /^lightningcss(-|$)/, licences: ["MPL-2.0"], why: "compiles styles when the dashboard is built; unchanged" },
  {
    name: /^@img\/sharp-/,
    licences: ["LGPL-3.0-or-later"],
    why: "optional part of Next's image optimiser, loaded dynamically, unchanged; not used by the dashboard",
  },
  { name: /^caniuse-lite$/, licences: ["CC-BY-4.0"], why: "data about browsers, read when the dashboard is built" },
  { name: /^elkjs$/, licences: ["EPL-2.0"], why: "part of Prisma's development tools, which nothing here runs" },
  { name: /^geist$/, licences: ["OFL-1.1"], why: "the dashboard's fonts, unchanged" },
  { name: /^spdx-(exceptions|ranges)$/, licences: ["CC-BY-3.0"], why: "lists of licences, for this check only" },
];

/** Where the lock file has no SPDX expression; read from the packages' own licence files. */
const corrected: Record<string, string> = {
  "@visx/vendor": "MIT AND ISC",
  busboy: "MIT",
  dicer: "MIT",
  geist: "OFL-1.1",
  "humanize-number": "MIT",
  only: "MIT",
  streamsearch: "MIT",
};

export type LockFile = { packages: Record<string, { version?: string; license?: string; link?: boolean; dev?: boolean; optional?: boolean }> };
type Dependency = { name: string; versions: string[]; licence: string; isDevelopment: boolean; why: string };

/** Every dependency once, by name; `why` says what allows an unusual licence. `refused` are those that nothing allows, each with its reason. */
export function licencesOf(lock: LockFile): { dependencies: Dependency[]; refused: string[] } {
  const byName = new Map<string, Dependency>();
  const refused: string[] = [];
  for (const [path, entry] of Object.entries(lock.packages)) {
    if (!path.includes("node_modules/") || entry.link) continue;
    const name = path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length);
    const licence = corrected[name] ?? entry.license;
    if (licence === undefined) {
      refused.push(`${name} ${entry.version}: it names no licence`);
      continue;
    }
    const exception = exceptions.find((each) => each.name.test(name));
    const known = byName.get(name);
    if (!isSatisfied(licence, allowed) && !isSatisfied(licence, [...allowed, ...(exception?.licences ?? [])]))
      refused.push(`${name} ${entry.version}: ${licence} is not allowed`);
    const why = isSatisfied(licence, allowed) ? "" : (exception?.why ?? "");
    const versions = [...new Set([...(known?.versions ?? []), entry.version ?? "?"])].sort();
    byName.set(name, { name, versions, licence, why, isDevelopment: (known?.isDevelopment ?? true) && entry.dev === true });
  }
  return { dependencies: [...byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1)), refused };
}

function isSatisfied(licence: string, by: string[]): boolean {
  try {
    return satisfies(licence, by);
  } catch {
    return false; // no SPDX expression
  }
}

export function licencesPage(dependencies: Dependency[]): string {
  const byLicence = Map.groupBy(dependencies, (d) => d.licence);
  const summary = [...byLicence].sort(([a, x], [b, y]) => y.length - x.length || (a < b ? -1 : 1));
  return `# Licences of the dependencies

Made by \`node scripts/licences.ts\` from package-lock.json; a test fails when it is not true, and when a dependency's licence is not allowed. Zerostart itself is MIT. What a built
program contains is our own engine and host, and what the handler imports; with \`fetch\` also the TLS client of Zig's standard library (MIT).

## By licence

| licence | packages |
| --- | ---: |
${summary.map(([licence, all]) => `| ${licence} | ${all.length} |`).join("\n")}

## Not simply permissive

| package | licence | why it is all right |
| --- | --- | --- |
${dependencies
  .filter((d) => d.why !== "")
  .map((d) => `| ${d.name} | ${d.licence} | ${d.why} |`)
  .join("\n")}

## Not from npm

| what | licence | used |
| --- | --- | --- |
| Zig and its standard library | MIT | compiles the native host; its TLS client is in programs that use \`fetch\` |
| WABT (wasm2c and its run-time sources) | Apache-2.0 | the engine as C; a part of every native program |
| HAProxy | GPL-2.0-or-later | a program of its own on hosts with a front port; not distributed with Zerostart |
| LIEF, Schemathesis, QEMU, Wine, OpenSSL, skopeo | Apache-2.0, MIT, GPL-2.0, LGPL-2.1, Apache-2.0, Apache-2.0 | tests only; not distributed |

## All of npm's

A star marks what is needed for development only.

| package | version | licence |
| --- | --- | --- |
${dependencies.map((d) => `| ${d.name}${d.isDevelopment ? " \\*" : ""} | ${d.versions.join(", ")} | ${d.licence} |`).join("\n")}
`;
}

export const readLock = (): LockFile => JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as LockFile;
export const readPage = (): string => readFileSync(page, "utf8");

if (import.meta.main) {
  const { dependencies, refused } = licencesOf(readLock());
  writeFileSync(page, licencesPage(dependencies));
  for (const line of refused) console.error(line);
  console.log(`docs/licences.md: ${dependencies.length} packages`);
  process.exit(refused.length === 0 ? 0 : 1);
}
