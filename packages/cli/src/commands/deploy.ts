import { setTimeout as sleep } from "node:timers/promises";
import { Command, InvalidArgumentError } from "commander";
import type { LaunchMode, TargetTriple } from "@zerostart/protocol";
import { handlerName, modesHelp, parseCount, parseMode, parseTarget, parseVariable, targetsHelp, parsePrime, primeHelp } from "../artifacts.ts";
import { connect, type ControlPlane, healthyUrl, type UploadedFile, withConnection } from "../control-plane.ts";
import { exitCodes, exitCodesHelp, Failure } from "../failure.ts";
import { scaleOf, withScale } from "./scale.ts";
import { compileFile, importsPackages, readSources } from "../sources.ts";

type Options = {
  server: string;
  token?: string;
  name?: string;
  host?: string;
  target?: TargetTriple;
  mode: LaunchMode;
  prime: string[];
  label?: Record<string, string>;
  canary?: number;
  canaryMinutes?: number;
  preview?: number;
  min?: number;
  max?: number;
  idle?: number;
  port?: number;
  env?: Record<string, string>;
  allowFetch?: string[];
  wait: boolean;
  json?: boolean;
};

const parsePlaces = (text: string): string[] => (text === "none" ? [] : text.split(",").map((place) => place.trim()));

export const deployCommand = withScale(withConnection(new Command("deploy")))
  .description("upload a handler as a new version, build it, and roll it out to a host")
  .argument("<handler>", "JavaScript, TypeScript, JSX or TSX file")
  .option("--name <name>", "name of the handler (default: that of its file)")
  .option("--host <name>", "the host to run on (default: the only one)")
  .option(
    "--label <name=value>",
    "instead: every host with this label, also one that joins later (repeatable)",
    (text: string, all?: Record<string, string>) => {
      const at = text.indexOf("=");
      if (at < 1) throw new InvalidArgumentError("a label is NAME=VALUE");
      return { ...all, [text.slice(0, at)]: text.slice(at + 1) };
    },
  )
  .option("--canary <percent>", "beside what runs, with so much of its connections; promoted or taken back by errors and cold starts", parseCount(1, 99))
  .option("--canary-minutes <n>", "how long a canary is watched (default: 10)", parseCount(1, 10_080))
  .option("--preview <hours>", "at an address of its own, for so long", parseCount(1, 720))
  .option("--target <target>", `${targetsHelp} (default: what the host runs natively)`, parseTarget)
  .option("--mode <mode>", `launch mode: ${modesHelp}`, parseMode, "snapshot")
  .option("--prime <path>", primeHelp, parsePrime, [])
  .option("--port <n>", "port on the host, 0 for any (default: as before)", parseCount(0, 65_535))
  .option("--env <name=value>", "variable of the handler's env (repeatable; default: as before)", (text: string, all?: Record<string, string>) =>
    parseVariable(text, all ?? {}),
  )
  .option("--allow-fetch <places>", "where its fetch may reach, with commas: HOST, HOST:PORT, *.DOMAIN; none for nowhere (default: as before)", parsePlaces)
  .option("--wait", "until it answers (the default)", true)
  .option("--no-wait", "do not wait until it answers")
  .option("--json", "print the result as JSON")
  .addHelpText("after", exitCodesHelp)
  .action(async (path: string, options: Options) => {
    const say = (text: string) => console.error(text);
    const plane = connect(options);
    const name =
      options.name ??
      handlerName(path)
        .toLowerCase()
        .replaceAll(/[^a-z0-9]+/g, "-")
        .replaceAll(/^-+|-+$/g, "")
        .slice(0, 63);
    const { files, entry } = await uploadOf(path);

    const known = (await plane.handlers()).find((handler) => handler.name === name);
    if (options.host !== undefined && options.label) throw new Failure(exitCodes.usage, "--host or --label, not both");
    if (options.canary !== undefined && options.preview !== undefined) throw new Failure(exitCodes.usage, "--canary or --preview, not both");
    const host = options.label ? await hostWith(plane, options.label) : await chooseHost(plane, options.host);
    const target = options.target ?? host.executors.find((each) => each.executor === "native")?.target;
    if (!target) throw new Failure(exitCodes.usage, `the host ${host.name} runs nothing natively; name a target with --target`);

    const version = known ? await plane.upload({ handlerId: known.id, files, entry }) : await plane.create({ name, files, entry });
    say(`${name}: version ${version.number}${version.isNew ? "" : " (unchanged)"}`);
    const { builds } = await plane.startBuild({
      handlerId: version.handlerId,
      versionId: version.versionId,
      targets: [target],
      modes: [options.mode],
      prime: options.prime,
    });
    const build = await finishedBuild(plane, builds[0]!.buildId);
    say(`built for ${target}, ${options.mode}: ${Math.round((build.artifact?.sizeBytes ?? 0) / 1000)} kB`);
    const { deploymentId, hostName, deployments } = await plane.deploy({
      buildId: build.id,
      ...(options.label ? { labels: options.label } : { hostId: host.id }),
      ...(options.canary !== undefined && {
        canary: { percent: options.canary, ...(options.canaryMinutes !== undefined && { minutes: options.canaryMinutes }) },
      }),
      ...(options.preview !== undefined && { preview: { hours: options.preview } }),
      ...scaleOf(options),
      ...(options.port !== undefined && { port: options.port }),
      ...(options.env && { env: options.env }),
      ...(options.allowFetch && { allowFetch: options.allowFetch }),
    });
    say(`rolling out to ${deployments.map((each) => each.hostName).join(", ")}`);
    const url = options.wait ? await healthyUrl(plane, deploymentId) : null;
    if (options.json) {
      console.log(
        JSON.stringify({
          handler: name,
          handlerId: version.handlerId,
          version: version.number,
          buildId: build.id,
          deploymentId,
          deployments,
          host: hostName,
          target,
          mode: options.mode,
          sha256: build.artifact?.sha256,
          url,
        }),
      );
    } else {
      console.log(url ?? deploymentId);
    }
  });

