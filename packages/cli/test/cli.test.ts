import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { file, folder, hello, serve, shim, zerostart, type Result } from "./support/command.ts";

const text = async (url: string) => (await fetch(url)).text();

describe("usage", () => {
  test("help for everything, with exit codes", async () => {
    for (const command of [
      [],
      ["build"],
      ["run"],
      ["exec"],
      ["bench"],
      ["disassemble"],
      ["init"],
      ["dev"],
      ["test"],
      ["deploy"],
      ["rollback"],
      ["logs"],
      ["open"],
      ["completion"],
    ]) {
      const { code, stdout } = await zerostart([...command, "--help"]);
      assert.equal(code, 0, command.join());
      assert.match(stdout, /Exit codes:/, command.join());
    }
  });
  test("mistakes are told on stderr, exit code 2", async () => {
    const cases: [string[], RegExp][] = [
      [["frobnicate"], /unknown command/],
      [["build"], /missing required argument/],
      [["build", hello, "--frob"], /unknown option/],
      [["build", hello, "--target", "pdp11"], /pdp11 is not a target/],
      [["build", hello, "--mode", "warp"], /warp is not a launch mode/],
      [["build", "/no/such/file.ts"], /there is no such file/],
      [["build", "/tmp"], /it is a folder/],
      [["run", hello, "--port", "70000"], /from 0 to 65535/],
      [["run", hello, "--env", "novalue"], /NAME=VALUE/],
      [["bench", hello, "--runs", "0"], /whole number/],
      [["deploy", hello, "--token", ""], /a token is needed/],
      [["disassemble", "/no/such/file.zbc"], /there is no such file/],
    ];
    for (const [args, expected] of cases) {
      const { code, stdout, stderr } = await zerostart(args, { ZEROSTART_TOKEN: "" });
      assert.equal(code, 2, args.join(" ") + stderr);
      assert.match(stderr, expected, args.join(" "));
      assert.equal(stdout, "", args.join(" "));
    }
  });
  test("the control plane that is not there: exit code 3", async () => {
    const { code, stderr } = await zerostart(["deploy", hello, "--server", "http://127.0.0.1:9", "--token", "t"]);
    assert.equal(code, 3);
    assert.match(stderr, /http:\/\/127\.0\.0\.1:9 cannot be reached/);
  });
});

describe("build", () => {
  test("a static program that runs with nothing beside it", async () => {
    for (const mode of ["embedded", "snapshot"]) {
      const out = join(folder, `hello-${mode}`);
      const result = await zerostart(["build", hello, "--target", "x86_64-linux-musl", "--mode", mode, "-o", out, "--json"]);
      assert.equal(result.code, 0, result.stderr);
      const { artifacts } = JSON.parse(result.stdout) as { artifacts: { sizeBytes: number; dynamicDependencies: string[] }[] };
      assert.deepEqual(artifacts[0]?.dynamicDependencies, []);
      // Figures and names; what is in the files is in the files.
      assert.ok(result.stdout.length < 4_000, result.stdout);
      assert.equal(artifacts[0]?.sizeBytes, statSync(out).size);
      const { code } = await serve(out, [], async (url) => assert.equal(await text(`${url}/x`), '{"hello":"world!","path":"/x"}'));
      assert.equal(code, 0);
    }
  });
  test("primed: what a request left at build time is there; what cannot be primed is said", async () => {
    const counting = file(
      "counting.js",
      "let hits = 0;\nexport default (request) => {\n  if (request.url.endsWith('/bad')) throw new Error('no database');\n  return new Response(String(++hits));\n};\n",
    );
    const out = join(folder, "counting");
    const built = await zerostart(["build", counting, "-o", out, "--prime", "/", "--prime", "/two"]);
    assert.equal(built.code, 0, built.stderr);
    assert.match(built.stderr, /Primed with GET \/, answered 200[\s\S]*Primed with GET \/two, answered 200/);
    await serve(out, [], async (url) => assert.ok(Number(await text(`${url}/`)) > 2));
    const bad = await zerostart(["build", counting, "-o", join(folder, "never"), "--prime", "/bad"]);
    assert.deepEqual([bad.code, /GET \/bad, with which it is primed, was answered 500: .*no database/.test(bad.stderr)], [1, true], bad.stderr);
    const mode = await zerostart(["build", counting, "-o", join(folder, "never"), "--mode", "embedded", "--prime", "/"]);
    assert.deepEqual([mode.code, /embedded has no snapshot/.test(mode.stderr)], [2, true], mode.stderr);
    const path = await zerostart(["build", counting, "-o", join(folder, "never"), "--prime", "two"]);
    assert.deepEqual([path.code, /begins with a slash/.test(path.stderr)], [2, true], path.stderr);
  });

  test("several targets at once; the bytecode beside them", async () => {
    const out = join(folder, "multi");
    const zbc = join(folder, "multi.zbc");
    const { code, stderr } = await zerostart(["build", hello, "--target", "x86_64-linux-musl,aarch64-linux-musl", "-o", out, "--bytecode", zbc]);
    assert.equal(code, 0, stderr);
    assert.ok(existsSync(`${out}-x86_64-linux-musl`) && existsSync(`${out}-aarch64-linux-musl`));
    const listing = await zerostart(["disassemble", zbc]);
    assert.equal(listing.code, 0, listing.stderr);
    assert.equal(listing.stdout, (await zerostart(["disassemble", hello])).stdout);
  });
  test("the same source makes the same bytes", async () => {
    const digests = [];
    for (const name of ["once", "twice"]) {
      const { stdout } = await zerostart(["build", hello, "-o", join(folder, name), "--json"]);
      digests.push((JSON.parse(stdout) as { artifacts: { sha256: string }[] }).artifacts[0]?.sha256);
    }
    assert.equal(digests[0], digests[1]);
  });
  test("without a toolchain: a portable program, and that is said", async () => {
    const env = { ZEROSTART_WASM2C: "/no/such/wasm2c" };
    const out = join(folder, "portable");
    const { code, stdout, stderr } = await zerostart(["build", hello, "-o", out], env);
    assert.equal(code, 0, stderr);
    assert.match(stderr, /No toolchain for .*: building the portable artifact, which needs Node to run/);
    assert.match(stdout, /portable: needs Node to run/);
    await serve(process.execPath, [out], async (url) => assert.equal(await text(`${url}/x`), '{"hello":"world!","path":"/x"}'));
    const failed = await zerostart(["exec", file("portable.js", 'console.log("before");\nsetTimeout(() => null.x);\n')], env);
    assert.deepEqual([failed.code, failed.stdout], [1, "before\n"]);
    assert.match(failed.stderr, /TypeError/);
  });
  test("an output that cannot be written", async () => {
    const { code, stderr } = await zerostart(["build", hello, "-o", "/no/such/folder/out"]);
    assert.equal(code, 2);
    assert.match(stderr, /cannot be written/);
  });
});

