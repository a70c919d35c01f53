/** The native launcher's wire format, with bytes that its client would never send. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { before, test } from "node:test";
import { launcherPath } from "../src/index.ts";

let program = "";
before(async () => (program = await launcherPath()));

const frame = (...settings: string[]): Buffer => {
  const body = Buffer.from(settings.map((setting) => `${setting}\0`).join(""), "latin1");
  const length = Buffer.alloc(4);
  length.writeUInt32LE(body.length);
  return Buffer.concat([length, body]);
};

type Reply = { type: string; id?: string; stage?: string; message?: string };

/** Send bytes, close, and read the answers. */
async function exchange(...bytes: Buffer[]): Promise<{ replies: Reply[]; code: number | null; signal: string | null }> {
  const child = spawn(program, [], { stdio: ["pipe", "pipe", "inherit"] });
  child.stdin.on("error", () => {});
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
  child.stdin.end(Buffer.concat(bytes));
  const [code, signal] = await new Promise<[number | null, string | null]>((resolve) => child.once("close", (...end) => resolve(end)));
  const lines = output.split("\n").filter((line) => line !== "");
  return { replies: lines.map((line) => JSON.parse(line) as Reply), code, signal };
}

test("malformed requests are answered with what is wrong, and the next one is served", async () => {
  const unterminated = Buffer.from("\x04\0\0\0id=1", "latin1");
  const { replies, code } = await exchange(
    unterminated,
    frame(),
    frame("id=2"),
    frame("op=dance", "id=3", "arg=/bin/true"),
    frame("op=measure", "id=4"),
    frame("op=measure", "arg=/bin/true"),
    frame("op=measure", "id=5", "novalue"),
    frame("op=measure", "id=6", "what=ever"),
    frame("op=measure", `id=${"7".repeat(64)}`, "arg=/bin/true"),
    frame("op=measure", 'id="\\\x01\xff', "port=-1", "arg=/bin/true"),
    frame("op=measure", "id=9", "connectMs=99999999999999999999", "arg=/nowhere"),
    frame("op=stop", "id=nobody"),
  );
  assert.equal(code, 0);
  assert.deepEqual(
    replies.map((reply) => [reply.stage, reply.message]),
    [
      ["request", "a request must end with NUL"],
      ["request", "a request must end with NUL"],
      ["request", "a request needs an op"],
      ["request", "the op is not known"],
      ["request", "a start needs arguments"],
      ["request", "a request needs an id of at most 63 characters"],
      ["request", "a setting has no value"],
      ["request", "a setting is not known"],
      ["request", "a request needs an id of at most 63 characters"],
      ["request", "the port is out of range"],
      ["spawn", "cannot execute /nowhere: No such file or directory"],
    ],
  );
  assert.equal(replies[9]!.id, '"\\\x01ÿ');
});

test("a frame that is too long ends the conversation with a word", async () => {
  const { replies, code } = await exchange(Buffer.from([255, 255, 255, 255]), Buffer.alloc(100_000, 65));
  assert.equal(code, 0);
  assert.match(replies[0]?.message ?? "", /longer than 1 MiB/);
});

test("a frame that never ends is dropped with its sender", async () =>
  assert.deepEqual(await exchange(frame("id=1").subarray(0, 6)), { replies: [], code: 0, signal: null }));

test("random bytes in well-formed frames never crash it", async () => {
  let seed = 7;
  const random = (n: number) => (seed = (seed * 1103515245 + 12345) & 0x7fffffff) % n;
  const frames = Array.from({ length: 2_000 }, () => {
    const keys = ["op=measure", "op=start", "op=", "id=", "arg=", "env=", "port=", "=", "trace=1", "path=", "host=", "cwd=", ""];
    // Never a program that exists: nothing is to be started here.
    const settings = Array.from(
      { length: random(8) },
      () => keys[random(keys.length)]! + String.fromCharCode(...Array.from({ length: random(12) }, () => 1 + random(255))),
    );
    return frame(...settings);
  });
  const { code, signal } = await exchange(...frames);
  assert.deepEqual([code, signal], [0, null]);
});
