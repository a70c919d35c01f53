/** A traced start: what it says must fit together, and what this host does not permit must be said. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { StartTrace } from "../src/start-trace.ts";
import { folder, hello, zerostart } from "./support/command.ts";

test("trace: system calls, page faults and a profile of a start", async () => {
  const path = join(folder, "trace.json");
  const { code, stdout, stderr } = await zerostart(["trace", hello, "--runs", "3", "--json", path]);
  assert.equal(code, 0, stderr);
  const trace = JSON.parse(readFileSync(path, "utf8")) as StartTrace;
  const calls = trace.syscalls.map((call) => call.name);
  for (const name of ["execve", "epoll_create1", "listen", "seccomp", "accept4", "recvfrom", "sendto"])
    assert(calls.includes(name), `${name} is among ${calls}`);
  assert(calls.indexOf("seccomp") < calls.indexOf("accept4"), "no connection is taken before the sandbox");
  assert.deepEqual(
    trace.syscalls.map((call) => call.atNs),
    trace.syscalls.map((call) => call.atNs).sort((a, b) => a - b),
  );
  const ordered = (phases: StartTrace["phases"]) => phases.every((p, i) => p.fromNs <= p.toNs && p.fromNs === (phases[i - 1]?.toNs ?? 0));
  assert.deepEqual([trace.phases[0]?.phase, trace.phases.at(-1)?.phase, ordered(trace.phases)], ["spawn", "first_request", true]);
  const missing = trace.unavailable.map((u) => u.what);
  if (!missing.includes("page faults")) {
    assert(ordered(trace.undisturbed!.phases));
    assert(trace.undisturbed!.faults.some((fault) => fault.what.startsWith("linear memory")));
  }
  if (!missing.includes("processor samples")) {
    const samples = trace.profile.stacks.reduce((sum, s) => sum + s.count, 0);
    assert(samples > 0 && trace.profile.stacks.every((s) => s.frames.length > 0));
    assert.equal(
      trace.hot.reduce((sum, f) => sum + f.samples, 0),
      samples,
    );
  }
  assert.match(stdout, /system calls of one start under trace/);
});

test("trace: a pooled mode is refused", async () => {
  const { code, stderr } = await zerostart(["trace", hello, "--mode", "clone"]);
  assert.equal(code, 2);
  assert.match(stderr, /trace the mode snapshot/);
});
