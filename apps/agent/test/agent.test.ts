import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { appendFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import { compileNative } from "@zerostart/launcher/native.ts";
import type { ArtifactRef, InstanceState } from "@zerostart/protocol";
import { Agent, EnrolmentError } from "../src/agent.ts";
import { describeHost } from "../src/host.ts";
import { ControlPlaneDouble } from "./fixtures/control-plane.ts";

let program: Buffer;
before(async () => (program = readFileSync(await compileNative("agent-test-artifact", [join(import.meta.dirname, "fixtures/artifact.c")]))));

/** The same program under another digest. */
const variant = (n: number) => Buffer.concat([program, Buffer.from(`variant ${n}`)]);

async function until<T>(what: string, get: () => T | undefined | false, timeoutMs = 15_000): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const value = get();
    if (value) return value;
    if (Date.now() > deadline) assert.fail(`not within ${timeoutMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

let plane: ControlPlaneDouble;
let folder: string;
let agent: Agent | undefined;
let running: Promise<void>;
let said: string[];

async function startAgent(change: { token?: string; logCapBytes?: number } = {}): Promise<Agent> {
  agent = await Agent.open({
    server: plane.url,
    dataFolder: folder,
    host: describeHost("test-host", {}),
    enrolmentToken: async () => change.token ?? plane.enrolmentToken,
    say: (text) => said.push(text),
    ...(change.logCapBytes !== undefined && { logCapBytes: change.logCapBytes }),
  });
  running = agent.run();
  running.catch(() => {});
  return agent;
}
async function stopAgent(): Promise<void> {
  const current = agent;
  agent = undefined;
  await current?.stop();
  await running.catch(() => {});
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "zerostart-agent-"));
  plane = new ControlPlaneDouble();
  said = [];
  running = Promise.resolve();
  await plane.start();
});
afterEach(async () => {
  await stopAgent();
  await plane.stop();
  rmSync(folder, { recursive: true, force: true });
});

const reported = (name: string): InstanceState | undefined => plane.instances.find((instance) => instance.deploymentId === `deployment-${name}`);
const healthy = (name: string, pid?: number) =>
  until(`${name} is healthy`, () => {
    const state = reported(name);
    return state?.state === "healthy" && state.pid !== pid && state;
  });
const get = async (port: number, path = "/") => (await fetch(`http://127.0.0.1:${port}${path}`)).text();
const texts = () => [...plane.logs.values()].map((line) => `${line.source} ${line.level} ${line.text}`);

describe("deployments", () => {
  test("are started, measured, logged and stopped", async () => {
    plane.desire([plane.deployment("a", plane.artifact(program)), plane.deployment("b", plane.artifact(variant(1)), { env: { MODE: "bee" } })]);
    await startAgent();
    const a = await healthy("a");
    const b = await healthy("b");
    assert.equal(await get(a.port), "a");
    assert.equal(await get(b.port), "bee");
    assert.ok((a.rssBytes ?? 0) > 0);
    const sample = await until("the start was reported", () => [...plane.starts.values()].find((start) => start.deploymentId === "deployment-a"));
    assert.deepEqual(
      sample.phases.map((phase) => phase.phase),
      ["spawn", "first_request", "other"],
    );
    assert.deepEqual([sample.kind, sample.executor, sample.binaryBytes, sample.instanceId], ["real", "native", program.length, a.instanceId]);
    await until("its output was reported", () => texts().includes("handler info started as a"));
    plane.desire([plane.deployment("b", plane.artifact(variant(1)), { env: { MODE: "bee" } })]);
    await until("a is gone", () => reported("a")?.state === "stopped");
    await assert.rejects(get(a.port));
    assert.equal(await get(b.port), "bee");
    assert.equal(reported("b")?.pid, b.pid);
  });

  test("that crash are started again, with the reason told", async () => {
    plane.desire([plane.deployment("a", plane.artifact(program))]);
    await startAgent();
    const first = await healthy("a");
    await get(first.port, "/crash").catch(() => {});
    const backoff = await until("the crash is told", () => reported("a")?.state === "backoff" && reported("a"));
    assert.match(backoff.reason ?? "", /signal SIGSEGV/);
    const second = await healthy("a", first.pid);
    assert.equal(second.restarts, 1);
    assert.equal(second.port, first.port, "its URL stays");
    await until("its last words were reported", () => texts().includes("handler error last words"));
    await until("both starts were reported", () => plane.starts.size === 2);
  });

  test("come back when the launcher was killed", async () => {
    plane.desire([plane.deployment("a", plane.artifact(program)), plane.deployment("b", plane.artifact(program))]);
    await startAgent();
    const [a, b] = [await healthy("a"), await healthy("b")];
    // The launcher is the parent of the process that is the parent of the instance.
    const parentOf = (pid: number | undefined) => Number(/^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
    process.kill(parentOf(parentOf(a.pid)), "SIGKILL");
    assert.notEqual((await healthy("a", a.pid)).pid, a.pid);
    assert.notEqual((await healthy("b", b.pid)).pid, b.pid);
    assert.equal(existsSync(`/proc/${a.pid}`), false);
  });

  test("that cannot start say why and leave the others alone", async () => {
    plane.desire([plane.deployment("good", plane.artifact(program)), plane.deployment("broken", plane.artifact(program))]);
    await startAgent();
    const state = await until("it is told", () => reported("broken")?.state === "backoff" && reported("broken"));
    assert.match(state.reason ?? "", /exit code 1[\s\S]*TypeError: x is not a function/);
    await healthy("good");
  });

  test("a new version takes over on the same port; one that does not start never replaces one that does", async () => {
    plane.desire([plane.deployment("v1", plane.artifact(program), { handlerId: "h" })]);
    await startAgent();
    const v1 = await healthy("v1");
    plane.desire([plane.deployment("v2", plane.artifact(variant(2)), { handlerId: "h" })]);
    const v2 = await healthy("v2");
    assert.equal(v2.port, v1.port);
    assert.equal(await get(v2.port), "v2");
    assert.equal(existsSync(join(folder, "artifacts", plane.artifact(program).sha256)), false, "what is not needed is swept");
    plane.desire([plane.deployment("v3", plane.artifact(variant(3)), { handlerId: "h", env: { MODE: "broken" } })]);
    await until("v3 is told", () => reported("v3")?.state === "backoff");
    assert.equal(await get(v2.port), "v2");
    plane.desire([]);
    await until("all is gone", () => reported("v3")?.state === "stopped");
    await assert.rejects(get(v2.port));
  });

  test("a port that is taken is told", async () => {
    plane.desire([plane.deployment("a", plane.artifact(program), { port: plane.port })]);
    await startAgent();
    const state = await until("it is told", () => reported("a")?.state === "backoff" && reported("a"));
    assert.match(state.reason ?? "", /port is in use/);
  });

  test("portable artifacts run under Node", async () => {
    const script = Buffer.from(`require("node:http").createServer((q, r) => r.end("portable")).listen({ fd: +process.argv[3] })`);
    plane.desire([plane.deployment("p", plane.artifact(script))]);
    await startAgent();
    assert.equal(await get((await healthy("p")).port), "portable");
    await until("reported", () => [...plane.starts.values()][0]?.executor === "portable");
  });
});

describe("what is not trusted", () => {
  const refused = async (artifact: ArtifactRef, expected: RegExp) => {
    plane.desire([plane.deployment("good", plane.artifact(program)), plane.deployment("bad", artifact)]);
    await startAgent();
    const state = await until("it is told", () => reported("bad")?.state === "unhealthy" && reported("bad"));
    assert.match(state.reason ?? "", expected);
    await healthy("good");
    await until("it is logged", () => texts().some((text) => text.startsWith("agent error") && expected.test(text)));
  };
  test("a tampered artifact", async () => {
    const artifact = plane.artifact(variant(7));
    const tampered = Buffer.from(variant(7));
    tampered[tampered.length - 1]! ^= 1;
    plane.bodies.set(artifact.sha256, tampered);
    await refused(artifact, /tampered with or damaged/);
    // It recovers by itself once the artifact is right.
    plane.bodies.set(artifact.sha256, variant(7));
    await healthy("bad");
  });
  test("a longer one", async () => {
    const artifact = plane.artifact(variant(7));
    plane.bodies.set(artifact.sha256, Buffer.concat([variant(7), variant(7)]));
    await refused(artifact, /longer than/);
  });
  test("one whose download breaks off halfway is fetched again; one whose download stalls holds up nothing", async () => {
    const [broken, stalled] = [plane.artifact(variant(7)), plane.artifact(variant(8))];
    plane.halves.set(broken.sha256, "breaks").set(stalled.sha256, "stalls");
    const good = plane.deployment("good", plane.artifact(program));
    const bad = plane.deployment("bad", broken);
    plane.desire([good, bad, plane.deployment("stuck", stalled)]);
    await startAgent();
    await healthy("good");
    await until("it is told", () => reported("bad")?.state === "unhealthy" && reported("bad")?.reason);
    await until("what is waited for is told", () => /still being fetched/.test(reported("stuck")?.reason ?? ""));
    plane.halves.delete(broken.sha256);
    await healthy("bad");
    // Taken back, it is gone although its download never ends.
    plane.desire([good, bad]);
    await until("it is gone", () => reported("stuck") === undefined || reported("stuck")?.state === "stopped");
  });
  test("one that another key signed", async () => refused(new ControlPlaneDouble().artifact(variant(7)), /not signed by this control plane/));
  test("one that is not there", async () => {
    const artifact = plane.artifact(variant(7));
    plane.bodies.delete(artifact.sha256);
    await refused(artifact, /404/);
  });
  test("one for another machine", async () => {
    const other = Buffer.from(program);
    other.writeUInt16LE(8, 18); // MIPS
    await refused(plane.artifact(other), /cannot run a build for/);
  });
  test("a damaged file in the store is fetched again", async () => {
    plane.desire([plane.deployment("a", plane.artifact(program))]);
    await startAgent();
    await healthy("a");
    await stopAgent();
    const path = join(folder, "artifacts", plane.artifact(program).sha256);
    rmSync(path);
    writeFileSync(path, "garbage", { mode: 0o500 });
    await startAgent();
    await healthy("a");
  });
});

describe("the control plane is away", () => {
  test("nothing is lost and nothing counted twice", async () => {
    plane.desire([plane.deployment("a", plane.artifact(program))]);
    await startAgent();
    const first = await healthy("a");
    await until("the first start is there", () => plane.starts.size === 1);
    await plane.stop();
    await get(first.port, "/crash").catch(() => {});
    const pid = await until(
      "it runs again",
      () => agent!.instances[0]?.state === "healthy" && agent!.instances[0].pid !== first.pid && agent!.instances[0].pid,
    );
    // A restart of the agent in the meantime: it brings the deployment up by itself, and still has the reports.
    await stopAgent();
    await startAgent();
    await until("it runs after the agent's restart", () => agent!.instances[0]?.state === "healthy" && agent!.instances[0].pid !== pid);
    await plane.start();
    await until("all starts arrived", () => plane.starts.size === 3);
    await until("all output arrived", () => texts().filter((text) => text === "handler info started as a").length === 3);
    assert.equal(plane.repeated, 0);
    assert.equal(await get(reported("a")?.port ?? 0), "a");
  });

  test("reports that were not acknowledged are sent again, under the same ids", async () => {
    plane.desire([plane.deployment("a", plane.artifact(program))]);
    await startAgent();
    await until("reported", () => plane.starts.size === 1 && plane.logs.size > 0);
    await stopAgent();
    // As if the agent had died between the acknowledgement and its note of it.
    for (const spool of ["samples", "logs"]) rmSync(join(folder, "spool", spool, "cursor.json"), { force: true });
    const starts = [...plane.starts.keys()];
    await startAgent();
    await until("sent again", () => plane.repeated > 0);
    await until("the second start is there", () => plane.starts.size === 2);
    assert.ok(starts.every((id) => plane.starts.has(id)));
  });

  test("a report that is refused for good is set aside and does not hold up the others", async () => {
    plane.refuse = (record) => (plane.starts.size === 0 && "totalNs" in record ? "not today" : undefined);
    plane.desire([plane.deployment("a", plane.artifact(program))]);
    await startAgent();
    await healthy("a");
    const path = join(folder, "spool/refused.jsonl");
    await until("it is set aside", () => existsSync(path) && readFileSync(path, "utf8").includes("not today"));
    await until("logs arrive", () => plane.logs.size > 0);
  });
});

describe("measurements", () => {
  test("take turns, drop warm-ups, and end with a result", async () => {
    const artifacts = [plane.artifact(program), plane.artifact(variant(1), { buildId: "build-2" })];
    plane.desire([], [{ measurementId: "m1", artifacts, runs: 5, warmup: 2, path: "/x" }]);
    await startAgent();
    const result = await until("it is done", () => plane.results.values().next().value);
    assert.equal(result.status, "done", result.error);
    const samples = [...plane.starts.values()];
    assert.equal(samples.length, 10);
    assert.ok(samples.every((sample) => sample.kind === "measured" && sample.measurementId === "m1"));
    assert.equal(samples.filter((sample) => sample.buildId === "build-2").length, 5);
    // They take turns: within each round both artifacts occur.
    for (let i = 0; i < 10; i += 2) assert.notEqual(samples[i]!.buildId, samples[i + 1]!.buildId);
    // Still listed by a slow control plane: not run again.
    plane.desire([], plane.orders);
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.equal(plane.starts.size, 10);
  });

  test("that fail say why, and the next one runs", async () => {
    const artifact = plane.artifact(variant(1));
    const broken = { ...artifact, signature: Buffer.alloc(64).toString("base64") };
    plane.desire(
      [],
      [
        { measurementId: "bad", artifacts: [broken], runs: 1, warmup: 0, path: "/" },
        { measurementId: "good", artifacts: [artifact], runs: 1, warmup: 0, path: "/" },
      ],
    );
    await startAgent();
    await until("both ended", () => plane.results.size === 2);
    const of = (id: string) => [...plane.results.values()].find((result) => result.measurementId === id);
    assert.match(of("bad")?.error ?? "", /not signed/);
    assert.equal(of("good")?.status, "done");
  });

  test("interrupted by the agent's end are told to have failed", async () => {
    plane.desire([], [{ measurementId: "long", artifacts: [plane.artifact(program)], runs: 10_000, warmup: 0, path: "/" }]);
    await startAgent();
    await until("it has begun", () => plane.starts.size > 0);
    await stopAgent();
    await startAgent();
    const result = await until("it is told", () => plane.results.values().next().value);
    assert.match(result.error ?? "", /restarted during the measurement/);
  });

  test("can be called off", async () => {
    plane.desire([], [{ measurementId: "long", artifacts: [plane.artifact(program)], runs: 10_000, warmup: 0, path: "/" }]);
    await startAgent();
    await until("it has begun", () => plane.starts.size > 0);
    plane.desire([], []);
    const result = await until("it ended", () => plane.results.values().next().value);
    assert.match(result.error ?? "", /called off/);
  });
});

describe("enrolment", () => {
  test("with a wrong token ends the agent with a clear error", async () => {
    await startAgent({ token: "wrong" });
    await assert.rejects(running, (error) => error instanceof EnrolmentError && /enrolment token is not known/.test(error.message));
  });

  test("is done once; a forgotten host enrols again while its instances go on", async () => {
    plane.desire([plane.deployment("a", plane.artifact(program))]);
    await startAgent();
    const first = await healthy("a");
    plane.agentTokens.clear();
    plane.desire(plane.desired);
    await until("it enrolled again", () => plane.agentTokens.size === 1);
    await until("it reports again", () => reported("a")?.state === "healthy");
    assert.equal(reported("a")?.pid, first.pid);
  });

  test("waits for a control plane that is not up yet", async () => {
    await plane.stop();
    await startAgent();
    await until("it waits", () => said.some((text) => text.includes("cannot be reached")));
    await plane.start();
    await until("it enrolled", () => plane.agentTokens.size === 1);
  });
});

describe("the process", () => {
  const main = join(import.meta.dirname, "../src/main.ts");
  const run = (...args: string[]) => spawn(process.execPath, [main, "--data", folder, ...args], { stdio: ["ignore", "ignore", "pipe"] });
  const ended = async (child: ReturnType<typeof run>) => {
    let stderr = "";
    child.stderr!.on("data", (data: Buffer) => (stderr += data.toString()));
    const code = await new Promise((resolve) => child.once("close", resolve));
    return { code, stderr };
  };
  test("help, usage errors and a wrong token have their exit codes", async () => {
    assert.match(execFileSync(process.execPath, [main, "--help"], { encoding: "utf8" }), /Exit codes/);
    assert.equal((await ended(run("--nonsense"))).code, 2);
    assert.equal((await ended(run("--server", "nowhere"))).code, 2);
    const wrong = await ended(run("--server", plane.url, "--token", "wrong"));
    assert.equal(wrong.code, 3);
    assert.match(wrong.stderr, /could not enrol.*not known/);
  });
  test("SIGTERM stops the instances, keeps the reports, exits 0; a second agent on the same folder is refused", async () => {
    plane.desire([plane.deployment("a", plane.artifact(program))]);
    const child = run("--server", plane.url, "--token", plane.enrolmentToken);
    const end = ended(child);
    const state = await healthy("a");
    const second = await ended(run("--server", plane.url, "--token", plane.enrolmentToken));
    assert.equal(second.code, 1);
    assert.match(second.stderr, /another agent/);
    child.kill("SIGTERM");
    assert.equal((await end).code, 0);
    await assert.rejects(get(state.port));
    assert.equal(reported("a")?.state, "stopped");
    assert.deepEqual(readdirSync(folder).includes("agent.pid"), false);
  });
  test("on a full disk it goes on: instances run, every start is reported once, what cannot be written is said", async () => {
    const artifact = plane.artifact(program);
    plane.desire([plane.deployment("a", artifact)]);
    await startAgent();
    const { pid } = await healthy("a");
    await stopAgent();
    // No file may grow beyond 4 or 8 kB (the unit is the shell's), as if the disk were full: the reports of a few starts fit.
    const limited = `trap "" XFSZ; ulimit -f 8; exec "$@"`;
    const child = spawn("sh", ["-c", limited, "sh", process.execPath, main, "--data", folder, "--server", plane.url], { stdio: ["ignore", "ignore", "pipe"] });
    const end = ended(child);
    const state = await healthy("a", pid);
    const known = plane.starts.size;
    plane.desire(plane.desired, [{ measurementId: "m", artifacts: [artifact], runs: 40, warmup: 0, path: "/" }]);
    assert.equal((await until("it is measured", () => plane.results.values().next().value)).status, "done");
    await until("every start has arrived", () => plane.starts.size >= known + 40);
    await get(state.port, "/crash").catch(() => {});
    await healthy("a", state.pid);
    await until("the start after the crash has arrived", () => [...plane.starts.values()].filter((start) => start.deploymentId === "deployment-a").length >= 3);
    assert.equal(plane.repeated, 0);
    child.kill("SIGTERM");
    const { code, stderr } = await end;
    assert.equal(code, 0, stderr);
    assert.match(stderr, /cannot be written.*(?:EFBIG|too large)/);
  });
  test("a killed agent leaves no process behind", async () => {
    plane.desire([plane.deployment("a", plane.artifact(program))]);
    const child = run("--server", plane.url, "--token", plane.enrolmentToken);
    const end = ended(child);
    const state = await healthy("a");
    child.kill("SIGKILL");
    await end;
    await until("the instance is gone", () => !existsSync(`/proc/${state.pid}`));
    appendFileSync(join(folder, "spool/samples/0000000001.log"), "torn");
  });
});

after(() => assert.equal(agent, undefined));
