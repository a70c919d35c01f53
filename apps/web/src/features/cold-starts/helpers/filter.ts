/** Which samples a view is about: the same on the server, in the URL and in downloads. */
import { runtimeNames } from "@zerostart/protocol";
import { z } from "zod";

export const executorNames = ["native", "qemu-user", "portable", ...runtimeNames] as const;
export type ExecutorName = (typeof executorNames)[number];

/** Another runtime than ours tells nothing of its phases: of its starts only the whole is seen, from outside. */
export const isOtherRuntime = (executor: string): boolean => (runtimeNames as readonly string[]).includes(executor);

/** How executors are named for people. Emulated and portable runs and those of other runtimes are never mixed with native ones. */
export const executorLabels: Record<ExecutorName, string> = {
  native: "Native",
  "qemu-user": "Emulated (qemu-user)",
  portable: "Portable (vm.wasm in Node)",
  node: "Node instead of Zerostart",
  deno: "Deno instead of Zerostart",
  bun: "Bun instead of Zerostart",
};

/** Time windows offered, in ms; "all" has no beginning, "custom" says its own. */
export const windows = { "1h": 3_600_000, "24h": 86_400_000, "7d": 7 * 86_400_000, "30d": 30 * 86_400_000, all: null, custom: null } as const;
export type WindowName = keyof typeof windows;

/** How many of the newest starts the charts show one by one. */
export const shownStarts = 60;

const id = z.string().min(1).max(64).optional();
const ms = z.coerce.number().int().nonnegative().optional();

export const sampleFilter = z.object({
  executor: z.enum(executorNames).default("native"),
  handlerId: id,
  versionId: id,
  buildId: id,
  target: id,
  mode: id,
  hostId: id,
  kind: z.enum(["real", "measured"]).optional(),
  measurementId: id,
  fromMs: ms,
  toMs: ms,
});
export type SampleFilterInput = z.input<typeof sampleFilter>;