/** The sources as they are, or bundled when they import npm packages, which only this machine has. Compiled first, so that errors come before anything is sent. */
async function uploadOf(path: string): Promise<{ files: UploadedFile[]; entry: string }> {
  const compiled = await compileFile(path);
  const sources = await readSources(path);
  if (importsPackages(sources) && compiled.bundledSource !== undefined) {
    const entry = `${handlerName(path)}.jsx`;
    return { files: [{ path: entry, content: compiled.bundledSource, encoding: "utf8" }], entry };
  }
  const files = Object.entries(sources.files).map(([file, content]) => ({
    path: file,
    content: Buffer.from(content).toString("base64"),
    encoding: "base64" as const,
  }));
  return { files, entry: sources.entry };
}

async function chooseHost(plane: ControlPlane, name: string | undefined) {
  const hosts = await plane.hosts();
  const names = hosts.map((host) => host.name).join(", ");
  if (name !== undefined) {
    const host = hosts.find((each) => each.name === name);
    if (!host) throw new Failure(exitCodes.usage, `there is no host ${name}${names ? `; there are ${names}` : ""}`);
    return host;
  }
  const online = hosts.filter((host) => host.online);
  if (online.length > 1) throw new Failure(exitCodes.usage, `name a host with --host: ${names}`);
  const host = online[0] ?? hosts[0];
  if (!host) throw new Failure(exitCodes.failed, "no host has joined yet: start an agent");
  return host;
}

/** The first host with these labels: it says what to build for. */
async function hostWith(plane: ControlPlane, labels: Record<string, string>) {
  const hosts = (await plane.hosts()).filter((host) => Object.entries(labels).every(([name, value]) => host.labels[name] === value));
  const host = hosts.find(({ online }) => online) ?? hosts[0];
  if (!host) throw new Failure(exitCodes.usage, "no host has these labels");
  return host;
}

async function finishedBuild(plane: ControlPlane, buildId: string) {
  for (;;) {
    const build = await plane.build(buildId);
    if (build.state === "succeeded") return build;
    if (build.state === "failed" || build.state === "cancelled") {
      throw new Failure(exitCodes.failed, `the build ${build.state === "failed" ? "failed" : "was cancelled"}${build.error ? `: ${build.error}` : ""}`, {
        diagnostics: build.diagnostics,
      });
    }
    await sleep(250);
  }
}
