/** How many instances a deployment has on a host, and on which hosts it is. */
import { frontRoute } from "@zerostart/protocol";
import { z } from "zod";

export const mostInstances = 64;
/** How long the last instance stays without a connection when it may end and nothing else was said. */
export const defaultIdleSeconds = 300;

export const scaleInput = z.object({
  /** 0: it may have no process at all until a connection comes. */
  minInstances: z.number().int().min(0).max(mostInstances).optional(),
  maxInstances: z.number().int().min(1).max(mostInstances).optional(),
  /** With no instance at least: how long without a connection until the last one ends; else how long one that is not needed is kept. null: the default. */
  idleSeconds: z.number().int().min(1).max(86_400).nullable().optional(),
});
export type Scale = { minInstances: number; maxInstances: number; idleSeconds: number | null };

/** What is given, and for the rest what was. @returns the reason when it makes no sense */
export function mergeScale(given: z.infer<typeof scaleInput>, before: Scale): Scale | string {
  const scale = {
    minInstances: given.minInstances ?? before.minInstances,
    maxInstances: given.maxInstances ?? Math.max(before.maxInstances, given.minInstances ?? 1),
    idleSeconds: given.idleSeconds === undefined ? before.idleSeconds : given.idleSeconds,
  };
  return scale.minInstances > scale.maxInstances ? `At least ${scale.minInstances} instances, but ${scale.maxInstances} at most: that cannot be.` : scale;
}

/** At the front port of its host, beside the handler's own name. */
export const routesInput = z.array(frontRoute).max(32);
type Route = z.infer<typeof frontRoute>;

/** "api.example.com", "/v1" or "api.example.com/v1". */
export const routeText = ({ host, pathPrefix }: Route): string => `${host ?? ""}${pathPrefix ?? ""}`;

/** One route a line. @throws Error that says what is wrong */
export function parseRoutes(text: string): Route[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .map((line) => {
      const slash = line.indexOf("/");
      const host = slash === -1 ? line : line.slice(0, slash);
      const parsed = frontRoute.safeParse({ ...(host === "" ? {} : { host: host.toLowerCase() }), ...(slash === -1 ? {} : { pathPrefix: line.slice(slash) }) });
      if (!parsed.success) throw new Error(`"${line}" is no route: ${parsed.error.issues[0]?.message ?? "a host name, a path, or both"}.`);
      return parsed.data;
    });
}

const labelName = /^[A-Za-z0-9][A-Za-z0-9._/-]{0,62}$/;
export const labelsInput = z
  .record(
    z.string().regex(labelName, "a label's name: letters, digits, . _ / -"),
    z
      .string()
      .max(256)
      .regex(/^[^,=\n]*$/, "a label's value has no comma and no ="),
  )
  .refine((labels) => Object.keys(labels).length <= 32, "32 labels at most")
  .meta({ maxProperties: 32 });

/** One text for equal labels. */
export function labelsText(labels: Record<string, string>): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}=${value}`)
    .sort()
    .join(",");
}

/** "zone=a, disk=ssd" as labels. @throws Error that says what is wrong */
export function parseLabels(text: string): Record<string, string> {
  const labels: Record<string, string> = {};
  for (const part of text.split(",").map((each) => each.trim())) {
    if (part === "") continue;
    const at = part.indexOf("=");
    if (at < 1 || !labelName.test(part.slice(0, at).trim())) throw new Error(`"${part}" is not name=value.`);
    labels[part.slice(0, at).trim()] = part.slice(at + 1).trim();
  }
  return labels;
}

/** Whether a host has all of these labels. */
export function hasLabels(host: { labels: unknown }, wanted: Record<string, string>): boolean {
  const own = host.labels as Record<string, string>;
  return Object.entries(wanted).every(([name, value]) => own[name] === value);
}
