/**
 * An agent that is told to becomes a newer one: real files, real processes, under load. What restarts a process that has ended, as systemd does, is a stand-in here; what
 * it must not notice is that an agent became another one.
 */
import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { buildArtifact, compileHandler } from "@zerostart/build";
import { bundleAgent } from "../scripts/bundle.ts";
import { ControlPlaneDouble } from "./fixtures/control-plane.ts";
import { ask, Load } from "./fixtures/load.ts";
import { freePort } from "../../../scripts/free-port.ts";

const target = process.arch === "arm64" ? "aarch64-linux-musl" : "x86_64-linux-musl";
const files = mkdtempSync(join(tmpdir(), "zerostart-agent-file-"));
const installed = join(files, "zerostart-agent.mjs");
let bundle: Buffer;
let program: Buffer;
before(async () => {
  bundle = readFileSync(await bundleAgent(installed));
  const compiled = await compileHandler({ files: { "h.js": `export default () => new Response("here")` }, entry: "h.js" });
  program = Buffer.from((await buildArtifact({ compiled, name: "h.js", mode: "snapshot", target })).bytes);
});
after(() => rmSync(files, { recursive: true, force: true }));

/** The same agent as another file; `code` runs first. */
const variant = (code: string): Buffer => {
  const text = bundle.toString();
  const firstLine = text.indexOf("\n") + 1;
  return Buffer.from(`${text.slice(0, firstLine)}${code}\n${text.slice(firstLine)}`);
};

let plane: ControlPlaneDouble;
let data: string;
let child: ChildProcess;
let said: string;
let restarts: number;
let isOver: boolean;

/** HAProxy on a port of its own before the handlers, for the test that wants it. */
let front: number | undefined;

function launch(): void {
  const env = { PATH: process.env["PATH"]!, ZEROSTART_ENROLMENT_TOKEN: plane.enrolmentToken };
  child = spawn(process.execPath, [installed, "--server", plane.url, "--data", data, ...(front === undefined ? [] : ["--front", String(front)])], {
    env,
    stdio: ["ignore", "ignore", "pipe"],
  });
  child.stderr!.on("data", (text: Buffer) => (said += text.toString()));
  child.once("close", () => {
    if (isOver) return;
    restarts++;
    launch();
  });
}

beforeEach(async () => {
  plane = new ControlPlaneDouble();
  data = mkdtempSync(join(tmpdir(), "zerostart-upgrade-"));
  [said, restarts, isOver] = ["", 0, false];
  await plane.start();
  launch();
});
afterEach(async () => {
  front = undefined;
  isOver = true;
  await Load.stopAll();
  const gone = new Promise((resolve) => child.once("close", resolve));
  child.kill("SIGTERM");
  await gone;
  await plane.stop();
  rmSync(data, { recursive: true, force: true });
});

async function until<T>(what: string, look: () => T | undefined | false): Promise<T> {
  for (const deadline = Date.now() + 60_000; ; await new Promise((resolve) => setTimeout(resolve, 20))) {
    const value = look();
    if (value) return value;
    assert.ok(Date.now() < deadline, `did not happen: ${what}\n${said}`);
  }
}

async function deployed(): Promise<number> {
  plane.desire([plane.deployment("one", plane.artifact(program, { target }), { scale: { min: 2, max: 2 } })]);
  await until("both instances are healthy", () => plane.instances.filter(({ state }) => state === "healthy").length === 2);
  return plane.instances[0]!.port;
}
const sha256 = () => plane.agent?.sha256;

test("under load no connection is dropped, its process id and its port stay", async () => {
  const port = await deployed();
  const first = sha256();
  assert.ok(first);
  const { pid } = child;
  const load = new Load(port, 8);
  await until("the load is on", () => load.total > 50);
  for (const note of ["// two", "// three"]) {
    const before = load.total;
    plane.upgrade(variant(note));
    await until("it is the newer one", () => sha256() === plane.order?.sha256);
    await until("both instances are healthy again", () => plane.instances.filter(({ state }) => state === "healthy").length === 2);
    await until("requests are answered", () => load.total > before + 50);
    assert.equal(plane.instances[0]?.port, port);
  }
  await load.stop();
  assert.deepEqual(load.failures, [], said);
  assert.deepEqual([child.pid, restarts], [pid, 0]);
  assert.notEqual(sha256(), first);
  assert.match(said, /took over 2 listening sockets/);
  // Started anew, it is the newest at once: the installed file is the old one still.
  child.kill("SIGKILL");
  const newest = plane.order?.sha256;
  plane.agent = undefined;
  await until("it is back", () => sha256() === newest);
});

