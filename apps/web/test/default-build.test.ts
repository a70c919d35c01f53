import assert from "node:assert/strict";
import { test } from "node:test";
import { defaultBuild } from "../src/features/measurements/helpers/default-build.ts";

const build = (id: string, versionNumber: number, target: string, executor = "native") => ({
  id,
  versionNumber,
  target,
  symbols: false,
  artifact: { executor },
});
const host = (online: boolean, native: string, emulated: string) => ({
  online,
  executors: [
    { target: emulated, executor: "qemu-user" },
    { target: native, executor: "native" },
  ],
});

test("of the newest version, a build that a host runs natively", () => {
  const x86 = host(true, "x86_64-linux-musl", "aarch64-linux-musl");
  const arm = host(false, "aarch64-linux-musl", "x86_64-linux-musl");
  const builds = [build("arm", 2, "aarch64-linux-musl"), build("x86", 2, "x86_64-linux-musl"), build("old", 1, "x86_64-linux-musl")];
  assert.equal(defaultBuild(builds, [x86])?.id, "x86");
  assert.equal(defaultBuild(builds, [x86, arm])?.id, "x86", "a host that is there goes before one that is away");
  assert.equal(defaultBuild(builds, [arm])?.id, "arm");
  assert.equal(defaultBuild(builds, [])?.id, "arm", "the newest when no host is known");
  assert.equal(
    defaultBuild([build("new", 3, "aarch64-linux-musl"), ...builds], [x86])?.id,
    "new",
    "an emulated one of a newer version goes before a native older one",
  );
  assert.equal(defaultBuild([build("p", 2, "x86_64-linux-musl", "portable"), ...builds.slice(1)], [x86])?.id, "x86");
  assert.equal(defaultBuild([{ ...build("kept", 2, "x86_64-linux-musl"), symbols: true }, ...builds], [x86])?.id, "x86", "a stripped one goes first");
  assert.equal(defaultBuild([], [x86]), undefined);
});
