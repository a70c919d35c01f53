/** From an experiment back to the choices of which it is the combinations, so that it can be changed and asked again. */
import { isPooled, type Affinity, type Knobs, type LaunchMode, type PageKind, type RuntimeName, type TargetTriple } from "@zerostart/protocol";

type Asked = {
  runs: number;
  warmup: number;
  path: string;
  hosts: { id: string }[];
  variants: { versionId: string; mode: string; target: string; symbols: boolean; prime: string[]; knobs: Knobs }[];
};

export type Settings = {
  modes: LaunchMode[];
  runtimes: RuntimeName[];
  withSymbols: boolean;
  /** Paths with which builds are primed as well, as they are typed. */
  prime: string;
  targets: TargetTriple[];
  versionIds: string[];
  heap: string;
  pool: string;
  prewarm: string;
  pages: PageKind[];
  affinities: Affinity[];
  withoutSandbox: boolean;
  hostIds: string[];
  form: { name: string; runs: string; warmup: string; path: string };
};

/** What a new experiment begins with. */
export const plainSettings: Settings = {
  modes: ["embedded", "snapshot"],
  runtimes: [],
  withSymbols: false,
  prime: "",
  targets: ["x86_64-linux-musl"],
  versionIds: [],
  heap: "",
  pool: "",
  prewarm: "",
  pages: ["lazy"],
  affinities: ["near"],
  withoutSandbox: false,
  hostIds: [],
  form: { name: "", runs: "30", warmup: "3", path: "/" },
};

export function settingsOf({ runs, warmup, path, hosts, variants }: Asked): Settings {
  const distinct = <T>(values: T[]) => [...new Set(values)];
  const ours = variants.filter((v) => v.knobs.runtime === undefined);
  const inPool = ours.filter((v) => isPooled(v.mode as LaunchMode));
  /** "64, 16" of a setting; empty: the default alone, which the form cannot ask for beside other values. */
  const numbers = (name: "heapMb" | "pool" | "prewarm") => distinct(ours.flatMap((v) => v.knobs[name] ?? [])).join(", ");
  return {
    modes: distinct(ours.map((v) => v.mode as LaunchMode)),
    runtimes: distinct(variants.flatMap((v) => v.knobs.runtime ?? [])),
    withSymbols: ours.some((v) => v.symbols),
    prime: (ours.find((v) => v.prime.length > 0)?.prime ?? []).join(" "),
    targets: ours.length > 0 ? distinct(ours.map((v) => v.target as TargetTriple)) : plainSettings.targets,
    versionIds: distinct(variants.map((v) => v.versionId).filter((id) => id !== "")),
    heap: numbers("heapMb"),
    pool: numbers("pool"),
    prewarm: numbers("prewarm"),
    pages: ours.length > 0 ? distinct(ours.map((v) => v.knobs.pages ?? "lazy")) : plainSettings.pages,
    affinities: inPool.length > 0 ? distinct(inPool.map((v) => v.knobs.affinity ?? "near")) : plainSettings.affinities,
    withoutSandbox: ours.some((v) => v.knobs.sandbox === false),
    hostIds: hosts.map((h) => h.id),
    form: { name: "", runs: String(runs), warmup: String(warmup), path },
  };
}