describe("run", () => {
  test("serves with its env until SIGTERM; console output is its output", async () => {
    const ask = async (url: string) => assert.equal(await text(`${url}/log`), '{"hello":"Ada!","path":"/log"}');
    const { code, stdout } = await serve(process.execPath, [shim, "run", hello, "--env", "NAME=Ada"], ask);
    assert.equal(code, 0);
    assert.match(stdout, /^logged/);
  });
});

describe("exec", () => {
  test("prints to stdout and stderr, exit code 0", async () => {
    const script = file("script.ts", 'const squares: number[] = [1, 2, 3].map((n) => n * n);\nconsole.log(squares.join());\nconsole.error("on stderr");\n');
    const result = await zerostart(["exec", script]);
    assert.deepEqual(result, { code: 0, stdout: "1,4,9\n", stderr: "on stderr\n" });
    const json = await zerostart(["exec", script, "--json"]);
    assert.deepEqual(JSON.parse(json.stdout), { exitCode: 0, stdout: "1,4,9\n", stderr: "on stderr\n" });
  });
  test("an uncaught error ends it with exit code 1 and its stack", async () => {
    const { code, stdout, stderr } = await zerostart([
      "exec",
      file("boom.js", 'console.log("before");\nfunction f() {\n  throw new Error("boom");\n}\nf();\n'),
    ]);
    assert.equal(code, 1);
    assert.equal(stdout, "before\n");
    assert.match(stderr, /Error: boom[\s\S]*boom\.js:3/);
  });
});

describe("bench", () => {
  test("several modes take turns; a table, and figures as JSON", async () => {
    const report = join(folder, "bench.json");
    const { code, stdout, stderr } = await zerostart(["bench", hello, "--runs", "5", "--warmup", "1", "--mode", "embedded,snapshot", "--json", report]);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /\| embedded .*\n\| snapshot /);
    const { rows } = JSON.parse(readFileSync(report, "utf8")) as {
      rows: { name: string; runs: number; samplesNs: number[]; phasesNsP50: Record<string, number> }[];
    };
    assert.deepEqual(
      rows.map((row) => [row.name, row.runs, row.samplesNs.length]),
      [
        ["embedded", 5, 5],
        ["snapshot", 5, 5],
      ],
    );
    assert.ok("first_request" in rows[0]!.phasesNsP50);
  });
  test("a handler that does not start", async () => {
    const { code, stderr } = await zerostart(["bench", file("dies.js", "throw new Error('at start');"), "--mode", "embedded", "--runs", "1"]);
    assert.equal(code, 1);
    assert.match(stderr, /a start in mode embedded failed[\s\S]*at start/);
  });
});

describe("disassemble", () => {
  test("lists functions; refuses what is no bytecode", async () => {
    const { code, stdout } = await zerostart(["disassemble", hello]);
    assert.equal(code, 0);
    assert.match(stdout, /fetch/);
    const garbage = await zerostart(["disassemble", file("garbage.zbc", "not bytecode")]);
    assert.equal(garbage.code, 1);
    assert.match(garbage.stderr, /not a bytecode file/);
  });
  test("a reader that stops early is no error", async () => {
    const child = spawn(process.execPath, [shim, "disassemble", hello], { stdio: ["ignore", "pipe", "inherit"] });
    child.stdout.once("readable", () => child.stdout.destroy());
    const code = await new Promise((resolve) => child.once("close", resolve));
    assert.equal(code, 0);
  });
});

test("the shim runs on an older Node by handing over to the pinned one", async () => {
  // Whatever is called `node` on this machine may be the pinned one already; then this only shows that the shim works.
  const { code, stdout } = await new Promise<Result>((resolve) => {
    execFile("/usr/bin/env", ["node", shim, "--version"], (error, out, err) => resolve({ code: error ? Number(error.code) : 0, stdout: out, stderr: err }));
  });
  assert.equal(code, 0);
  assert.match(stdout, /^\d+\.\d+\.\d+\n$/);
});
