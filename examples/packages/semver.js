import semver from "semver";

export default (request) => {
  const n = new URL(request.url).searchParams.get("n");
  const versions = ["1.2.3", `1.${n}.0`, "2.0.0-rc.1", "2.0.0", "v3.0.0+build", "nonsense"];
  return Response.json({
    sorted: versions.filter((v) => semver.valid(v)).sort(semver.compare),
    best: semver.maxSatisfying(versions.slice(0, 4), "^1.2 || ~2.0.0-0"),
    range: semver.validRange("1.x || >=2.5.0 || 5.0.0 - 7.2.3"),
    next: semver.inc("1.2.3-a.0", "prerelease"),
    diff: semver.diff("1.2.3", `1.${n}.0`),
    coerce: semver.coerce(`release ${n}.4`)?.version,
  });
};
