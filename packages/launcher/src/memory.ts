/** What /proc says about a process's memory. */
import { readFileSync } from "node:fs";
import type { MemoryUse } from "@zerostart/protocol";

/**
 * @param smapsRollup text of /proc/PID/smaps_rollup ("" when it could not be read)
 * @param stat text of /proc/PID/stat ("" when it could not be read)
 */
export function parseMemory(smapsRollup: string, stat: string): MemoryUse {
  const kilobytes = (field: string): number | undefined => {
    const match = new RegExp(`^${field}:\\s+(\\d+) kB$`, "m").exec(smapsRollup);
    return match ? Number(match[1]) * 1024 : undefined;
  };
  // The command name, in parentheses, may hold anything, spaces and parentheses too: fields count from its end (proc(5)).
  const fields = stat
    .slice(stat.lastIndexOf(")") + 2)
    .trim()
    .split(/\s+/);
  const field = (number: number): number | undefined => {
    const value = Number(fields[number - 3]);
    return fields.length > number - 3 && Number.isSafeInteger(value) ? value : undefined;
  };
  const use: MemoryUse = { rssBytes: kilobytes("Rss") ?? (field(24) ?? 0) * 4096 };
  const optional = { pssBytes: kilobytes("Pss"), privateDirtyBytes: kilobytes("Private_Dirty"), minorFaults: field(10), majorFaults: field(12) };
  for (const [key, value] of Object.entries(optional)) if (value !== undefined) use[key as keyof typeof optional] = value;
  return use;
}

/** Memory of a running process, or undefined when it is gone. */
export function readMemory(pid: number): MemoryUse | undefined {
  try {
    return parseMemory(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"), readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return undefined;
  }
}
