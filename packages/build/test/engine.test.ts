/** The real engine behind the host: one handler in every language, launch mode and host. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { compile } from "@zerostart/compiler";
import { buildArtifact } from "../src/artifact.ts";
import { launchModes, type TargetTriple } from "@zerostart/protocol";
import { compileHandler } from "../src/compile.ts";
import { bodies, Client, get, runToEnd, serve } from "./helpers/server.ts";
import { nativeTarget, writeExecutable } from "./helpers/toy.ts";

const handlers: Record<string, string> = {
  "plain.js": `export default (request) => Response.json({ path: new URL(request.url).pathname });`,
  "typed.ts": `interface Answer { path: string }\nexport default (request: Request): Response => Response.json({ path: new URL(request.url).pathname } satisfies Answer);`,
  "page.jsx": `export default (request) => Response.json({ path: String(<>{new URL(request.url).pathname}</>) });`,
  "page.tsx": `export default (request: Request) => Response.json({ path: String(<>{new URL(request.url).pathname}</>) });`,
};
const hosts: { name: string; target: TargetTriple; portable?: boolean; prefix: string[]; skip?: string }[] = [
  { name: nativeTarget, target: nativeTarget, prefix: [] },
  { name: "portable", target: nativeTarget, portable: true, prefix: [process.execPath] },
];
const qemu = "/usr/bin/qemu-aarch64-static";
if (nativeTarget !== "aarch64-linux-musl") {
  const skip = existsSync(qemu) ? undefined : "qemu-aarch64-static is not installed";
  hosts.push({ name: "aarch64 under qemu", target: "aarch64-linux-musl", prefix: [qemu], ...(skip && { skip }) });
}

let directory: string;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), "zerostart-engine-"));
});
after(() => rm(directory, { recursive: true, force: true }));

test("an artifact whose bytecode is of the library's kind runs nothing of it", async () => {
  const honest = await compileHandler({ files: { "x.js": "export default () => new Response('x');" }, entry: "x.js" });
  const library = compile("console.log('ran'); $setHook(0, 1);", { filename: "x.js", sourceType: "module", library: true });
  assert.ok(honest.ok && library.ok);
  const compiled = { ...honest, bytecode: library.bytecode };
  const { bytes } = await buildArtifact({ compiled, name: "library", mode: "embedded", target: nativeTarget });
  const ended = await runToEnd([await writeExecutable(directory, "library", bytes), "--port", "0"]);
  assert.equal(ended.code, 3, ended.stderr);
  assert.match(ended.stderr, /Malformed bytecode: library code/);
  assert.equal(ended.stdout, "");
  await assert.rejects(buildArtifact({ compiled, name: "library", mode: "snapshot", target: nativeTarget }), /library code/);
});

for (const host of hosts) {
  // One language suffices where the engine is the same and only the machine differs.
  const languages = host.name === nativeTarget ? Object.keys(handlers) : ["typed.ts"];
  for (const { name: mode, payload } of launchModes) {
    if (host.portable && mode !== payload) continue; // needs a native host
    test(`${host.name}, ${mode}: ${languages.join(", ")}`, { skip: host.skip ?? false }, async () => {
      for (const file of languages) {
        const compiled = await compileHandler({ files: { [file]: handlers[file]! }, entry: file });
        const { bytes } = await buildArtifact({ compiled, name: "answers", mode, target: host.target, portable: host.portable ?? false });
        const server = await serve(
          [...host.prefix, await writeExecutable(directory, `${host.name.replaceAll(" ", "-")}-${mode}-${file}`, bytes)],
          mode === "cached" ? ["--cache", join(directory, "cache")] : [],
        );
        const client = new Client(server.port);
        await client.send(get("/here")).until((text) => bodies(text).length === 1);
        assert.deepEqual(JSON.parse(bodies(client.text)[0]!), { path: "/here" }, file);
        client.close();
        await server.stop();
      }
    });
  }
}
