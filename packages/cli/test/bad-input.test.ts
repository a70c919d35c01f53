/** Bad input: each kind gets a clear error on stderr and its own exit code, and serving goes on. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, readFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { describe, test } from "node:test";
import { file, folder, hello, serve, shim, zerostart } from "./support/command.ts";

describe("what does not compile", () => {
  test("an error in the source is told with its lines, exit code 1, and nothing is written", async () => {
    const bad = file("bad.ts", "export default function handler() {\n  return new Response(;\n}\n");
    const out = join(folder, "bad-out");
    const { code, stderr } = await zerostart(["build", bad, "-o", out]);
    assert.equal(code, 1);
    assert.match(stderr, /bad\.ts:2:\d+: error/);
    assert.match(stderr, /return new Response\(;/);
    assert.equal(existsSync(out), false);
    const json = await zerostart(["build", bad, "-o", out, "--json"]);
    assert.equal((JSON.parse(json.stdout) as { diagnostics: { line: number }[] }).diagnostics[0]?.line, 2);
  });
  test("a top level that throws cannot be a snapshot", async () => {
    const bad = file("throws.js", 'const x = undefined;\nx.y;\nexport default () => new Response("");\n');
    const { code, stderr } = await zerostart(["build", bad, "-o", join(folder, "never")]);
    assert.equal(code, 1);
    assert.match(stderr, /top level failed[\s\S]*TypeError/);
  });
  test("hostile input: not text, huge", async () => {
    assert.equal((await zerostart(["build", file("binary.js", Buffer.from([0, 1, 2, 255, 254]))])).code, 1);
    const huge = await zerostart(["build", file("huge.js", Buffer.alloc(50 << 20, " "))]);
    assert.equal(huge.code, 2);
    assert.match(huge.stderr, /larger than 5 MiB/);
  });

  test("an unsupported construct is an error with its lines", async () => {
    for (const [name, source, message] of [
      ["with.js", "export default (r) => {\n  with (r) return url;\n};\n", /with\.js:2:3: error: .*with/i],
      ["label.js", "export default () => {\n  break nowhere;\n};\n", /label\.js:2:\d+: error/],
      [
        "node.js",
        'import { readFileSync } from "node:fs";\nexport default () => readFileSync("/etc/passwd");\n',
        /node\.js:1:\d+: error: Cannot import "node:fs"/,
      ],
      ["outside.js", 'import x from "/etc/hosts";\nexport default () => x;\n', /outside\.js:1:\d+: error: Cannot import/],
    ] as const) {
      const { code, stderr } = await zerostart(["build", file(name, source), "-o", join(folder, "never")]);
      assert.equal(code, 1, name);
      assert.match(stderr, message);
    }
    assert.equal(existsSync(join(folder, "never")), false);
  });
});

describe("exec", () => {
  const cases: [string, string, RegExp, RegExp?][] = [
    ["eval", 'console.log("before");\neval("1");', /TypeError: .*Code generation from strings[^\n]*\n\s+at eval\.ts:2:/, /^before\n$/],
    ["new-function", 'new Function("return 1")();', /TypeError: .*Code generation from strings/],
    [
      "timer",
      "function late(): never {\n  throw new Error('in a timer');\n}\nsetTimeout(late, 1);\nsetTimeout(() => console.log('never'), 500);",
      /Error: in a timer\n\s+at late \(timer\.ts:2:/,
      /^$/,
    ],
    [
      "rejection",
      "async function f() {\n  await null;\n  throw new RangeError('nobody listens');\n}\nvoid f();",
      /RangeError: nobody listens\n\s+at f \(rejection\.ts:3:/,
    ],
    ["bundled", 'import { fail } from "./lib/fail.ts";\nfail();', /Error: from the other file\n\s+at fail \(lib\/fail\.ts:3:/],
    ["awaits", "console.log(await Promise.resolve('module'));\nawait Promise.reject(new Error('top'));", /Error: top/, /^module\n$/],
    ["memory", "const all: unknown[] = [];\nfor (;;) all.push(new Array(1000).fill(0));", /Out of memory/],
    [
      "memory-late",
      "setTimeout(() => {\n  const all: unknown[] = [];\n  for (;;) all.push(new Array(1000).fill(0));\n});",
      /Uncaught RangeError: Out of memory/,
    ],
    ["recursion", "const f = (): number => f() + 1;\nf();", /RangeError/],
  ];
  file("lib/fail.ts", 'export function fail(): never {\n  const what: string = "from the other file";\n  throw new Error(what);\n}\n');
  for (const [name, source, message, output] of cases) {
    test(`${name}: exit code 1, with what and where on stderr`, async () => {
      const { code, stdout, stderr } = await zerostart(["exec", file(`${name}.ts`, `${source}\n`)]);
      assert.match(stderr, message);
      assert.equal(code, 1);
      if (output) assert.match(stdout, output);
    });
  }
});

describe("run", () => {
  const trouble = `export default async (request: Request) => {
  switch (new URL(request.url).pathname) {
    case "/throw": throw new Error("no luck");
    case "/reject": return Promise.reject(new TypeError("later"));
    case "/loop": for (;;);
    case "/allocate": for (const all: unknown[] = []; ; ) all.push(new Array(1000).fill(0));
    case "/recurse": return ((f: () => never): never => f())(function f(): never { return f(); });
    case "/eval": return new Response(String(eval("1 + 1")));
  }
  return new Response("fine");
};
`;
  test("a handler that throws, loops or allocates without end costs its own request; malformed HTTP is answered with 400", async () => {
    const { code, stderr } = await serve(
      process.execPath,
      [shim, "run", file("trouble.ts", trouble), "--", "--cpu-ms", "1000", "--heap-mb", "32"],
      async (url) => {
        for (const [path, status] of [
          ["/throw", /500/],
          ["/reject", /500/],
          ["/eval", /500/],
          ["/recurse", /500/],
          ["/loop", /503/],
          // Whichever limit is reached first, memory or time.
          ["/allocate", /50[03]/],
        ] as const) {
          const answer = await fetch(url + path).catch((error: unknown) => assert.fail(`${path}: ${String(error)}`));
          assert.match(String(answer.status), status, path);
          assert.doesNotMatch(await answer.text(), /no luck|later|trouble\.ts/, "what went wrong is for the log alone");
          assert.equal(await (await fetch(url)).text(), "fine", `after ${path}`);
        }
        for (const bytes of [
          "GARBAGE\r\n\r\n",
          "GET / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n",
          "\x16\x03\x01\x02\0\x01",
        ]) {
          assert.match(await raw(url, bytes), /^HTTP\/1\.1 400 /, JSON.stringify(bytes));
        }
        assert.equal(await (await fetch(url)).text(), "fine");
      },
    );
    assert.equal(code, 0);
    assert.match(stderr, /no luck[\s\S]*trouble\.ts:3:/);
    assert.match(stderr, /TypeError: later/);
  });
  test("a top level that throws or never ends: exit code 1, with its reason", async () => {
    const throws = await zerostart(["run", file("top.js", 'throw new Error("no database");\n'), "--mode", "embedded"]);
    assert.equal(throws.code, 1);
    assert.match(throws.stderr, /Error: no database\n\s+at top\.js:1:/);
    const endless = await zerostart(["run", file("endless.js", "for (;;);\n"), "--mode", "embedded", "--", "--cpu-ms", "100"]);
    assert.equal(endless.code, 1);
    assert.match(endless.stderr, /limit/);
  });
});

test("a snapshot of a top level that never ends is given up", async () => {
  const { code, stderr } = await zerostart([
    "build",
    file("never-ends.js", "for (;;);\nexport default () => new Response('');\n"),
    "-o",
    join(folder, "never"),
  ]);
  assert.equal(code, 1);
  assert.match(stderr, /top level.*(?:limit|did not end)/is);
});

test("a tampered program says so with exit code 3 and serves nothing", async () => {
  const out = join(folder, "tampered");
  assert.equal((await zerostart(["build", hello, "-o", out])).code, 0);
  const bytes = readFileSync(out);
  bytes[bytes.length - 100]! ^= 1;

  const result = spawnSync(executable("tampered-copy", bytes), ["--verify"], { encoding: "utf8" });
  assert.match(result.stderr, /damaged/);
  assert.equal(result.status, 3);
});

/** What a server sends for bytes that no HTTP client would send. */
function raw(url: string, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    let text = "";
    const socket = connect(Number(port), hostname, () => socket.write(bytes, "latin1"));
    socket.setEncoding("latin1").on("data", (data: string) => (text += data));
    socket.once("error", reject).once("close", () => resolve(text));
    socket.setTimeout(20_000, () => socket.destroy());
  });
}

function executable(name: string, bytes: Buffer): string {
  const path = file(name, bytes);
  chmodSync(path, 0o755);
  return path;
}
