/** What the scripts say to a person who uses them wrongly; that they work is shown by every other test and by e2e. */
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

const scripts = join(import.meta.dirname, "..");
const root = join(scripts, "..");

function run(script: string, ...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [join(scripts, script), ...args], (error, stdout, stderr) => resolve({ code: error ? Number(error.code) : 0, stdout, stderr }));
  });
}

test("start: help, and mistakes with exit code 2", async () => {
  const help = await run("start.mjs", "--help");
  assert.equal(help.code, 0);
  for (const option of ["--port", "--data", "--no-agent", "--front-port", "--runtimes"]) assert.match(help.stdout, new RegExp(option));
  for (const args of [
    ["--port", "http"],
    ["--port", "0"],
    ["--port", "65536"],
    ["--front-port", "none"],
    ["--runtimes", "node,python"],
    ["--frob"],
    ["extra"],
  ]) {
    const { code, stderr } = await run("start.mjs", ...args);
    assert.equal(code, 2, args.join(" "));
    assert.match(stderr, /usage: npm start/);
  }
});

test("start: a port in use is told before anything is built", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const address = server.address();
  assert.ok(address && typeof address === "object");
  const { code, stderr } = await run("start.mjs", "--port", String(address.port));
  server.close();
  assert.equal(code, 1);
  assert.equal(stderr, `zerostart: port ${address.port} is in use; end what uses it or choose another with --port\n`);
});

test("test: a suite that is not there is an error", async () => {
  const { code, stderr } = await run("test.ts", "--only", "nonsense");
  assert.equal(code, 2);
  assert.match(stderr, /no such suite: nonsense/);
});

test("bootstrap: the exit code is the script's", async () => {
  assert.equal((await run("bootstrap.mjs")).code, 1);
  assert.equal((await run("bootstrap.mjs", "scripts/test.ts", "--only", "nonsense")).code, 2);
});

test("bootstrap: signals reach what it runs, Ctrl-C in the background among them", async () => {
  const folder = mkdtempSync(join(tmpdir(), "zerostart-scripts-"));
  const script = join(folder, "waits.mjs");
  writeFileSync(
    script,
    `for (const s of ["SIGINT", "SIGTERM"]) process.on(s, () => { console.log(s); process.exit(7); });\nsetInterval(() => {}, 1000);\nconsole.log("ready");\n`,
  );
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    // Detached: no terminal, and a process group of its own.
    const child = spawn(process.execPath, [join(scripts, "bootstrap.mjs"), script], { detached: true, stdio: ["ignore", "pipe", "inherit"] });
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      if (output === "") child.kill(signal);
      output += text;
    });
    const code = await new Promise((resolve) => child.once("close", resolve));
    assert.equal(output, `ready\n${signal}\n`);
    assert.equal(code, 7);
  }
  rmSync(folder, { recursive: true });
});

test("docs/dependencies.md has a line for every dependency of every workspace, and for none that is gone", () => {
  const manifests = [
    "package.json",
    ...globSync("{apps,packages}/*/package.json", { cwd: root }),
    "bench/package.json",
    "e2e/package.json",
    "examples/package.json",
  ];
  const used = new Set(
    manifests.flatMap((path) => {
      // These packages are what is tested, not what anything is made with.
      if (path.startsWith("examples/")) return ["hono", "itty-router"];
      const manifest = JSON.parse(readFileSync(join(root, path), "utf8")) as Record<string, Record<string, string> | undefined>;
      return Object.keys({ ...manifest["dependencies"], ...manifest["devDependencies"], ...manifest["optionalDependencies"] });
    }),
  );
  const documented = readFileSync(join(root, "docs/dependencies.md"), "utf8")
    .split("\n## Outside package.json")[0]!
    .split("\n")
    .filter((line) => line.startsWith("| ") && !line.startsWith("| package") && !line.startsWith("| ---"))
    .flatMap((line) =>
      line
        .split("|")[1]!
        .replaceAll(/\([^)]*\)/g, "")
        .split(","),
    )
    .map((name) => name.trim());
  const isCovered = (name: string) => documented.some((entry) => entry === name || (entry.endsWith("*") && name.startsWith(entry.slice(0, -1))));
  // Types come with the package they describe.
  const own = (name: string) => name.startsWith("@zerostart/") || name.startsWith("@types/");
  assert.deepEqual(
    [...used].filter((name) => !own(name) && !isCovered(name)),
    [],
    "without a line",
  );
  const isUsed = (entry: string) => [...used].some((name) => name === entry || (entry.endsWith("*") && name.startsWith(entry.slice(0, -1))));
  assert.deepEqual(
    documented.filter((entry) => !isUsed(entry)),
    [],
    "no longer used",
  );
});
