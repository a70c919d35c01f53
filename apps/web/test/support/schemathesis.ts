/** Schemathesis, the schema-driven fuzzer: installed from PyPI into the cache when it is not there, run against a server with one token. */
import { execFile, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const root = join(import.meta.dirname, "../../../..");
const requirements = join(import.meta.dirname, "schemathesis.txt");
const version = /^schemathesis==(.*)$/m.exec(readFileSync(requirements, "utf8"))?.[1] ?? "";
const folder = join(process.env["ZEROSTART_CACHE"] ?? join(root, ".cache"), `schemathesis-${version}`);

/** The folder with its packages, for PYTHONPATH. @throws when Python or PyPI cannot be had */
export async function installSchemathesis(): Promise<string> {
  if (existsSync(folder)) return folder;
  const aside = `${folder}.${process.pid}`;
  await mkdir(aside, { recursive: true });
  const options = ["--quiet", "--disable-pip-version-check", "--root-user-action=ignore", "--no-deps"];
  try {
    await run("python3", ["-m", "pip", "install", ...options, "--target", aside, "--requirement", requirements], { timeout: 300_000 });
    await rename(aside, folder);
  } catch (error) {
    // Another process may have been quicker.
    await rm(aside, { recursive: true, force: true });
    if (!existsSync(folder)) throw error;
  }
  return folder;
}

export type Fuzzing = { url: string; token: string; seed: number; maxExamples: number; maxSeconds?: number; phases?: string };

/** Runs every check on every operation. @returns what it printed, and whether it found nothing */
export async function fuzz({ url, token, seed, maxExamples, maxSeconds, phases = "examples,coverage,fuzzing,stateful" }: Fuzzing) {
  const python = await installSchemathesis();
  const cwd = mkdtempSync(join(tmpdir(), "zerostart-fuzz-"));
  const args = ["--config-file", join(import.meta.dirname, "schemathesis.toml"), "--no-color", "run", `${url}/api/v1/openapi.json`];
  args.push("--seed", String(seed), "--max-examples", String(maxExamples), "--phases", phases, "--checks", "all", "--continue-on-failure");
  if (maxSeconds !== undefined) args.push("--max-time", String(maxSeconds));
  try {
    const child = spawn("python3", ["-m", "schemathesis.cli", ...args], {
      cwd,
      env: { ...process.env, PYTHONPATH: python, PYTHONHASHSEED: "0", ZEROSTART_FUZZ_TOKEN: token },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text: string) => (output += text));
    const code = await new Promise<number | null>((resolve, reject) => child.once("error", reject).once("close", resolve));
    return { isClean: code === 0, output };
  } finally {
    rmSync(cwd, { recursive: true, force: true });
  }
}