test("HAProxy at the front port goes on, and serves what the newer agent tells it", async () => {
  isOver = true;
  const gone = new Promise((resolve) => child.once("close", resolve));
  child.kill("SIGTERM");
  await gone;
  front = await freePort();
  isOver = false;
  launch();
  await deployed();
  const headers = { host: "one.localhost" };
  const answers = async (name: string) => (await ask(front!, false, "/", { host: `${name}.localhost` }).catch(() => "")) === "here";
  await until("it answers at the front", () => plane.agent?.sha256 !== undefined);
  for (const deadline = Date.now() + 30_000; !(await answers("one"));) assert.ok(Date.now() < deadline, said);
  const load = new Load(front, 4, "/", headers);
  await until("the load is on", () => load.total > 20);
  const old = readFileSync(join(data, "front/haproxy.pid"), "utf8");
  plane.upgrade(variant("// with a front"));
  await until("it is the newer one", () => sha256() === plane.order?.sha256);
  const before = load.total;
  await until("requests are answered", () => load.total > before + 20);
  plane.desire([...plane.desired, plane.deployment("two", plane.artifact(program, { target }))]);
  for (const deadline = Date.now() + 30_000; !(await answers("two"));) assert.ok(Date.now() < deadline, said);
  await load.stop();
  assert.deepEqual(load.failures, [], said);
  assert.equal(readFileSync(join(data, "front/haproxy.pid"), "utf8"), old, "it is the very same, which the newer agent has told");
  // Nothing of before is left for an exit code that nobody asks for: the process is the same, and does not know the children of the agent before.
  const children = () => readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, "utf8").split(" ").filter(Boolean);
  await until("no child has ended unheard", () => !children().some((pid) => / Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8"))));
  // And another comes when it ends, though this agent did not start it. Its worker may answer a moment longer than it lives.
  process.kill(Number(old), "SIGKILL");
  await until("there is another", () => readFileSync(join(data, "front/haproxy.pid"), "utf8") !== old);
  for (const deadline = Date.now() + 30_000; !(await answers("two"));) assert.ok(Date.now() < deadline, said);
});

test("a file that is not the one signed, or is signed as something else, is refused, and what runs goes on", async () => {
  const port = await deployed();
  const first = sha256();
  const instances = plane.instances.map(({ pid }) => pid);
  const good = variant("// good");
  const refused = async (what: RegExp) => {
    await until("it is refused", () => plane.agent?.refused && what.test(plane.agent.refused.reason) && plane.agent.refused.sha256 === plane.order?.sha256);
    assert.equal(await ask(port), "here");
    assert.equal(sha256(), first);
  };
  // Another file under the digest that was signed.
  plane.upgrade(good);
  plane.agentFiles.set(plane.order!.sha256, Buffer.from(good.toString().replace("// good", "// evil")));
  await refused(/tampered with or damaged/);
  // A handler's artifact is signed by the same key, and is no agent for all that.
  const artifact = plane.artifact(Buffer.from("globalThis.evil = true;"));
  plane.agentFiles.set(artifact.sha256, plane.bodies.get(artifact.sha256)!);
  plane.order = { sha256: artifact.sha256, sizeBytes: artifact.sizeBytes, signature: artifact.signature };
  plane.desire(plane.desired);
  await refused(/not signed by this control plane/);
  assert.deepEqual(
    plane.instances.map(({ pid }) => pid),
    instances,
    "nothing was restarted",
  );
});

test("a newer one that does not run is not taken; one that ends before it is there is taken back", async () => {
  const port = await deployed();
  const first = sha256();
  plane.upgrade(variant(`throw new Error("broken at once");`));
  await until("it is refused", () => /does not run here[^]*broken at once/.test(plane.agent?.refused?.reason ?? ""));
  assert.deepEqual([sha256(), restarts, await ask(port)], [first, 0, "here"]);
  const broken = variant(`if (!process.argv.includes("--check")) process.exit(7);`);
  plane.upgrade(broken);
  await until("it is refused too", () => plane.agent?.refused?.sha256 === plane.order?.sha256 && sha256() === first);
  assert.match(plane.agent?.refused?.reason ?? "", /ended before it had reached the control plane/);
  assert.equal(restarts, 1);
  await until("its instances are back", () => plane.instances.filter(({ state }) => state === "healthy").length === 2);
  assert.equal(await ask(port), "here");
  assert.match(said, /took over 2 listening sockets/, "also by the one that came back");
  assert.equal(existsSync(join(data, "agents", `${plane.order!.sha256}.mjs`)), false);
});
