type Build = { id: string; versionNumber: number; target: string; symbols: boolean; artifact: { executor: string } | null };
type Host = { online: boolean; executors: { target: string; executor: string }[] };

/**
 * The build that a person most likely means to measure: of the newest version, one that a host runs as it is rather than by emulation or
 * in Node; the newest of these, a stripped one first. A host that is away counts only when none is there.
 * @param builds newest first
 */
export function defaultBuild<B extends Build>(builds: B[], hosts: Host[]): B | undefined {
  const newestVersion = Math.max(...builds.map((b) => b.versionNumber));
  const ofNewest = builds.filter((b) => b.versionNumber === newestVersion).toSorted((a, b) => Number(a.symbols) - Number(b.symbols));
  const isNativeOn = (list: Host[]) => (b: B) =>
    b.artifact?.executor === "native" && list.some((h) => h.executors.some((e) => e.target === b.target && e.executor === "native"));
  return ofNewest.find(isNativeOn(hosts.filter((h) => h.online))) ?? ofNewest.find(isNativeOn(hosts)) ?? ofNewest[0];
}
