/** What lists say of a trace, so that they need not read it. */
import type { StartTrace } from "@zerostart/protocol";
import { z } from "zod";

export const traceSummary = z.object({
  totalNs: z.number(),
  samples: z.number(),
  syscalls: z.number(),
  faults: z.number(),
  /** What the host did not permit. */
  unavailable: z.array(z.string()),
});
export type TraceSummary = z.infer<typeof traceSummary>;

export function summaryOf(trace: StartTrace): TraceSummary {
  return {
    totalNs: trace.reference.totalNs,
    samples: trace.samples.total,
    syscalls: trace.syscalls.length,
    faults: trace.faults.length,
    unavailable: trace.unavailable.map((u) => u.what),
  };
}
