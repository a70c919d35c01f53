/**
 * Completes package-lock.json: `npm install` leaves out optional binaries of other platforms that the registry in use does not have,
 * and `npm ci` then refuses the lock file. Adds an entry for each, by the platform in its name. Run it after changing dependencies.
 */
import { readFileSync, writeFileSync } from "node:fs";

const file = new URL("../package-lock.json", import.meta.url);
const lock = JSON.parse(readFileSync(file, "utf8"));
const systems = {
  android: "android",
  darwin: "darwin",
  freebsd: "freebsd",
  linux: "linux",
  openharmony: "openharmony",
  win32: "win32",
  windows: "win32",
  sunos: "sunos",
  netbsd: "netbsd",
  openbsd: "openbsd",
  aix: "aix",
};
const processors = { arm: "arm", arm64: "arm64", x64: "x64", 64: "x64", ia32: "ia32", ppc64: "ppc64", riscv64: "riscv64", s390x: "s390x", loong64: "loong64" };
let added = 0;
for (const entry of Object.values(lock.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const key = `node_modules/${name}`;
    if (lock.packages[key] || !/^\d/.test(version)) continue;
    const words = name.split(/[/-]/);
    const os = words.flatMap((word) => systems[word] ?? []);
    const cpu = words.flatMap((word) => processors[word] ?? []);
    const libc = words.flatMap((word) =>
      word === "musl" || word.startsWith("musleabi") ? ["musl"] : word === "gnu" || word.startsWith("gnueabi") ? ["glibc"] : [],
    );
    if (os.length === 0) continue;
    lock.packages[key] = {
      version,
      ...(cpu.length > 0 && { cpu }),
      ...(libc.length > 0 && { libc }),
      ...(entry.dev && { dev: true }),
      license: entry.license,
      optional: true,
      os,
    };
    added++;
  }
}
const first = lock.packages[""];
delete lock.packages[""];
lock.packages = { "": first, ...Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => a.localeCompare(b, "en"))) };
writeFileSync(file, JSON.stringify(lock, null, 2) + "\n");
console.log(`${added} entries added`);
