/**
 * Is the host short of memory? By pressure stall information where the kernel keeps it (the share of the last ten seconds in which some process waited
 * for memory; Documentation/accounting/psi.rst), and by what the kernel holds to be available (MemAvailable) everywhere.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** Per cent of time; well above what a busy and healthy host shows. */
const stalledPercent = 10;
/** Share of all memory. */
const availableShare = 0.05;

/** What is wrong, for a person; undefined when nothing is. @param proc where the kernel tells; /proc but in tests */
export function memoryPressure(proc = "/proc"): string | undefined {
  const stalled = /^some avg10=([\d.]+)/m.exec(read(join(proc, "pressure/memory")))?.[1];
  if (stalled !== undefined && Number(stalled) >= stalledPercent)
    return `processes waited for memory in ${Number(stalled).toFixed(0)} % of the last ten seconds`;
  const meminfo = read(join(proc, "meminfo"));
  const kilobytes = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(meminfo)?.[1] ?? Number.NaN);
  const [available, total] = [kilobytes("MemAvailable"), kilobytes("MemTotal")];
  if (available < availableShare * total) return `${Math.round(available / 1_000)} MB of ${Math.round(total / 1_000)} MB memory are available`;
  return undefined;
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return ""; // not kept by this kernel
  }
}
