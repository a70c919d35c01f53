/** What the benchmarks start beside our own artifacts: the floor, and peers. */
import { createRequire } from "node:module";
import { readFile, stat } from "node:fs/promises";
import { arch } from "node:os";
import { join } from "node:path";
import { compileNative } from "@zerostart/launcher/native.ts";
import type { StartOptions } from "@zerostart/launcher";
import type { LaunchMode, TargetTriple } from "@zerostart/protocol";

export type Subject = {
  name: string;
  /** Version of a peer, or what the subject is. */
  detail: string;
  start: StartOptions;
  /** Size of the program, bytes; undefined when the command is not a path. */
  binaryBytes: number | undefined;
  /** What a trace needs to know of one of our own; absent where there is nothing to trace. */
  traced?: { handler: string; mode: LaunchMode; target: TargetTriple; symbols: Uint8Array | undefined };
};

/** The benchmark's folder. */
export const root = join(import.meta.dirname, "..");
const require = createRequire(import.meta.url);

/** The name of the subject that every other one is compared with. */
export const floorName = "floor";
export const notingFloorName = "floor, noting phases";

export async function subject(name: string, detail: string, command: [string, ...string[]], trace = false): Promise<Subject> {
  const binaryBytes = await stat(command[0]).then(
    (s) => s.size,
    () => undefined,
  );
  return { name, detail, binaryBytes, start: { command, trace, env: peerEnvironment(), connectTimeoutMs: 30_000 } };
}

/** The same for all: a home that exists, so that no runtime spends its start on complaining, and no telemetry. */
function peerEnvironment(): Record<string, string> {
  return { PATH: "/usr/bin:/bin", HOME: "/tmp", DENO_NO_UPDATE_CHECK: "1", DO_NOT_TRACK: "1" };
}

/** A bare static C server. */
export async function floorSubject(): Promise<Subject> {
  return subject(floorName, "bare static C server", [await compileNative("floor", [join(root, "native/floor.c")]), "{port}"]);
}

/** The same with notes of its phases, which cost it a few microseconds. */
export async function notingFloorSubject(): Promise<Subject> {
  const native = (file: string) => join(root, "native", file);
  return subject(
    notingFloorName,
    "bare static C server, with notes",
    [await compileNative("floor-noting", [native("floor-noting.c")], [native("floor.c")]), "{port}"],
    true,
  );
}

type Runtime = { name: string; packages: [name: string, program: string][]; command: (program: string, script: string) => [string, ...string[]] };

/** Peers as installed from npm. */
function runtimes(): Runtime[] {
  const cpu = arch();
  return [
    { name: "node", packages: [["node", "bin/node"]], command: (p, script) => [p, join(root, "peers", script), "{port}"] },
    {
      name: "deno",
      packages: [
        [`@deno/linux-${cpu}-glibc`, "deno"],
        ["deno", "deno"],
      ],
      command: (p, script) => [p, "run", "--allow-net", "--allow-env", "--allow-read", "--no-config", "--no-lock", join(root, "peers", script), "{port}"],
    },
    {
      name: "bun",
      // Its install script, where it is let run, moves the program out of the platform's package.
      packages: [
        [`@oven/bun-linux-${cpu}`, "bin/bun"],
        ["bun", "bin/bun.exe"],
      ],
      command: (p, script) => [p, join(root, "peers", script), "{port}"],
    },
  ];
}

/** The installed runtimes' programs. */
export async function runtimePrograms(): Promise<Partial<Record<string, Program>>> {
  const entries = await Promise.all(runtimes().map(async (runtime) => [runtime.name, await programOf(runtime)] as const));
  return Object.fromEntries(entries);
}

export type Program = { path: string; version: string };

async function programOf(runtime: Runtime): Promise<Program | undefined> {
  return (await Promise.all(runtime.packages.map(([name, file]) => installed(name, file)))).find((entry) => entry !== undefined);
}

type Peer = { name: string; version: string; command: [string, ...string[]] };

/** The command that runs a script of bench/peers on each runtime; one that is not installed is named in `missing`. */
async function peers(scripts: (runtime: string) => [name: string, script: string][]): Promise<{ found: Peer[]; missing: string[] }> {
  const found: Peer[] = [];
  const missing: string[] = [];
  for (const runtime of runtimes()) {
    const program = await programOf(runtime);
    if (!program) missing.push(`${runtime.name}: the npm package ${runtime.packages[0]![0]} is not installed`);
    else for (const [name, script] of scripts(runtime.name)) found.push({ name, version: program.version, command: runtime.command(program.path, script) });
  }
  return { found, missing };
}

/** Node (with and without Request/Response), Deno and Bun with the hello handler. */
export async function peerSubjects(): Promise<{ subjects: Subject[]; missing: string[] }> {
  const { found, missing } = await peers((runtime) =>
    runtime === "node"
      ? [
          ["node", "node-fetch.mjs"],
          ["node (bare http)", "node-http.mjs"],
        ]
      : [[runtime, `${runtime}.mjs`]],
  );
  return { subjects: await Promise.all(found.map((peer) => subject(peer.name, peer.version, peer.command))), missing };
}

/** Each runtime with the serving benchmark's handler. */
export async function servingPeers(): Promise<{ subjects: Peer[]; missing: string[] }> {
  const { found, missing } = await peers((runtime) => [[runtime, "serving.mjs"]]);
  // Several processes at one port are unstable in Deno.
  const withPort = ({ command: [program, ...args], ...peer }: Peer): Peer =>
    peer.name === "deno" ? { ...peer, command: [program, args[0]!, "--unstable-net", ...args.slice(1)] } : { ...peer, command: [program, ...args] };
  return { subjects: found.map(withPort), missing };
}

/** The program of an installed npm package, and its version. */
async function installed(name: string, program: string): Promise<Program | undefined> {
  try {
    const manifest = require.resolve(`${name}/package.json`);
    const path = join(manifest, "..", program);
    // A package whose install script has not run holds a small script that says so in the program's place.
    if ((await stat(path)).size < 1_000_000) return undefined;
    return { path, version: (JSON.parse(await readFile(manifest, "utf8")) as { version: string }).version };
  } catch {
    return undefined;
  }
}

/** A peer given on the command line as NAME=COMMAND; words are split at blanks, `{port}` is the port. */
export async function namedPeer(text: string): Promise<Subject> {
  const split = text.indexOf("=");
  const words = text
    .slice(split + 1)
    .trim()
    .split(/\s+/);
  if (split < 1 || !words[0]) throw new Error(`a peer is NAME=COMMAND, not ${text}`);
  if (!words[0].startsWith("/")) throw new Error(`the peer's command must begin with an absolute path: ${words[0]}`);
  if (!text.includes("{port}")) throw new Error(`the peer's command must hold {port} where the port goes: ${text}`);
  return subject(text.slice(0, split), words.join(" "), words as [string, ...string[]]);
}

/** The static target that runs natively here. */
export function hostTarget(): TargetTriple {
  return arch() === "arm64" ? "aarch64-linux-musl" : "x86_64-linux-musl";
}
