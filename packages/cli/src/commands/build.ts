import { writeFile } from "node:fs/promises";
import { basename, resolve } from "node:path";
import { Command, Option } from "commander";
import type { Artifact } from "@zerostart/build";
import { primeProblem } from "@zerostart/protocol/prime.ts";
import { packagings, type LaunchMode, type Packaging, type TargetTriple } from "@zerostart/protocol/targets.ts";
import { buildAll, handlerName, hostTarget, modesHelp, parseMode, parsePrime, parseTargets, primeHelp, targetsHelp } from "../artifacts.ts";
import { exitCodes, exitCodesHelp, Failure } from "../failure.ts";
import { compileFile } from "../sources.ts";

type Options = {
  target: TargetTriple[];
  mode: LaunchMode;
  output?: string;
  package?: Packaging;
  bytecode?: string;
  prime: string[];
  strip: boolean;
  server?: string;
  token?: string;
  serverKey?: string;
  json?: boolean;
};

export const buildCommand = new Command("build")
  .description("build a handler into one self-contained program per target; no control plane is needed")
  .argument("<handler>", "JavaScript, TypeScript, JSX or TSX file")
  .option("--target <targets>", `one or several, separated by commas: ${targetsHelp}`, parseTargets, [hostTarget])
  .option("--mode <mode>", `launch mode: ${modesHelp}`, parseMode, "snapshot")
  .option("-o, --output <file>", "the program; with several targets, each gets -TARGET appended (default: the handler's name)")
  .addOption(
    new Option(
      "--package <kind>",
      "also wrap each program: oci (OUTPUT.tar for docker load, podman, skopeo), systemd (socket and service units), lambda (OUTPUT.zip for AWS Lambda) or esm (OUTPUT.mjs, which loads the module of target wasm32)",
    ).choices(packagings.map(({ name }) => name)),
  )
  .option("--prime <path>", primeHelp, parsePrime, [])
  .option("--bytecode <file>", "also write the bytecode, for `zerostart disassemble`")
  .option("--no-strip", "keep the symbols, for profilers and debuggers")
  .option("--server <url>", "fetch what a compiler would make here (the stubs) from this control plane: no toolchain is needed")
  .option("--token <token>", "API token for --server (better: ZEROSTART_TOKEN, which no process list shows)")
  .option("--server-key <key>", "the control plane's public key; without it the one that was seen first is believed")
  .option("--json", "print the result as JSON")
  .addHelpText("after", `\nThe program is run as: OUTPUT --port N [--host ADDRESS]\n${exitCodesHelp}`)
  .action(async (handler: string, options: Options) => {
    const began = performance.now();
    // While the handler is compiled the engine is read. What fails is told when it is needed.
    import("@zerostart/build/engine.ts").then(({ loadEngine }) => loadEngine()).catch(() => undefined);
    const stubs = options.server === undefined ? undefined : await stubsOf(options.server, options);
    const refused = primeProblem(options.prime, options.mode);
    if (refused !== undefined) throw new Failure(exitCodes.usage, refused);
    const compiled = await compileFile(handler, "handler", options.package === "lambda" ? "lambda" : undefined);
    if (options.bytecode && compiled.bytecode) await write(options.bytecode, compiled.bytecode);
    const output = options.output ?? handlerName(handler);
    const results = [];
    const { mode, prime, strip, target: targets } = options;
    const input = { compiled, name: handlerName(handler), mode, prime, strip, stubs, onLog: (line: string) => console.error(line) };
    // The first one's time has in it what is done once for all.
    let since = performance.now();
    for await (const artifact of buildAll(input, targets)) {
      const path = resolve(targets.length > 1 ? `${output}-${artifact.target}` : output);
      await write(path, artifact.bytes, 0o755);
      const packages = options.package ? await wrap(options.package, artifact, path, handlerName(handler)) : [];
      const { bytes: _bytes, symbols: _symbols, ...facts } = artifact;
      results.push({ path, packages, ...facts, buildMs: Math.round(performance.now() - since) });
      since = performance.now();
    }
    const totalMs = Math.round(performance.now() - began);
    if (options.json) {
      const { sourceBytes, bytecodeBytes, sections, diagnostics } = compiled;
      console.log(JSON.stringify({ artifacts: results, totalMs, sourceBytes, bytecodeBytes, sections, diagnostics }, null, 1));
      return;
    }
    for (const result of results) {
      const linked =
        result.executor === "portable"
          ? "portable: needs Node to run"
          : result.executor === "module"
            ? `a module${options.package ? "" : ": --package esm writes its loader"}`
            : result.dynamicDependencies.length === 0
              ? "static"
              : `needs ${result.dynamicDependencies.join(", ")}`;
      console.log(
        `${result.path}  ${Math.round(result.sizeBytes / 1000)} kB, ${linked}, built in ${result.buildMs} ms\nsha256 ${result.sha256}${result.packages.map((file) => `\n${file}`).join("")}`,
      );
    }
  });

/** Loaded when it is wanted: the client of the control plane is larger than all that a build needs. */
async function stubsOf(server: string, options: Options) {
  const [{ tokenOf }, { stubsFrom }] = await Promise.all([import("../control-plane.ts"), import("../stubs.ts")]);
  return stubsFrom(server, tokenOf(options), options.serverKey);
}

async function write(path: string, bytes: Uint8Array, mode = 0o644): Promise<void> {
  await writeFile(path, bytes, { mode }).catch((error: NodeJS.ErrnoException) => {
    throw new Failure(exitCodes.usage, `${path} cannot be written: ${error.code === "ETXTBSY" ? "it is running" : error.message}`);
  });
}

/** Paths of what was written beside the program. */
async function wrap(kind: Packaging, artifact: Artifact, path: string, name: string): Promise<string[]> {
  const { BuildError, containerImage, installedProgram, lambdaZip, moduleLoader, systemdUnits } = await import("@zerostart/build");
  if (artifact.executor === "portable") throw new Failure(exitCodes.usage, `--package ${kind} wraps a native program, and this one is portable`);
  if ((kind === "esm") !== (artifact.executor === "module"))
    throw new Failure(
      exitCodes.usage,
      `--package ${kind} wraps ${kind === "esm" ? "a module (--target wasm32)" : "a native program"}, and this is built for ${artifact.target}`,
    );
  const files: [string, Uint8Array][] = [];
  try {
    if (kind === "oci") files.push([`${path}.tar`, containerImage({ bytes: artifact.bytes, target: artifact.target, name }).archive]);
    else if (kind === "lambda") files.push([`${path}.zip`, lambdaZip(artifact).archive]);
    else if (kind === "esm") {
      const { loader, types } = await moduleLoader(basename(path));
      const beside = path.replace(/\.wasm$/, "");
      files.push([`${beside}.mjs`, Buffer.from(loader)], [`${beside}.d.mts`, Buffer.from(types)]);
    } else {
      const unitName = basename(path);
      const units = systemdUnits({ name: unitName, program: installedProgram(unitName), listen: "8080" });
      for (const [unit, text] of Object.entries(units)) files.push([`${path}.${unit}`, Buffer.from(text)]);
    }
  } catch (error) {
    if (error instanceof BuildError) throw new Failure(exitCodes.usage, error.message);
    throw error;
  }
  for (const [file, bytes] of files) await write(file, bytes);
  return files.map(([file]) => file);
}
