/** The native host and the portable one over real sockets, with the toy VM. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdtemp, open, readFile, rm, writeFile } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { latencyBucketLowNs, encodeRequestPage, parseRequestPage, phases, type RequestCounts, type TargetTriple } from "@zerostart/protocol";
import { bodies, Client, get, runToEnd, serve } from "./helpers/server.ts";
import { nativeTarget, toyArtifact, writeExecutable } from "./helpers/toy.ts";

const hosts: { name: string; make: Partial<Parameters<typeof toyArtifact>[0]>; prefix: string[]; skip?: string }[] = [
  { name: nativeTarget, make: { target: nativeTarget }, prefix: [] },
  { name: "portable", make: { portable: true }, prefix: [process.execPath] },
];
for (const cpu of ["aarch64", "riscv64"] as const) {
  const target: TargetTriple = `${cpu}-linux-musl`;
  const qemu = `/usr/bin/qemu-${cpu}-static`;
  if (target === nativeTarget) continue;
  hosts.push({ name: `${target} under qemu`, make: { target }, prefix: [qemu], ...(!existsSync(qemu) && { skip: `${qemu} is not installed` }) });
}

let directory: string;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), "zerostart-host-"));
});
after(() => rm(directory, { recursive: true, force: true }));

for (const host of hosts) {
  describe(host.name, { skip: host.skip ?? false }, () => {
    const commands: Record<string, string[]> = {};
    const slug = host.name.replaceAll(" ", "-");
    const command = (name: string): string[] => commands[name]!;
    before(async () => {
      for (const mode of ["snapshot", "embedded", "source"] as const) {
        commands[mode] = [...host.prefix, await writeExecutable(directory, `${slug}-${mode}`, await toyArtifact({ mode, ...host.make }))];
      }
      commands.throws = [
        ...host.prefix,
        await writeExecutable(
          directory,
          `${slug}-throws`,
          await toyArtifact({ mode: "embedded", directive: "throw Error: no database\n    at top (h.js:1:7)", ...host.make }),
        ),
      ];
      commands.loops = [
        ...host.prefix,
        await writeExecutable(directory, `${slug}-loops`, await toyArtifact({ mode: "embedded", directive: "loop", ...host.make })),
      ];
      commands.script = [
        ...host.prefix,
        await writeExecutable(directory, `${slug}-script`, await toyArtifact({ mode: "embedded", script: true, ...host.make })),
      ];
    });

    for (const mode of ["snapshot", "embedded", "source"] as const) {
      test(`${mode}: answers, keeps the connection, drains on SIGTERM with code 0`, async () => {
        const server = await serve(command(mode));
        const client = new Client(server.port);
        await client.send(get("/")).until((t) => bodies(t).length === 1);
        await client.send(get("/count")).until((t) => bodies(t).length === 2);
        assert.deepEqual(bodies(client.text), ["hello", "2"]);
        assert.equal(await server.stop(), 0);
        await client.end();
      });
    }

    test("pipelined requests are answered in order", async () => {
      const server = await serve(command("snapshot"));
      const client = new Client(server.port);
      const text = await client.send(get("/count").repeat(50)).until((t) => bodies(t).length === 50);
      assert.deepEqual(
        bodies(text),
        Array.from({ length: 50 }, (_, i) => String(i + 1)),
      );
      client.close();
      await server.stop();
    });

    test("what was answered is counted where ZEROSTART_REQUESTS says", async () => {
      const path = join(directory, `${slug}-requests`);
      await writeFile(path, encodeRequestPage());
      const server = await serve(command("snapshot"), [], { ZEROSTART_REQUESTS: path });
      const client = new Client(server.port);
      for (let i = 1; i <= 30; i++) await client.send(get("/")).until((t) => bodies(t).length === i);
      const counted = async (isThere: (counts: RequestCounts) => boolean) => {
        for (const deadline = Date.now() + 10_000; ; await new Promise((r) => setTimeout(r, 20))) {
          const counts = parseRequestPage(await readFile(path));
          if (counts && isThere(counts)) return counts;
          assert.ok(Date.now() < deadline, JSON.stringify(counts));
        }
      };
      // Neither is a health check one of them.
      const check = new Client(server.port);
      check.send("OPTIONS * HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
      await check.end();
      // It is read while it is written: class, sum and histogram one after the other.
      const inBuckets = ({ buckets }: RequestCounts) => [...buckets].reduce((sum, [, n]) => sum + n, 0);
      const counts = await counted((c) => c.byClass[2] === 30 && inBuckets(c) === 30 && c.connections === 1);
      const perBucket = [...counts.buckets];
      const middle = perBucket.reduce((sum, [bucket, n]) => sum + ((latencyBucketLowNs(bucket) + latencyBucketLowNs(bucket + 1)) / 2) * n, 0);
      assert.ok(Math.abs(middle / counts.sumNs - 1) < 0.25, `the histogram's sum ${middle} is about ${counts.sumNs}`);
      assert.ok(counts.lastNs > 0 && counts.lastNs <= Number(process.hrtime.bigint()));
      client.close();
      await counted((c) => c.connections === 0);
      // Half a request is not counted as one that got no answer until its peer is gone.
      const half = new Client(server.port);
      half.send("GET / HT");
      await counted((c) => c.connections === 1);
      half.close();
      assert.equal((await counted((c) => c.connections === 0)).byClass[0], 1);
      assert.equal(await server.stop(), 0);
    });

    test("a file of counters that is missing or too short is let be", async () => {
      const path = join(directory, `${slug}-short`);
      await writeFile(path, "short");
      for (const counters of [path, join(directory, "nowhere")]) {
        const server = await serve(command("snapshot"), [], { ZEROSTART_REQUESTS: counters });
        const client = new Client(server.port);
        await client.send(get("/")).until((t) => bodies(t).length === 1);
        await client.send(get("/")).until((t) => bodies(t).length === 2);
        client.close();
        assert.equal(await server.stop(), 0);
      }
    });

    test("a request that comes byte by byte", async () => {
      const server = await serve(command("snapshot"));
      const client = new Client(server.port);
      client.socket.setNoDelay(true);
      for (const c of get("/")) {
        client.send(c);
        await new Promise((r) => setImmediate(r));
      }
      assert.deepEqual(bodies(await client.until((t) => bodies(t).length === 1)), ["hello"]);
      client.close();
      await server.stop();
    });

    test("sized and chunked bodies", async () => {
      const server = await serve(command("snapshot"));
      const client = new Client(server.port);
      client.send("POST /echo HTTP/1.1\r\nContent-Length: 11\r\n\r\nhello world");
      client.send("POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n again\r\n0\r\n\r\n");
      assert.deepEqual(bodies(await client.until((t) => bodies(t).length === 2)), ["hello world", "hello again"]);
      client.close();
      await server.stop();
    });

    test("a large response to a slow reader arrives whole, and others are served meanwhile", async () => {
      const server = await serve(command("snapshot"));
      const slow = new Client(server.port);
      slow.socket.pause();
      slow.send(get("/big?20000000"));
      const other = new Client(server.port);
      await other.send(get("/")).until((t) => bodies(t).length === 1);
      slow.socket.resume();
      const [body] = bodies(await slow.until((t) => t.length > 20_000_000));
      assert.equal(body!.length, 20_000_000);
      assert.ok(body!.startsWith("abc") && body!.endsWith(String.fromCharCode(97 + (19_999_999 % 26))));
      slow.close();
      other.close();
      await server.stop();
    });

    test("Connection: close ends the connection after the answer", async () => {
      const server = await serve(command("snapshot"));
      const text = await new Client(server.port).send(get("/", "Connection: close\r\n")).end();
      assert.deepEqual(bodies(text), ["hello"]);
      await server.stop();
    });

    test("limits: request body and head", async () => {
      const server = await serve(command("snapshot"), ["--max-body", "1000"]);
      assert.match(await new Client(server.port).send("POST /echo HTTP/1.1\r\nContent-Length: 1001\r\n\r\n").end(), /^HTTP\/1.1 413 /);
      assert.match(await new Client(server.port).send(`GET / HTTP/1.1\r\nA: ${"x".repeat(70_000)}`).end(), /^HTTP\/1.1 431 /);
      assert.match(await new Client(server.port).send("\0\u0001\u0002 garbage\r\n\r\n").end(), /^HTTP\/1.1 400 /);
      await server.stop();
    });

    test("timers answer later", async () => {
      const server = await serve(command("snapshot"));
      const client = new Client(server.port);
      assert.deepEqual(bodies(await client.send(get("/late")).until((t) => bodies(t).length === 1)), ["late"]);
      client.close();
      await server.stop();
    });

    test("an answer that is due is given before a drain ends", async () => {
      const server = await serve(command("snapshot"));
      // One packet: with the first answer here, the host has the second request.
      const client = new Client(server.port).send(get("/") + get("/late"));
      await client.until((t) => bodies(t).length === 1);
      const exit = server.stop();
      assert.deepEqual(bodies(await client.end()), ["hello", "late"]);
      assert.equal(await exit, 0);
    });

    test("environment variables, random bytes, the clock, console", async () => {
      const server = await serve(command("snapshot"), [], { ZS_ENV_KEY: "value", ZS_ENV_B: "", OTHER: "hidden" });
      const client = new Client(server.port);
      const text = await client.send(get("/env") + get("/random") + get("/random") + get("/time") + get("/log")).until((t) => bodies(t).length === 5);
      const [env, random, random2, time, log] = bodies(text);
      assert.deepEqual(env!.split("\0").sort(), ["", "B=", "KEY=value"]);
      assert.equal(random!.length, 32);
      assert.notEqual(random, random2);
      assert.ok(Math.abs(Number(time) - Date.now() / 1000) < 10);
      assert.equal(log, "logged");
      client.close();
      await server.stop();
      assert.match(server.stderr(), /^a warning$/m);
    });

    for (const [path, reason] of [
      ["/trap", /unreachable/],
      ["/oob", /out of bounds/],
      ["/divide", /division|divide/],
      ["/deep", /stack/i],
      ["/fatal", /the toy gave up/],
    ] as const) {
      test(`${path}: the client gets 500, the image is restored, serving goes on`, async () => {
        const server = await serve(command("snapshot"));
        const bystander = new Client(server.port);
        await bystander.send(get("/count")).until((t) => bodies(t).length === 1);
        const broken = await new Client(server.port).send(get(path)).end();
        assert.match(broken, /^HTTP\/1.1 500 [\s\S]*connection: close\r\n[\s\S]*The handler was stopped$/);
        await bystander.end();
        for (let i = 0; i < 3; i++) {
          const client = new Client(server.port);
          // The counter begins again: this is the memory of the build.
          assert.deepEqual(bodies(await client.send(get("/count") + get("/")).until((t) => bodies(t).length === 2)), [String(2 * i + 1), "hello"]);
          client.close();
        }
        assert.match(server.stderr(), reason);
        assert.equal(await server.stop(), 0);
      });
    }

    test("after a trap an embedded handler is loaded and evaluated again", async () => {
      const server = await serve(command("embedded"));
      for (let i = 0; i < 3; i++) {
        assert.match(await new Client(server.port).send(get("/fatal")).end(), /^HTTP\/1.1 500 /);
        assert.deepEqual(bodies(await new Client(server.port).send(get("/", "Connection: close\r\n")).end()), ["hello"]);
      }
      await server.stop();
      assert.equal(server.stdout(), "top level ran\n".repeat(4));
    });

    test("memory grows up to the cap and not beyond", async () => {
      const server = await serve(command("snapshot"), ["--heap-mb", "8"]);
      const client = new Client(server.port);
      const text = await client.send(get("/big?3000000") + get("/limit")).until((t) => bodies(t).length === 2);
      assert.equal(bodies(text)[0]!.length, 3_000_000);
      assert.equal(bodies(text)[1], String(8 << 20));
      client.close();
      await server.stop();
    });

    test("exit codes: top level throws 1, usage 2, address in use 4", async () => {
      const thrown = await runToEnd([...command("throws"), "--port", "0"]);
      assert.equal(thrown.code, 1);
      assert.match(thrown.stderr, /Error: no database\n {4}at top \(h.js:1:7\)/);
      for (const args of [[], ["--port"], ["--port", "x"], ["--port", "65536"], ["--prot", "1"], ["--port", "1", "--heap-mb", "99999"]]) {
        assert.equal((await runToEnd([...command("snapshot"), ...args])).code, 2, args.join(" "));
      }
      const server = await serve(command("snapshot"));
      const second = await runToEnd([...command("snapshot"), "--port", String(server.port)]);
      assert.equal(second.code, 4);
      assert.match(second.stderr, /the address is in use/);
      await server.stop();
    });

    test("a top level that never ends is cut off by its CPU limit", async () => {
      const ended = await runToEnd([...command("loops"), "--port", "0", "--cpu-ms", "50"]);
      assert.equal(ended.code, 1);
      assert.match(ended.stderr, /CPU limit/);
    });

    test("a script runs and exits", async () => {
      const ended = await runToEnd(command("script"));
      assert.deepEqual([ended.code, ended.stdout], [0, "top level ran\n"]);
    });

    test("a peer that resets, hangs up at once or sends nothing does no harm", async () => {
      const server = await serve(command("snapshot"));
      for (let i = 0; i < 100; i++) {
        const client = new Client(server.port);
        if (i % 3 === 0) client.send(get("/big?100000"));
        if (i % 3 === 1) client.send("GET / HT");
        client.socket.on("connect", () => (i % 2 ? client.socket.resetAndDestroy() : client.close()));
      }
      await new Promise((r) => setTimeout(r, 50));
      assert.deepEqual(bodies(await new Client(server.port).send(get("/", "Connection: close\r\n")).end()), ["hello"]);
      assert.equal(await server.stop(), 0);
    });

    test("a damaged file is refused with code 3", async () => {
      const [path] = command("embedded").slice(-1) as [string];
      const bytes = await readFile(path);
      const damaged = await writeExecutable(
        directory,
        `${slug}-damaged`,
        flip(bytes, host.make.portable ? bytes.length - 100 : bytes.indexOf("ZEROSTART\0PAYLD1") + 40),
      );
      const ended = await runToEnd([...host.prefix, damaged, "--port", "0"]);
      assert.equal(ended.code, 3, ended.stderr);
      assert.match(ended.stderr, /damaged/);
    });

    if (host.name === nativeTarget)
      test("--pages: the image at once, huge pages, locked ones; not in a pool, and nothing else", async () => {
        const mappings = async (kind: string) => {
          const server = await serve(command("snapshot"), ["--pages", kind]);
          assert.deepEqual(bodies(await new Client(server.port).send(get("/", "Connection: close\r\n")).end()), ["hello"]);
          // From linear memory's first address on; see smaps in proc(5).
          const all = readFileSync(`/proc/${server.child.pid}/smaps`, "utf8").split(/^(?=[\da-f]+-[\da-f]+ )/m);
          assert.equal(await server.stop(), 0);
          return all.filter((text) => Number.parseInt(text, 16) >= 0x2000_0000 && Number.parseInt(text, 16) < 0x1_2000_0000);
        };
        const kB = (text: string, name: string) => Number(new RegExp(`^${name}: +(\\d+) kB$`, "m").exec(text)?.[1]);
        const isFlagged = (flag: string) => (text: string) => new RegExp(`^VmFlags:.* ${flag}\\b`, "m").test(text);
        const isImage = (text: string) => /^\S+ rw-p \S+ \S+ [1-9]/.test(text);
        const lazy = await mappings("lazy");
        assert.ok(lazy.length > 1 && !lazy.some(isFlagged("hg")) && !lazy.some(isFlagged("lo")));
        const populated = (await mappings("populated")).filter(isImage);
        assert.ok(populated.length > 0);
        for (const text of populated) assert.equal(kB(text, "Private_Dirty"), kB(text, "Size"), text);
        assert.ok((await mappings("huge")).every(isFlagged("hg")));
        const locked = await mappings("locked");
        assert.ok(locked.filter(isImage).every(isFlagged("lo")));
        for (const args of [
          ["--pages", "some"],
          ["--pages", "locked", "--pool", "2"],
        ]) {
          const refused = await runToEnd([...command("snapshot"), "--port", "0", ...args]);
          assert.deepEqual([refused.code, /--pages (?:is lazy, populated|locked is not for a pool)/.test(refused.stderr)], [2, true], refused.stderr);
        }
      });

    if (!host.make.portable) {
      test("prefork: the pool serves, a worker that dies is replaced, SIGTERM ends all with code 0", async () => {
        const server = await serve(
          [...host.prefix, await writeExecutable(directory, `${slug}-prefork`, await toyArtifact({ mode: "prefork", ...host.make }))],
          ["--pool", "3"],
        );
        const ask = async () => bodies(await new Client(server.port).send(get("/", "Connection: close\r\n")).end())[0];
        const workers = () => childrenOf(server.child.pid!);
        const first = await until(() => (workers().length === 3 ? workers() : undefined));
        for (let i = 0; i < 9; i++) assert.equal(await ask(), "hello");
        process.kill(first[0]!, "SIGKILL");
        await until(() => workers().length === 3 && !workers().includes(first[0]!));
        assert.equal(await ask(), "hello");
        assert.equal(await server.stop(), 0);
        assert.deepEqual(first.filter(isAlive), []);
      });

      test("prefork: one that is stuck holds no connection up, and then takes those that others have too many of", async () => {
        const program = [...host.prefix, await writeExecutable(directory, `${slug}-shared`, await toyArtifact({ mode: "prefork", ...host.make }))];
        const server = await serve(program, ["--pool", "2", "--prewarm", "2"]);
        const [stuck, other] = (await until(() => childrenOf(server.child.pid!).length === 2 && childrenOf(server.child.pid!))) as [number, number];
        const before = descriptorsOf(stuck);
        const clients: Client[] = [];
        const connectMany = async (count: number) => {
          for (let i = 0; i < count; i++) {
            const client = new Client(server.port).send(get("/"));
            clients.push(client);
            await client.until(() => client.text.endsWith("hello"));
          }
        };
        process.kill(stuck, "SIGSTOP");
        await connectMany(60);
        assert.equal(descriptorsOf(stuck), before);
        const all = descriptorsOf(other);
        process.kill(stuck, "SIGCONT");
        // Each goes to the one that has fewer, unless that one is late on a busy machine: it catches up, where by chance alone it would stay behind.
        const behind = () => descriptorsOf(other) - all + 60 - (descriptorsOf(stuck) - before);
        for (let i = 0; i < 150 && behind() > 12; i++) await connectMany(10);
        assert.ok(behind() <= 12, `${behind()} connections fewer`);
        clients.forEach((client) => client.close());
        assert.equal(await server.stop(), 0);
      });

      test("clone: forked when a request waits, gone when idle, each with the memory of the parent; the parent's end is theirs", async () => {
        const program = [...host.prefix, await writeExecutable(directory, `${slug}-clone`, await toyArtifact({ mode: "clone", ...host.make }))];
        const server = await serve(program, ["--idle-exit-s", "1", "--prewarm", "0"]);
        const ask = async (path: string) => bodies(await new Client(server.port).send(get(path, "Connection: close\r\n")).end())[0];
        assert.deepEqual(childrenOf(server.child.pid!), []);
        assert.deepEqual([await ask("/count"), await ask("/count")], ["1", "2"]);
        const random = await ask("/random");
        assert.equal(childrenOf(server.child.pid!).length, 1);
        await until(() => childrenOf(server.child.pid!).length === 0);
        assert.equal(await ask("/count"), "1", "a new clone");
        assert.notEqual(await ask("/random"), random);
        const [clone] = childrenOf(server.child.pid!);
        server.child.kill("SIGKILL");
        await server.exited;
        await until(() => !isAlive(clone!));
      });

      test("clone: one is forked ahead, waits for its work as long as it takes, and is followed by another when it is idle", async () => {
        const program = [...host.prefix, await writeExecutable(directory, `${slug}-ahead`, await toyArtifact({ mode: "clone", ...host.make }))];
        const server = await serve(program, ["--idle-exit-s", "1"]);
        const ask = async () => bodies(await new Client(server.port).send(get("/count", "Connection: close\r\n")).end())[0];
        await until(() => childrenOf(server.child.pid!).length === 1);
        const [first] = childrenOf(server.child.pid!);
        await new Promise((resolve) => setTimeout(resolve, 1500));
        assert.deepEqual(childrenOf(server.child.pid!), [first], "not idle before its first request");
        assert.deepEqual([await ask(), await ask()], ["1", "2"]);
        await until(() => !isAlive(first!) && childrenOf(server.child.pid!).length === 1);
        assert.equal(await ask(), "1", "a new clone");
        assert.equal(await server.stop(), 0);
      });

      // The emulator does not end an emulated process with its parent, and this one never ends by itself.
      const notOurs = host.prefix.length > 0 && "what an emulator does is its own";
      const several = availableParallelism() < 2 && "there is one processor";
      test("--affinity: the first that waits is on the processor that connections come in on, until its work", { skip: notOurs || several }, async () => {
        const program = [await writeExecutable(directory, `${slug}-near`, await toyArtifact({ mode: "prefork", ...host.make }))];
        const processors = (pid: number) => statusOf(pid, "Cpus_allowed_list");
        const all = processors(process.pid);
        const bound = (pid: number) => /^\d+$/.test(processors(pid));
        const waitingOf = async (args: string[], count: number) => {
          const server = await serve(program, ["--pool", String(count), "--prewarm", String(count), ...args]);
          const pids = await until(() => childrenOf(server.child.pid!).length === count && childrenOf(server.child.pid!));
          await until(() => pids.every((pid) => statusOf(pid, "State").startsWith("S")));
          return { server, pids };
        };
        const three = await waitingOf([], 3);
        assert.equal(three.pids.filter(bound).length, 1, three.pids.map(processors).join());
        assert.equal(await three.server.stop(), 0);
        const one = await waitingOf([], 1);
        assert.ok(one.pids.every(bound));
        assert.deepEqual(bodies(await new Client(one.server.port).send(get("/", "Connection: close\r\n")).end()), ["hello"]);
        assert.deepEqual(one.pids.map(processors), [all]);
        assert.equal(await one.server.stop(), 0);
        const any = await waitingOf(["--affinity", "any"], 3);
        assert.deepEqual(any.pids.map(processors), [all, all, all]);
        assert.equal(await any.server.stop(), 0);
        const refused = await runToEnd([...program, "--port", "0", "--affinity", "far"]);
        assert.deepEqual([refused.code, /--affinity is near or any/.test(refused.stderr)], [2, true], refused.stderr);
      });

      const emulated = host.prefix.length > 0 && "an emulator would outlive it";
      test("clone: while one is busy and another may be, a waiting connection gets its own", { skip: emulated }, async () => {
        const program = [...host.prefix, await writeExecutable(directory, `${slug}-clones`, await toyArtifact({ mode: "clone", ...host.make }))];
        const server = await serve(program, ["--pool", "4", "--prewarm", "0", "--cpu-ms", "2000"]);
        const busy = new Client(server.port).send(get("/loop"));
        // Only once the first one is in its loop does it take no second connection.
        await until(() => childrenOf(server.child.pid!).some((pid) => cpuTicksOf(pid) > 1));
        assert.deepEqual(bodies(await new Client(server.port).send(get("/", "Connection: close\r\n")).end()), ["hello"]);
        // On a busy machine the new one may be too slow for the parent's patience, and one more is forked.
        assert.ok(childrenOf(server.child.pid!).length >= 2);
        busy.close();
        server.child.kill("SIGKILL");
        await server.exited;
      });
    }

    test("phases are reported as the contract says", async () => {
      for (const mode of ["snapshot", "embedded", "source"] as const) {
        const path = join(directory, `${slug}-${mode}.trace`);
        const file = await open(path, "w");
        const server = await serve(command(mode), [], { ZEROSTART_TRACE_FD: "3" }, [file.fd]);
        // The trace is of the first: its descriptor is nobody's, or another connection's, afterwards.
        for (let request = 0; request < 3; request++)
          assert.deepEqual(bodies(await new Client(server.port).send(get("/", "Connection: close\r\n")).end()), ["hello"]);
        await server.stop();
        await file.close();
        const trace = await readFile(path);
        assert.equal(trace.subarray(0, 4).toString(), "ZST1");
        const count = trace.readUInt32LE(4);
        assert.equal(trace.length, 8 + 16 * count);
        const entries = Array.from({ length: count }, (_, i) => ({
          phase: phases[trace.readUInt32LE(8 + 16 * i)]!.name,
          end: trace.readBigUInt64LE(16 + 16 * i),
        }));
        assert.equal(entries[0]!.phase, "spawn");
        assert.equal(entries.at(-1)!.phase, "first_request");
        for (let i = 1; i < count; i++) assert.ok(entries[i]!.end >= entries[i - 1]!.end);
        const names = entries.map((e) => e.phase);
        // A snapshot listens before it makes ready, and enters the sandbox after that.
        if (mode !== "snapshot") assert.equal(new Set(names).size, names.length, "a phase occurs once");
        for (const expected of [
          ...(host.make.portable && mode === "snapshot" ? [] : ["vm_init"]),
          "io_init",
          "load",
          "listen", // and, unless the request was there already, `other`
          ...(mode === "snapshot" ? [] : ["handler_init"]),
          ...(mode === "source" ? ["parse", "compile"] : []),
        ]) {
          assert.ok(names.includes(expected as never), `${mode} reports ${expected}`);
        }
      }
    });

    if (host.make.portable) return;

    test("damage behind the header ends the process with code 3, at once with --verify, soon after the first answer without", async () => {
      const whole = await readFile(command("snapshot").at(-1)!);
      assert.deepEqual((await runToEnd([...command("snapshot"), "--verify"])).code, 0);
      const cases = { cut: whole.subarray(0, whole.length - 4096), longer: Buffer.concat([whole, Buffer.from("x")]), flipped: flip(whole, whole.length - 9) };
      for (const [how, bytes] of Object.entries(cases)) {
        const damaged = [...host.prefix, await writeExecutable(directory, `${slug}-${how}`, bytes)];
        const verified = await runToEnd([...damaged, "--verify"]);
        assert.equal(verified.code, 3, how);
        assert.match(verified.stderr, /damaged: it/);
        const server = await serve(damaged);
        await new Client(server.port).send(get("/", "Connection: close\r\n")).end();
        assert.equal(await server.exited, 3, how);
        assert.match(server.stderr(), /damaged: it/);
      }
    });

    test("slow and idle connections are closed", async () => {
      const server = await serve(command("snapshot"), ["--idle-timeout-s", "1", "--request-timeout-s", "1"]);
      const idle = new Client(server.port);
      const slow = new Client(server.port).send("GET / HTTP/1.1\r\nX: ");
      const drip = setInterval(() => slow.send("y"), 200);
      await Promise.all([idle.end(), slow.end()]);
      clearInterval(drip);
      assert.equal(await server.stop(), 0);
    });

    test("more connections than allowed: the idlest gives way", async () => {
      const server = await serve(command("snapshot"), ["--max-connections", "4"]);
      const clients: Client[] = [];
      for (let i = 0; i < 10; i++) {
        const client = new Client(server.port);
        clients.push(client);
        assert.deepEqual(bodies(await client.send(get("/")).until((t) => bodies(t).length === 1)), ["hello"]);
      }
      await clients[0]!.end();
      for (const client of clients) client.close();
      await server.stop();
    });

    test("Unix socket, IPv6, source from a file", async () => {
      const path = join(directory, `${slug}.sock`);
      await writeFile(join(directory, "h.toy"), "ok from a file");
      const v6 = await runToEnd([...command("snapshot"), "--port", "0", "--host", "nonsense"]);
      assert.equal(v6.code, 2);
      const server = await serve(command("source"), ["--host", "::1", "--source", join(directory, "h.toy")]);
      const response = await fetch(`http://[::1]:${server.port}/`);
      assert.equal(await response.text(), "from a file");
      await server.stop();
      const missing = await runToEnd([...command("source"), "--port", "0", "--source", join(directory, "none")]);
      assert.equal(missing.code, 2);
      assert.equal(existsSync(path), false);
    });
  });
}

function flip(bytes: Buffer, at: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy[at]! ^= 0x01;
  return copy;
}

/** Under an emulator as well: the emulated process is the emulator's. */
function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean).map(Number);
}

/** User time of a process, in clock ticks (10 ms): field 14 of its stat, whose second field is in parentheses. */
function cpuTicksOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[11]);
}

/** A line of its status, as "Cpus_allowed_list". */
function statusOf(pid: number, name: string): string {
  return new RegExp(`^${name}:\\s*(.*)$`, "m").exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? "";
}

function descriptorsOf(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

function isAlive(pid: number): boolean {
  return existsSync(`/proc/${pid}`);
}

async function until<T>(look: () => T | undefined | false): Promise<T> {
  for (const deadline = Date.now() + 20_000; Date.now() < deadline;) {
    const value = look();
    if (value) return value;
    await new Promise((r) => setTimeout(r, 10));
  }
  return assert.fail("it did not happen within 20 s");
}
